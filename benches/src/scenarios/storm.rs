//! Everyone reconnects again and again while events flow, each from where it left off.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::load::probe::{Ids, Probe};
use crate::load::publisher::Pace;
use crate::load::swarm::{Books, Order, Swarm};
use crate::sample::Sample;

use super::Stage;
use super::catchup::{MISSED, Scene, come_back, finish};
use super::common;

/// How often everyone reconnects.
const WAVES: usize = 3;
/// A wave goes in so many parts, so that everyone leaves off somewhere else.
const PARTS: usize = 10;
/// How long a part stays away.
const AWAY: Duration = Duration::from_millis(50);
/// Events that go on being published.
const EVENTS_PER_S: f64 = 50.0;
/// A part that is not back after this stays late, and the next one goes.
const PART_LIMIT: Duration = Duration::from_secs(5);
/// Publishing ends after this in any case: all parts late, and a reserve.
const STORM_LIMIT: Duration = Duration::from_secs((WAVES * PARTS) as u64 * 6);

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let mut scene = Scene::open(stage, size)?;
    let (began, is_over) = (common::clock(), AtomicBool::new(false));
    let Scene {
        swarm,
        publishers,
        probe,
        ..
    } = &mut scene;
    publishers.use_only(MISSED);
    let mut go_on = || !is_over.load(Ordering::Relaxed);
    let stormed = thread::scope(|scope| {
        let publishing =
            scope.spawn(|| publishers.run(Pace::PerSecond(EVENTS_PER_S), STORM_LIMIT, &mut go_on));
        let stormed = waves(stage, swarm, probe);
        is_over.store(true, Ordering::Relaxed);
        let published = publishing
            .join()
            .map_err(|_| "the publisher ended".to_owned())?;
        published
            .map_err(|e| format!("publishing: {e}"))
            .and(stormed)
    });
    let (reconnects, late) = stormed?;
    let took_s = (common::clock() - began) as f64 / 1e9;
    scene.sample.put("reconnects", reconnects as f64);
    scene.sample.put("storm_s", took_s);
    scene.sample.put("late_parts", late as f64);
    common::put_latency(
        &mut scene.sample,
        "publish",
        &scene.publishers.report.latency,
    );
    finish(stage, scene)
}

fn waves(stage: &Stage, swarm: &Swarm, probe: &Probe) -> Result<(usize, usize), String> {
    let (mut reconnects, mut late) = (0, 0);
    for part in 0..WAVES * PARTS {
        stage
            .progress
            .tick(|| format!("part {part} of {} of the storm", WAVES * PARTS));
        let who: Vec<_> = (part % PARTS..swarm.size).step_by(PARTS).collect();
        let expected = swarm.counters.open.get();
        swarm.order(Order::Disconnect(who.clone()));
        common::pause(AWAY);
        let books = swarm.books()?;
        let ids = ids_of(&books, &who, probe);
        let last_id = |n: usize| {
            let next = books.ledger.next(n, MISSED);
            ids.range(..(MISSED as u16, next))
                .next_back()
                .map(|(_, id)| id.clone())
        };
        reconnects += who.len();
        come_back(
            swarm,
            stage.server.dialect,
            who.iter().map(|&n| (n, last_id(n))),
        );
        let is_back = swarm.wait(PART_LIMIT, &mut |_| {}, |c| {
            c.open.get() + c.failed.get() + c.dropped.get() >= expected
        });
        late += usize::from(!is_back);
    }
    Ok((reconnects, late))
}

/// What the probe knows, once it has seen all that these have seen; an id it does not know would
/// make them resume too early.
fn ids_of(books: &Books, who: &[usize], probe: &Probe) -> Ids {
    let next = who
        .iter()
        .map(|&n| books.ledger.next(n, MISSED))
        .max()
        .unwrap_or(0);
    if let Some(last) = next.checked_sub(1) {
        probe.id_of(MISSED as u16, last);
    }
    probe.ids()
}
