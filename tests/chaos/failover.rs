//! How long it takes until the clients of a node that has gone are live at another, and whether they miss
//! anything on the way.
//!
//! They wait as long as their stream has told them, and then knock at one node after the other, as behind a
//! load balancer. `SSEHUB_FAILOVER_STREAMS` says how many there are.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::cluster::{Cluster, NODES};
use super::redis::Memory;
use super::support::chunks::Chunks;
use super::support::connection::Connection;
use super::support::events::EventStream;
use super::support::ledger::END;
use super::support::{joined, variable};

/// Streams unless the environment says otherwise.
const STREAMS: u64 = 100;

/// What clients are told to wait, by default too: half to half as long again, by chance.
const RETRY: &str = "2s";

/// What a client waits that has not been told.
const UNTOLD_RETRY: Duration = Duration::from_millis(100);

/// Bytes that a client takes at one time, and the stack of its thread.
const PIECE: usize = 16 << 10;
const STACK: usize = 256 << 10;

/// Pause between two events.
const PAUSE: Duration = Duration::from_millis(100);

/// How long events go on before a node goes and after that.
const BEFORE: Duration = Duration::from_secs(1);
const AFTER: Duration = Duration::from_secs(4);

/// How long the last client may take to be live again: the longest wait, and what two busy cores need.
const LIVE: Duration = Duration::from_secs(8);

/// When a client gives up, whatever it waits for.
const GIVE_UP: Duration = Duration::from_secs(60);

/// The time in which those that come back are counted, and how many of all may come in it.
const BURST: Duration = Duration::from_millis(100);
const BURST_SHARE: f64 = 0.4;

/// What one client has seen.
struct Journey {
    /// What it has heard, in order.
    heard: Vec<String>,
    gaps: usize,
    /// When its stream at some node ended, and when it had the next.
    moves: Vec<(SocketAddr, Instant, Instant)>,
}

#[test]
fn who_loses_a_node_is_soon_live_at_another() {
    let streams = variable("SSEHUB_FAILOVER_STREAMS").unwrap_or(STREAMS) as usize;
    let mut cluster = Cluster::start(Memory::Everything, RETRY);
    let nodes = &cluster.addresses();
    let (killed, stopped, stays) = (nodes[0], nodes[1], nodes[2]);
    let (kill, stop, published, journeys) = thread::scope(|scope| {
        let spawn = |number| {
            let thread = thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, move || travel(nodes, number))
        };
        let clients: Vec<_> = (0..streams)
            .map(|number| spawn(number).expect("a thread"))
            .collect();
        let mut published = 0;
        publish(stays, &mut published, BEFORE);
        let kill = Instant::now();
        cluster.nodes[0].kill();
        publish(stays, &mut published, AFTER);
        cluster.nodes[0].start();
        cluster.nodes[0].wait_until_it_listens();
        let stop = Instant::now();
        cluster.nodes[1].stop();
        publish(stays, &mut published, AFTER);
        say(stays, END);
        let journeys: Vec<_> = clients.into_iter().map(joined).collect();
        (kill, stop, published, journeys)
    });

    let expected: Vec<_> = (0..published).map(|number| number.to_string()).collect();
    println!(
        "streams  wait told  a node is  moved  live again after, s: half  99 %  last  most in {BURST:?}"
    );
    for (name, node, since) in [("killed", killed, kill), ("stopped", stopped, stop)] {
        let mut took: Vec<_> = journeys
            .iter()
            .filter_map(|it| it.time_away_from(node, since))
            .collect();
        took.sort_unstable();
        assert!(took.len() >= streams / (NODES + 1), "{name}: {took:?}");
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64();
        let burst = most_within_a_burst(&took);
        println!(
            "{streams:>7}  {RETRY:>9}  {name:>9}  {:>5}  {:>26.2}  {:>4.2}  {:>4.2}  {burst:>14}",
            took.len(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
        assert!(
            at(1.0) < LIVE.as_secs_f64(),
            "{name}: the last took {} s",
            at(1.0)
        );
        let share = burst as f64 / took.len() as f64;
        assert!(
            share < BURST_SHARE,
            "{name}: {burst} of {} come at once",
            took.len()
        );
    }
    for journey in &journeys {
        assert_eq!((journey.gaps, &journey.heard), (0, &expected));
    }
}

/// Listens to all there is until the end, at one node after the other.
fn travel(nodes: &[SocketAddr], number: usize) -> Journey {
    let mut journey = Journey {
        heard: Vec::new(),
        gaps: 0,
        moves: Vec::new(),
    };
    let mut last_id = None;
    let mut left: Option<(SocketAddr, Instant)> = None;
    let begun = Instant::now();
    for node in nodes.iter().cycle().skip(number % nodes.len()) {
        if begun.elapsed() > GIVE_UP {
            break;
        }
        let Some(mut connection) = open(*node, last_id.as_deref()) else {
            continue;
        };
        if let Some((from, at)) = left {
            journey.moves.push((from, at, Instant::now()));
        }
        let (mut chunks, mut stream) = (Chunks::default(), EventStream::default());
        while let (true, Ok(bytes)) = (begun.elapsed() < GIVE_UP, connection.some(PIECE)) {
            for event in stream.push(&chunks.push(&bytes)) {
                last_id = Some(event.id);
                match (event.kind.as_str(), event.data.as_str()) {
                    ("gap", _) => journey.gaps += 1,
                    (_, END) => return journey,
                    _ => journey.heard.push(event.data),
                }
            }
        }
        left = Some((*node, Instant::now()));
        thread::sleep(stream.retry.unwrap_or(UNTOLD_RETRY));
    }
    journey
}

/// A stream behind the last event, or from the first one on; none if nobody is there.
fn open(node: SocketAddr, last_id: Option<&str>) -> Option<Connection> {
    let mut connection = Connection::open(node).ok()?;
    let resume = last_id.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
    let target = "/events/travel?last_event_id=earliest&format=text";
    let head = connection.get(target, "1.1", &resume).ok()?;
    (head.status() == "200").then_some(connection)
}

/// Publishes for so long.
fn publish(node: SocketAddr, published: &mut u32, how_long: Duration) {
    let since = Instant::now();
    while since.elapsed() < how_long {
        say(node, &published.to_string());
        *published += 1;
        thread::sleep(PAUSE);
    }
}

fn say(node: SocketAddr, text: &str) {
    let connection = Connection::open(node);
    let answer = connection.and_then(|mut it| it.post("/events/travel", text));
    let (head, body) = answer.expect("a node that stays");
    assert_eq!(head.status(), "200", "{body}");
}

impl Journey {
    /// How long after `since` it was live again, if it was at that node then.
    fn time_away_from(&self, node: SocketAddr, since: Instant) -> Option<Duration> {
        let mut moves = self.moves.iter();
        let (_, _, live) = moves.find(|(from, left, _)| *from == node && *left >= since)?;
        Some(live.duration_since(since))
    }
}

/// Most of these times, in order, that lie within one burst.
fn most_within_a_burst(times: &[Duration]) -> usize {
    let within = |first: usize| times[first..].partition_point(|it| *it <= times[first] + BURST);
    (0..times.len()).map(within).max().unwrap_or_default()
}
