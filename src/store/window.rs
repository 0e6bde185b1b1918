//! The recent past, in memory: bounded, ordered, indexed by topic.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{Budget, Page, Retention, Start, Trimmed};
use crate::event::{Event, EventId};
use crate::topic::{Interest, Topic};

/// The newest events of a log.
#[derive(Debug)]
pub(crate) struct Window {
    retention: Retention,
    events: VecDeque<Arc<Event>>,
    bytes: usize,
    /// How many events have been dropped: the number of the one at the front.
    dropped: u64,
    /// Every event after this position is still here.
    kept_after: EventId,
    tail: EventId,
    /// For each topic that has events here, their numbers.
    topics: HashMap<Topic, VecDeque<u64>>,
    /// Publishers' own ids; of equal ones the earliest.
    own_ids: HashMap<Box<str>, EventId>,
}

impl Window {
    pub(crate) fn new(start: EventId, retention: Retention) -> Window {
        Window {
            retention,
            events: VecDeque::new(),
            bytes: 0,
            dropped: 0,
            kept_after: start,
            tail: start,
            topics: HashMap::new(),
            own_ids: HashMap::new(),
        }
    }

    pub(crate) fn retention(&self) -> &Retention {
        &self.retention
    }

    pub(crate) fn tail(&self) -> EventId {
        self.tail
    }

    /// Takes the next event; its position lies after the tail.
    pub(crate) fn push(&mut self, event: Arc<Event>) {
        let number = self.dropped + self.events.len() as u64;
        self.tail = event.id();
        self.bytes += event.bytes();
        self.topics
            .entry(event.topic().clone())
            .or_default()
            .push_back(number);
        if let Some(own) = event.own_id() {
            self.own_ids.entry(own.into()).or_insert(event.id());
        }
        self.events.push_back(event);
    }

    /// Drops the oldest events until the rest is within the retention.
    pub(crate) fn trim(&mut self, now_ms: u64) {
        let oldest_ms = now_ms.saturating_sub(self.retention.age.as_millis() as u64);
        while let Some(oldest) = self.events.front() {
            let kept = self.events.len() <= self.retention.events
                && self.bytes <= self.retention.bytes
                && oldest.id().ms >= oldest_ms;
            if kept {
                return;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some(event) = self.events.pop_front() else {
            return;
        };
        self.dropped += 1;
        self.bytes -= event.bytes();
        self.kept_after = event.id();
        if let Some(numbers) = self.topics.get_mut(event.topic()) {
            numbers.pop_front();
            if numbers.is_empty() {
                self.topics.remove(event.topic());
            }
        }
        if let Some(own) = event.own_id()
            && self.own_ids.get(own) == Some(&event.id())
        {
            self.own_ids.remove(own);
        }
    }

    pub(crate) fn locate(&self, start: &Start) -> Result<EventId, Trimmed> {
        let lost = Trimmed {
            kept_after: self.kept_after,
        };
        match start {
            Start::Now => Ok(self.tail),
            Start::Earliest => Ok(self.kept_after),
            Start::After(id) => match self.own_ids.get(id.as_str()) {
                Some(position) => Ok(*position),
                None => {
                    let position = id.parse().map_err(|_| lost)?;
                    let known = self.kept_after <= position && position <= self.tail;
                    known.then_some(position).ok_or(lost)
                }
            },
        }
    }

    /// The events after a position that `interest` asks for.
    pub(crate) fn read(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, Trimmed> {
        let from = self.number_after(after)?;
        Ok(match interest.names() {
            Some(names) => self.collect(self.indexed(names, from), budget),
            None => {
                let scanned = (from..self.next_number())
                    .filter_map(|number| self.get(number))
                    .filter(|event| interest.matches(event.topic()));
                self.collect(scanned, budget)
            }
        })
    }

    /// All events after a position.
    pub(crate) fn read_all(&self, after: EventId, budget: Budget) -> Result<Page, Trimmed> {
        let from = self.number_after(after)?;
        let all = (from..self.next_number()).filter_map(|number| self.get(number));
        Ok(self.collect(all, budget))
    }

    /// The events of some topics from a number on, in the log's order.
    fn indexed<'a>(
        &'a self,
        names: impl Iterator<Item = &'a Topic>,
        from: u64,
    ) -> impl Iterator<Item = &'a Arc<Event>> {
        let mut lists: Vec<_> = names
            .filter_map(|name| self.topics.get(name))
            .map(|numbers| {
                numbers
                    .range(numbers.partition_point(|number| *number < from)..)
                    .peekable()
            })
            .collect();
        std::iter::from_fn(move || {
            let next = lists
                .iter_mut()
                .filter_map(|list| Some((**list.peek()?, list)))
                .min_by_key(|(number, _)| *number);
            self.get(*next?.1.next()?)
        })
    }

    fn collect<'a>(&self, found: impl Iterator<Item = &'a Arc<Event>>, budget: Budget) -> Page {
        let mut events = Vec::new();
        let mut bytes = 0;
        for event in found {
            let full = events.len() == budget.events || bytes + event.bytes() > budget.bytes;
            if full && !events.is_empty() {
                let upto = events
                    .last()
                    .map_or(self.tail, |last: &Arc<Event>| last.id());
                return Page { events, upto };
            }
            bytes += event.bytes();
            events.push(event.clone());
        }
        Page {
            events,
            upto: self.tail,
        }
    }

    /// The number of the first event after a position.
    fn number_after(&self, after: EventId) -> Result<u64, Trimmed> {
        if after < self.kept_after {
            return Err(Trimmed {
                kept_after: self.kept_after,
            });
        }
        let index = self.events.partition_point(|event| event.id() <= after);
        Ok(self.dropped + index as u64)
    }

    fn next_number(&self) -> u64 {
        self.dropped + self.events.len() as u64
    }

    fn get(&self, number: u64) -> Option<&Arc<Event>> {
        self.events.get(number.checked_sub(self.dropped)? as usize)
    }
}
