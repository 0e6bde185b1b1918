//! The hub: publishers append to its log, its pump brings the log to the subscribers.

mod batch;
mod config;
mod ending;
mod line;
mod matching;
mod pump;
mod queue;
mod registry;
mod subscription;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_lite::FutureExt as _;

use crate::clock::Clock;
use crate::event::{Draft, Unplaced};
use crate::metrics::{Metrics, Tally, Via};
use crate::presence::Presence;
use crate::store::{Amount, AppendError, Log, Permit, Start, StorageFault, Stored};
use crate::topic::Interest;
use pump::Door;

pub(crate) use batch::EVENTS_AT_ONCE;
pub use config::{HubConfig, QUEUE_EVENTS};
#[doc(hidden)]
pub use line::{Offered, Outlet};
pub use pump::Pump;
pub use subscription::{Next, Reading, Subscription};

/// How long a publisher waits for its turn, while pumps are behind, before it is told to come back later.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(5);

/// A handle on the hub; clones are handles on the same one.
///
/// Beside what all handles share, it knows the number of the pump that feeds its subscribers.
///
/// ```
/// use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, pump) = Hub::new(log, HubConfig::default());
/// let topic = Topic::parse("news").unwrap();
/// let mut reader = hub.subscribe(Interest::topic(topic.clone()), Start::Now);
/// let talk = async {
///     hub.publish(Draft::new(topic, "hello")).await.unwrap();
///     let Next::Events(events) = reader.next().await else { panic!() };
///     assert_eq!(events[0].data(), "hello");
/// };
/// futures_lite::future::or(talk, pump.run()).await;
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Hub(Arc<Shared>, usize);

#[derive(Debug)]
struct Shared {
    config: HubConfig,
    log: Log,
    presence: Presence,
    /// One for each pump.
    doors: Box<[Door]>,
    chance: Mutex<fastrand::Rng>,
    metrics: Metrics,
    closed: AtomicBool,
}

impl Hub {
    /// Makes a hub over a log, and the pump that must run for events to flow.
    pub fn new(log: Log, config: HubConfig) -> (Hub, Pump) {
        let mut halves = Hub::with_pumps(log, config, NonZeroUsize::MIN).into_iter();
        let (Some(only), None) = (halves.next(), halves.next()) else {
            unreachable!("one pump was asked for")
        };
        only
    }

    /// Makes a hub whose subscribers are shared out among several pumps, one for each thread that
    /// is to write events.
    ///
    /// Each pump comes with the handle whose subscribers it feeds. Every pump must run, best on the
    /// thread where its subscribers' tasks run, so that threads share nothing but the log.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let pumps = NonZeroUsize::new(2).unwrap();
    /// let threads = Hub::with_pumps(log, HubConfig::default(), pumps).into_iter().map(|(hub, pump)| {
    ///     std::thread::spawn(move || {
    ///         futures_lite::future::block_on(pump.run());
    ///         hub.is_closed()
    ///     })
    /// });
    /// # let threads: Vec<_> = threads.collect();
    /// ```
    pub fn with_pumps(log: Log, config: HubConfig, pumps: NonZeroUsize) -> Vec<(Hub, Pump)> {
        let config = config.within_limits();
        let metrics = Metrics::new(pumps.get(), log.clock().unix_ms());
        let readers: Vec<_> = (0..pumps.get()).map(|_| log.reader()).collect();
        let shared = Arc::new(Shared {
            doors: readers
                .iter()
                .map(|reader| Door::at(reader.reached()))
                .collect(),
            chance: Mutex::new(fastrand::Rng::with_seed(config.seed)),
            presence: Presence::new(log.clock().clone(), config.presence_grace),
            log,
            config,
            metrics,
            closed: AtomicBool::new(false),
        });
        if let Some(board) = shared.log.board() {
            shared.presence.show_on(board);
        }
        let half = |(number, reader)| {
            let hub = Hub(shared.clone(), number);
            let pump = Pump::new(hub.clone(), reader);
            (hub, pump)
        };
        readers.into_iter().enumerate().map(half).collect()
    }

    /// Appends an event to the log; once this returns `Ok` the event is stored and will be delivered.
    ///
    /// Waits for the log, and for a pump that is 1,024 events or 8 MiB behind it, in turn with other publishers:
    /// never for a subscriber. After 5 seconds without a turn it fails with [`PublishError::Busy`].
    pub async fn publish(&self, draft: Draft) -> Result<Stored, PublishError> {
        let began = self.clock().now();
        let stored = self.store(draft).await;
        self.count(began, &stored);
        stored
    }

    async fn store(&self, draft: Draft) -> Result<Stored, PublishError> {
        self.check_open()?;
        let event = Unplaced::from(draft);
        self.0.log.check(&event)?;
        let _permit = self.room(1, event.bytes()).await?;
        Ok(self.0.log.append_fitting(event).await?)
    }

    fn check_open(&self) -> Result<(), PublishError> {
        match self.is_closed() {
            true => Err(PublishError::Closed),
            false => Ok(()),
        }
    }

