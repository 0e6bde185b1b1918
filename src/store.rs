//! The log: gives events their positions, keeps them, and reads them back after any position.
//!
//! Every kind of log shares one window of recent events in memory. The pump reads that window and
//! nothing else; a subscriber that reaches further back has older events paged in from wherever
//! else the log lives.

mod ages;
mod config;
#[cfg(feature = "disk")]
mod disk;
mod error;
mod flow;
#[cfg(feature = "disk")]
mod group;
mod health;
mod liveliest;
mod losses;
mod merge;
mod newest;
mod page;
#[cfg(feature = "redis")]
mod redis;
mod room;
mod sift;
#[cfg(feature = "disk")]
mod storage;
mod ticket;
mod window;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
#[cfg(any(feature = "disk", feature = "redis"))]
use std::time::Duration;

use event_listener::{Event as Bell, EventListener};

use crate::board::Board;
use crate::clock::Clock;
use crate::event::{Draft, Event, EventId, Unplaced};
use crate::topic::{Interest, Topic};
use ages::{Ages, Moment};
use flow::Flow;
use window::{Found, Window};

pub(crate) use flow::Reader;
pub(crate) use liveliest::Liveliest;
pub(crate) use losses::Loss;
pub(crate) use newest::Newest;
pub(crate) use room::{Amount, Permit};

pub use config::{KEPT_EVENTS, LogConfig, Retention};
#[cfg(all(feature = "disk", fuzzing))]
pub use disk::fuzzing as records;
#[cfg(feature = "disk")]
pub use disk::{Durability, OpenError};
pub use error::{AppendError, ReadError, StorageFault, Trimmed};
pub use health::{Health, Size};
pub(crate) use page::SEARCHED_BYTES;
pub use page::{Budget, Page};
#[cfg(feature = "redis")]
pub use redis::{Follower, InvalidRedisUrl, Mishaps, RedisSettings};
pub use ticket::Ticket;

/// Where a subscriber wants to begin.
///
/// ```
/// use ssehub::{Clock, Draft, Interest, Log, LogConfig, Start, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let first = Draft::new(Topic::parse("news").unwrap(), "hello").own_id("first").unwrap();
/// let stored = log.append(first).await.unwrap();
/// let news = Interest::topic(Topic::parse("news").unwrap());
/// let start = Start::After("first".to_owned());
/// assert_eq!(log.locate(&start, &news).await.unwrap(), stored.id);
/// assert_eq!(log.locate(&Start::Now, &news).await.unwrap(), log.tail());
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the next event.
    Now,
    /// With the oldest event that is kept.
    Earliest,
    /// After the event with this id: a position, or the id that the publisher of an event has brought which is
    /// asked for.
    After(String),
}

/// What the log answers to a publisher.
///
/// ```
/// use ssehub::{Clock, Draft, Log, LogConfig, Stored, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let draft = Draft::new(Topic::parse("news").unwrap(), "hello").own_id("first").unwrap();
/// let Stored { id, repeated, .. } = log.append(draft.clone()).await.unwrap();
/// assert!(!repeated);
/// let again = log.append(draft).await.unwrap();
/// assert_eq!((again.id, again.repeated), (id, true));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// The event's position.
    pub id: EventId,
    /// The event was there already: the publisher has repeated itself.
    pub repeated: bool,
}

/// A log of events.
///
/// ```
/// use ssehub::store::Budget;
/// use ssehub::{Clock, Draft, Interest, Log, LogConfig, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let topic = Topic::parse("news").unwrap();
/// let stored = log.append(Draft::new(topic.clone(), "hello")).await.unwrap();
///
/// let budget = Budget { events: 100, bytes: 1 << 20 };
/// let page = log.read(stored.id.previous(), &Interest::topic(topic), budget).await.unwrap();
/// assert_eq!((page.events[0].id(), page.upto), (stored.id, log.tail()));
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    window: RwLock<Window>,
    clock: Clock,
    appended: Bell,
    flow: Flow,
    deduplicate: bool,
    backend: Backend,
}

/// Where events live besides in the window.
#[derive(Debug)]
enum Backend {
    Nowhere,
    #[cfg(feature = "disk")]
    Disk(Box<group::Group>),
    #[cfg(feature = "redis")]
    Redis(Box<redis::Redis>),
}

impl Log {
    /// An empty log in memory.
    pub fn memory(config: LogConfig, clock: Clock) -> Log {
        let config = config.within_limits();
        // A position from before this log began is older than its start, so that whoever resumes
        // with one is told of the gap.
        let now = Moment::of(&clock);
        let start = EventId {
            ms: now.unix_ms,
            seq: 0,
        };
        let ages = Ages::new(now, start, config.retention.age);
        Log(Arc::new(Inner {
            window: RwLock::new(Window::new(start, start, config.retention, ages)),
            clock,
            appended: Bell::new(),
            flow: Flow::default(),
            deduplicate: config.deduplicate,
            backend: Backend::Nowhere,
        }))
    }

