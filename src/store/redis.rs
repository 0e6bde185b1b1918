//! A log in a Redis or Valkey stream, which several hubs share.
//!
//! A position is the id of the stream's entry. A publisher's event goes to Redis with whatever else
//! waits; every hub, the publisher's own as well, gets it back from there, in the one order that all
//! of them see.

mod attempts;
mod board;
mod connection;
mod entry;
mod fault;
mod follow;
mod health;
mod load;
mod look;
mod loss;
mod newest;
mod notice;
mod pace;
mod read;
mod run;
mod script;
mod sentinel;
mod settings;
mod trim;
mod value;
mod write;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_lite::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::ticket::Outcomes;
use super::{AppendError, Health, Log, Retention, Size};
use crate::event::{EventId, Unplaced};
use attempts::Attempts;
use connection::{Connection, Driver};
use fault::Fault;
use health::Role;
use write::Inbox;

pub use settings::{InvalidRedisUrl, RedisSettings};

/// The stream, and those who wait for it.
#[derive(Debug)]
pub(super) struct Redis {
    settings: RedisSettings,
    retention: Retention,
    keys: Keys,
    inbox: Inbox,
    health: health::Board,
    reading: read::Desk,
    neighbours: board::Neighbours,
    bounds: Mutex<Bounds>,
    /// Most events that the stream may have: what is to be kept, or less if their size exceeds the
    /// retention.
    most_events: AtomicU64,
    size: Mutex<Size>,
    skipped: AtomicU64,
    losses: AtomicU64,
}

/// What has gone wrong with a log since this hub began.
///
/// ```
/// use ssehub::store::Mishaps;
/// use ssehub::{Clock, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// assert_eq!(log.mishaps(), None);
/// assert_eq!(Mishaps::default().losses, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mishaps {
    /// Entries of the stream that are no events.
    pub skipped: u64,
    /// How often events were lost, which was told as gaps.
    pub losses: u64,
}

/// Where the log begins.
#[derive(Clone, Copy, Debug, Default)]
struct Bounds {
    /// The stream's oldest entry.
    first: EventId,
    /// The position after which every event is kept, but for losses.
    kept_after: EventId,
    /// Where the newest loss stands that the stream tells of.
    newest_loss: EventId,
}

/// The log's keys, all in one slot of a cluster.
#[derive(Debug)]
struct Keys {
    /// The stream.
    log: String,
    /// The losses that the stream tells of, with two elements for each.
    losses: String,
    /// For each topic that ended, the time of its end.
    ends: String,
    /// Publishers' ids, and where their events are.
    ids: String,
    /// The same of older events.
    older_ids: String,
    /// The hubs, and until when each is taken to be alive.
    hubs: String,
    /// What they have lately told each other, a stream.
    board: String,
}

impl Redis {
    fn new(settings: RedisSettings, retention: Retention) -> Redis {
        Redis {
            keys: Keys {
                log: settings.key("log"),
                losses: settings.key("losses"),
                ends: settings.key("ends"),
                ids: settings.key("ids"),
                older_ids: settings.key("ids:older"),
                hubs: settings.key("hubs"),
                board: settings.key("board"),
            },
            inbox: Inbox::default(),
            health: health::Board::default(),
            reading: read::Desk::default(),
            neighbours: board::Neighbours::new(),
            bounds: Mutex::default(),
            most_events: AtomicU64::new(retention.events as u64),
            size: Mutex::default(),
            skipped: AtomicU64::new(0),
            losses: AtomicU64::new(0),
            settings,
            retention,
        }
    }

    /// The position after which every event is kept: in the stream, or still in memory.
    pub(super) fn kept_after(&self, log: &Log) -> EventId {
        let recent = log.read_window().kept_after();
        self.bounds().kept_after.min(recent)
    }

    /// What is known of the stream's bounds. A loss that is known stays known.
    fn set_bounds(&self, bounds: Bounds) {
        let mut known = self.bounds();
        *known = Bounds {
            newest_loss: known.newest_loss.max(bounds.newest_loss),
            ..bounds
        };
    }

