//! How far the readers of all of a log's window are behind it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use event_listener::Event as Notify;

use super::ages::Moment;
#[cfg(feature = "redis")]
use super::room::LEAD;
use super::room::{Amount, Room};
use super::window::Window;
use super::{Budget, Log, Page, Trimmed};
use crate::event::EventId;

/// What readers have still to read, and who waits for them.
#[derive(Debug, Default)]
pub(super) struct Flow {
    state: Mutex<State>,
    /// Notified when a reader has read on.
    moved: Notify,
}

// The window's lock is taken before this one, where both are.
#[derive(Debug, Default)]
pub(super) struct State {
    readers: Vec<Progress>,
    last_reader: u64,
    /// The window keeps something for its readers alone.
    holds: bool,
    pub(super) room: Room,
}

/// How far one reader has got.
#[derive(Debug)]
struct Progress {
    reader: u64,
    /// What it has done with, of all that ever came into the window.
    done: Amount,
    /// Everything up to here.
    upto: EventId,
}

impl Flow {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What the slowest reader has still to do, of all that ever came in.
    pub(super) fn behind(&self, entered: Amount) -> Amount {
        let all = self.readers.iter().map(|it| entered.less(it.done));
        all.fold(Amount::default(), Amount::max)
    }

    /// The position up to which every reader is done.
    fn upto(&self) -> EventId {
        let positions = self.readers.iter().map(|it| it.upto);
        positions.min().unwrap_or(EventId::MAX)
    }
}

/// One that reads every event, in the log's order, and that publishers may have to wait for.
///
/// The window keeps what it has not [finished](Reader::finish).
#[derive(Debug)]
pub(crate) struct Reader {
    log: Log,
    number: u64,
    /// It has read up to here.
    reached: EventId,
    /// What it is done with once it has finished what it has read.
    read: Amount,
}

impl Log {
    /// A reader that begins after the tail.
    pub(crate) fn reader(&self) -> Reader {
        let window = self.read_window();
        let mut flow = self.0.flow.lock();
        flow.last_reader += 1;
        let progress = Progress {
            reader: flow.last_reader,
            done: window.entered(),
            upto: window.tail(),
        };
        let reader = Reader {
            log: self.clone(),
            number: progress.reader,
            reached: progress.upto,
            read: progress.done,
        };
        flow.readers.push(progress);
        reader
    }

    /// How many events the last of the readers has still to read.
    pub(crate) fn lag(&self) -> u64 {
        self.behind().events
    }

    fn behind(&self) -> Amount {
        let window = self.read_window();
        self.0.flow.lock().behind(window.entered())
    }

    /// Completes once the readers are near enough for more events to be taken in.
    #[cfg(feature = "redis")]
    pub(crate) async fn readers_near(&self) {
        let is_near = || {
            let behind = self.behind();
            behind.events < LEAD.events && behind.bytes < LEAD.bytes
        };
        while !is_near() {
            let moved = self.0.flow.moved.listen();
            if !is_near() {
                moved.await;
            }
        }
    }

    /// Drops what exceeds the retention, but for what readers have still to read.
    pub(super) fn trim_window(&self, window: &mut Window, now: Moment) {
        let mut flow = self.0.flow.lock();
        flow.holds = window.trim(now, flow.upto());
    }

    /// Has whoever waits for the readers look again.
    fn moved_on(&self, holds: bool) {
        if holds {
            let now = Moment::of(&self.0.clock);
            let mut window = self.write_window();
            self.trim_window(&mut window, now);
        }
        self.0.flow.moved.notify(usize::MAX);
    }
}

impl Reader {
    /// Where it has read up to.
    pub(crate) fn reached(&self) -> EventId {
        self.reached
    }

    /// What comes next, and up to where anything is lost. An empty page says that this was all.
    pub(crate) fn read(&mut self, budget: Budget) -> Result<Page, Trimmed> {
        let (page, is_done) = {
            let window = self.log.read_window();
            let mut page = window.read_all(self.reached, budget)?;
            page.lost = page.lost.max(window.losses().newest());
            let is_all = page.upto == window.tail();
            let before = self.read;
            self.read = match is_all {
                true => window.entered(),
                false => page.events.iter().fold(before, |sum, event| {
                    sum.plus(Amount {
                        events: 1,
                        bytes: event.bytes() as u64,
                    })
                }),
            };
            let is_done = page.events.is_empty() && self.read != before;
            (page, is_done)
        };
        if is_done {
            self.finish();
        }
        Ok(page)
    }

    /// Goes on behind a page.
    pub(crate) fn pass(&mut self, page: &Page) {
        self.reached = page.upto;
    }

    /// Says that everything up to where it has read has been dealt with.
    pub(crate) fn finish(&self) {
        let (woken, holds) = {
            let window = self.log.read_window();
            let mut flow = self.log.0.flow.lock();
            let own = flow.readers.iter_mut().find(|it| it.reader == self.number);
            if let Some(own) = own {
                own.done = self.read;
                own.upto = self.reached;
            }
            let behind = flow.behind(window.entered());
            (flow.room.serve(behind), flow.holds)
        };
        woken.into_iter().for_each(Waker::wake);
        self.log.moved_on(holds);
    }

    /// Goes on after a position before which events are missing.
    pub(crate) fn skip(&mut self, upto: EventId) {
        self.reached = upto;
        self.read = self.read.max(self.log.read_window().gone());
        self.finish();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let holds = {
            let mut flow = self.log.0.flow.lock();
            flow.readers.retain(|it| it.reader != self.number);
            flow.holds
        };
        self.log.serve_waiting();
        self.log.moved_on(holds);
    }
}
