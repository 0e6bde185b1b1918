//! How far those who read all of a log's window are behind it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use event_listener::{Event as Bell, EventListener};

use super::{Budget, Log, Page, Trimmed};
use crate::event::EventId;

/// The readers, and a bell for each step of theirs.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// Of each reader, how many of the events that ever came in it has done with.
    readers: Mutex<Vec<Weak<AtomicU64>>>,
    moved: Bell,
}

impl Flow {
    fn readers(&self) -> MutexGuard<'_, Vec<Weak<AtomicU64>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One that reads every event, in the log's order, and that whoever appends may have to wait for.
#[derive(Debug)]
pub(crate) struct Reader {
    log: Log,
    reached: EventId,
    done: Arc<AtomicU64>,
}

impl Log {
    /// A reader that begins after the tail.
    pub(crate) fn reader(&self) -> Reader {
        let window = self.read_window();
        let done = Arc::new(AtomicU64::new(window.entered()));
        let mut readers = self.0.flow.readers();
        readers.retain(|reader| reader.strong_count() > 0);
        readers.push(Arc::downgrade(&done));
        Reader {
            log: self.clone(),
            reached: window.tail(),
            done,
        }
    }

    /// How many events the last of the readers has still to read.
    pub(crate) fn lag(&self) -> u64 {
        let entered = self.read_window().entered();
        let readers = self.0.flow.readers();
        let done = readers.iter().filter_map(Weak::upgrade);
        let done = done.map(|done| done.load(Ordering::Relaxed)).min();
        entered.saturating_sub(done.unwrap_or(entered))
    }

    /// Completes when a reader has read on.
    pub(crate) fn moved(&self) -> EventListener {
        self.0.flow.moved.listen()
    }
}

impl Reader {
    /// Where it has read up to.
    pub(crate) fn reached(&self) -> EventId {
        self.reached
    }

    /// What comes next, and up to where anything is lost. An empty page says that this was all.
    pub(crate) fn read(&self, budget: Budget) -> Result<Page, Trimmed> {
        let window = self.log.read_window();
        let mut page = window.read_all(self.reached, budget)?;
        page.lost = page.lost.max(window.losses().newest());
        if page.events.is_empty() {
            self.done.store(window.entered(), Ordering::Relaxed);
        }
        Ok(page)
    }

    /// Goes on behind a page.
    pub(crate) fn pass(&mut self, page: &Page) {
        self.reached = page.upto;
    }

    /// Says that so many events have been dealt with.
    pub(crate) fn finish(&self, events: usize) {
        self.done.fetch_add(events as u64, Ordering::Relaxed);
        self.log.0.flow.moved.notify(usize::MAX);
    }

    /// Goes on after a position before which events are missing.
    pub(crate) fn skip(&mut self, upto: EventId) {
        self.reached = upto;
        let left = self.log.read_window().left();
        self.done.fetch_max(left, Ordering::Relaxed);
        self.log.0.flow.moved.notify(usize::MAX);
    }
}
