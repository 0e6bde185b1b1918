//! The list that knows what a log must answer.

use ssehub::{EventId, Interest, LogConfig, Retention, Stored, Topic};

/// An event, kept or not.
#[derive(Clone, Debug)]
pub struct Said {
    pub id: EventId,
    pub topic: Topic,
    pub own: Option<String>,
    pub data: String,
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
    lost: Vec<(Topic, EventId)>,
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

    pub fn append(&mut self, topic: &str, own: Option<&str>, data: &str, now_ms: u64) -> Stored {
        let topic = Topic::parse(topic).unwrap();
        let same = |said: &&Said| said.own.as_deref() == own && said.topic == topic;
        if own.is_some() && self.deduplicate {
            let known = self.kept().find(same).map(|known| known.id);
            if let Some(id) = known {
                // What has grown old while the log was closed goes now, if not before.
                self.trim(now_ms);
                return Stored { id, repeated: true };
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
            topic,
            own: own.map(str::to_owned),
            data: data.to_owned(),
            kept: true,
        });
        self.trim_topics();
        self.trim(now_ms);
        Stored {
            id: self.tail,
            repeated: false,
        }
    }

    pub fn kept(&self) -> impl Iterator<Item = &Said> {
        self.history.iter().filter(|said| said.kept)
    }

    fn trim_topics(&mut self) {
        let Some(topic) = self.history.last().map(|said| said.topic.clone()) else {
            return;
        };
        let most = self.retention.topic_events.unwrap_or(usize::MAX);
        let of_topic = self.history.iter_mut().rev();
        let of_topic = of_topic.filter(|said| said.kept && said.topic == topic);
        for said in of_topic.skip(most) {
            said.kept = false;
            self.lost.push((topic.clone(), said.id));
        }
    }

    /// Applies what bounds the log as a whole.
    pub fn trim(&mut self, now_ms: u64) {
        let oldest_ms = now_ms.saturating_sub(self.retention.age.as_millis() as u64);
        let mut count = self.kept().count();
        for said in self.history.iter_mut().filter(|said| said.kept) {
            if count <= self.retention.events && said.id.ms >= oldest_ms {
                return;
            }
            said.kept = false;
            self.kept_after = said.id;
            count -= 1;
        }
    }

    /// The newest event of these topics that was lost for their having too many.
    pub fn lost(&self, interest: &Interest) -> EventId {
        let of_interest = self.lost.iter().filter(|lost| interest.matches(&lost.0));
        of_interest.map(|lost| lost.1).max().unwrap_or_default()
    }

    pub fn between(
        &self,
        after: EventId,
        upto: EventId,
        interest: &Interest,
    ) -> Vec<(EventId, &str)> {
        let between = self
            .kept()
            .filter(|said| said.id > after && said.id <= upto);
        let wanted = between.filter(|said| interest.matches(&said.topic));
        wanted.map(|said| (said.id, &*said.data)).collect()
    }

    pub fn locate(&self, id: &str) -> Option<EventId> {
        if let Some(own) = self.kept().find(|said| said.own.as_deref() == Some(id)) {
            return Some(own.id);
        }
        let position = id.parse().ok()?;
        (self.kept_after..=self.tail)
            .contains(&position)
            .then_some(position)
    }
}
