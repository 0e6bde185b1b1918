//! What is done to a cluster: one fault at a time, healed before the next.

use std::thread;
use std::time::Duration;

use fastrand::Rng;
use rustix::process::Signal;

use super::cluster::{Cluster, NODES};
use super::link::Mode;
use super::support::run::Run;

/// Longest time that a fault lasts, and that something that was killed stays away.
const LONGEST_MILLIS: u64 = 2_000;
const AWAY_MILLIS: u64 = 500;

/// Longest life of a node that is killed while it starts.
const START_MICROS: u64 = 40_000;

/// Most events between two steps of one fault.
const STEP_EVENTS: u64 = 200;

/// How long these may take to be acknowledged.
const PATIENCE: Duration = Duration::from_secs(120);

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    KillNode,
    KillStartingNode,
    StopNode,
    PauseNode,
    KillRedis,
    PauseRedis,
    KillRedisAndNode,
    CutLink,
    RefuseLink,
    StallLink,
    LoseAnswers,
    KillClients,
    Flush,
    FlushBehindCut,
    Rollback,
    RollbackBehindPause,
}

use Fault::*;

/// Those after which Redis has all that it has acknowledged, if it appends each command to its file.
pub const HARMLESS: [Fault; 12] = [
    KillNode,
    KillStartingNode,
    StopNode,
    PauseNode,
    KillRedis,
    PauseRedis,
    KillRedisAndNode,
    CutLink,
    RefuseLink,
    StallLink,
    LoseAnswers,
    KillClients,
];

/// Those after which it has not, and some of the others between them.
pub const LOSING: [Fault; 8] = [
    Flush,
    FlushBehindCut,
    Rollback,
    RollbackBehindPause,
    KillNode,
    PauseNode,
    CutLink,
    StallLink,
];

impl Fault {
    /// What has happened, in words.
    pub fn name(self) -> &'static str {
        match self {
            KillNode => "a node is killed",
            KillStartingNode => "a node is killed, and again while it starts",
            StopNode => "a node is told to stop",
            PauseNode => "a node stands still",
            KillRedis => "Redis is killed",
            PauseRedis => "Redis stands still",
            KillRedisAndNode => "Redis and a node are killed",
            CutLink => "a node's connections to Redis are cut",
            RefuseLink => "a node cannot reach Redis",
            StallLink => "nothing moves between a node and Redis",
            LoseAnswers => "the answers of Redis are lost on the way",
            KillClients => "Redis drops its clients",
            Flush => "Redis is emptied",
            FlushBehindCut => "Redis is emptied while a node cannot reach it",
            Rollback => "Redis comes back as it was before",
            RollbackBehindPause => "the same while a node stands still",
        }
    }

    /// Does it and heals it.
    pub fn strike(self, cluster: &mut Cluster, run: &Run, chance: &mut Rng) {
        let number = chance.usize(..NODES);
        let Cluster {
            nodes,
            links,
            redis,
        } = cluster;
        let (node, link) = (&mut nodes[number], &links[number]);
        match self {
            KillNode => {
                node.kill();
                pause(chance, AWAY_MILLIS);
                node.start();
                node.wait_until_it_listens();
            }
            KillStartingNode => {
                node.kill();
                node.start();
                thread::sleep(Duration::from_micros(chance.u64(..START_MICROS)));
                node.kill();
                node.start();
                node.wait_until_it_listens();
            }
            StopNode => {
                node.stop();
                node.start();
                node.wait_until_it_listens();
            }
            PauseNode => {
                node.signal(Signal::STOP);
                pause(chance, LONGEST_MILLIS);
                node.signal(Signal::CONT);
            }
            KillRedis => {
                redis.kill();
                pause(chance, AWAY_MILLIS);
                redis.start();
            }
            PauseRedis => {
                redis.signal(Signal::STOP);
                pause(chance, LONGEST_MILLIS);
                redis.signal(Signal::CONT);
            }
            KillRedisAndNode => {
                redis.kill();
                node.kill();
                node.start();
                pause(chance, AWAY_MILLIS);
                redis.start();
                node.wait_until_it_listens();
            }
            CutLink => link.cut(),
            RefuseLink => {
                link.set(Mode::Refusing);
                link.cut();
                pause(chance, LONGEST_MILLIS);
                link.set(Mode::Open);
            }
            StallLink => {
                link.set(Mode::Stalled);
                pause(chance, LONGEST_MILLIS);
                link.set(Mode::Open);
            }
            LoseAnswers => {
                link.set(Mode::Mute);
                pause(chance, LONGEST_MILLIS);
                link.cut();
                link.set(Mode::Open);
            }
            KillClients => redis.order("CLIENT KILL TYPE normal SKIPME yes"),
            Flush => redis.order("FLUSHALL"),
            FlushBehindCut => {
                link.set(Mode::Refusing);
                link.cut();
                events(run, chance);
                redis.order("FLUSHALL");
                events(run, chance);
                link.set(Mode::Open);
            }
            Rollback => {
                redis.order("SAVE");
                events(run, chance);
                redis.kill();
                redis.start();
            }
            RollbackBehindPause => {
                node.signal(Signal::STOP);
                events(run, chance);
                redis.order("SAVE");
                events(run, chance);
                redis.kill();
                redis.start();
                events(run, chance);
                node.signal(Signal::CONT);
            }
        }
    }
}

/// The faults of a run: each kind once, in any order, then again.
pub fn deck(kinds: &[Fault], mut chance: Rng) -> impl Iterator<Item = Fault> {
    let mut left = Vec::new();
    std::iter::from_fn(move || {
        if left.is_empty() {
            left = kinds.to_vec();
            chance.shuffle(&mut left);
        }
        left.pop()
    })
}

fn pause(chance: &mut Rng, longest_millis: u64) {
    thread::sleep(Duration::from_millis(chance.u64(..longest_millis)));
}

/// Waits for some events more.
pub fn events(run: &Run, chance: &mut Rng) {
    run.wait_for_more(chance.u64(1..=STEP_EVENTS), PATIENCE);
}