    /// Counts an answer to a publisher that has come at `began`.
    fn count(&self, began: Duration, stored: &Result<Stored, PublishError>) {
        let tally = self.tally();
        match stored {
            Ok(stored) => {
                let took = self.clock().now().saturating_sub(began);
                tally.publish_time.observe(took, 1);
                match stored.repeated {
                    true => tally.repeated.add(1),
                    false => tally.published.add(1),
                }
            }
            Err(_) => tally.unpublished.add(1),
        }
    }

    /// Begins to read: first what the log holds after `start`, then each event as it comes.
    pub fn subscribe(&self, interest: Interest, start: Start) -> Subscription {
        self.subscribe_with(interest, start, Reading::default())
    }

    /// How many subscriptions there are.
    pub fn subscribers(&self) -> usize {
        let all = |tally: &Tally| {
            Via::ALL
                .map(|via| tally.subscribers(via).get())
                .iter()
                .sum()
        };
        self.0.metrics.sum(all) as usize
    }

    /// How many subscriptions read the log by themselves at the moment: those that have just come, and those
    /// that are behind.
    pub fn subscribers_behind(&self) -> usize {
        let fed: usize = (0..self.0.doors.len()).map(|pump| self.fed_by(pump)).sum();
        self.subscribers().saturating_sub(fed)
    }

    /// How many events the last of the pumps has still to offer.
    pub fn pump_lag(&self) -> u64 {
        self.0.log.lag()
    }

    /// What the hub has counted.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What is counted with this handle's pump.
    pub fn tally(&self) -> &Arc<Tally> {
        &self.0.metrics.tallies()[self.1]
    }

    /// Refuses new events and ends every subscription once it has read what the log holds.
    pub fn close(&self) {
        self.0.presence.close();
        self.0.closed.store(true, Ordering::SeqCst);
        self.0.log.ring();
    }

    /// Whether [`close`](Hub::close) has been called.
    pub fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::SeqCst)
    }

    /// The clock that the hub goes by.
    pub fn clock(&self) -> &Clock {
        self.0.log.clock()
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// Who is on which topic.
    pub fn presence(&self) -> &Presence {
        &self.0.presence
    }

    /// The pause between two heartbeats; zero if there are none.
    pub fn heartbeat(&self) -> Duration {
        self.0.config.heartbeat
    }

    /// A reconnection time between half and one and a half of the configured one, so that clients
    /// that lost their server together do not come back together.
    pub fn retry(&self) -> Duration {
        self.0.config.retry.mul_f64(0.5 + self.chance())
    }

    /// A number from 0 to 1, by chance.
    pub(crate) fn chance(&self) -> f64 {
        let chance = self.0.chance.lock();
        chance.unwrap_or_else(PoisonError::into_inner).f64()
    }

    /// A source of chance of its own for somebody.
    pub(crate) fn fork_chance(&self) -> fastrand::Rng {
        let chance = self.0.chance.lock();
        chance.unwrap_or_else(PoisonError::into_inner).fork()
    }

    /// Waits until it is this publisher's turn, and every pump near enough to the log's end, to append events of
    /// `bytes` bytes of memory together. The room is theirs for as long as the permit lives.
    ///
    /// Publishers of more than 256 events ask for room part by part, so that others have their turn in between.
    pub(crate) async fn room(&self, events: usize, bytes: usize) -> Result<Permit, PublishError> {
        let asked = Amount {
            events: events as u64,
            bytes: bytes as u64,
        };
        if let Some(permit) = self.0.log.try_reserve(asked) {
            return Ok(permit);
        }
        let granted = async { Ok(self.0.log.reserve(asked).await) };
        let patience = async {
            self.clock().sleep(PUBLISH_PATIENCE).await;
            Err(PublishError::Busy)
        };
        granted.or(patience).await
    }
}

/// Why an event was not taken.
///
/// ```
/// use ssehub::hub::PublishError;
/// use ssehub::{Clock, Draft, Hub, HubConfig, Log, LogConfig, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// hub.close();
/// let draft = Draft::new(Topic::parse("news").unwrap(), "hello");
/// assert_eq!(hub.publish(draft).await, Err(PublishError::Closed));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The hub is shutting down.
    Closed,
    /// The hub has more to do than it can; try again later.
    Busy,
    /// The event would not fit into the log even alone.
    TooLarge,
    /// The log cannot store it; try again later.
    Fault(StorageFault),
}

impl From<AppendError> for PublishError {
    fn from(error: AppendError) -> PublishError {
        match error {
            AppendError::TooLarge => PublishError::TooLarge,
            AppendError::Busy => PublishError::Busy,
            AppendError::Fault(fault) => PublishError::Fault(fault),
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PublishError::Closed => f.write_str("the hub is shutting down"),
            PublishError::Busy => f.write_str("the hub is overloaded"),
            PublishError::TooLarge => f.write_str("the event is larger than the whole log may be"),
            PublishError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for PublishError {}
