//! Three nodes, each with a link of its own to one Redis.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::link::Link;
use super::redis::{Memory, Redis};
use super::support::publisher::{ATTEMPT_PAUSE, try_to_publish};
use super::support::run::Run;
use super::support::server::Server;

/// How many nodes there are.
pub const NODES: usize = 3;

/// How long a node may take to publish again, once nothing stands in its way.
const RECOVERY: Duration = Duration::from_secs(60);

/// Where it is tried whether a node publishes; nobody reads it.
const PROBE: &str = "probe";

/// What every node is started with: a small window, so that those who resume are read to from Redis, and a
/// log that holds all that a run publishes.
const SETTINGS: [&str; 6] = [
    "--window-events",
    "200",
    "--keep-events",
    "10000000",
    "--keep-bytes",
    "4GiB",
];

/// The nodes and what lies behind them. Fields are dropped in this order.
pub struct Cluster {
    pub nodes: Vec<Server>,
    pub links: Vec<Link>,
    pub redis: Redis,
}

impl Cluster {
    /// One in which everything runs. Clients that lose a node wait about as long as `retry` says.
    pub fn start(memory: Memory, retry: &str) -> Cluster {
        let mut redis = Redis::new(memory);
        redis.start();
        let links: Vec<_> = (0..NODES).map(|_| Link::new(redis.socket())).collect();
        let mut nodes: Vec<_> = links
            .iter()
            .map(|link| node(link.address(), retry))
            .collect();
        for node in &mut nodes {
            node.start();
            node.wait_until_it_listens();
        }
        Cluster {
            nodes,
            links,
            redis,
        }
    }

    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Server::address).collect()
    }

    /// Waits until every node publishes, and tells how long that took.
    pub fn recover(&self, run: &Run, after: &str) -> Duration {
        let since = Instant::now();
        for (number, node) in self.nodes.iter().enumerate() {
            while !try_to_publish(run, node.address(), PROBE) {
                let waited = since.elapsed();
                assert!(
                    waited < RECOVERY && !run.is_over(),
                    "{after}: node {number} does not publish again after {waited:?}"
                );
                thread::sleep(ATTEMPT_PAUSE);
            }
        }
        since.elapsed()
    }
}

fn node(redis: SocketAddr, retry: &str) -> Server {
    let url = format!("redis://{redis}/");
    let settings = ["--redis", &url, "--retry", retry].into_iter();
    Server::new(settings.chain(SETTINGS))
}
