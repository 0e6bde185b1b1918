//! The driver's handle on the crowd of subscribers: orders in, counters and books out.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use polling::Poller;

use super::clock::now_ns;
use super::crowd::Crowd;
use super::latency::Latency;
use super::ledger::Ledger;
use super::record::Record;

/// How often a waiting driver looks at the counters.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How long the books may take to come.
const REPORT_LIMIT: Duration = Duration::from_secs(30);

/// Makes a subscriber's request.
pub type RequestOf = Arc<dyn Fn(usize) -> Vec<u8> + Send + Sync>;

/// Subscribers that arrive together.
pub struct Wave {
    pub who: VecDeque<usize>,
    pub request: RequestOf,
    /// Handshakes under way at a time.
    pub in_flight: usize,
    /// A small buffer makes a subscriber that does not read stall sooner.
    pub receive_buffer: Option<usize>,
}

/// The event after which a subscriber counts as having caught up.
#[derive(Clone, Copy)]
pub struct Goal {
    pub source: u16,
    pub sequence: u32,
}

impl Goal {
    pub fn is_met_by(&self, record: &Record) -> bool {
        self.source == record.source && self.sequence == record.sequence
    }
}

/// What the crowd may be told.
pub enum Order {
    Connect(Wave),
    Disconnect(Vec<usize>),
    /// Stop reading.
    Stall(Vec<usize>),
    /// Read on.
    Read(Vec<usize>),
    Goal(Goal),
    ClearLatency,
    Report(Sender<Books>),
    Quit,
}

/// The crowd's accounts at one moment.
pub struct Books {
    pub ledger: Ledger,
    pub latency: Latency,
}

/// A number that one thread writes and another reads.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub fn subtract(&self, n: u64) {
        self.0.fetch_sub(n, Ordering::Relaxed);
    }
}

/// What can be watched while the crowd works.
#[derive(Default)]
pub struct Counters {
    /// Streams that are open now.
    pub open: Counter,
    /// Connections that never became a stream.
    pub failed: Counter,
    /// Streams that the server ended.
    pub dropped: Counter,
    /// The last status that was not 200.
    pub refused: Counter,
    /// Events received, duplicates not counted.
    pub received: Counter,
    /// Bytes read, all framing included.
    pub bytes: Counter,
    /// Subscribers that have met the goal.
    pub reached: Counter,
    pub last_open_ns: Counter,
    /// When the last event came; heartbeats do not count.
    pub last_event_ns: Counter,
    pub last_reached_ns: Counter,
}

/// The crowd, as its driver sees it; dropping it closes every connection.
pub struct Swarm {
    pub counters: Arc<Counters>,
    pub size: usize,
    poller: Arc<Poller>,
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

impl Swarm {
    /// `size` subscribers spread over `topics`, each of which gets `series` numbered series.
    pub fn new(target: SocketAddr, size: usize, topics: usize, series: usize) -> io::Result<Swarm> {
        let (counters, poller) = (Arc::new(Counters::default()), Arc::new(Poller::new()?));
        let (orders, inbox) = channel();
        let crowd = Crowd::new(
            Arc::clone(&poller),
            target,
            size,
            topics,
            series,
            Arc::clone(&counters),
        );
        let thread = std::thread::Builder::new()
            .name("crowd".into())
            .spawn(move || {
                if let Err(e) = crowd.run(&inbox) {
                    eprintln!("the subscribers' thread ended: {e}");
                }
            })?;
        Ok(Swarm {
            counters,
            size,
            poller,
            orders,
            thread: Some(thread),
        })
    }

    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
        let _ = self.poller.notify();
    }

    /// Lets `who` arrive, and returns when that began.
    pub fn connect(&self, who: Range<usize>, in_flight: usize, request: RequestOf) -> u64 {
        let began = now_ns();
        let who = who.collect();
        self.order(Order::Connect(Wave {
            who,
            request,
            in_flight,
            receive_buffer: None,
        }));
        began
    }

    /// Waits until `done`, or until `limit` has passed, and tells which.
    pub fn wait(
        &self,
        limit: Duration,
        tick: &mut dyn FnMut(&Counters),
        done: impl Fn(&Counters) -> bool,
    ) -> bool {
        let give_up = Instant::now() + limit;
        while !done(&self.counters) {
            if Instant::now() > give_up {
                return false;
            }
            tick(&self.counters);
            std::thread::sleep(LOOK_EVERY);
        }
        true
    }

    /// Waits until `expected` events have come, nothing more can come or has come for `quiet`, or
    /// `limit` is over.
    pub fn drain(
        &self,
        expected: u64,
        quiet: Duration,
        limit: Duration,
        tick: &mut dyn FnMut(&Counters),
    ) -> bool {
        let began = now_ns();
        let is_quiet = |counters: &Counters| {
            let last = counters.last_event_ns.get().max(began);
            counters.open.get() == 0 || now_ns().saturating_sub(last) > quiet.as_nanos() as u64
        };
        self.wait(limit, tick, |c| c.received.get() >= expected || is_quiet(c));
        self.counters.received.get() >= expected
    }

    pub fn books(&self) -> Result<Books, String> {
        let (to, from) = channel();
        self.order(Order::Report(to));
        from.recv_timeout(REPORT_LIMIT)
            .map_err(|_| "the subscribers' thread is gone".into())
    }
}

impl Drop for Swarm {
    fn drop(&mut self) {
        self.order(Order::Quit);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
