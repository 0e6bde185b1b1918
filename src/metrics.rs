//! Counters of what the hub does. Anyone may read them at any time.
//!
//! Each pump, with the connections of its thread, has a [`Tally`] of its own, so that threads do not share
//! what they count on. A pump counts once for many offers. To read is to add up all tallies.

mod histogram;
#[cfg(feature = "server")]
mod process;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use histogram::{Buckets, Histogram};
#[cfg(feature = "server")]
pub(crate) use process::Process;
pub(crate) use text::{Kind, Text};

/// A number that only grows.
///
/// ```
/// use ssehub::metrics::{Counter, Gauge};
/// let (counter, gauge) = (Counter::default(), Gauge::default());
/// assert_eq!((counter.get(), gauge.get()), (0, 0));
/// ```
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// How much has been counted.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }
}

/// A number of what there is at the moment.
#[derive(Debug, Default)]
pub struct Gauge(AtomicU64);

impl Gauge {
    /// How many there are.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, number: u64) {
        self.0.store(number, Ordering::Relaxed);
    }

    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// One more, unless there are `limit` already.
    pub(crate) fn up_to(&self, limit: u64) -> bool {
        let one_more = |number| (number < limit).then_some(number + 1);
        let up = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        up.is_ok()
    }
}

/// How a subscriber gets its events.
///
/// ```
/// use ssehub::metrics::Via;
/// assert_eq!(Via::ALL.map(Via::name)[0], "embedded");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Via {
    /// By the hub's own functions: the program that embeds it.
    Embedded,
    /// As an event stream.
    Text,
    /// As an event stream of JSON envelopes.
    Json,
    /// As lines of JSON.
    Lines,
    /// By long polling.
    Poll,
    /// As an event stream of the Mercure protocol.
    Mercure,
}

impl Via {
    pub(crate) const COUNT: usize = 6;

    /// Each of them.
    pub const ALL: [Via; Via::COUNT] = [
        Via::Embedded,
        Via::Text,
        Via::Json,
        Via::Lines,
        Via::Poll,
        Via::Mercure,
    ];

    /// Its name as a label.
    pub fn name(self) -> &'static str {
        match self {
            Via::Embedded => "embedded",
            Via::Text => "text",
            Via::Json => "json",
            Via::Lines => "ndjson",
            Via::Poll => "poll",
            Via::Mercure => "mercure",
        }
    }
}

/// The statuses that are told apart, in their order. Any other counts as 500.
pub const STATUSES: [u16; 22] = [
    200, 204, 304, 308, 400, 401, 403, 404, 405, 406, 408, 413, 414, 415, 417, 421, 429, 431, 500,
    501, 503, 505,
];

/// What has been written to streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[doc(hidden)]
pub struct Sent {
    /// Events, of which the last one may be on its way.
    pub events: u64,
    /// Bytes, those of heartbeats and of the framing included.
    pub bytes: u64,
}

/// What one pump and the connections of its thread count, on cache lines of their own.
///
/// ```
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let tally = hub.tally();
/// assert_eq!((tally.deliveries.get(), tally.answers(200).get()), (0, 0));
/// ```
#[derive(Debug)]
#[repr(align(128))]
pub struct Tally {
    /// Events that were stored.
    pub published: Counter,
    /// Events that repeated one that was stored before.
    pub repeated: Counter,
    /// Events that the hub could not store.
    pub unpublished: Counter,
    /// Events that came by the Mercure protocol and were stored.
    pub updates: Counter,
    /// From the call of [`Hub::publish`](crate::Hub::publish) until the event is stored.
    pub publish_time: Histogram,
    /// Events written to streams, once for each.
    pub deliveries: Counter,
    /// Bytes written to connections, before any encryption.
    pub sent_bytes: Counter,
    /// From the time of an event's position until a pump has written it. Of a batch the oldest event counts,
    /// so it is no less than that; what a subscriber reads from the log by itself does not count.
    pub lag: Histogram,
    /// Gaps that subscribers were told of.
    pub gaps: Counter,
    /// Lines that the pump feeds.
    pub lines: Gauge,
    subscribed: [Counter; Via::COUNT],
    subscribers: [Gauge; Via::COUNT],
    answers: [Counter; STATUSES.len()],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally {
            published: Counter::default(),
            repeated: Counter::default(),
            unpublished: Counter::default(),
            updates: Counter::default(),
            publish_time: Histogram::of_microseconds(),
            deliveries: Counter::default(),
            sent_bytes: Counter::default(),
            lag: Histogram::of_milliseconds(),
            gaps: Counter::default(),
            lines: Gauge::default(),
            subscribed: Default::default(),
            subscribers: Default::default(),
            answers: Default::default(),
        }
    }
}

