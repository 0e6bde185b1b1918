//! Paging in what the window no longer has.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use event_listener::Event as Bell;
use futures_lite::FutureExt as _;
use redis::{Pipeline, Value};

use super::connection::{Connection, drive};
use super::entry::{self, Entry};
use super::fault::{Fault, of_value};
use super::health::Role;
use super::load::read_bounds;
use super::pace::Pace;
use super::write::{id_field, once_field};
use super::{Redis, value};
use crate::event::{Event, EventId, Sieve};
use crate::store::sift::first_wanted;
use crate::store::{Budget, Log, Page, ReadError, StorageFault, Trimmed};
use crate::topic::Interest;

/// Readers that page in old events at the same time.
const READERS: usize = 4;

/// What a page of entries should take of memory, in bytes.
pub(super) const PAGE_BYTES: usize = 1 << 20;

/// Entries that one read looks at before it returns, found or not, and their size in memory, in bytes.
pub(super) const SCANNED_ENTRIES: usize = 16_384;
pub(super) const SCANNED_BYTES: usize = 16 << 20;

/// How long a reader waits for the connection.
const CONNECTION_PATIENCE: Duration = Duration::from_secs(1);

/// How often old events are dropped.
const TRIM_EVERY: Duration = Duration::from_secs(60);

/// How long one waits for an event that another hub has shown already.
const ARRIVAL_PATIENCE: Duration = Duration::from_secs(1);

/// Where readers meet their connection.
#[derive(Debug)]
pub(super) struct Desk {
    connection: Mutex<Option<Connection>>,
    opened: Bell,
    /// Rings when the connection is of no use any more.
    failed: Bell,
    /// Holds one message for each reader at work.
    places: (Sender<()>, Receiver<()>),
}

impl Default for Desk {
    fn default() -> Desk {
        Desk {
            connection: Mutex::default(),
            opened: Bell::new(),
            failed: Bell::new(),
            places: async_channel::bounded(READERS),
        }
    }
}

impl Desk {
    fn connection(&self) -> MutexGuard<'_, Option<Connection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    async fn opened(&self) -> Connection {
        loop {
            let opened = self.opened.listen();
            let connection = self.connection().clone();
            if let Some(connection) = connection {
                return connection;
            }
            opened.await;
        }
    }
}

/// A reader's place, given back when dropped.
struct Place(Receiver<()>);

impl Drop for Place {
    fn drop(&mut self) {
        _ = self.0.try_recv();
    }
}

/// One page of the stream.
pub(super) struct Entries {
    pub(super) entries: Vec<(EventId, Entry)>,
    /// Nothing else stands before this position.
    pub(super) upto: EventId,
}

impl Redis {
    /// Keeps the connection of the readers, and the log within its retention.
    pub(super) async fn serve_readers(&self, log: &Log) {
        let mut attempts = self.attempts(Role::Read);
        loop {
            let (connection, driver) = self.connect(log, &mut attempts).await;
            *self.reading.connection() = Some(connection.clone());
            self.reading.opened.notify(usize::MAX);
            self.health.recover(Role::Read);
            let fault = drive(driver, self.serving(log, &connection)).await;
            *self.reading.connection() = None;
            self.broke(log, &mut attempts, &fault);
        }
    }

    async fn serving(&self, log: &Log, connection: &Connection) -> Fault {
        loop {
            let failed = self.reading.failed.listen();
            match self.trim(log, connection).await {
                Err(fault) if fault.is_passing() => return fault,
                Err(fault) => log::warn!("old events are not dropped: {fault}"),
                Ok(()) => {}
            }
            let failed = async {
                failed.or(connection.closed()).await;
                true
            };
            let due = async {
                log.clock().sleep(TRIM_EVERY).await;
                false
            };
            if failed.or(due).await {
                return Fault::Lost;
            }
        }
    }

    /// The events after a position that `interest` asks for.
    pub(in crate::store) async fn read(
        &self,
        log: &Log,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let _place = self.place().await;
        let (mut page, mut left) = (empty(after), budget);
        let (mut scan, mut sieve) = (Scan::new(log, after), Sieve::new(interest));
        loop {
            let entries = match self.next_page(log, &mut scan).await {
                Ok(Some(entries)) => entries,
                Ok(None) => return Ok(page),
                // What has been found is worth something; the next read fails at once.
                Err(_) if page.upto > after => return Ok(page),
                Err(error) => return Err(error),
            };
            for (id, entry) in entries.entries {
                let bytes = searched(&entry);
                let event = match entry {
                    Entry::Event(event) if sieve.wants_in_turns(&event).await => event,
                    _ => {
                        page.searched += bytes;
                        continue;
                    }
                };
                if !left.take(event.bytes()) {
                    page.upto = page.events.last().map_or(after, |last| last.id());
                    return Ok(page);
                }
                page.events.push(event);
                page.upto = id;
            }
            page.upto = entries.upto;
        }
    }

