//! A subscriber reads a topic from its beginning to its end, over as many connections as it takes.

use std::io;
use std::thread;

use fastrand::Rng;

use super::TOPICS;
use super::chunks::Chunks;
use super::connection::Connection;
use super::events::{EventStream, StreamEvent};
use super::publisher::{ATTEMPT_PAUSE, END};
use super::run::Run;

/// Most bytes of a stream that one who drops connections reads of each.
const DROP_BYTES: usize = 16 << 10;

/// One subscriber.
pub struct Subscriber<'r> {
    run: &'r Run,
    /// HTTP/1.1 streams are chunked, HTTP/1.0 ones are not.
    version: &'static str,
    drops: bool,
    chance: Rng,
    heard: Heard,
}

/// What a subscriber has heard.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// Who it was.
    pub name: String,
    /// Which of the topics it has read.
    pub topic: usize,
    pub events: Vec<StreamEvent>,
    /// The id to resume behind.
    pub last_id: Option<String>,
    pub gaps: usize,
    /// It has come to the end of the topic.
    pub ended: bool,
}

impl<'r> Subscriber<'r> {
    /// For each topic: one that holds on to its stream and two that drop theirs now and then.
    pub fn of_each_kind(run: &'r Run, chance: &mut Rng) -> impl Iterator<Item = Subscriber<'r>> {
        const KINDS: [(&str, bool); 3] = [("1.1", false), ("1.1", true), ("1.0", true)];
        let each = (0..TOPICS.len()).flat_map(|topic| KINDS.map(|kind| (topic, kind)));
        each.map(move |(topic, (version, drops))| {
            Subscriber::new(run, topic, version, drops, chance.fork())
        })
    }

    /// For each topic: one that comes when all is over.
    pub fn late(run: &'r Run, chance: &mut Rng) -> impl Iterator<Item = Subscriber<'r>> {
        let each = 0..TOPICS.len();
        each.map(move |topic| Subscriber::new(run, topic, "1.0", false, chance.fork()))
    }

    fn new(
        run: &'r Run,
        topic: usize,
        version: &'static str,
        drops: bool,
        chance: Rng,
    ) -> Subscriber<'r> {
        let heard = Heard {
            name: format!("{} over HTTP/{version}, drops: {drops}", TOPICS[topic]),
            topic,
            ..Heard::default()
        };
        Subscriber {
            run,
            version,
            drops,
            chance,
            heard,
        }
    }

    /// Listens until the topic ends or the run is over.
    pub fn listen(mut self) -> Heard {
        let _alarm = self.run.alarm();
        while !self.heard.ended && !self.run.is_over() {
            if self.listen_once().is_err() {
                thread::sleep(ATTEMPT_PAUSE);
            }
        }
        self.heard
    }

    /// Listens until the server goes, or until this one does.
    fn listen_once(&mut self) -> io::Result<()> {
        let mut connection = Connection::open(self.run.address)?;
        let mut chunks = self.ask(&mut connection)?;
        let mut stream = EventStream::default();
        let mut left = match self.drops {
            true => self.chance.usize(1..=DROP_BYTES),
            false => usize::MAX,
        };
        while left > 0 && !self.heard.ended && !self.run.is_over() {
            let bytes = connection.some(left)?;
            left -= bytes.len();
            let content = match &mut chunks {
                Some(chunks) => chunks.push(&bytes),
                None => bytes,
            };
            for event in stream.push(&content) {
                self.heard.take(event);
            }
        }
        Ok(())
    }

    /// Resumes behind the last event, or begins with the first; chunks if the stream has any.
    fn ask(&self, connection: &mut Connection) -> io::Result<Option<Chunks>> {
        let topic = TOPICS[self.heard.topic];
        let target = format!("/sse?user=reader&topic={topic}&last_event_id=earliest");
        let last = self.heard.last_id.as_ref();
        let resume = last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        let head = connection.get(&target, self.version, &resume)?;
        assert_eq!(head.status(), "200");
        let content_type = head.field("content-type");
        assert!(
            content_type.starts_with("text/event-stream"),
            "{content_type}"
        );
        let chunked = head.field("transfer-encoding") == "chunked";
        assert_eq!(chunked, self.version == "1.1");
        Ok(chunked.then(Chunks::default))
    }
}

impl Heard {
    fn take(&mut self, event: StreamEvent) {
        self.last_id = Some(event.id.clone());
        match event.kind.as_str() {
            "gap" => self.gaps += 1,
            _ => {
                self.ended |= event.data == END;
                self.events.push(event);
            }
        }
    }
}
