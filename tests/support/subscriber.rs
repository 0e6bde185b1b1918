//! A subscriber reads a topic from its beginning to its end, over as many connections as it takes, each to
//! some node.

use std::io;
use std::thread;

use fastrand::Rng;
use serde_json::Value;

use super::TOPICS;
use super::chunks::Chunks;
use super::connection::Connection;
use super::events::EventStream;
use super::ledger::Heard;
use super::publisher::ATTEMPT_PAUSE;
use super::run::Run;

/// Most bytes of a stream that one who drops connections reads of each.
const DROP_BYTES: usize = 16 << 10;

/// How a subscriber reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Manner {
    /// One stream for as long as it lasts.
    Holds,
    /// Streams that it drops now and then, over HTTP/1.1, which has chunks, and over HTTP/1.0.
    Drops,
    DropsPlain,
    Polls,
}

use Manner::{Drops, DropsPlain, Holds, Polls};

/// Every manner of reading.
pub const MANNERS: [Manner; 4] = [Holds, Drops, DropsPlain, Polls];

/// One subscriber.
pub struct Subscriber<'r> {
    run: &'r Run,
    manner: Manner,
    chance: Rng,
    heard: Heard,
}

impl<'r> Subscriber<'r> {
    /// For each topic one of each manner.
    pub fn of_each_manner(run: &'r Run, chance: &mut Rng) -> impl Iterator<Item = Subscriber<'r>> {
        let each = (0..TOPICS.len()).flat_map(|topic| MANNERS.map(|manner| (topic, manner)));
        each.map(move |(topic, manner)| Subscriber::new(run, topic, manner, chance.fork()))
    }

    /// For each topic one that comes when all is over.
    pub fn late(run: &'r Run, chance: &mut Rng) -> impl Iterator<Item = Subscriber<'r>> {
        let each = 0..TOPICS.len();
        each.map(move |topic| Subscriber::new(run, topic, DropsPlain, chance.fork()))
    }

    fn new(run: &'r Run, topic: usize, manner: Manner, chance: Rng) -> Subscriber<'r> {
        let heard = Heard {
            name: format!("{} by one who {manner:?}", TOPICS[topic]),
            topic,
            ..Heard::default()
        };
        Subscriber {
            run,
            manner,
            chance,
            heard,
        }
    }

    /// Listens until the topic ends or the run is over.
    pub fn listen(mut self) -> Heard {
        let _alarm = self.run.alarm();
        while !self.heard.ended && !self.run.is_over() {
            let connection = Connection::open(self.run.node(&mut self.chance));
            let done = connection.and_then(|connection| match self.manner {
                Polls => self.poll(connection),
                Holds | Drops | DropsPlain => self.stream(connection),
            });
            if done.is_err() {
                thread::sleep(ATTEMPT_PAUSE);
            }
        }
        self.heard
    }

    /// Asks one node what there is, until it has gone on or the subscriber wants another.
    fn poll(&mut self, mut connection: Connection) -> io::Result<()> {
        let head = connection.get(&self.target(), "1.1", &self.resumption())?;
        let body = connection.body(&head)?;
        if !self.run.is_granted(&head) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let answer: Value = serde_json::from_str(&body)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(gap) = answer.get("gap") {
            self.take("gap", &text(&gap["resumed"]), &text(&gap["after"]));
        }
        for event in answer["events"].as_array().expect("events") {
            self.take("", &text(&event["id"]), &text(&event["data"]));
        }
        self.heard.last_id = Some(text(&answer["last_event_id"]));
        Ok(())
    }

    /// Listens until the node goes, or until this one does.
    fn stream(&mut self, mut connection: Connection) -> io::Result<()> {
        let mut chunks = self.open(&mut connection)?;
        let mut stream = EventStream::default();
        let mut left = match self.manner {
            Drops | DropsPlain => self.chance.usize(1..=DROP_BYTES),
            Holds | Polls => usize::MAX,
        };
        while left > 0 && !self.heard.ended && !self.run.is_over() {
            let bytes = connection.some(left)?;
            left -= bytes.len();
            let content = match &mut chunks {
                Some(chunks) => chunks.push(&bytes),
                None => bytes,
            };
            for event in stream.push(&content) {
                match event.kind.as_str() {
                    "gap" => self.take("gap", &event.id, &missing_after(&event.data)),
                    kind => self.take(kind, &event.id, &event.data),
                }
            }
        }
        Ok(())
    }

    /// Resumes behind the last event, or begins with the first; chunks if the stream has any.
    fn open(&self, connection: &mut Connection) -> io::Result<Option<Chunks>> {
        let version = match self.manner {
            DropsPlain => "1.0",
            Holds | Drops | Polls => "1.1",
        };
        let head = connection.get(&self.target(), version, &self.resumption())?;
        if !self.run.is_granted(&head) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let content_type = head.field("content-type");
        assert!(
            content_type.starts_with("text/event-stream"),
            "{content_type}"
        );
        let chunked = head.field("transfer-encoding") == "chunked";
        assert_eq!(chunked, version == "1.1");
        Ok(chunked.then(Chunks::default))
    }

    fn target(&self) -> String {
        let topic = TOPICS[self.heard.topic];
        let format = match self.manner {
            Polls => "format=poll&wait=1",
            Holds | Drops | DropsPlain => "format=text",
        };
        format!("/events?topic={topic}&last_event_id=earliest&{format}")
    }

    fn resumption(&self) -> String {
        let last = self.heard.last_id.as_ref();
        last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"))
    }

    fn take(&mut self, kind: &str, id: &str, data: &str) {
        if self.heard.said.is_empty() {
            self.run.listens();
        }
        self.heard.take(kind, id, data);
    }
}

/// The id after which a gap says that something is missing.
fn missing_after(data: &str) -> String {
    let gap: Value = serde_json::from_str(data).unwrap_or_default();
    gap["after"].as_str().unwrap_or_default().to_owned()
}
