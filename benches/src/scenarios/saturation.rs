//! As many events as the server takes: publishers that never wait longer than for the answer.

use std::time::{Duration, Instant};

use crate::load::process::{machine_memory, resident};
use crate::load::publisher::{Pace, Publishers};
use crate::load::swarm::Swarm;
use crate::sample::Sample;
use crate::scale::{EVENT_BYTES, LARGE_EVENT_BYTES, PUBLISHERS, SETTLE};
use crate::servers::Running;

use super::Stage;
use super::common::{self, own_cpu_s};

/// A server that takes more than this share of the machine's memory is stopped.
const MEMORY_SHARE: f64 = 0.5;
/// How often that is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    saturate(stage, size, EVENT_BYTES)
}

pub fn run_large(stage: &Stage, size: usize) -> Result<Sample, String> {
    saturate(stage, size, LARGE_EVENT_BYTES)
}

fn saturate(stage: &Stage, size: usize, bytes: usize) -> Result<Sample, String> {
    let running = common::start(stage, 1)?;
    let swarm =
        Swarm::new(running.addr, size, 1, PUBLISHERS).map_err(|e| format!("subscribers: {e}"))?;
    let mut sample = common::arrive(stage, &swarm, 1)?;
    common::pause(SETTLE);
    let mut publishers = common::publishers(stage, &running, PUBLISHERS, 1, bytes)?;
    push(stage, &running, &swarm, size, &mut publishers, &mut sample)?;
    let received = sample.get("deliveries").unwrap_or_default();
    let wanted = received * bytes as f64;
    sample.put(
        "bytes_short",
        (wanted - swarm.counters.bytes.get() as f64).max(0.0),
    );
    Ok(sample)
}

/// Publishes without rest, drains for `readers`, and books the result.
pub fn push(
    stage: &Stage,
    running: &Running,
    swarm: &Swarm,
    readers: usize,
    publishers: &mut Publishers,
    sample: &mut Sample,
) -> Result<(), String> {
    let (before, own_before_s, began) = (running.usage(), own_cpu_s(), common::clock());
    let mut memory = Memory::watch(running);
    let mut go_on = || {
        stage
            .progress
            .tick(|| format!("publishing; {} received", swarm.counters.received.get()));
        memory.is_bearable()
    };
    publishers
        .run(Pace::Closed, stage.scale.saturated, &mut go_on)
        .map_err(|e| format!("publishing: {e}"))?;
    let published_s = (common::clock() - began) as f64 / 1e9;
    let published = &publishers.report;
    let expected = common::expected(published, readers, 1);
    let mut watch = || {
        memory.is_bearable();
    };
    common::drain_and_watch(stage, swarm, expected, &mut watch);
    if memory.is_over {
        stage
            .progress
            .say("  stopped: the server took more than half of the machine's memory");
    }
    sample.put("stopped_for_memory", f64::from(u8::from(memory.is_over)));
    let (after, own_s) = (running.usage(), own_cpu_s() - own_before_s);
    let books = swarm.books()?;
    common::settle(sample, swarm, &books, published, 1);
    let deliveries = books.ledger.tally.received.max(1) as f64;
    sample.put(
        "deliveries_per_s",
        deliveries / common::until_last_event_s(swarm, began),
    );
    sample.put("publishes_per_s", published.answered as f64 / published_s);
    sample.put(
        "cpu_us_per_delivery",
        (after.cpu_s - before.cpu_s) * 1e6 / deliveries,
    );
    sample.put("generator_us_per_delivery", own_s * 1e6 / deliveries);
    sample.put("rss_before_mb", before.rss as f64 / 1e6);
    sample.put("rss_peak_mb", memory.peak.max(after.peak_rss) as f64 / 1e6);
    common::put_latency(sample, "publish", &published.latency);
    Ok(())
}

/// Keeps a server whose memory runs away from taking the machine with it.
struct Memory<'a> {
    running: &'a Running,
    limit: u64,
    peak: u64,
    is_over: bool,
    looked: Instant,
}

impl Memory<'_> {
    fn watch(running: &Running) -> Memory<'_> {
        let limit = (machine_memory() as f64 * MEMORY_SHARE) as u64;
        Memory {
            running,
            limit,
            peak: 0,
            is_over: false,
            looked: Instant::now(),
        }
    }

    /// Looks now and then, and stops the server when it has gone too far.
    fn is_bearable(&mut self) -> bool {
        if self.is_over || self.looked.elapsed() < LOOK_EVERY {
            return !self.is_over;
        }
        self.looked = Instant::now();
        self.peak = self.peak.max(resident(self.running.pid()));
        self.is_over = self.peak > self.limit;
        if self.is_over {
            self.running.kill();
        }
        !self.is_over
    }
}
