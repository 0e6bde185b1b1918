//! How much of Redis is looked through for one request, since it has no index by topic.

use futures_lite::future::block_on;
use redis::Value;
use ssehub::{Clock, HubConfig, Log, LogConfig, Next, Reading, Start};

use super::super::{draft, end, interest};
use super::{Link, Server};
use crate::world::World;

const MIB: u64 = 1 << 20;

/// A log whose window holds next to nothing.
fn open(server: &Server) -> (Link, Log) {
    let mut config = LogConfig::default();
    config.window.events = 8;
    config.retention.bytes = 1 << 30;
    let mut link = Link::to(server, "search");
    let log = link.open(config, &Clock::system());
    (link, log)
}

/// Appends so many events on another topic.
fn bury(log: &Log, mebibytes: u64) {
    for _ in 0..mebibytes {
        let large = "x".repeat(MIB as usize);
        block_on(log.append(draft("other", &large))).unwrap();
    }
}

/// How much Redis sends while something is done, in MiB.
fn sent<T>(server: &Server, work: impl FnOnce() -> T) -> (T, u64) {
    let sent = || {
        let Value::BulkString(stats) = server.ask("INFO stats") else {
            panic!()
        };
        let stats = String::from_utf8(stats).unwrap();
        let bytes = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_net_output_bytes:"));
        bytes.unwrap().trim().parse::<u64>().unwrap()
    };
    let before = sent();
    let done = work();
    (done, (sent() - before) / MIB)
}

fn read(log: &Log, topics: &[&str], reading: Reading) -> Vec<String> {
    let world = World::over(log.clone(), HubConfig::default());
    let hub = &world.hub;
    let mut reader = hub.subscribe_with(interest(topics), Start::Earliest, reading);
    let mut read = Vec::new();
    while let Some(next) = block_on(reader.catch_up()) {
        match next {
            Next::Events(events) => read.extend(events.iter().map(|it| it.data().to_owned())),
            Next::Gap { .. } => read.push("gap".to_owned()),
            Next::Ended => break,
        }
    }
    read
}

#[test]
fn what_is_far_away_on_one_topic_is_a_gap() {
    let server = Server::start(&[]);
    let (_link, log) = open(&server);
    block_on(log.append(draft("rare", "first"))).unwrap();
    bury(&log, 40);
    block_on(log.append(draft("rare", "last"))).unwrap();
    let (told, mebibytes) = sent(&server, || read(&log, &["rare"], Reading::default()));
    assert_eq!(told, ["first", "gap", "last"]);
    // In memory an event takes twice as much.
    assert!((20..=50).contains(&mebibytes), "{mebibytes}");

    let latest = Reading::default().latest(true);
    let (told, mebibytes) = sent(&server, || read(&log, &["rare", "never"], latest));
    assert_eq!(told, ["first", "gap", "last"]);
    assert!((20..=50).contains(&mebibytes), "{mebibytes}");
    // All of it is asked for, and read.
    let (told, mebibytes) = sent(&server, || read(&log, &["*"], Reading::default()));
    assert_eq!(told.len(), 42);
    assert!(mebibytes >= 40, "{mebibytes}");
}

#[test]
fn whether_a_topic_has_ended_is_known_for_a_while() {
    let server = Server::start(&[]);
    let (_link, log) = open(&server);
    block_on(log.append(end("over"))).unwrap();
    let has_ended = || {
        let world = World::over(log.clone(), HubConfig::default());
        let (over, reading) = (interest(&["over"]), Reading::default());
        block_on(world.hub.has_ended(&over, &Start::Now, reading))
    };
    bury(&log, 10);
    assert!(has_ended());
    bury(&log, 50);
    let (ended, mebibytes) = sent(&server, has_ended);
    assert!(!ended);
    assert!(mebibytes <= 20, "{mebibytes}");
}
