//! The log: gives events their positions, keeps them, and reads them back after any position.
//!
//! Every kind of log shares one window of recent events in memory. The pump and the subscribers
//! read that window and nothing else, so they do not care where else the log lives.

mod window;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use event_listener::{Event as Bell, EventListener};

use crate::clock::Clock;
use crate::event::{Draft, Event, EventId};
use crate::topic::Interest;
use window::Window;

/// What a log keeps; whatever exceeds any of the three goes, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Number of events.
    pub events: usize,
    /// Memory for events and their encodings, in bytes.
    pub bytes: usize,
    /// Time since an event was appended.
    pub age: Duration,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            events: 10_000,
            bytes: 64 << 20,
            age: Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// Where a subscriber wants to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the next event.
    Now,
    /// With the oldest event that is kept.
    Earliest,
    /// After the event with this id: a position or a publisher's own id.
    After(String),
}

/// A log whose events live in memory.
#[derive(Debug)]
pub struct Log {
    window: RwLock<Window>,
    clock: Clock,
    appended: Bell,
}

/// The answer to a read: what was found, and how far the log has been looked through.
#[derive(Debug)]
pub struct Page {
    /// Events asked for, in the log's order.
    pub events: Vec<Arc<Event>>,
    /// Nothing else that was asked for stands at or before this position.
    pub upto: EventId,
}

/// How much one read returns at most.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Number of events.
    pub events: usize,
    /// Their size in memory, in bytes; the first event is returned whatever its size.
    pub bytes: usize,
}

/// Events after the position asked for are no longer kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trimmed {
    /// Every event after this position is still kept.
    pub kept_after: EventId,
}

impl Log {
    /// An empty log in memory.
    pub fn memory(retention: Retention, clock: Clock) -> Log {
        // A position from before this log began is older than its start, so that whoever resumes
        // with one is told of the gap.
        let start = EventId {
            ms: clock.unix_ms(),
            seq: 0,
        };
        Log {
            window: RwLock::new(Window::new(start, retention)),
            clock,
            appended: Bell::new(),
        }
    }

    /// Stores an event and returns it with its position.
    pub async fn append(&self, draft: Draft) -> Result<Arc<Event>, AppendError> {
        let now = self.clock.unix_ms();
        let event = {
            let mut window = self.write();
            if draft.bytes() > window.retention().bytes {
                return Err(AppendError::TooLarge);
            }
            let event = Arc::new(Event::new(window.tail().following(now), draft));
            window.push(event.clone());
            window.trim(now);
            event
        };
        self.ring();
        Ok(event)
    }

    /// The events after a position, as many as `budget` allows.
    pub fn read(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, Trimmed> {
        self.read_window().read(after, interest, budget)
    }

    /// All events after a position, of every topic.
    pub(crate) fn read_all(&self, after: EventId, budget: Budget) -> Result<Page, Trimmed> {
        self.read_window().read_all(after, budget)
    }

    /// The position of the newest event.
    pub fn tail(&self) -> EventId {
        self.read_window().tail()
    }

    /// Where `start` lies in the log; with an id that it does not know, where its memory begins.
    pub fn locate(&self, start: &Start) -> Result<EventId, Trimmed> {
        self.read_window().locate(start)
    }

    /// Forgets what has grown too old.
    pub fn trim(&self) {
        let now = self.clock.unix_ms();
        self.write().trim(now);
    }

    /// Completes at the next append or [`ring`](Log::ring).
    pub(crate) fn listen(&self) -> EventListener {
        self.appended.listen()
    }

    /// Wakes those who wait for an append although there is none.
    pub(crate) fn ring(&self) {
        self.appended.notify(usize::MAX);
    }

    fn read_window(&self) -> RwLockReadGuard<'_, Window> {
        self.window.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Window> {
        self.window.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why an event was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendError {
    /// It would not fit into the log even alone.
    TooLarge,
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::TooLarge => f.write_str("the event is larger than the whole log may be"),
        }
    }
}

impl std::error::Error for AppendError {}
