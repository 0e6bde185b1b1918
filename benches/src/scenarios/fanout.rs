//! Steady events to everyone: what arriving, staying and being delivered to costs.

use std::time::Duration;

use crate::load::process::Usage;
use crate::load::publisher::{Pace, series_per_topic};
use crate::load::swarm::{Order, Swarm};
use crate::sample::Sample;
use crate::scale::{EVENT_BYTES, EVENTS_PER_SECOND, PUBLISHERS, SETTLE};
use crate::servers::Running;

use super::Stage;
use super::common::{self, own_cpu_s};

/// Subscribers of one room.
const ROOM_SIZE: usize = 10;
/// Deliveries a second that the scale scenario aims at, whatever the number of subscribers.
const SCALE_DELIVERIES_PER_S: f64 = 100_000.0;

/// A load at a steady rate.
struct Steady {
    subscribers: usize,
    topics: usize,
    events_per_s: f64,
    time: Duration,
}

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let time = stage.scale.steady;
    steady(
        stage,
        &Steady {
            subscribers: size,
            topics: 1,
            events_per_s: EVENTS_PER_SECOND,
            time,
        },
    )
}

pub fn run_rooms(stage: &Stage, size: usize) -> Result<Sample, String> {
    let (subscribers, time) = (size * ROOM_SIZE, stage.scale.steady);
    steady(
        stage,
        &Steady {
            subscribers,
            topics: size,
            events_per_s: size as f64,
            time,
        },
    )
}

/// Few subscribers get more events each, so that there is enough work to measure.
pub fn run_scale(stage: &Stage, size: usize) -> Result<Sample, String> {
    let events_per_s = (SCALE_DELIVERIES_PER_S / size as f64).clamp(5.0, 250.0);
    let time = stage.scale.steady;
    steady(
        stage,
        &Steady {
            subscribers: size,
            topics: 1,
            events_per_s,
            time,
        },
    )
}

fn steady(stage: &Stage, load: &Steady) -> Result<Sample, String> {
    let running = common::start(stage, load.topics)?;
    let series = series_per_topic(load.topics, PUBLISHERS);
    let swarm = Swarm::new(running.addr, load.subscribers, load.topics, series)
        .map_err(|e| format!("subscribers: {e}"))?;
    let empty = running.usage();
    let mut sample = common::arrive(stage, &swarm, load.topics)?;
    common::pause(SETTLE);
    put_memory(&mut sample, &empty, &running.usage(), &swarm);
    deliver(stage, load, &running, &swarm, &mut sample)?;
    sample.put("rss_after_mb", running.usage().rss as f64 / 1e6);
    Ok(sample)
}

fn put_memory(sample: &mut Sample, empty: &Usage, full: &Usage, swarm: &Swarm) {
    let each = |before: u64, after: u64| {
        after.saturating_sub(before) as f64 / swarm.counters.open.get().max(1) as f64
    };
    sample.put("rss_empty_mb", empty.rss as f64 / 1e6);
    sample.put("rss_per_subscriber_bytes", each(empty.rss, full.rss));
    sample.put("pss_per_subscriber_bytes", each(empty.pss, full.pss));
}

fn deliver(
    stage: &Stage,
    load: &Steady,
    running: &Running,
    swarm: &Swarm,
    sample: &mut Sample,
) -> Result<(), String> {
    let mut publishers = common::publishers(stage, running, PUBLISHERS, load.topics, EVENT_BYTES)?;
    swarm.order(Order::ClearLatency);
    let (before_s, own_before_s) = (running.cpu_s(), own_cpu_s());
    let mut tick = || {
        stage
            .progress
            .tick(|| format!("{} received", swarm.counters.received.get()));
        true
    };
    publishers
        .run(Pace::PerSecond(load.events_per_s), load.time, &mut tick)
        .map_err(|e| format!("publishing: {e}"))?;
    let published = &publishers.report;
    common::drain(
        stage,
        swarm,
        common::expected(published, load.subscribers, load.topics),
    );
    let (spent_s, own_s) = (running.cpu_s() - before_s, own_cpu_s() - own_before_s);
    let books = swarm.books()?;
    common::settle(sample, swarm, &books, published, load.topics);
    let deliveries = books.ledger.tally.received.max(1) as f64;
    sample.put("cpu_us_per_delivery", spent_s * 1e6 / deliveries);
    sample.put("generator_us_per_delivery", own_s * 1e6 / deliveries);
    common::put_latency(sample, "publish", &published.latency);
    Ok(())
}
