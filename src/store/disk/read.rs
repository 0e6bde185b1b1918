//! Paging in what the window no longer has.

use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase};

use super::record::{decode, id, position};
use super::write::all_of;
use super::{
    Disk, EVENTS, IDS, KEPT_AFTER, META, Position, SHARED, TAIL, TOPICS, TOPICS_KEPT,
    TOPICS_KEPT_AFTER, fault, id_on,
};
use crate::event::{Event, EventId, Sieve};
use crate::store::merge::Merged;
use crate::store::{Budget, Page, ReadError, StorageFault, Trimmed};
use crate::topic::Interest;

/// Events that one read looks at before it returns, found or not.
const SCANNED_EVENTS: usize = 16_384;

impl Disk {
    /// The events after a position that `interest` asks for.
    pub(in crate::store) fn read(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let snapshot = Snapshot::at(self, after)?;
        let page = match interest.names() {
            Some(names) => {
                let names: Vec<_> = names.map(|name| name.as_str()).collect();
                snapshot.indexed(&names, interest, after, budget)
            }
            None => snapshot.scanned(interest, after, budget),
        };
        page.map_err(ReadError::Fault)
    }

    /// The newest position.
    pub(in crate::store) fn tail(&self) -> Result<EventId, StorageFault> {
        Snapshot::take(self).map(|snapshot| snapshot.tail)
    }

    /// The position of the earliest event that brought this id, of those that `interest` asks for. If too many
    /// others have to be looked at, it counts as unknown.
    pub(in crate::store) fn locate(
        &self,
        own_id: &str,
        interest: &Interest,
    ) -> Result<Option<EventId>, ReadError> {
        let snapshot = Snapshot::take(self).map_err(ReadError::Fault)?;
        let mut look = Look::new(interest);
        let found = match interest.names() {
            None => snapshot.first_with(own_id, &mut look),
            Some(names) => names
                .flat_map(|name| [true, false].map(|is_first| id_on(own_id, name, is_first)))
                .map(|key| snapshot.first_with(&key, &mut look))
                .try_fold(None, |earliest, found| Ok(earlier(earliest, found?))),
        };
        found.map_err(ReadError::Fault)
    }
}

/// The earlier of two positions.
fn earlier(one: Option<EventId>, other: Option<EventId>) -> Option<EventId> {
    one.into_iter().chain(other).min()
}

/// One look at the file: what is asked for, and how much has been looked at.
pub(super) struct Look<'i> {
    pub(super) sieve: Sieve<'i>,
    pub(super) scanned: usize,
}

impl<'i> Look<'i> {
    pub(super) fn new(interest: &'i Interest) -> Look<'i> {
        Look {
            sieve: Sieve::new(interest),
            scanned: 0,
        }
    }

    /// Whether it looked at much already. Of what comes, the first is always looked at.
    pub(super) fn is_over(&self) -> bool {
        self.scanned >= SCANNED_EVENTS || self.sieve.is_spent()
    }

    /// Whether an event is asked for.
    pub(super) fn wants(&mut self, event: &Event) -> bool {
        self.scanned += 1;
        self.sieve.wants(event)
    }
}

/// The log at one moment.
pub(super) struct Snapshot {
    pub(super) read: ReadTransaction,
    pub(super) events: ReadOnlyTable<Position, &'static [u8]>,
    tail: EventId,
    kept_after: EventId,
    topics_kept_after: EventId,
}

impl Snapshot {
    /// The log, unless what follows a position is no longer all there.
    pub(super) fn at(disk: &Disk, after: EventId) -> Result<Snapshot, ReadError> {
        let snapshot = Snapshot::take(disk).map_err(ReadError::Fault)?;
        let kept_after = snapshot.kept_after;
        match after < kept_after {
            true => Err(Trimmed { kept_after }.into()),
            false => Ok(snapshot),
        }
    }

    fn take(disk: &Disk) -> Result<Snapshot, StorageFault> {
        let read = disk.database.begin_read().map_err(fault)?;
        let meta = read.open_table(META).map_err(fault)?;
        let known = |key| -> Result<EventId, StorageFault> {
            let found = meta.get(key).map_err(fault)?;
            Ok(found.map_or(EventId::ZERO, |found| id(found.value())))
        };
        Ok(Snapshot {
            tail: known(TAIL)?,
            kept_after: known(KEPT_AFTER)?,
            topics_kept_after: known(TOPICS_KEPT_AFTER)?,
            events: read.open_table(EVENTS).map_err(fault)?,
            read,
        })
    }

