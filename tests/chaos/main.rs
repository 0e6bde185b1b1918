//! The chaos test: three nodes and one Redis, publishers that count and subscribers that hop from node to
//! node, while nodes, Redis and the connections between them are killed, stopped, cut and stalled.
//!
//! Whatever Redis keeps must reach every subscriber once and in order; whatever it loses must be told. It
//! drives the real binary and a real redis-server over loopback. `SSEHUB_CHAOS_SECONDS` says how long faults
//! go on, `SSEHUB_SEED` repeats a run's choices, and `SSEHUB_BIN` names another binary than the one that was
//! built for the test.

#![cfg(feature = "server")]

mod cluster;
mod failover;
mod fault;
mod link;
mod redis;
#[path = "../support/mod.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use cluster::Cluster;
use fault::{Fault, HARMLESS, LOSING};
use redis::Memory;
use support::audit::Verdict;
use support::clients::Clients;
use support::run::{Plan, Run};
use support::subscriber::{MANNERS, Subscriber};
use support::{TOPICS, variable};

/// How long faults go on unless the environment says otherwise.
const SECONDS: u64 = 10;

/// What a run takes at most, besides its faults.
const RUN: Duration = Duration::from_secs(300);

/// Longest pause of a publisher between two events: so that a long run fits into memory.
const PAUSE: Duration = Duration::from_millis(10);

/// What clients are told to wait; these here do not listen to it.
const RETRY: &str = "100ms";

/// How long the first event may take to reach every subscriber.
const FIRST: Duration = Duration::from_secs(60);

/// How often each fault was done, and how long it took the slowest node to publish again.
type Recoveries = Vec<(Fault, Vec<Duration>)>;

#[test]
fn what_redis_keeps_reaches_everyone() {
    let (seed, verdict) = chaos("kept", Memory::Everything, &HARMLESS);
    assert!(verdict.is_clean(), "SSEHUB_SEED={seed}: {verdict:#?}");
}

#[test]
fn what_redis_loses_is_told() {
    let (seed, verdict) = chaos("lost", Memory::Snapshots, &LOSING);
    assert!(verdict.is_honest(), "SSEHUB_SEED={seed}: {verdict:#?}");
    assert!(verdict.told > 0, "SSEHUB_SEED={seed}: nothing was lost");
}

/// One run with such faults: its seed, and what it has shown.
fn chaos(name: &str, memory: Memory, kinds: &[Fault]) -> (u64, Verdict) {
    let seed = variable("SSEHUB_SEED").unwrap_or_else(|| fastrand::u64(..));
    let seconds = variable("SSEHUB_CHAOS_SECONDS").unwrap_or(SECONDS);
    let mut chance = Rng::with_seed(seed);
    let begun = Instant::now();
    let mut cluster = Cluster::start(memory, RETRY);
    let run = &Run::new(Plan {
        nodes: cluster.addresses(),
        deadline: begun + RUN + Duration::from_secs(seconds),
        pause: PAUSE,
        may_refuse: true,
    });
    let (recoveries, sent, heard) = thread::scope(|scope| {
        // A failure here stops the threads, too.
        let _alarm = run.alarm();
        let clients = Clients::begin(scope, run, &mut chance);
        // Who has heard nothing yet has nothing to resume behind, and could not be told.
        run.wait_for_listeners(TOPICS.len() * MANNERS.len(), FIRST);

        let recoveries = torment(&mut cluster, run, kinds, seconds, &mut chance);
        let (sent, mut heard) = clients.end(run, &mut chance);
        // Who comes late to a log that has lost something begins with what is left.
        if memory == Memory::Everything {
            heard.extend(Subscriber::late(run, &mut chance).map(Subscriber::listen));
        }
        (recoveries, sent, heard)
    });

    let verdict = Verdict::on(&sent, &heard);
    // In one piece, because two runs print at the same time.
    println!(
        "{name}: SSEHUB_SEED={seed}\n{}\n{}\n",
        table(&recoveries),
        verdict.table(begun.elapsed())
    );
    (seed, verdict)
}

/// One fault after the other, until the time is up.
fn torment(
    cluster: &mut Cluster,
    run: &Run,
    kinds: &[Fault],
    seconds: u64,
    chance: &mut Rng,
) -> Recoveries {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut recoveries: Recoveries = kinds.iter().map(|kind| (*kind, Vec::new())).collect();
    for fault in fault::deck(kinds, chance.fork()) {
        if Instant::now() >= end {
            break;
        }
        fault.strike(cluster, run, chance);
        let took = cluster.recover(run, fault.name());
        let known = recoveries.iter_mut().find(|(kind, _)| *kind == fault);
        known.expect("a kind of fault").1.push(took);
        fault::events(run, chance);
    }
    recoveries
}

/// The faults on a line each.
fn table(recoveries: &Recoveries) -> String {
    let mut lines = vec![format!(
        "{:<48}{:>6}{:>28}",
        "fault", "times", "publishes after, ms (most)"
    )];
    for (fault, times) in recoveries {
        let mut times: Vec<_> = times.iter().map(Duration::as_millis).collect();
        times.sort_unstable();
        let middle = times.get(times.len() / 2).copied().unwrap_or_default();
        let most = times.last().copied().unwrap_or_default();
        let (name, count) = (fault.name(), times.len());
        lines.push(format!(
            "{name:<48}{count:>6}{middle:>20}{:>8}",
            format!("({most})")
        ));
    }
    lines.join("\n")
}
