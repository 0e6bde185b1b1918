//! The list that knows what a log must answer.

use ssehub::{EventId, Interest, LogConfig, Retention};

use super::super::interest;

/// Who reads: which topics, and on which it may see what is private.
#[derive(Clone, Debug)]
pub struct Reader {
    pub asked: Vec<&'static str>,
    pub granted: Vec<&'static str>,
}

impl Reader {
    pub fn interest(&self) -> Interest {
        interest(&self.asked).and_private(interest(&self.granted).selectors().into())
    }

    pub fn wants(&self, said: &Said) -> bool {
        let any = |names: &[&str]| said.topics.iter().any(|topic| named(names, topic));
        any(&self.asked) && (!said.private || any(&self.granted))
    }
}

fn named(names: &[&str], topic: &str) -> bool {
    names.contains(&"*") || names.contains(&topic)
}

/// An event, kept or not.
#[derive(Clone, Debug)]
pub struct Said {
    pub id: EventId,
    pub topics: Vec<&'static str>,
    pub private: bool,
    pub own: Option<String>,
    pub data: String,
    /// When it happened, in milliseconds of the time that passes; before zero if that was before the log was
    /// opened.
    pub since_ms: i64,
    pub kept: bool,
}

pub struct Oracle {
    retention: Retention,
    deduplicate: bool,
    /// Every event that there ever was.
    pub history: Vec<Said>,
    pub tail: EventId,
    pub kept_after: EventId,
    /// Events that single topics have lost.
    lost: Vec<(&'static str, EventId)>,
}

impl Oracle {
    pub fn new(config: &LogConfig, begin_ms: u64) -> Oracle {
        let begin = EventId {
            ms: begin_ms,
            seq: 0,
        };
        Oracle {
            retention: config.retention,
            deduplicate: config.deduplicate,
            history: Vec::new(),
            tail: begin,
            kept_after: begin,
            lost: Vec::new(),
        }
    }

    /// Takes an event, whose position does not count yet; where it is, and whether it was there already.
    pub fn append(&mut self, said: Said, now_ms: u64) -> (EventId, bool) {
        let since_ms = said.since_ms;
        let same = |it: &&Said| it.own == said.own && it.topics[0] == said.topics[0];
        if said.own.is_some() && self.deduplicate {
            let known = self.kept().find(same).map(|known| known.id);
            if let Some(id) = known {
                // What has grown old while the log was closed goes now, if not before.
                self.trim(since_ms);
                return (id, true);
            }
        }
        self.tail = match now_ms > self.tail.ms {
            true => EventId { ms: now_ms, seq: 0 },
            false => EventId {
                seq: self.tail.seq + 1,
                ..self.tail
            },
        };
        self.history.push(Said {
            id: self.tail,
            ..said
        });
        self.trim_topics();
        self.trim(since_ms);
        (self.tail, false)
    }

    pub fn kept(&self) -> impl Iterator<Item = &Said> {
        self.history.iter().filter(|said| said.kept)
    }

    fn trim_topics(&mut self) {
        let newest = self.history.last().map(|said| said.topics.clone());
        let Some([topic]) = newest.as_deref() else {
            return;
        };
        let most = self.retention.topic_events.unwrap_or(usize::MAX);
        let of_topic = self.history.iter_mut().rev();
        let of_topic = of_topic.filter(|said| said.kept && said.topics == [*topic]);
        for said in of_topic.skip(most) {
            said.kept = false;
            self.lost.push((topic, said.id));
        }
    }

    /// What it knows when the log is opened again: positions, which no clock has gone with.
    pub fn reopen(&mut self, unix_ms: u64) {
        for said in &mut self.history {
            said.since_ms = -(unix_ms.saturating_sub(said.id.ms) as i64);
        }
    }

    /// Applies what bounds the log as a whole.
    pub fn trim(&mut self, passed_ms: i64) {
        let oldest_ms = passed_ms - self.retention.age.as_millis() as i64;
        let mut count = self.kept().count();
        for said in self.history.iter_mut().filter(|said| said.kept) {
            if count <= self.retention.events && said.since_ms >= oldest_ms {
                return;
            }
            said.kept = false;
            self.kept_after = said.id;
            count -= 1;
        }
    }

    /// The newest event of these topics that was lost for their having too many.
    pub fn lost(&self, reader: &Reader) -> EventId {
        let asked = self.lost.iter().filter(|lost| named(&reader.asked, lost.0));
        asked.map(|lost| lost.1).max().unwrap_or_default()
    }

    pub fn between(&self, after: EventId, upto: EventId, reader: &Reader) -> Vec<(EventId, &str)> {
        let between = self
            .kept()
            .filter(|said| said.id > after && said.id <= upto);
        let wanted = between.filter(|said| reader.wants(said));
        wanted.map(|said| (said.id, &*said.data)).collect()
    }

    /// Where one goes on that has read the event with this id: of those it asks for, the earliest.
    pub fn locate(&self, id: &str, reader: &Reader) -> Option<EventId> {
        let mut wanted = self.kept().filter(|said| reader.wants(said));
        if let Some(own) = wanted.find(|said| said.own.as_deref() == Some(id)) {
            return Some(own.id);
        }
        let position = id.parse().ok()?;
        (self.kept_after..=self.tail)
            .contains(&position)
            .then_some(position)
    }
}
