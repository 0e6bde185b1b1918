//! Group commit: all publishers that wait when a commit begins go into it together.
//!
//! The first one to wait starts a writer on a blocking thread. It commits batch after batch until
//! nobody waits, then it ends. Each publisher is answered once its event is as durable as was
//! asked for.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::disk::{Disk, Durability};
use super::storage::Storage;
use super::ticket::{self, Answer, Outcomes};
use super::{
    AppendError, Budget, Health, Log, Loss, Page, ReadError, Retention, Size, StorageFault, Stored,
    Trimmed,
};
use crate::event::{Event, EventId, Unplaced};
use crate::metrics::Histogram;
use crate::topic::{Interest, Selector, Topic};

/// Events that may wait to be stored.
const WAITING_EVENTS: usize = 8_192;

/// Their size in memory, in bytes. As much again may be on its way into the log.
const WAITING_BYTES: usize = 32 << 20;

/// How often old events are dropped when nobody publishes.
const TRIM_EVERY: Duration = Duration::from_secs(60);

/// How often the file is looked for at its path when nobody publishes.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What is read at once of events that the window has missed.
const UNSEEN: Budget = Budget {
    events: 1_024,
    bytes: 4 << 20,
};

/// The log's file, and those who wait for it.
#[derive(Debug)]
pub(super) struct Group {
    storage: Storage,
    retention: Retention,
    inbox: Mutex<Inbox>,
    /// Rings when there is something new in the inbox.
    knock: Condvar,
    commits: Histogram,
}

#[derive(Debug, Default)]
struct Inbox {
    waiting: Vec<Waiting>,
    bytes: usize,
    /// Those who want everything to be durable now.
    flush: Vec<Answer>,
    /// A writer is running.
    writing: bool,
    /// When commits that are not durable yet have to be, on the log's clock.
    due: Option<Duration>,
    /// When old events were last dropped for want of publishers, on the log's clock.
    trimmed: Duration,
    /// The file is to be looked for, and when that was last asked for, on the log's clock.
    look: bool,
    looked: Duration,
}

#[derive(Debug)]
struct Waiting {
    event: Unplaced,
    answer: Answer,
}

/// What the writer does next.
enum Work {
    Store(Vec<Waiting>),
    Flush(Vec<Answer>),
    Look,
}

impl Group {
    pub(super) fn new(storage: Storage, retention: Retention) -> Group {
        Group {
            storage,
            retention,
            inbox: Mutex::default(),
            knock: Condvar::new(),
            commits: Histogram::of_microseconds(),
        }
    }

    pub(super) fn kept_after(&self) -> EventId {
        self.storage.kept_after()
    }

    pub(super) fn size(&self) -> Size {
        self.storage.size()
    }

    /// How long commits have taken.
    pub(super) fn commits(&self) -> &Histogram {
        &self.commits
    }

    pub(super) fn faults(&self) -> u64 {
        self.storage.faults.get()
    }

    /// Whether the file can be used. One that fails is tried again, even if nobody publishes.
    pub(super) fn health(&self, log: &Log) -> Health {
        let Some(fault) = self.storage.fault() else {
            return Health::Well;
        };
        self.wake_writer(log, self.inbox());
        Health::Failing(fault)
    }

    /// Puts a run of events into the next commit.
    pub(super) fn put(
        &self,
        log: &Log,
        events: impl IntoIterator<Item = Unplaced, IntoIter: ExactSizeIterator>,
    ) -> Result<Outcomes, AppendError> {
        let events = events.into_iter();
        let (answers, outcomes) = ticket::answers(events.len());
        let mut inbox = self.inbox();
        if inbox.waiting.len() >= WAITING_EVENTS || inbox.bytes >= WAITING_BYTES {
            return Err(AppendError::Busy);
        }
        for (event, answer) in events.zip(answers) {
            inbox.bytes += event.bytes();
            inbox.waiting.push(Waiting { event, answer });
        }
        self.start_writer(log, inbox);
        Ok(outcomes)
    }

    /// Makes everything durable that has been answered.
    pub(super) async fn flush(&self, log: &Log) -> Result<(), StorageFault> {
        let (answer, outcomes) = ticket::answers(1);
        {
            let mut inbox = self.inbox();
            inbox.flush.extend(answer);
            self.start_writer(log, inbox);
        }
        match ticket::only(outcomes).await {
            Err(AppendError::Fault(fault)) => Err(fault),
            _ => Ok(()),
        }
    }