impl Tally {
    /// Streams and polls that have begun, ever.
    pub fn subscribed(&self, via: Via) -> &Counter {
        &self.subscribed[via as usize]
    }

    /// Subscriptions that there are.
    pub fn subscribers(&self, via: Via) -> &Gauge {
        &self.subscribers[via as usize]
    }

    /// Answers with a status.
    pub fn answers(&self, status: u16) -> &Counter {
        let known = STATUSES.binary_search(&status);
        let place = known.or_else(|_| STATUSES.binary_search(&500));
        &self.answers[place.unwrap_or_default()]
    }

    pub(crate) fn count(&self, sent: Sent) {
        if sent.events > 0 {
            self.deliveries.add(sent.events);
        }
        if sent.bytes > 0 {
            self.sent_bytes.add(sent.bytes);
        }
    }
}

/// Connections of a server.
///
/// ```
/// use ssehub::metrics::Connections;
/// # fn tell(hub: &ssehub::Hub) {
/// let connections: &Connections = &hub.metrics().connections;
/// println!("{} of {}", connections.open.get(), connections.accepted.get());
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Connections {
    /// Those that are open.
    pub open: Gauge,
    /// Those that were let in, ever.
    pub accepted: Counter,
    /// Those that found no place.
    pub full: Counter,
    /// Those whose address had too many.
    pub crowded: Counter,
    /// 1 once no more are let in, because the server stops.
    pub shut: Gauge,
}

/// All that is counted.
///
/// ```
/// use ssehub::metrics::Via;
/// use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Start, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let topic = Topic::parse("news").unwrap();
/// let _reader = hub.subscribe(Interest::topic(topic.clone()), Start::Now);
/// hub.publish(Draft::new(topic, "hello")).await.unwrap();
///
/// let metrics = hub.metrics();
/// assert_eq!(metrics.sum(|tally| tally.published.get()), 1);
/// assert_eq!(metrics.sum(|tally| tally.subscribers(Via::Embedded).get()), 1);
/// assert_eq!(metrics.sum(|tally| tally.subscribed(Via::Poll).get()), 0);
/// let times = metrics.sum_times(|tally| &tally.publish_time);
/// println!("{} events in {:?}", times.count(), times.sum());
/// # });
/// ```
#[derive(Debug)]
pub struct Metrics {
    tallies: Box<[Arc<Tally>]>,
    /// Connections of the server, if it is one of this program.
    pub connections: Connections,
    /// When the hub was made, in Unix milliseconds.
    pub started_ms: u64,
}

impl Metrics {
    pub(crate) fn new(pumps: usize, started_ms: u64) -> Metrics {
        Metrics {
            tallies: (0..pumps).map(|_| Arc::default()).collect(),
            connections: Connections::default(),
            started_ms,
        }
    }

    /// One for each pump.
    pub fn tallies(&self) -> &[Arc<Tally>] {
        &self.tallies
    }

    /// Adds up one number of all tallies.
    pub fn sum(&self, number: impl Fn(&Tally) -> u64) -> u64 {
        self.add_up(&number)
    }

    /// One function for all numbers, of which there are many.
    fn add_up(&self, number: &dyn Fn(&Tally) -> u64) -> u64 {
        self.tallies.iter().map(|tally| number(tally)).sum()
    }

    /// Adds up one histogram of all tallies.
    pub fn sum_times(&self, times: impl Fn(&Tally) -> &Histogram) -> Buckets {
        let mut buckets = Buckets::default();
        self.tallies
            .iter()
            .for_each(|tally| buckets.add(times(tally)));
        buckets
    }
}
