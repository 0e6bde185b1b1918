//! `ssehub log follow`: events of a running server, for as long as anybody wants them.
//!
//! There is one thing to wait for at a time, so that a wait may block.

mod server;
mod stream;

use std::io::{Write as _, stdout};
use std::thread::sleep;
use std::time::Duration;

use serde::Deserialize;
use ssehub::{Start, Topic};

use super::Stop;
use crate::cli::server::Server;
use server::{Lost, Stream, open};
#[cfg(test)]
pub(super) use stream::EventStream;
use stream::Message;

/// Pause before a connection is made again, unless the server has asked for another one.
const PAUSE: Duration = Duration::from_secs(2);

/// The shortest and the longest pause that a server may ask for.
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Writes events to standard output; when the connection is lost, makes it again.
pub(super) fn follow(server: Server, topic: &Topic, start: Start) -> Result<(), Stop> {
    if server.is_overheard() {
        note(&format!(
            "everyone on the way to {server} can read the key: https:// keeps it secret"
        ));
    }
    let mut follower = Follower {
        server,
        topic,
        start,
        pause: PAUSE,
    };
    // A server that is not there at first may be the wrong one.
    let mut stream = follower.connect()?;
    loop {
        let why = follower.copy(&mut stream)?;
        drop(stream);
        stream = follower.reconnect(&why)?;
    }
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Stop {
        match lost {
            Lost::ForNow(text) | Lost::ForGood(text) => Stop::With(text),
            Lost::Ended => {
                note("the topic has ended");
                Stop::Quietly
            }
        }
    }
}

struct Follower<'t> {
    server: Server,
    topic: &'t Topic,
    /// Where the next connection begins.
    start: Start,
    pause: Duration,
}

/// The data of a message that tells of a gap.
#[derive(Deserialize)]
struct Gap {
    after: String,
    resumed: String,
}

impl Follower<'_> {
    fn connect(&self) -> Result<Stream, Lost> {
        open(&self.server, self.topic, &self.start)
    }

    /// Tries until the server is back, unless it does not want us.
    fn reconnect(&self, why: &str) -> Result<Stream, Lost> {
        let missed = match self.start {
            Start::Now => "; what is published meanwhile will be missing",
            _ => "",
        };
        note(&format!("{why}; connecting again{missed}"));
        loop {
            sleep(self.pause);
            match self.connect() {
                Ok(stream) => {
                    note(&format!("connected to {} again", self.server));
                    return Ok(stream);
                }
                Err(Lost::ForNow(_)) => {}
                Err(for_good) => return Err(for_good),
            }
        }
    }

    /// Copies events until the connection is lost, and tells how.
    fn copy(&mut self, stream: &mut Stream) -> Result<String, Stop> {
        loop {
            let message = stream.next();
            let pause = stream.retry.unwrap_or(self.pause);
            self.pause = pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
            match message {
                Ok(Some(message)) => self.take(message)?,
                Ok(None) => return Ok(format!("{} has ended the stream", self.server)),
                Err(error) => return Ok(format!("{} is lost: {error}", self.server)),
            }
        }
    }

    fn take(&mut self, message: Message) -> Result<(), Stop> {
        match gap(&message) {
            Some(gap) => note(&format!(
                "events after {} may be missing; going on after {}",
                gap.after, gap.resumed
            )),
            None => {
                let mut out = stdout().lock();
                out.write_all(message.data.as_bytes())?;
                out.write_all(b"\n")?;
                out.flush()?;
            }
        }
        // Only now: what has not been written is asked for again.
        if let Some(id) = message.id {
            self.start = Start::After(id);
        }
        Ok(())
    }
}

/// What the server itself says, and not a publisher whose event is of the same type.
fn gap(message: &Message) -> Option<Gap> {
    let is_gap = message.kind == "gap";
    serde_json::from_str(&message.data).ok().filter(|_| is_gap)
}

/// Tells the user something; a standard error that is closed is no reason to end.
fn note(text: &str) {
    let text = text.replace(char::is_control, " ");
    _ = writeln!(std::io::stderr().lock(), "ssehub: {text}");
}
