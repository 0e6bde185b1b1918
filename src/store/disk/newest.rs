//! The newest events of each topic.

use redb::{ReadOnlyTable, ReadableDatabase};

use super::record::{decode, id};
use super::write::all_of;
use super::{Disk, EVENTS, Position, TOPICS, fault};
use crate::event::{Event, EventId};
use crate::store::{ReadError, StorageFault};
use crate::topic::{Interest, Topic};

impl Disk {
    /// Whether the newest event of each topic that is named is its end, with nothing else after a
    /// position.
    pub(in crate::store) fn ended(
        &self,
        interest: &Interest,
        after: EventId,
    ) -> Result<bool, ReadError> {
        let newest = Newest::take(self).map_err(ReadError::Fault)?;
        for name in interest.names().into_iter().flatten() {
            if !newest.is_over(name, after).map_err(ReadError::Fault)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The log at one moment, read by topic, newest first.
struct Newest {
    events: ReadOnlyTable<Position, &'static [u8]>,
    topics: ReadOnlyTable<(&'static str, u64, u64), ()>,
}

impl Newest {
    fn take(disk: &Disk) -> Result<Newest, StorageFault> {
        let read = disk.database.begin_read().map_err(fault)?;
        Ok(Newest {
            events: read.open_table(EVENTS).map_err(fault)?,
            topics: read.open_table(TOPICS).map_err(fault)?,
        })
    }

    fn is_over(&self, name: &Topic, after: EventId) -> Result<bool, StorageFault> {
        let mut is_newest = true;
        for event in self.newest_first(name)? {
            let event = event?;
            if !is_newest && event.id() <= after {
                return Ok(true);
            }
            if !event.is_end() {
                return Ok(false);
            }
            is_newest = false;
        }
        Ok(!is_newest)
    }

    fn newest_first(
        &self,
        name: &Topic,
    ) -> Result<impl Iterator<Item = Result<Event, StorageFault>>, StorageFault> {
        let positions = self.topics.range(all_of(name.as_str())).map_err(fault)?;
        Ok(positions.rev().map(|entry| {
            let (key, _) = entry.map_err(fault)?;
            let (_, ms, seq) = key.value();
            self.event((ms, seq))
        }))
    }

    fn event(&self, at: Position) -> Result<Event, StorageFault> {
        let record = self.events.get(at).map_err(fault)?;
        let event = record.and_then(|record| decode(at, record.value()));
        event.ok_or_else(|| StorageFault(format!("the record at {} is damaged", id(at))))
    }
}
