//! Several hubs on one Redis: what a delivery and a publish cost them, beside one hub by itself.
//!
//! All of it shares the machine, so what is told is CPU time of the processes, not how fast it went.

use std::time::Duration;

use crate::load::process::cpu_seconds;
use crate::load::publisher::{Pace, Publishers};
use crate::load::record::RECORD_BYTES;
use crate::load::swarm::Swarm;
use crate::scale::{ARRIVAL_LIMIT, DRAIN_LIMIT, EVENT_BYTES, IN_FLIGHT, QUIET, SETTLE};
use crate::scenarios::first_visit;
use crate::servers::{Running, Server};

/// Subscribers of all hubs together, and events a second for them.
const SUBSCRIBERS: usize = 1_500;
const EVENTS_PER_SECOND: f64 = 20.0;
/// How long they are published, and how long publishers work in a closed loop.
const STEADY: Duration = Duration::from_secs(4);
const CLOSED: Duration = Duration::from_secs(4);
/// Publishers of the steady events; what they cost must not be what is measured.
const STEADY_PUBLISHERS: usize = 1;

/// Where the log of a cluster is.
#[derive(Clone, Copy, PartialEq)]
pub enum Log {
    /// In the memory of the only hub.
    Memory,
    /// In a Redis that has this setting for its file, or none.
    Redis(Option<&'static str>),
}

impl Log {
    pub fn title(self) -> String {
        match self {
            Log::Memory => "in memory".into(),
            Log::Redis(None) => "Redis without a file".into(),
            Log::Redis(Some(when)) => format!("Redis, `appendfsync {when}`"),
        }
    }
}

/// Hubs, and the Redis that they share.
struct Cluster {
    hubs: Vec<Running>,
    redis: Option<Running>,
}

/// CPU time of both.
#[derive(Clone, Copy)]
struct Spent {
    hubs_s: f64,
    redis_s: f64,
}

/// What deliveries have cost.
pub struct Deliveries {
    pub received: u64,
    pub lost: u64,
    pub hubs_us_each: f64,
    /// For each event, however many hear it.
    pub redis_us_per_event: f64,
}

/// What publishes have cost.
pub struct Publishes {
    pub per_s: f64,
    pub half_ms: f64,
    pub p99_ms: f64,
    pub hub_us_each: f64,
    pub redis_us_each: f64,
}

/// Steady events to subscribers that are spread over so many hubs.
pub fn deliver(hub: &Server, log: Log, hubs: usize) -> Result<Deliveries, String> {
    let cluster = Cluster::start(hub, log, hubs)?;
    let each = SUBSCRIBERS / hubs;
    let mut swarms = Vec::new();
    for running in &cluster.hubs {
        let swarm = Swarm::new(running.addr, each, 1, STEADY_PUBLISHERS);
        let swarm = swarm.map_err(|e| format!("subscribers: {e}"))?;
        swarm.connect(0..each, IN_FLIGHT, first_visit(hub.dialect, 1));
        swarm.wait(ARRIVAL_LIMIT, &mut |_| {}, |c| c.open.get() >= each as u64);
        swarms.push(swarm);
    }
    std::thread::sleep(SETTLE);
    let before = cluster.spent();
    let mut publishers = publishers(hub, &cluster.hubs[0], STEADY_PUBLISHERS)?;
    publishers
        .run(Pace::PerSecond(EVENTS_PER_SECOND), STEADY, &mut || true)
        .map_err(|e| format!("publishing: {e}"))?;
    let published = publishers.report.answered;
    for swarm in &swarms {
        swarm.drain(published * each as u64, QUIET, DRAIN_LIMIT, &mut |_| {});
    }
    let spent = cluster.spent().since(before);
    let received = swarms.iter().map(|it| it.counters.received.get()).sum();
    Ok(Deliveries {
        received,
        lost: (published * (each * hubs) as u64).saturating_sub(received),
        hubs_us_each: spent.hubs_s * 1e6 / received.max(1) as f64,
        redis_us_per_event: spent.redis_s * 1e6 / published.max(1) as f64,
    })
}

/// So many publishers, each sending the next event when the last is answered, to one hub without subscribers.
pub fn publish(hub: &Server, log: Log, count: usize) -> Result<Publishes, String> {
    let cluster = Cluster::start(hub, log, 1)?;
    let mut publishers = publishers(hub, &cluster.hubs[0], count)?;
    let before = cluster.spent();
    publishers
        .run(Pace::Closed, CLOSED, &mut || true)
        .map_err(|e| format!("publishing: {e}"))?;
    let spent = cluster.spent().since(before);
    let report = &publishers.report;
    let answered = report.answered.max(1) as f64;
    Ok(Publishes {
        per_s: answered / CLOSED.as_secs_f64(),
        half_ms: report.latency.quantile_ms(0.5),
        p99_ms: report.latency.quantile_ms(0.99),
        hub_us_each: spent.hubs_s * 1e6 / answered,
        redis_us_each: spent.redis_s * 1e6 / answered,
    })
}

fn publishers(hub: &Server, at: &Running, count: usize) -> Result<Publishers, String> {
    let filler = "x".repeat(EVENT_BYTES - RECORD_BYTES);
    let text = format!("~hb:{}{filler}", "0".repeat(RECORD_BYTES - 4));
    let request = |topic| hub.dialect.publish(topic, &text);
    Publishers::new(at.addr, count, 1, &request).map_err(|e| format!("publishers: {e}"))
}

impl Cluster {
    fn start(hub: &Server, log: Log, hubs: usize) -> Result<Cluster, String> {
        let redis = match log {
            Log::Memory => None,
            Log::Redis(appends) => Some(Running::start(&redis(hub, appends))?),
        };
        let mut args = hub.args.to_vec();
        if let Some(redis) = &redis {
            args.extend(["--redis", leak(format!("redis://{}/", redis.addr))]);
        }
        let hub = Server {
            args: args.leak(),
            ..*hub
        };
        let hubs = (0..hubs).map(|_| Running::start(&hub));
        Ok(Cluster {
            hubs: hubs.collect::<Result<_, _>>()?,
            redis,
        })
    }

    fn spent(&self) -> Spent {
        let redis_s = self.redis.as_ref().map(|it| cpu_seconds(it.pid()));
        Spent {
            hubs_s: self.hubs.iter().map(Running::cpu_s).sum(),
            redis_s: redis_s.unwrap_or_default(),
        }
    }
}

impl Spent {
    fn since(self, before: Spent) -> Spent {
        Spent {
            hubs_s: self.hubs_s - before.hubs_s,
            redis_s: self.redis_s - before.redis_s,
        }
    }
}

/// A Redis in a folder of its own. It speaks no HTTP, but it can be started and stopped as those that do.
fn redis(like: &Server, appends: Option<&'static str>) -> Server {
    let mut args = vec!["--bind", "127.0.0.1", "--port", "{port}", "--dir", "{dir}"];
    args.extend(["--save", "", "--maxmemory-policy", "noeviction"]);
    if let Some(when) = appends {
        args.extend(["--appendonly", "yes", "--appendfsync", when]);
    }
    Server {
        name: "redis",
        title: "Redis",
        program: "redis-server",
        args: args.leak(),
        env: &[],
        files: &[],
        ..*like
    }
}

/// Arguments live as long as the program: there are few.
fn leak(text: String) -> &'static str {
    text.leak()
}