    /// A place among the readers.
    pub(super) async fn place(&self) -> impl Drop + use<> {
        _ = self.reading.places.0.send(()).await;
        Place(self.reading.places.1.clone())
    }

    /// The next entries of a scan; `None` at its end, or when it has looked at many.
    pub(super) async fn next_page(
        &self,
        log: &Log,
        scan: &mut Scan,
    ) -> Result<Option<Entries>, ReadError> {
        let is_enough = scan.entries >= SCANNED_ENTRIES || scan.bytes >= SCANNED_BYTES;
        if scan.is_over() || is_enough {
            return Ok(None);
        }
        let mut pipeline = Pipeline::with_capacity(4);
        let range = pipeline.cmd("XRANGE").arg(&self.keys.log);
        range.arg(format!("({}", value::redis_id(scan.after)));
        range.arg(value::redis_id(scan.end));
        range.arg("COUNT").arg(scan.pace.entries());
        let entries = self.read_range(log, pipeline, scan.after).await?;
        Ok(Some(scan.take(entries)))
    }

    /// What a command answers that asks for entries after a position, unless some that follow it
    /// are no longer there.
    pub(super) async fn read_range(
        &self,
        log: &Log,
        mut pipeline: Pipeline,
        after: EventId,
    ) -> Result<Vec<(EventId, Entry)>, ReadError> {
        // Asked for after the entries: so these were there if the last one that the window has is, and
        // if the bounds say so. A stream without it has lost something that must not count as read.
        let (tail, newest) = {
            let window = log.read_window();
            (window.tail(), window.get(window.tail()).cloned())
        };
        let tail_id = value::redis_id(tail);
        let last = pipeline.cmd("XRANGE").arg(&self.keys.log);
        last.arg(&tail_id).arg(&tail_id).arg("COUNT").arg(1);
        self.ask_bounds(&mut pipeline);
        let mut replies = self.ask(log, &pipeline).await?.into_iter();
        let found = self.next_reply(&mut replies)?;
        let last = self.next_reply(&mut replies)?;
        let bounds = read_bounds(&mut replies).map_err(|fault| self.failed(&fault))?;
        let kept_after = bounds.kept_after;
        if after < kept_after {
            return Err(Trimmed { kept_after }.into());
        }
        let is_there = entry::is_there(last, tail, newest.as_deref());
        if !is_there && bounds.first != tail.next() {
            const LOST: &str = "the stream in Redis has changed, and is about to be read anew";
            return Err(ReadError::Fault(StorageFault(LOST.to_owned())));
        }
        let most_bytes = log.read_window().retention().bytes;
        Ok(entry::read_all(found, most_bytes))
    }

    /// The position of the earliest event that brought this id, of those that `interest` asks for, if it is kept.
    ///
    /// Redis knows the first event with an id, and the one on each topic. If these are not asked for, but others
    /// with the same id are, it counts as unknown, unless they are in the window.
    pub(in crate::store) async fn locate(
        &self,
        log: &Log,
        own_id: &str,
        interest: &Interest,
    ) -> Result<Option<EventId>, ReadError> {
        let recent = log.locate_in_window(own_id, interest).await;
        if recent.is_some() && log.read_window().kept_after() <= self.kept_after(log) {
            return Ok(recent);
        }
        let mut fields = vec![id_field(own_id)];
        let names = interest.names().into_iter().flatten();
        fields.extend(names.map(|name| once_field(own_id, name)));
        let mut pipeline = Pipeline::with_capacity(4);
        for ids in [&self.keys.older_ids, &self.keys.ids] {
            pipeline.cmd("HMGET").arg(ids).arg(&fields);
        }
        self.ask_bounds(&mut pipeline);
        let mut replies = self.ask(log, &pipeline).await?.into_iter();
        let mut known = value::list(self.next_reply(&mut replies)?);
        known.extend(value::list(self.next_reply(&mut replies)?));
        let bounds = read_bounds(&mut replies).map_err(|fault| self.failed(&fault))?;
        let known = known.iter().filter_map(value::id);
        let mut known: Vec<_> = known.filter(|id| *id > bounds.kept_after).collect();
        known.sort_unstable();
        known.dedup();
        let first = match known.last() {
            None => None,
            Some(last) => {
                self.await_arrival(log, *last).await?;
                let events = self.events_at(log, &known).await?;
                first_wanted(&events, interest).await
            }
        };
        Ok(first.into_iter().chain(recent).min())
    }