    pub(super) fn health(&self) -> Health {
        self.health.read()
    }

    /// What the stream held when it was trimmed last.
    pub(super) fn size(&self) -> Size {
        *self.size.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> u64 {
        self.health.faults()
    }

    pub(super) fn mishaps(&self) -> Mishaps {
        Mishaps {
            skipped: self.skipped.load(Ordering::Relaxed),
            losses: self.losses.load(Ordering::Relaxed),
        }
    }

    /// Puts a run of events into the next pipeline; each is answered once it has come back.
    pub(super) fn put(
        &self,
        log: &Log,
        events: impl IntoIterator<Item = Unplaced, IntoIter: ExactSizeIterator>,
    ) -> Result<Outcomes, AppendError> {
        self.inbox.put(log, events.into_iter())
    }

    /// Answers publishers whose events have come back.
    pub(super) fn answer_returned(&self, log: &Log) {
        self.inbox.answer_returned(log);
    }

    fn bounds(&self) -> MutexGuard<'_, Bounds> {
        self.bounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts entries that are no events, and says so.
    fn skip(&self, id: EventId, reason: &str) {
        let skipped = self.skipped.fetch_add(1, Ordering::Relaxed) + 1;
        // A foreign program may write a great many.
        if skipped.is_power_of_two() {
            log::warn!("the entry {id} is no event: {reason}; that makes {skipped} such entries");
        }
    }

    /// Connects, however long it takes.
    async fn connect(&self, log: &Log, attempts: &mut Attempts) -> (Connection, Driver) {
        loop {
            if let Some(pause) = attempts.pause() {
                log.clock().sleep(pause).await;
            }
            attempts.begin(log.clock().now());
            match Connection::open(&self.settings, log.clock()).await {
                Ok(connected) => return connected,
                Err(fault) => self.health.fail(attempts.role(), &fault),
            }
        }
    }

    fn attempts(&self, role: Role) -> Attempts {
        Attempts::new(role, self.settings.seed)
    }

    /// Takes note of the end of a connection.
    fn broke(&self, log: &Log, attempts: &mut Attempts, fault: &Fault) {
        attempts.end(log.clock().now());
        self.health.fail(attempts.role(), fault);
    }
}

/// What keeps a log in Redis going: it sends what is published, brings what all hubs have published, and
/// carries what they show each other. The hub's user runs it.
///
/// ```no_run
/// use ssehub::store::RedisSettings;
/// use ssehub::{Clock, Log, LogConfig};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let settings = RedisSettings::parse("redis://localhost")?;
/// let (log, follower) = Log::redis(settings, LogConfig::default(), Clock::system()).await?;
/// follower.run().await;
/// # Ok(())
/// # }
/// ```
pub struct Follower {
    log: Log,
}

impl Follower {
    pub(super) fn new(log: Log) -> Follower {
        Follower { log }
    }

    /// Runs for as long as the log is of use. If it is dropped, publishers are refused until it runs
    /// again, and events of other hubs wait.
    pub async fn run(&self) {
        let log = &self.log;
        let super::Backend::Redis(redis) = &log.0.backend else {
            return;
        };
        redis.inbox.open();
        let _closing = Closing(&redis.inbox);
        let parts: [Pin<Box<dyn Future<Output = ()> + Send + '_>>; 5] = [
            Box::pin(redis.follow(log)),
            Box::pin(redis.write(log)),
            Box::pin(redis.serve_readers(log)),
            Box::pin(redis.show_board(log)),
            Box::pin(redis.look_around(log)),
        ];
        // Each is polled only when it has been woken.
        let mut parts: FuturesUnordered<_> = parts.into_iter().collect();
        while parts.next().await.is_some() {}
    }
}

impl fmt::Debug for Follower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower").finish_non_exhaustive()
    }
}

/// Refuses whoever would wait for a follower that has gone.
struct Closing<'a>(&'a Inbox);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}