    /// Looks at every event.
    fn scanned(
        &self,
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, StorageFault> {
        let mut page = self.page(after, self.topics_kept_after);
        let (mut look, mut left) = (Look::new(interest), budget);
        let mut last = after;
        let from = position(after.next());
        for entry in self.events.range(from..).map_err(fault)? {
            if look.is_over() {
                page.upto = last;
                return Ok(page);
            }
            let (at, record) = entry.map_err(fault)?;
            let event = read_record(at.value(), record.value())?;
            let wanted = look.wants(&event);
            if wanted && !left.take(event.bytes()) {
                page.upto = last;
                return Ok(page);
            }
            last = event.id();
            if wanted {
                page.events.push(Arc::new(event));
            }
        }
        Ok(page)
    }

    /// Looks at the events of some topics only, merged into the log's order.
    fn indexed(
        &self,
        names: &[&str],
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, StorageFault> {
        let kept = self.read.open_table(TOPICS_KEPT).map_err(fault)?;
        let mut newest_lost = EventId::ZERO;
        for name in names {
            let lost = kept.get(name).map_err(fault)?;
            newest_lost = newest_lost.max(lost.map_or(EventId::ZERO, |lost| id(lost.value())));
        }
        let mut page = self.page(after, newest_lost);
        let (mut look, mut left) = (Look::new(interest), budget);
        let mut last = after;
        for event in self.named(names, after)? {
            if look.is_over() {
                page.upto = last;
                return Ok(page);
            }
            let event = event?;
            let wanted = look.wants(&event);
            if wanted && !left.take(event.bytes()) {
                page.upto = last;
                return Ok(page);
            }
            last = event.id();
            if wanted {
                page.events.push(Arc::new(event));
            }
        }
        Ok(page)
    }

    /// The events of some topics after a position, in the log's order, each once.
    pub(super) fn named(
        &self,
        names: &[&str],
        after: EventId,
    ) -> Result<impl Iterator<Item = Result<Event, StorageFault>>, StorageFault> {
        let own = self.read.open_table(TOPICS).map_err(fault)?;
        let shared = self.read.open_table(SHARED).map_err(fault)?;
        let (ms, seq) = position(after.next());
        let mut lists = Vec::with_capacity(2 * names.len());
        for name in names {
            for table in [&own, &shared] {
                let range = (*name, ms, seq)..=(*name, u64::MAX, u64::MAX);
                lists.push(table.range(range).map_err(fault)?.map(|entry| {
                    let (key, _) = entry.map_err(fault)?;
                    Ok((key.value().1, key.value().2))
                }));
            }
        }
        let positions = Merged::of(lists);
        Ok(positions.filter_map(|at| at.and_then(|at| self.found(at)).transpose()))
    }

    /// The earliest event under a name in the table of ids that is asked for.
    fn first_with(&self, key: &str, look: &mut Look<'_>) -> Result<Option<EventId>, StorageFault> {
        let ids = self.read.open_table(IDS).map_err(fault)?;
        for entry in ids.range(all_of(key)).map_err(fault)? {
            let (key, _) = entry.map_err(fault)?;
            let (_, ms, seq) = key.value();
            if let Some(event) = self.found((ms, seq))?
                && look.wants(&event)
            {
                return Ok(Some(event.id()));
            }
            if look.is_over() {
                break;
            }
        }
        Ok(None)
    }

    fn found(&self, at: Position) -> Result<Option<Event>, StorageFault> {
        let record = self.events.get(at).map_err(fault)?;
        let record = record.map(|record| read_record(at, record.value()));
        record.transpose()
    }

    pub(super) fn page(&self, after: EventId, lost: EventId) -> Page {
        Page {
            events: Vec::new(),
            upto: self.tail.max(after),
            lost,
            searched: 0,
        }
    }
}

pub(super) fn read_record(at: Position, record: &[u8]) -> Result<Event, StorageFault> {
    decode(at, record).ok_or_else(|| StorageFault(format!("the record at {} is damaged", id(at))))
}
