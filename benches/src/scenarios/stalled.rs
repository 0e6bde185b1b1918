//! One subscriber stops reading while the others are at full speed, then reads on.

use std::collections::VecDeque;

use crate::load::swarm::{Order, Swarm, Wave};
use crate::sample::Sample;
use crate::scale::{ARRIVAL_LIMIT, DRAIN_LIMIT, EVENT_BYTES, PUBLISHERS, QUIET, SETTLE};

use super::Stage;
use super::common;
use super::saturation::push;

/// The stalled subscriber's receive buffer, so that the server notices early.
const SMALL_BUFFER_BYTES: usize = 4 * 1024;

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let running = common::start(stage, 1)?;
    let swarm =
        Swarm::new(running.addr, size, 1, PUBLISHERS).map_err(|e| format!("subscribers: {e}"))?;
    // The last one is the one that stalls; it arrives first and alone.
    let stalled = size - 1;
    swarm.order(Order::Connect(Wave {
        who: VecDeque::from([stalled]),
        request: common::first_visit(stage.server.dialect, 1),
        in_flight: 1,
        receive_buffer: Some(SMALL_BUFFER_BYTES),
    }));
    swarm.wait(ARRIVAL_LIMIT, &mut |_| {}, |c| c.open.get() == 1);
    swarm.order(Order::Stall(vec![stalled]));
    let request = common::first_visit(stage.server.dialect, 1);
    swarm.connect(0..stalled, crate::scale::IN_FLIGHT, request);
    if !swarm.wait(ARRIVAL_LIMIT, &mut |_| {}, |c| {
        c.open.get() + c.failed.get() >= size as u64
    }) {
        return Err("the subscribers did not arrive".into());
    }
    common::pause(SETTLE);
    let mut sample = Sample::default();
    let mut publishers = common::publishers(stage, &running, PUBLISHERS, 1, EVENT_BYTES)?;
    push(
        stage,
        &running,
        &swarm,
        stalled,
        &mut publishers,
        &mut sample,
    )?;
    wake(
        stage,
        &swarm,
        &publishers.report.acked,
        stalled,
        &mut sample,
    )?;
    let peak_mb = running.usage().peak_rss as f64 / 1e6;
    sample.put(
        "rss_peak_mb",
        sample.get("rss_peak_mb").unwrap_or_default().max(peak_mb),
    );
    Ok(sample)
}

/// Lets the stalled one read on, and books what the others and it have missed in the end.
fn wake(
    stage: &Stage,
    swarm: &Swarm,
    acked: &[u32],
    stalled: usize,
    sample: &mut Sample,
) -> Result<(), String> {
    let before = swarm.books()?;
    let of = |ledger: &crate::load::ledger::Ledger, subscriber| -> u64 {
        let got = |s: usize| u64::from(acked[s].saturating_sub(ledger.received(subscriber, s)));
        (0..acked.len()).map(got).sum()
    };
    sample.put(
        "others_lost",
        (0..stalled).map(|n| of(&before.ledger, n)).sum::<u64>() as f64,
    );
    sample.put("behind_at_wake", of(&before.ledger, stalled) as f64);
    let dropped = swarm.counters.dropped.get();
    swarm.order(Order::Read(vec![stalled]));
    let mut tick = |_: &_| stage.progress.tick(|| "the stalled one reads on".into());
    let total = acked.iter().map(|&n| u64::from(n)).sum::<u64>() * swarm.size as u64;
    swarm.drain(total, QUIET, DRAIN_LIMIT, &mut tick);
    let after = swarm.books()?;
    sample.put("stalled_lost", of(&after.ledger, stalled) as f64);
    sample.put("dropped", swarm.counters.dropped.get() as f64);
    sample.put(
        "dropped_at_wake",
        (swarm.counters.dropped.get() - dropped) as f64,
    );
    sample.put(
        "lost",
        (0..=stalled).map(|n| of(&after.ledger, n)).sum::<u64>() as f64,
    );
    Ok(())
}
