//! Coming back: everyone at once far behind, and everyone again and again.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::load::latency::Latency;
use crate::load::probe::Probe;
use crate::load::publisher::{Pace, Publishers};
use crate::load::swarm::{Counters, Goal, Order, Swarm, Wave};
use crate::sample::Sample;
use crate::scale::{EVENT_BYTES, IN_FLIGHT, SETTLE};
use crate::servers::{Dialect, Running};

use super::Stage;
use super::common;

/// Events a second that go on being published meanwhile.
const MEANWHILE_PER_S: f64 = 100.0;
/// Nobody waits longer for a crowd that does not catch up.
const CATCH_UP_LIMIT: Duration = Duration::from_secs(30);
/// Events that everyone sees before it leaves, so that there is something to resume from.
const FIRST_EVENTS: usize = 5;
/// The most that publishing without rest for a while may take.
const SEND_LIMIT: Duration = Duration::from_secs(20);

/// The publisher whose events are missed, and the one that goes on meanwhile.
pub const MISSED: usize = 0;
const MEANWHILE: usize = 1;

/// A server, its crowd, and the probe that learns the ids.
pub struct Scene {
    pub running: Running,
    pub swarm: Swarm,
    pub publishers: Publishers,
    pub probe: Probe,
    pub sample: Sample,
}

impl Scene {
    /// Everyone has arrived and has seen the first events.
    pub fn open(stage: &Stage, size: usize) -> Result<Scene, String> {
        let running = common::start(stage, 1)?;
        let dialect = stage.server.dialect;
        let probe = Probe::open(
            running.addr,
            &dialect.subscribe(0, size, None),
            dialect.id_field,
        )
        .map_err(|e| format!("probe: {e}"))?;
        let swarm =
            Swarm::new(running.addr, size, 1, 2).map_err(|e| format!("subscribers: {e}"))?;
        let sample = common::arrive(stage, &swarm, 1)?;
        common::pause(SETTLE);
        let publishers = common::publishers(stage, &running, 2, 1, EVENT_BYTES)?;
        let mut scene = Scene {
            running,
            swarm,
            publishers,
            probe,
            sample,
        };
        scene.send_missed(FIRST_EVENTS)?;
        common::drain(stage, &scene.swarm, (FIRST_EVENTS * size) as u64);
        Ok(scene)
    }

    fn send_missed(&mut self, count: usize) -> Result<(), String> {
        self.publishers.use_only(MISSED);
        self.publishers
            .send(count as u64, SEND_LIMIT)
            .map_err(|e| format!("publishing: {e}"))
    }
}

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let mut scene = Scene::open(stage, size)?;
    let last_seen = FIRST_EVENTS as u32 - 1;
    let id = scene
        .probe
        .id_of(MISSED as u16, last_seen)
        .ok_or("the events have no ids")?;
    leave(&scene.swarm);
    scene.send_missed(stage.scale.missed)?;
    let goal = Goal {
        source: MISSED as u16,
        sequence: last_seen + stage.scale.missed as u32,
    };
    scene.swarm.order(Order::Goal(goal));
    scene.swarm.order(Order::ClearLatency);
    scene.publishers.report.latency = Latency::default();
    let (began, before_s) = (common::clock(), scene.running.cpu_s());
    come_back(
        &scene.swarm,
        stage.server.dialect,
        (0..size).map(|n| (n, Some(id.clone()))),
    );
    publish_until_caught_up(stage, &mut scene, size)?;
    book(&mut scene, size, began, before_s, stage.scale.missed);
    finish(stage, scene)
}

fn leave(swarm: &Swarm) {
    swarm.order(Order::Disconnect((0..swarm.size).collect()));
    swarm.wait(CATCH_UP_LIMIT, &mut |_| {}, |c| c.open.get() == 0);
    common::pause(SETTLE);
}

/// Lets subscribers connect again, each resuming after its own id.
pub fn come_back(
    swarm: &Swarm,
    dialect: Dialect,
    who: impl Iterator<Item = (usize, Option<String>)>,
) {
    let ids: BTreeMap<usize, Option<String>> = who.collect();
    let who = ids.keys().copied().collect();
    let request =
        Arc::new(move |n: usize| dialect.subscribe(0, n, ids.get(&n).and_then(Option::as_deref)));
    swarm.order(Order::Connect(Wave {
        who,
        request,
        in_flight: IN_FLIGHT,
        receive_buffer: None,
    }));
}

fn publish_until_caught_up(stage: &Stage, scene: &mut Scene, size: usize) -> Result<(), String> {
    let counters: &Counters = &scene.swarm.counters;
    let mut go_on = || {
        let reached = counters.reached.get();
        stage
            .progress
            .tick(|| format!("{reached} of {size} have caught up"));
        reached < size as u64
    };
    scene.publishers.use_only(MEANWHILE);
    scene
        .publishers
        .run(Pace::PerSecond(MEANWHILE_PER_S), CATCH_UP_LIMIT, &mut go_on)
        .map_err(|e| format!("publishing: {e}"))
}

fn book(scene: &mut Scene, size: usize, began: u64, before_s: f64, missed: usize) {
    let (counters, sample) = (&scene.swarm.counters, &mut scene.sample);
    let reached = counters.reached.get();
    let last_ns = counters.last_reached_ns.get().max(began);
    sample.put("caught_up", reached as f64);
    sample.put(
        "not_caught_up",
        (size as u64).saturating_sub(reached) as f64,
    );
    // A crowd that does not catch up has no time; how many they are is told beside it.
    let took_s = (last_ns - began) as f64 / 1e9;
    let is_whole = reached >= size as u64;
    sample.put("caught_up_s", if is_whole { took_s } else { f64::NAN });
    let spent_s = scene.running.cpu_s() - before_s;
    sample.put(
        "cpu_us_per_event",
        spent_s * 1e6 / (reached.max(1) * missed as u64) as f64,
    );
    common::put_latency(sample, "publish", &scene.publishers.report.latency);
}

/// Waits for the last events and settles the accounts.
pub fn finish(stage: &Stage, scene: Scene) -> Result<Sample, String> {
    let Scene {
        running,
        swarm,
        publishers,
        mut sample,
        ..
    } = scene;
    let published = &publishers.report;
    common::drain(stage, &swarm, common::expected(published, swarm.size, 1));
    let books = swarm.books()?;
    common::settle(&mut sample, &swarm, &books, published, 1);
    sample.put("rss_peak_mb", running.usage().peak_rss as f64 / 1e6);
    Ok(sample)
}