    /// Refuses a file that cannot be a log, without opening it as one: another process may have it.
    #[cfg(feature = "disk")]
    #[doc(hidden)]
    pub fn peek(path: &std::path::Path) -> Result<(), OpenError> {
        disk::peek(path)
    }

    /// A log in a file: opened, or made if there is none.
    #[cfg(feature = "disk")]
    pub fn open(
        path: impl Into<std::path::PathBuf>,
        durability: Durability,
        config: LogConfig,
        clock: Clock,
    ) -> Result<Log, OpenError> {
        let config = config.within_limits();
        let window = Retention {
            events: config.window.events.min(config.retention.events),
            bytes: config.window.bytes,
            age: config.window.age.min(config.retention.age),
            topic_events: config.retention.topic_events,
        };
        let opener = disk::Opener {
            path: path.into(),
            durability,
        };
        let disk = opener.open()?;
        let now = Moment::of(&clock);
        let found = disk
            .recover(now.unix_ms, &window)
            .map_err(|fault| OpenError::Io(fault.to_string()))?;
        let ages = Ages::new(now, found.tail, config.retention.age);
        let mut recent = Window::new(found.recent_after, found.recent_after, window, ages);
        recent.note_end(found.newest_end);
        found
            .recent
            .into_iter()
            .for_each(|event| recent.push(event));
        recent.advance(found.tail);
        if let Some(loss) = found.loss {
            recent.lose(loss);
        }
        let storage = storage::Storage::new(opener, clock.clone(), disk, found.kept);
        Ok(Log(Arc::new(Inner {
            window: RwLock::new(recent),
            clock,
            appended: Bell::new(),
            flow: Flow::default(),
            deduplicate: config.deduplicate,
            backend: Backend::Disk(Box::new(group::Group::new(storage, config.retention))),
        })))
    }

    /// Stores an event; once this returns `Ok`, the event is in the log for good.
    ///
    /// An event whose publisher brought an id that the log knows, on the same topic, is not stored
    /// again: the answer is the position it has.
    pub async fn append(&self, draft: Draft) -> Result<Stored, AppendError> {
        let event = Unplaced::from(draft);
        self.check(&event)?;
        self.append_fitting(event).await
    }

    /// Stores an event that was [checked](Log::check).
    pub(crate) async fn append_fitting(&self, event: Unplaced) -> Result<Stored, AppendError> {
        match &self.0.backend {
            Backend::Nowhere => Ok(self.append_one_to_window(event)),
            #[cfg(feature = "disk")]
            Backend::Disk(group) => ticket::only(group.put(self, [event])?).await,
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => ticket::only(redis.put(self, [event])?).await,
        }
    }

    /// Refuses an event that would not fit alone.
    pub(crate) fn check(&self, event: &Unplaced) -> Result<(), AppendError> {
        match self.read_window().has_room_for(event) {
            true => Ok(()),
            false => Err(AppendError::TooLarge),
        }
    }

    /// Appends a run of events under one lock.
    fn append_to_window(&self, events: Vec<Unplaced>) -> Vec<Stored> {
        let now = Moment::of(&self.0.clock);
        let mut window = self.write_window();
        let push = |event| self.push(&mut window, event, now.unix_ms);
        let stored = events.into_iter().map(push).collect();
        self.trim_window(&mut window, now);
        drop(window);
        self.ring();
        stored
    }

    fn append_one_to_window(&self, event: Unplaced) -> Stored {
        let now = Moment::of(&self.0.clock);
        let mut window = self.write_window();
        let stored = self.push(&mut window, event, now.unix_ms);
        if !stored.repeated {
            self.trim_window(&mut window, now);
            drop(window);
            self.ring();
        }
        stored
    }

    fn push(&self, window: &mut Window, event: Unplaced, now_ms: u64) -> Stored {
        let known = self
            .key(&event)
            .and_then(|(own, topic)| window.repeated(own, topic));
        if let Some(id) = known {
            return Stored { id, repeated: true };
        }
        let id = window.tail().following(now_ms);
        window.push(event.at(id));
        Stored {
            id,
            repeated: false,
        }
    }

