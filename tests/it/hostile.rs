//! Hostile and awkward bytes against whole connections: what comes back, and what is done.
//!
//! Every refusal here is followed by requests that would leave a trace if they were ever run.

mod leaving;
mod panics;
mod pipelining;
mod protocol;
mod reply;
mod slow;
mod smuggling;
mod streaming;

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::Task;
use ssehub::http::{HttpConfig, Site, serve};
use ssehub::store::Budget;
use ssehub::{HubConfig, Interest, Selector};

use crate::pipe::{Duplex, duplex};
use crate::world::World;
use reply::Reply;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

const LISTEN: &str = "GET /sse?user=eve HTTP/1.1\r\nHost: h\r\n\r\n";

/// What a connection holds unread in each direction.
const PIPE_BYTES: usize = 4_096;

/// A request that leaves `text` in the log.
fn say(text: &str) -> String {
    let body = json(text);
    say_as(&format!("Content-Length: {}", body.len()), &body)
}

/// The same with fields and a body as they stand here.
fn say_as(fields: &str, body: &str) -> String {
    format!("POST /sse/message HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n{body}")
}

fn json(text: &str) -> String {
    format!(r#"{{"message":"{text}","user":"ann"}}"#)
}

/// `text` as a message in chunks of `size` bytes, without what ends the last one.
fn chunks(text: &str, size: usize) -> String {
    let body = json(text);
    let chunk = |part: &[u8]| format!("{:x}\r\n{}\r\n", part.len(), part.escape_ascii());
    let chunks = body.as_bytes().chunks(size).map(chunk);
    chunks.collect::<String>().replace("\\\"", "\"") + "0\r\n"
}

/// Asserts which statuses come back for `input`, whether the server then ends the connection
/// (`end`), and what is in the log, however the network splits the input.
fn check(input: impl AsRef<[u8]>, transcript: &str, said: &[&str]) {
    let input = input.as_ref();
    for step in [input.len(), 1, 7] {
        let mut talk = Talk::new();
        input.chunks(step).for_each(|part| talk.send(part));
        let text = input.escape_ascii();
        assert_eq!(talk.transcript(), transcript, "{text} by {step}");
        assert_eq!(talk.said(), said, "{text} by {step}");
        assert_eq!(talk.site.hub().subscribers(), 0, "{text} by {step}");
        talk.finish();
    }
}

/// Asserts that `input` is answered with this status alone, and that nothing after it is run.
fn refused(input: impl AsRef<[u8]>, status: u16) {
    let trap = format!("{}{LISTEN}", say("smuggled"));
    let input = [input.as_ref(), trap.as_bytes()].concat();
    check(input, &format!("{status} end"), &[]);
}

/// One server and one client that speaks bytes.
struct Talk {
    world: Rc<World>,
    site: Arc<Site>,
    pipe: Duplex,
    serving: Task<()>,
    received: Vec<u8>,
    /// Whether the server has said that nothing more will come.
    ended: bool,
}

impl Talk {
    fn new() -> Talk {
        Talk::with(HttpConfig::default())
    }

    fn with(config: HttpConfig) -> Talk {
        let world = World::new(HubConfig {
            seed: 1,
            ..HubConfig::default()
        });
        let site = Arc::new(Site::new(world.hub.clone(), config));
        Talk::in_world(Rc::new(world), site)
    }

    /// Another client of the same server.
    fn another(&self) -> Talk {
        Talk::in_world(self.world.clone(), self.site.clone())
    }

    fn in_world(world: Rc<World>, site: Arc<Site>) -> Talk {
        let (pipe, server) = duplex(PIPE_BYTES);
        Talk {
            serving: world.spawn(serve(server, site.clone())),
            world,
            site,
            pipe,
            received: Vec::new(),
            ended: false,
        }
    }

    /// Sends all that the server takes, reading meanwhile.
    fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let mut rest = bytes.as_ref();
        loop {
            let taken = self.push(rest);
            rest = &rest[taken..];
            self.read();
            if rest.is_empty() || taken == 0 {
                return;
            }
        }
    }

    /// Sends what the pipe takes at once, and reads nothing.
    fn push(&mut self, bytes: impl AsRef<[u8]>) -> usize {
        let written = block_on(poll_once(self.pipe.write(bytes.as_ref())));
        self.world.settle();
        written.map_or(0, |written| written.unwrap_or(0))
    }

    fn read(&mut self) {
        self.world.settle();
        while self.sip() {
            self.world.settle();
        }
    }

    /// Reads what is in the pipe and lets nobody fill it again; `false` if there is nothing.
    fn sip(&mut self) -> bool {
        let mut part = [0; PIPE_BYTES];
        match block_on(poll_once(self.pipe.read(&mut part))) {
            None => return false,
            Some(Ok(0) | Err(_)) => self.ended = true,
            Some(Ok(bytes)) => self.received.extend_from_slice(&part[..bytes]),
        }
        !self.ended
    }

    fn pass(&mut self, time: Duration) {
        self.world.pass(time);
        self.read();
    }

    /// Says that nothing more will be sent.
    fn hang_up(&mut self) {
        block_on(self.pipe.close()).unwrap();
        self.read();
    }

    /// The next reply to a request other than HEAD.
    fn reply(&mut self) -> Option<Reply> {
        Reply::take(&mut self.received, true)
    }

    /// The statuses of all replies, and `end` if the server has said that it will send no more.
    fn transcript(&mut self) -> String {
        let mut words = Vec::new();
        while let Some(reply) = self.reply() {
            words.push(reply.status.to_string());
        }
        let rest = self.received.escape_ascii();
        assert!(self.received.is_empty(), "after {words:?}: {rest}");
        words.extend(self.ended.then(|| "end".to_owned()));
        words.join(" ")
    }

    /// What is in the log.
    fn said(&self) -> Vec<String> {
        let log = self.site.hub().log();
        let start = log.kept_after();
        let budget = Budget {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let all = Interest::any([Selector::All]);
        let page = block_on(log.read(start, &all, budget)).unwrap();
        page.events
            .iter()
            .map(|event| event.data().into())
            .collect()
    }

    fn is_over(&self) -> bool {
        self.world.settle();
        self.serving.is_finished()
    }

    /// Asserts that the connection ends when its client hangs up, and that it has not panicked.
    fn finish(mut self) {
        self.hang_up();
        assert!(self.is_over(), "the connection outlives its client");
        block_on(self.serving);
    }
}