    /// Drops what has grown too old although nobody publishes, now and then, and looks whether the file is
    /// still there.
    pub(super) fn trim(&self, log: &Log) {
        let mut inbox = self.inbox();
        let now = log.clock().now();
        if now.saturating_sub(inbox.trimmed) >= TRIM_EVERY {
            inbox.trimmed = now;
            self.wake_writer(log, inbox);
        } else if now.saturating_sub(inbox.looked) >= LOOK_EVERY {
            (inbox.look, inbox.looked) = (true, now);
            self.start_writer(log, inbox);
        }
    }

    /// Pages in events that the window no longer has.
    pub(super) async fn read(
        &self,
        log: &Log,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let interest = interest.clone();
        let read = move |disk: &Disk| disk.read(after, &interest, budget);
        self.ask(log, read).await
    }

    pub(super) async fn locate(
        &self,
        log: &Log,
        own_id: &str,
        interest: &Interest,
    ) -> Result<Option<EventId>, ReadError> {
        let (own_id, interest) = (own_id.to_owned(), interest.clone());
        self.ask(log, move |disk| disk.locate(&own_id, &interest))
            .await
    }

    /// Asks the file something, on a blocking thread.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        log: &Log,
        question: impl FnOnce(&Disk) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.reopen_if_closed(log);
        self.storage.read(question).await
    }

    /// To open the file takes a while, and is the writer's business.
    fn reopen_if_closed(&self, log: &Log) {
        if !self.storage.is_open() {
            self.wake_writer(log, self.inbox());
        }
    }

    /// Has the writer do what there is to do besides storing: open, trim, flush.
    fn wake_writer(&self, log: &Log, mut inbox: MutexGuard<'_, Inbox>) {
        if inbox.flush.is_empty() {
            inbox.flush.extend(ticket::answers(1).0);
        }
        self.start_writer(log, inbox);
    }

    fn start_writer(&self, log: &Log, mut inbox: MutexGuard<'_, Inbox>) {
        let running = std::mem::replace(&mut inbox.writing, true);
        drop(inbox);
        if running {
            return self.knock.notify_one();
        }
        let log = log.clone();
        blocking::unblock(move || log.write_waiting()).detach();
    }

    /// Commits until nobody waits. Runs on a blocking thread, one at a time.
    pub(super) fn write(&self, log: &Log) {
        while let Some(work) = self.next_work(log) {
            match work {
                Work::Store(batch) => self.store(log, batch),
                Work::Flush(waiting) => self.flush_now(log, waiting),
                Work::Look => self.storage.look(),
            }
        }
    }

    fn next_work(&self, log: &Log) -> Option<Work> {
        let mut inbox = self.inbox();
        loop {
            if !inbox.waiting.is_empty() {
                inbox.bytes = 0;
                return Some(Work::Store(std::mem::take(&mut inbox.waiting)));
            }
            if !inbox.flush.is_empty() {
                return Some(Work::Flush(std::mem::take(&mut inbox.flush)));
            }
            if std::mem::take(&mut inbox.look) {
                return Some(Work::Look);
            }
            let Some(due) = inbox.due else {
                inbox.writing = false;
                return None;
            };
            let pause = due.saturating_sub(log.clock().now());
            if pause.is_zero() {
                return Some(Work::Flush(Vec::new()));
            }
            let waited = self.knock.wait_timeout(inbox, pause);
            inbox = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn store(&self, log: &Log, batch: Vec<Waiting>) {
        let (unplaced, waiting): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|waiting| (waiting.event, waiting.answer))
            .unzip();
        let durability = self.storage.opener().durability;
        let stored = self.storage.with(|disk| {
            self.agree(log, disk)?;
            let (events, answers) = place(log, disk, unplaced)?;
            self.commit(log, disk, &events, durability == Durability::Commit)?;
            Ok(answers)
        });
        match stored {
            Ok(answers) => {
                for (waiting, stored) in waiting.into_iter().zip(answers) {
                    waiting.give(Ok(stored));
                }
            }
            Err(fault) => refuse(waiting, &fault),
        }
    }

    fn flush_now(&self, log: &Log, waiting: Vec<Answer>) {
        let flushed = self.storage.with(|disk| {
            self.agree(log, disk)?;
            self.commit(log, disk, &[], true)
        });
        match flushed {
            Ok(()) => {
                let stored = Stored {
                    id: log.tail(),
                    repeated: true,
                };
                waiting
                    .into_iter()
                    .for_each(|waiting| waiting.give(Ok(stored)));
            }
            Err(fault) => {
                self.inbox().due = None;
                refuse(waiting, &fault);
            }
        }
    }

    /// Writes events to the disk, then shows them to everyone.
    fn commit(
        &self,
        log: &Log,
        disk: &Disk,
        events: &[Arc<Event>],
        durable: bool,
    ) -> Result<(), StorageFault> {
        let outdated = log.outdated(self.retention.age);
        let began = log.clock().now();
        let kept = disk.commit(events, log.tail(), outdated, &self.retention, durable)?;
        self.commits.observe(log.clock().now() - began, 1);
        self.storage.set_kept(kept);
        self.note_due(log, durable);
        log.show(events);
        Ok(())
    }

    /// Brings the window and a file that has failed in between to the same tail.
    fn agree(&self, log: &Log, disk: &Disk) -> Result<(), StorageFault> {
        self.show_unseen(log, disk)?;
        let tail = disk.tail()?;
        match tail < log.tail() {
            true => self.store_again(log, disk, tail),
            false => Ok(()),
        }
    }

    /// Shows what a commit has stored after all that seemed to have failed.
    fn show_unseen(&self, log: &Log, disk: &Disk) -> Result<(), StorageFault> {
        let everything = Interest::any([Selector::All]);
        while disk.tail()? > log.tail() {
            match disk.read(log.tail(), &everything, UNSEEN) {
                Ok(page) if !page.events.is_empty() => {
                    log.show(&page.events);
                }
                Err(ReadError::Fault(fault)) => return Err(fault),
                // They are no longer kept, but their positions are taken.
                Ok(_) | Err(ReadError::Trimmed(_)) => log.write_window().advance(disk.tail()?),
            }
        }
        Ok(())
    }

    /// Stores once more what was answered and shown, but not yet durable when the file failed.
    fn store_again(&self, log: &Log, disk: &Disk, tail: EventId) -> Result<(), StorageFault> {
        let all = Budget {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let events = match log.read_all(tail, all) {
            Ok(page) => page.events,
            // Another file, or an older copy of this one.
            Err(Trimmed { kept_after: at }) => {
                log::error!(
                    "events after {tail} and up to {at} are lost: the file does not have them"
                );
                let loss = Loss { after: tail, at };
                disk.lose(loss)?;
                log.write_window().lose(loss);
                let page = log.read_all(at, all);
                page.map(|page| page.events).unwrap_or_default()
            }
        };
        let outdated = log.outdated(self.retention.age);
        let kept = disk.commit(&events, log.tail(), outdated, &self.retention, true)?;
        self.storage.set_kept(kept);
        Ok(())
    }

    /// Remembers until when commits have to be made durable.
    fn note_due(&self, log: &Log, durable: bool) {
        let mut inbox = self.inbox();
        inbox.due = match self.storage.opener().durability.interval() {
            Some(interval) if !durable => inbox.due.or(Some(log.clock().now() + interval)),
            _ => None,
        };
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives each event its position, unless it repeats an event that the log has or is about to.
fn place(
    log: &Log,
    disk: &Disk,
    unplaced: Vec<Unplaced>,
) -> Result<(Vec<Arc<Event>>, Vec<Stored>), StorageFault> {
    let now_ms = log.clock().unix_ms();
    let mut tail = log.tail();
    let mut new: HashMap<(String, Topic), EventId> = HashMap::new();
    let mut events = Vec::with_capacity(unplaced.len());
    let mut answers = Vec::with_capacity(unplaced.len());
    for event in unplaced {
        let key = log.key(&event);
        let key = key.map(|(own, topic)| (own.to_owned(), topic.clone()));
        let known = match &key {
            None => None,
            Some(key) => match new.get(key) {
                Some(id) => Some(*id),
                None => disk.repeated(&key.0, &key.1)?,
            },
        };
        if let Some(id) = known {
            answers.push(Stored { id, repeated: true });
            continue;
        }
        tail = tail.following(now_ms);
        new.extend(key.map(|key| (key, tail)));
        answers.push(Stored {
            id: tail,
            repeated: false,
        });
        events.push(event.at(tail));
    }
    Ok((events, answers))
}

fn refuse(waiting: Vec<Answer>, fault: &StorageFault) {
    for waiting in waiting {
        waiting.give(Err(AppendError::Fault(fault.clone())));
    }
}