    /// What an event is known by if it is a repetition.
    fn key<'e>(&self, event: &'e Event) -> Option<(&'e str, &'e Topic)> {
        event.key().filter(|_| self.0.deduplicate)
    }

    /// The events after a position, as many as `budget` allows, or fewer: one read looks at a bounded part of the
    /// log, and compares a bounded number of topics with patterns. Between two reads, let others run.
    pub async fn read(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let found = self.read_window().find(after, interest, budget);
        match (found, &self.0.backend) {
            // Nearly always this is all that there is to do.
            (Ok(Found::Asked(page)), _) if !interest.sees_private() => Ok(page.without_private()),
            (Ok(found), _) => Ok(Box::pin(sift::pick(found, interest, budget)).await),
            #[cfg(feature = "disk")]
            (Err(_), Backend::Disk(group)) => group.read(self, after, interest, budget).await,
            #[cfg(feature = "redis")]
            (Err(_), Backend::Redis(redis)) => redis.read(self, after, interest, budget).await,
            (Err(trimmed), Backend::Nowhere) => Err(trimmed.into()),
        }
    }

    /// All events after a position, of every topic, from the window.
    #[cfg(feature = "disk")]
    fn read_all(&self, after: EventId, budget: Budget) -> Result<Page, Trimmed> {
        self.read_window().read_all(after, budget)
    }

    /// The position of the newest event.
    pub fn tail(&self) -> EventId {
        self.read_window().tail()
    }

    /// Of the losses that stand after a position, the first: who crosses it, is to be told.
    pub(crate) fn next_loss(&self, after: EventId) -> Option<Loss> {
        self.read_window().losses().next(after)
    }

    /// Where the newest loss stands; zero if nothing is lost.
    pub(crate) fn newest_loss(&self) -> EventId {
        self.read_window().losses().newest()
    }

    /// From where on something is missing to one who has read up to `position` and goes on after `resumed`:
    /// from there, unless what it has read was found to be incomplete since.
    pub(crate) fn missing_after(&self, position: EventId, resumed: EventId) -> EventId {
        self.read_window().losses().missing_after(position, resumed)
    }

    /// The position after which every event is in memory, but for losses.
    pub(crate) fn in_memory_after(&self) -> EventId {
        self.read_window().kept_after()
    }

    /// The position after which every event is kept, but for losses.
    pub fn kept_after(&self) -> EventId {
        match &self.0.backend {
            Backend::Nowhere => self.read_window().kept_after(),
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.kept_after(),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => redis.kept_after(self),
        }
    }

    /// Forgets what has grown too old.
    pub fn trim(&self) {
        self.trim_window(&mut self.write_window(), Moment::of(&self.0.clock));
        #[cfg(feature = "disk")]
        if let Backend::Disk(group) = &self.0.backend {
            group.trim(self);
        }
        #[cfg(feature = "redis")]
        if let Backend::Redis(redis) = &self.0.backend {
            redis.answer_returned(self);
        }
    }

    /// Makes durable whatever is not yet, before the program ends.
    pub async fn flush(&self) -> Result<(), StorageFault> {
        match &self.0.backend {
            Backend::Nowhere => Ok(()),
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.flush(self).await,
            // Whoever has been answered has it in Redis already.
            #[cfg(feature = "redis")]
            Backend::Redis(_) => Ok(()),
        }
    }

    /// Tells other hubs that share the log that this one goes, before the program ends. Takes a second at most.
    pub async fn take_leave(&self) {
        #[cfg(feature = "redis")]
        if let Backend::Redis(redis) = &self.0.backend {
            redis.take_leave(self).await;
        }
    }

    /// What hubs that share the log show each other, if others can.
    #[doc(hidden)]
    pub fn board(&self) -> Option<&Board> {
        match &self.0.backend {
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => Some(redis.board()),
            _ => None,
        }
    }

    /// The clock that the log goes by.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Completes at the next append or [`ring`](Log::ring).
    pub(crate) fn listen(&self) -> EventListener {
        self.0.appended.listen()
    }

    /// Wakes those who wait for an append although there is none.
    pub(crate) fn ring(&self) {
        self.0.appended.notify(usize::MAX);
    }

    /// Takes stored events into the window, for everyone to see.
    #[cfg(feature = "disk")]
    fn show(&self, events: &[Arc<Event>]) {
        let mut window = self.write_window();
        for event in events {
            window.push(event.clone());
        }
        self.trim_window(&mut window, Moment::of(&self.0.clock));
        drop(window);
        self.ring();
    }

    /// Every event up to this position is older than `age`, which is not above that of the retention.
    #[cfg(any(feature = "disk", feature = "redis"))]
    fn outdated(&self, age: Duration) -> EventId {
        let now = self.0.clock.now();
        self.read_window().ages().outdated(now, age)
    }

    /// Runs a group's writer; on a blocking thread.
    #[cfg(feature = "disk")]
    fn write_waiting(&self) {
        if let Backend::Disk(group) = &self.0.backend {
            group.write(self);
        }
    }

    fn read_window(&self) -> RwLockReadGuard<'_, Window> {
        self.0.window.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_window(&self) -> RwLockWriteGuard<'_, Window> {
        self.0
            .window
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