    /// The events at some positions.
    async fn events_at(&self, log: &Log, at: &[EventId]) -> Result<Vec<Arc<Event>>, ReadError> {
        let mut pipeline = Pipeline::with_capacity(at.len());
        for id in at {
            let id = value::redis_id(*id);
            let range = pipeline.cmd("XRANGE").arg(&self.keys.log);
            range.arg(&id).arg(&id).arg("COUNT").arg(1);
        }
        let most_bytes = log.read_window().retention().bytes;
        let mut replies = self.ask(log, &pipeline).await?.into_iter();
        let mut events = Vec::with_capacity(at.len());
        for _ in at {
            let entries = entry::read_all(self.next_reply(&mut replies)?, most_bytes);
            events.extend(entries.into_iter().filter_map(|(_, entry)| match entry {
                Entry::Event(event) => Some(event),
                _ => None,
            }));
        }
        Ok(events)
    }

    /// Waits, for a moment, until a position is here that another hub may have shown already. It is
    /// a fault if it does not come although Redis has it, or if Redis cannot be asked: whoever comes
    /// with it has missed nothing.
    pub(in crate::store) async fn await_arrival(
        &self,
        log: &Log,
        position: EventId,
    ) -> Result<(), ReadError> {
        if log.tail() >= position {
            return Ok(());
        }
        let mut pipeline = Pipeline::with_capacity(1);
        let newest = pipeline.cmd("XREVRANGE").arg(&self.keys.log);
        newest.arg("+").arg("-").arg("COUNT").arg(1);
        let mut replies = self.ask(log, &pipeline).await?.into_iter();
        let newest = value::first_id(self.next_reply(&mut replies)?);
        if newest.is_none_or(|newest| newest < position) {
            return Ok(());
        }
        let arrived = async {
            loop {
                let appended = log.listen();
                if log.tail() >= position {
                    return Ok(());
                }
                appended.await;
            }
        };
        let late = async {
            log.clock().sleep(ARRIVAL_PATIENCE).await;
            let reason = format!("this hub is behind {position}");
            Err(ReadError::Fault(StorageFault(reason)))
        };
        arrived.or(late).await
    }

    /// Asks something on the readers' connection.
    pub(super) async fn ask(
        &self,
        log: &Log,
        pipeline: &Pipeline,
    ) -> Result<Vec<Value>, ReadError> {
        let opened = async { Ok(self.reading.opened().await) };
        let late = async {
            log.clock().sleep(CONNECTION_PATIENCE).await;
            Err(StorageFault(self.health.reason(Role::Read)))
        };
        let connection = opened.or(late).await.map_err(ReadError::Fault)?;
        let asked = connection.ask_all(pipeline, Duration::ZERO).await;
        asked.map_err(|fault| self.failed(&fault))
    }

    /// The next of several replies, unless it is an error.
    pub(super) fn next_reply(
        &self,
        replies: &mut impl Iterator<Item = Value>,
    ) -> Result<Value, ReadError> {
        let reply = replies.next().unwrap_or(Value::Nil);
        of_value(reply).map_err(|fault| self.failed(&fault))
    }

    /// What a reader is told; the next one has another connection, if that may help.
    fn failed(&self, fault: &Fault) -> ReadError {
        if fault.is_passing() {
            self.reading.failed.notify(1);
        }
        ReadError::Fault(fault.told())
    }
}

/// A way through the stream, page by page.
pub(super) struct Scan {
    after: EventId,
    /// Where the window ends, so that nobody gets ahead of it.
    end: EventId,
    pace: Pace,
    /// What has been looked at.
    entries: usize,
    bytes: usize,
}

impl Scan {
    pub(super) fn new(log: &Log, after: EventId) -> Scan {
        Scan {
            after,
            end: log.tail(),
            pace: Pace::new(PAGE_BYTES),
            entries: 0,
            bytes: 0,
        }
    }

    /// Whether all has been looked at.
    pub(super) fn is_over(&self) -> bool {
        self.after >= self.end
    }

    fn take(&mut self, entries: Vec<(EventId, Entry)>) -> Entries {
        self.entries += entries.len();
        self.bytes += entries.iter().map(|(_, it)| searched(it)).sum::<usize>();
        self.after = match entries.last() {
            Some((last, _)) if entries.len() == self.pace.entries() => *last,
            _ => self.end,
        };
        self.pace.note(&entries);
        Entries {
            entries,
            upto: self.after,
        }
    }
}

/// What it takes to look at an entry, in bytes of memory.
pub(super) fn searched(entry: &Entry) -> usize {
    const ENTRY_BYTES: usize = 64;
    ENTRY_BYTES + entry.bytes()
}

/// A page without events, so far.
pub(super) fn empty(upto: EventId) -> Page {
    Page {
        events: Vec::new(),
        upto,
        lost: EventId::ZERO,
        searched: 0,
    }
}
