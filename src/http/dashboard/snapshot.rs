//! What the dashboard is told: how things are, and what has been counted until now.
//!
//! What happens in a second is for the page to tell, by two snapshots: so one that is lost does no harm.

use serde::Serialize;

use super::super::{Site, health, metrics};
#[cfg(feature = "server")]
use crate::metrics::Process;
use crate::metrics::{Tally, Via};
use crate::presence::Busiest;
use crate::store::Liveliest;

/// How the server does at one moment. What only grows is counted from the server's start.
#[derive(Serialize)]
pub(super) struct Snapshot {
    /// Milliseconds by a clock that never goes back.
    ms: u64,
    /// Unix time, in milliseconds.
    time_ms: u64,
    /// When the hub was made, in Unix milliseconds.
    started_ms: u64,
    version: &'static str,
    /// Why no events and no subscribers are taken, if they are not.
    trouble: Option<String>,
    connections: u64,
    /// Connections without a place, ever.
    turned_away: u64,
    /// By transport.
    subscribers: [(&'static str, u64); Via::COUNT],
    behind: usize,
    gaps: u64,
    /// Events that the slowest pump has still to offer.
    pump_lag: u64,
    published: u64,
    unpublished: u64,
    deliveries: u64,
    sent_bytes: u64,
    /// Requests, by the reason.
    refused: [(&'static str, u64); 6],
    /// Deliveries that took no longer than so many milliseconds, and, behind them, all.
    lag: Vec<(Option<f64>, u64)>,
    /// Those with most subscriptions, for who may know their names.
    topics: Option<Busiest>,
    /// Those with most events lately, for the same.
    liveliest: Option<Liveliest>,
    log_events: u64,
    log_bytes: u64,
    /// Bytes of memory, where that is known.
    memory: Option<u64>,
    /// Seconds on all processors, where that is known.
    cpu: Option<f64>,
}

impl Snapshot {
    pub(super) fn take(site: &Site, names: bool) -> Snapshot {
        let hub = &site.hub;
        let counted = hub.metrics();
        let sum = |number: fn(&Tally) -> u64| counted.sum(number);
        let (size, clock) = (hub.log().size(), hub.clock());
        let (memory, cpu) = process();
        Snapshot {
            ms: clock.now().as_millis() as u64,
            time_ms: clock.unix_ms(),
            started_ms: counted.started_ms,
            version: env!("CARGO_PKG_VERSION"),
            trouble: health::why_not(site),
            connections: counted.connections.open.get(),
            turned_away: counted.connections.full.get() + counted.connections.crowded.get(),
            subscribers: Via::ALL.map(|via| {
                let number = counted.sum(|tally| tally.subscribers(via).get());
                (via.name(), number)
            }),
            behind: hub.subscribers_behind(),
            gaps: sum(|tally| tally.gaps.get()),
            pump_lag: hub.pump_lag(),
            published: sum(|tally| tally.published.get()),
            unpublished: sum(|tally| tally.unpublished.get()),
            deliveries: sum(|tally| tally.deliveries.get()),
            sent_bytes: sum(|tally| tally.sent_bytes.get()),
            refused: metrics::refusals(counted),
            lag: lag(site),
            topics: names.then(|| hub.presence().busiest()),
            liveliest: names.then(|| hub.log().liveliest()),
            log_events: size.events,
            log_bytes: size.bytes,
            memory,
            cpu,
        }
    }
}

fn lag(site: &Site) -> Vec<(Option<f64>, u64)> {
    let times = site.hub.metrics().sum_times(|tally| &tally.lag);
    let ranges = times
        .up_to()
        .map(|(end, count)| (Some(end.as_secs_f64() * 1_000.0), count));
    ranges.chain([(None, times.count())]).collect()
}

#[cfg(feature = "server")]
fn process() -> (Option<u64>, Option<f64>) {
    let process = Process::glance();
    (process.resident_bytes, Some(process.cpu.as_secs_f64()))
}

#[cfg(not(feature = "server"))]
fn process() -> (Option<u64>, Option<f64>) {
    (None, None)
}
