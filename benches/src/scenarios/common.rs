//! Steps that scenarios share: arrive, publish, wait, settle the accounts.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::load::clock::now_ns;
use crate::load::publisher::{Published, Publishers};
use crate::load::record::RECORD_BYTES;
use crate::load::swarm::{Books, Counters, RequestOf, Swarm};
use crate::sample::Sample;
use crate::scale::{ARRIVAL_LIMIT, DRAIN_LIMIT, IN_FLIGHT, QUIET};
use crate::servers::{Dialect, Running};

use super::Stage;

/// A started server with its topics made.
pub fn start(stage: &Stage, topics: usize) -> Result<Running, String> {
    let running = Running::start(stage.server)?;
    stage.server.dialect.prepare(running.addr, topics)?;
    Ok(running)
}

/// Publishers that send texts of `bytes`.
pub fn publishers(
    stage: &Stage,
    running: &Running,
    count: usize,
    topics: usize,
    bytes: usize,
) -> Result<Publishers, String> {
    let filler = "x".repeat(bytes - RECORD_BYTES);
    let text = format!("~hb:{}{filler}", "0".repeat(RECORD_BYTES - 4));
    let request = |topic| stage.server.dialect.publish(topic, &text);
    Publishers::new(running.addr, count, topics, &request).map_err(|e| format!("publishers: {e}"))
}

/// Requests of subscribers that come for the first time.
pub fn first_visit(dialect: Dialect, topics: usize) -> RequestOf {
    Arc::new(move |n| dialect.subscribe(n % topics, n, None))
}

/// Lets the whole swarm arrive, and books how long that took.
pub fn arrive(stage: &Stage, swarm: &Swarm, topics: usize) -> Result<Sample, String> {
    let wanted = swarm.size as u64;
    let began = swarm.connect(
        0..swarm.size,
        IN_FLIGHT,
        first_visit(stage.server.dialect, topics),
    );
    let mut tick = |c: &Counters| {
        stage
            .progress
            .tick(|| format!("{} of {wanted} have arrived", c.open.get()));
    };
    swarm.wait(ARRIVAL_LIMIT, &mut tick, |c| {
        c.open.get() + c.failed.get() >= wanted
    });
    let open = swarm.counters.open.get();
    if open < wanted {
        let (failed, status) = (swarm.counters.failed.get(), swarm.counters.refused.get());
        stage.progress.say(&format!(
            "  only {open} of {wanted} arrived ({failed} failed, last status {status})"
        ));
    }
    if open == 0 {
        return Err("no subscriber could connect".into());
    }
    let took_s = (swarm.counters.last_open_ns.get() - began) as f64 / 1e9;
    let mut sample = Sample::default();
    sample.put("connects_per_s", open as f64 / took_s);
    sample.put("not_connected", (wanted - open) as f64);
    Ok(sample)
}

/// Waits until everything published is received, or nothing more comes.
pub fn drain(stage: &Stage, swarm: &Swarm, expected: u64) {
    drain_and_watch(stage, swarm, expected, &mut || {});
}

/// The same, with something to look after meanwhile.
pub fn drain_and_watch(stage: &Stage, swarm: &Swarm, expected: u64, watch: &mut dyn FnMut()) {
    let mut tick = |c: &Counters| {
        stage
            .progress
            .tick(|| format!("{} of {expected} events received", c.received.get()));
        watch();
    };
    swarm.drain(expected, QUIET, DRAIN_LIMIT, &mut tick);
}

/// What the publishers' series add up to for the subscribers that there are.
pub fn expected(published: &Published, subscribers: usize, topics: usize) -> u64 {
    let acked: u64 = published.acked.iter().map(|&count| u64::from(count)).sum();
    acked * subscribers as u64 / topics as u64
}

/// Loss, duplicates, disorder and latency, from the crowd's books and the publishers' report.
pub fn settle(
    sample: &mut Sample,
    swarm: &Swarm,
    books: &Books,
    published: &Published,
    topics: usize,
) {
    let series = published.acked.len() / topics;
    let (mut lost, mut whole) = (0, Vec::new());
    for subscriber in (0..swarm.size).filter(|&n| books.ledger.has_arrived(n)) {
        let acked = &published.acked[subscriber % topics * series..][..series];
        let missing: u64 = (0..series)
            .map(|s| u64::from(acked[s].saturating_sub(books.ledger.received(subscriber, s))))
            .sum();
        lost += missing;
        if missing == 0 {
            whole.push((subscriber % topics, books.ledger.orders()[subscriber]));
        }
    }
    let tally = books.ledger.tally;
    sample.put("deliveries", tally.received as f64);
    sample.put("lost", lost as f64);
    sample.put(
        "lost_share",
        lost as f64 / (lost + tally.received).max(1) as f64,
    );
    sample.put("duplicates", tally.duplicates as f64);
    sample.put("disorder", tally.disorder as f64);
    sample.put("strays", tally.strays as f64);
    sample.put("orders", most_orders(&whole) as f64);
    sample.put("dropped", swarm.counters.dropped.get() as f64);
    sample.put("publishes_refused", published.refused as f64);
    sample.put("publishes_broken", published.broken as f64);
    put_latency(sample, "latency", &books.latency);
}

/// The most different orders that complete subscribers of one topic saw; 1 is total order.
fn most_orders(whole: &[(usize, u64)]) -> usize {
    let mut orders: HashMap<usize, Vec<u64>> = HashMap::new();
    for &(topic, order) in whole {
        let known = orders.entry(topic).or_default();
        if known.len() < 1_000 && !known.contains(&order) {
            known.push(order);
        }
    }
    orders.values().map(Vec::len).max().unwrap_or(0)
}

pub fn put_latency(sample: &mut Sample, name: &str, latency: &crate::load::latency::Latency) {
    sample.put(&format!("{name}_p50_ms"), latency.quantile_ms(0.5));
    sample.put(&format!("{name}_p99_ms"), latency.quantile_ms(0.99));
    sample.put(&format!("{name}_max_ms"), latency.max_ms());
}

/// Seconds since `began_ns` until the crowd's last event.
pub fn until_last_event_s(swarm: &Swarm, began_ns: u64) -> f64 {
    let last = swarm.counters.last_event_ns.get().max(began_ns);
    ((last - began_ns) as f64 / 1e9).max(1e-9)
}

/// CPU that this process has used, to show what the generator itself costs.
pub fn own_cpu_s() -> f64 {
    crate::load::process::own_cpu_seconds()
}

pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

pub fn clock() -> u64 {
    now_ns()
}
