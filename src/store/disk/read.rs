//! Paging in what the window no longer has.

use std::iter::Peekable;
use std::sync::Arc;

use redb::{ReadOnlyTable, ReadTransaction, ReadableDatabase};

use super::record::{decode, id, position};
use super::write::all_of;
use super::{
    Disk, EVENTS, IDS, KEPT_AFTER, META, Position, SHARED, TAIL, TOPICS, TOPICS_KEPT,
    TOPICS_KEPT_AFTER, fault,
};
use crate::event::{Event, EventId};
use crate::store::{Budget, Page, ReadError, StorageFault, Trimmed};
use crate::topic::Interest;

/// Events that one read looks at before it returns, found or not.
pub(super) const SCANNED_EVENTS: usize = 16_384;

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

    /// The position of the earliest event that brought this id.
    pub(in crate::store) fn locate(&self, own_id: &str) -> Result<Option<EventId>, ReadError> {
        let first = || -> Result<Option<EventId>, StorageFault> {
            let read = self.database.begin_read().map_err(fault)?;
            let ids = read.open_table(IDS).map_err(fault)?;
            let first = ids.range(all_of(own_id)).map_err(fault)?.next();
            let first = first.transpose().map_err(fault)?;
            Ok(first.map(|(key, _)| id((key.value().1, key.value().2))))
        };
        first().map_err(ReadError::Fault)
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
        let mut left = budget;
        let mut last = after;
        let from = position(after.next());
        for (scanned, entry) in self.events.range(from..).map_err(fault)?.enumerate() {
            let (at, record) = entry.map_err(fault)?;
            let event = read_record(at.value(), record.value())?;
            let wanted = event.is_for(interest);
            if scanned == SCANNED_EVENTS || wanted && !left.take(event.bytes()) {
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
        let own = self.read.open_table(TOPICS).map_err(fault)?;
        let shared = self.read.open_table(SHARED).map_err(fault)?;
        let kept = self.read.open_table(TOPICS_KEPT).map_err(fault)?;
        let (ms, seq) = position(after.next());
        let (mut lists, mut newest_lost) = (Vec::new(), EventId::ZERO);
        for name in names {
            let lost = kept.get(name).map_err(fault)?;
            newest_lost = newest_lost.max(lost.map_or(EventId::ZERO, |lost| id(lost.value())));
            for table in [&own, &shared] {
                let range = (*name, ms, seq)..=(*name, u64::MAX, u64::MAX);
                let positions = table.range(range).map_err(fault)?.map(|entry| {
                    let (key, _) = entry.map_err(fault)?;
                    Ok((key.value().1, key.value().2))
                });
                lists.push(positions.peekable());
            }
        }
        let mut page = self.page(after, newest_lost);
        let mut left = budget;
        let (mut last, mut scanned) = (after, 0);
        while let Some(at) = first_of(&mut lists)? {
            let Some(record) = self.events.get(at).map_err(fault)? else {
                continue;
            };
            let event = read_record(at, record.value())?;
            let shown = event.is_shown_to(interest);
            if scanned == SCANNED_EVENTS || shown && !left.take(event.bytes()) {
                page.upto = last;
                return Ok(page);
            }
            (last, scanned) = (event.id(), scanned + 1);
            if shown {
                page.events.push(Arc::new(event));
            }
        }
        Ok(page)
    }

    pub(super) fn page(&self, after: EventId, lost: EventId) -> Page {
        Page {
            events: Vec::new(),
            upto: self.tail.max(after),
            lost,
        }
    }
}

/// Takes the lowest position that any of the lists has next from all that have it.
fn first_of<I>(lists: &mut [Peekable<I>]) -> Result<Option<Position>, StorageFault>
where
    I: Iterator<Item = Result<Position, StorageFault>>,
{
    let mut lowest: Option<Position> = None;
    for list in &mut *lists {
        match list.peek() {
            None => {}
            Some(Ok(next)) => lowest = Some(lowest.map_or(*next, |lowest| lowest.min(*next))),
            Some(Err(fault)) => return Err(fault.clone()),
        }
    }
    for list in lists {
        list.next_if(|next| next.as_ref().ok() == lowest.as_ref());
    }
    Ok(lowest)
}

pub(super) fn read_record(at: Position, record: &[u8]) -> Result<Event, StorageFault> {
    decode(at, record).ok_or_else(|| StorageFault(format!("the record at {} is damaged", id(at))))
}
