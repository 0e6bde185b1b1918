//! The newest events of each topic.

use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase};

use super::read::{Look, Snapshot, read_record};
use super::record::position;
use super::write::all_of;
use super::{Disk, EVENTS, Position, SHARED, TOPICS, fault};
use crate::event::{Event, EventId};
use crate::store::{Budget, Newest, Page, ReadError, StorageFault};
use crate::topic::{Interest, Topic};

impl Disk {
    /// Of the events after a position that `interest` asks for, the newest of each topic, ends
    /// aside.
    pub(in crate::store) fn read_latest(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let snapshot = Snapshot::at(self, after)?;
        let page = match interest.names() {
            Some(names) => {
                let names: Vec<_> = names.collect();
                snapshot.latest_of(&names, interest, after, budget)
            }
            None => snapshot.latest_of_all(interest, after, budget),
        };
        page.map_err(ReadError::Fault)
    }

    /// Whether the newest event of each topic that is named is its end, with nothing else after a
    /// position. If too many ends have to be looked at, they count as not ended.
    pub(in crate::store) fn ended(
        &self,
        interest: &Interest,
        after: EventId,
    ) -> Result<bool, ReadError> {
        let topics = Topics::take(self).map_err(ReadError::Fault)?;
        let mut look = Look::new(interest);
        for name in interest.names().into_iter().flatten() {
            let is_over = topics.is_over(name, after, &mut look);
            if !is_over.map_err(ReadError::Fault)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Snapshot {
    /// Looks up each topic; of more than the budget allows, the oldest come first. With too much to look at, each
    /// event is looked at in turn.
    fn latest_of(
        &self,
        names: &[&Topic],
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, StorageFault> {
        let topics = Topics::of(&self.read)?;
        let mut look = Look::new(interest);
        let mut latest = Vec::new();
        for name in names {
            latest.extend(topics.latest(name, after, &mut look)?);
            if look.is_over() {
                let names: Vec<_> = names.iter().map(|name| name.as_str()).collect();
                return self.latest_among(self.named(&names, after)?, interest, after, budget);
            }
        }
        latest.sort_unstable();
        latest.dedup();
        let (mut page, mut left) = (self.page(after, EventId::ZERO), budget);
        for id in latest {
            // Looked up once more: all at once might be too large for the memory.
            let event = topics.event(position(id))?;
            if !left.take(event.bytes()) {
                page.upto = page.events.last().map_or(after, |last| last.id());
                break;
            }
            page.events.push(Arc::new(event));
        }
        Ok(page)
    }

    /// Looks at every event, up to a number of them.
    fn latest_of_all(
        &self,
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, StorageFault> {
        let from = position(after.next());
        let events = self.events.range(from..).map_err(fault)?.map(|entry| {
            let (at, record) = entry.map_err(fault)?;
            read_record(at.value(), record.value())
        });
        self.latest_among(events, interest, after, budget)
    }

    /// Looks at these events, up to a number of them.
    fn latest_among(
        &self,
        events: impl Iterator<Item = Result<Event, StorageFault>>,
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, StorageFault> {
        let (mut page, mut newest) = (self.page(after, EventId::ZERO), Newest::default());
        let (mut look, mut last) = (Look::new(interest), after);
        for event in events {
            if look.is_over() || newest.fills(budget) {
                page.upto = last;
                break;
            }
            let event = event?;
            last = event.id();
            if look.wants(&event) && !event.is_end() {
                newest.take(Arc::new(event), interest);
            }
        }
        page.events = newest.into_events();
        Ok(page)
    }
}

/// The log at one moment, read by topic, newest first.
struct Topics {
    events: ReadOnlyTable<Position, &'static [u8]>,
    own: ReadOnlyTable<(&'static str, u64, u64), ()>,
    shared: ReadOnlyTable<(&'static str, u64, u64), ()>,
}

impl Topics {
    fn take(disk: &Disk) -> Result<Topics, StorageFault> {
        Topics::of(&disk.database.begin_read().map_err(fault)?)
    }

    fn of(read: &ReadTransaction) -> Result<Topics, StorageFault> {
        Ok(Topics {
            events: read.open_table(EVENTS).map_err(fault)?,
            own: read.open_table(TOPICS).map_err(fault)?,
            shared: read.open_table(SHARED).map_err(fault)?,
        })
    }

    fn is_over(
        &self,
        name: &Topic,
        after: EventId,
        look: &mut Look<'_>,
    ) -> Result<bool, StorageFault> {
        let mut is_newest = true;
        for event in self.newest_first(name)? {
            let event = event?;
            if !is_newest && event.id() <= after {
                return Ok(true);
            }
            look.scanned += 1;
            if !event.is_end() || look.is_over() {
                return Ok(false);
            }
            is_newest = false;
        }
        Ok(!is_newest)
    }

    /// The newest event on a topic after a position that may be seen and does not end it, unless too much has to
    /// be looked at.
    fn latest(
        &self,
        name: &Topic,
        after: EventId,
        look: &mut Look<'_>,
    ) -> Result<Option<EventId>, StorageFault> {
        for event in self.newest_first(name)? {
            let event = event?;
            if event.id() <= after || look.is_over() {
                break;
            }
            if look.wants(&event) && !event.is_end() {
                return Ok(Some(event.id()));
            }
        }
        Ok(None)
    }

    fn newest_first(
        &self,
        name: &Topic,
    ) -> Result<impl Iterator<Item = Result<Event, StorageFault>>, StorageFault> {
        let positions = |table: &ReadOnlyTable<_, ()>| {
            let positions = table.range(all_of(name.as_str())).map_err(fault)?.rev();
            Ok(positions.map(|entry| {
                let (key, _) = entry.map_err(fault)?;
                let (_, ms, seq) = key.value();
                Ok((ms, seq))
            }))
        };
        let mut own = positions(&self.own)?.peekable();
        let mut shared = positions(&self.shared)?.peekable();
        Ok(std::iter::from_fn(move || {
            let newest = match (own.peek(), shared.peek()) {
                (Some(Ok(newest)), Some(Ok(other))) if newest < other => shared.next(),
                (Some(_), _) => own.next(),
                (None, _) => shared.next(),
            };
            Some(newest?.and_then(|at| self.event(at)))
        }))
    }

    fn event(&self, at: Position) -> Result<Event, StorageFault> {
        let record = self.events.get(at).map_err(fault)?;
        read_record(at, record.as_ref().map_or(&[], |record| record.value()))
    }
}
