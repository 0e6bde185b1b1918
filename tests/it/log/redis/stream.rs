//! What stands in the stream, and who else may write to it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use redis::Value;
use ssehub::store::{InvalidRedisUrl, RedisSettings};
use ssehub::{Clock, LogConfig, Retention, Start};

use super::super::group::all;
use super::super::{draft, end, interest, keeping, own};
use super::{Link, Node, Server, wait_until, wait_while_time_passes};

fn length(server: &Server, log: &str) -> i64 {
    match server.ask(&format!("XLEN {log}")) {
        Value::Int(length) => length,
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_programs_may_add_events() {
    let server = Server::shared();
    let mut node = Node::new(server, "foreign");
    server.ask("XADD {foreign}:log * topic t data hello colour red");
    server.ask("XADD {foreign}:log * topic t alt u alt v private 1 id 5 type k user x data secret");
    node.say("known");
    node.hear_exactly(&["hello", "known"]);
}

#[test]
fn what_is_no_event_is_passed_over() {
    let server = Server::shared();
    let mut node = Node::new(server, "odd");
    node.say("0");
    let long = "x".repeat(300);
    for odd in [
        "a b".to_owned(),
        "data x".to_owned(),
        "topic t".to_owned(),
        format!("topic {long} data x"),
        format!("topic t type {long} data x"),
        format!("topic t id {long} data x"),
        "topic t retry soon data x".to_owned(),
        format!("topic t data {}", "x".repeat(30 << 20)),
        "topic t alt \u{7} data x".to_owned(),
    ] {
        server.ask(&format!("XADD {{odd}}:log * {odd}"));
    }
    let alternates: String = (0..100).map(|number| format!("alt {number} ")).collect();
    server.ask(&format!("XADD {{odd}}:log * topic t {alternates}data x"));
    let one = node.say("1");
    node.hear_exactly(&["0", "1"]);
    assert_eq!(node.log().mishaps().unwrap().skipped, 10);
    // One that begins now, or reads them from Redis.
    let mut config = LogConfig::default();
    config.window.events = 1;
    let late = Node::keeping(server, "odd", config);
    assert_eq!(late.log().tail(), one);
    let everything = late.resume(&late.log().kept_after().to_string());
    assert_eq!(everything, ["0", "1"]);
}

/// The same event, in words that people read.
#[test]
fn an_entry_says_what_happened() {
    let server = Server::shared();
    let node = Node::new(server, "words");
    node.publish(own("t", "5", "x").private(true).user("ann"))
        .unwrap();
    node.publish(end("t")).unwrap();
    let entries: Vec<(String, Vec<String>)> =
        redis::from_redis_value(server.ask("XRANGE {words}:log - +")).unwrap();
    let fields: Vec<_> = entries.iter().map(|(_, fields)| fields.join(" ")).collect();
    assert_eq!(
        fields,
        [
            "lost 0-0 after 0-0",
            "topic t id 5 user ann private 1 data x",
            "topic t end 1 data "
        ]
    );
}

/// What is too old or too much goes, though nobody publishes; what hubs know the stream by stays.
#[test]
fn retention_is_applied_by_whoever_begins() {
    let server = Server::shared();
    let node = Node::new(server, "age");
    for number in 0..10 {
        node.say(&number.to_string());
    }
    node.publish(end("u")).unwrap();
    let (all, newest) = (length(server, "{age}:log"), node.log().tail());
    assert_eq!(all, 12);
    let short = keeping(Retention::default().age(Duration::from_millis(1)));
    let short = Node::keeping(server, "age", short);
    wait_until("old events go", || length(server, "{age}:log") == 1);
    assert_eq!(short.log().tail(), newest);
    wait_until("nobody is told", || {
        short.resume(&newest.to_string()).is_empty()
    });

    let node = Node::new(server, "size");
    for _ in 0..200 {
        node.say(&"x".repeat(1_000));
    }
    let small = keeping(Retention::default().bytes(50_000));
    let _small = Node::keeping(server, "size", small);
    let fits = || (20..=60).contains(&length(server, "{size}:log"));
    wait_until("what is too much goes", fits);
}

/// The clock of Redis, which gives positions, was ahead for a moment.
#[test]
fn positions_in_the_future_grow_old_in_redis_too() {
    let server = Server::shared();
    let age = Duration::from_secs(3_600);
    let config = keeping(Retention::default().age(age));
    let clock = Clock::manual(1_700_000_000_000);
    let mut link = Link::to(server, "ahead");
    let log = link.open(config, &clock);
    server.ask("XADD {ahead}:log 9999999999999-0 topic t data ahead");
    wait_until("it comes", || log.tail().ms == 9_999_999_999_999);
    clock.advance(age);
    let mut appending = Box::pin(log.append(draft("t", "after")));
    let mut appended = None;
    wait_while_time_passes(&clock, "it is stored", || {
        appended = block_on(poll_once(&mut appending));
        appended.is_some()
    });
    let after = appended.unwrap().unwrap().id;
    assert_eq!(after.ms, 9_999_999_999_999);
    let begin = log.kept_after();
    clock.advance(age);
    wait_while_time_passes(&clock, "the older one goes, and the hub knows it", || {
        log.trim();
        length(server, "{ahead}:log") == 1 && log.tail() == after && begin < log.kept_after()
    });
}

/// How many fields the hashes of publishers' ids have.
fn ids(server: &Server, prefix: &str) -> i64 {
    let fields = ["ids", "ids:older"].map(|key| server.ask(&format!("HLEN {{{prefix}}}:{key}")));
    let [Value::Int(newer), Value::Int(older)] = fields else {
        panic!("{fields:?}")
    };
    newer + older
}

/// Publishers' ids are known for as long as their events are kept, and take memory no longer.
#[test]
fn ids_go_with_their_events() {
    const KEPT: usize = 1_000;
    const SAID: usize = 20 * KEPT;
    let server = Server::shared();
    let retention = Retention::default().events(KEPT);
    let mut link = Link::to(server, "ids");
    let log = link.open(keeping(retention), &Clock::system());
    let said = |number: usize| own("t", &format!("id-{number}"), "x");
    let mut most = 0;
    for first in (0..SAID).step_by(KEPT / 2) {
        let drafts = (first..first + KEPT / 2).map(said);
        for stored in all(drafts.map(|it| Box::pin(log.append(it))).collect()) {
            assert!(!stored.unwrap().repeated);
        }
        most = most.max(ids(server, "ids"));
    }
    // Two fields for each event that is kept or was when the hashes changed places, and what is not exact.
    let bound = 4 * KEPT as i64 + 4 * 256;
    assert!((2 * KEPT as i64..=bound).contains(&most), "{most}");
    let Value::Array(keys) = server.ask("KEYS {ids}:*") else {
        panic!()
    };
    assert!(keys.len() <= 8, "{keys:?}");
    for kept in [SAID - 1, SAID - KEPT + 300] {
        assert!(block_on(log.append(said(kept))).unwrap().repeated, "{kept}");
        let start = Start::After(format!("id-{kept}"));
        assert!(
            block_on(log.locate(&start, &interest(&["t"]))).is_ok(),
            "{kept}"
        );
    }
    assert!(!block_on(log.append(said(5))).unwrap().repeated);
}

/// Retention takes them although nobody brings another id.
#[test]
fn ids_grow_old() {
    let server = Server::shared();
    let age = Duration::from_secs(3_600);
    let clock = Clock::manual(1_700_000_000_000);
    let mut link = Link::to(server, "aging");
    let log = link.open(keeping(Retention::default().age(age)), &clock);
    for number in 0..10 {
        block_on(log.append(own("t", &number.to_string(), "x"))).unwrap();
    }
    assert!(ids(server, "aging") >= 20);
    for _ in 0..2 {
        let tail = log.tail();
        server.ask("XADD {aging}:log * topic t data x");
        wait_while_time_passes(&clock, "it comes", || log.tail() > tail);
        let before = ids(server, "aging");
        clock.advance(age * 2);
        wait_while_time_passes(&clock, "some of them go", || ids(server, "aging") < before);
    }
    assert_eq!(ids(server, "aging"), 0);
}

/// Says when dropped that a test is over, however it ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Scripts may be forgotten at any time. What publishers have sent in one order stands in it.
#[test]
fn order_holds_though_scripts_are_forgotten() {
    const ROUNDS: u32 = 20;
    const EVENTS: u32 = 1_000;
    let server = Server::start(&[]);
    let mut link = Link::to(&server, "order");
    let retention = Retention::default().events(100_000);
    let log = link.open(keeping(retention), &Clock::system());
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let client = redis::Client::open(server.url()).unwrap();
            let mut connection = client.get_connection().unwrap();
            while !is_over.load(Ordering::Relaxed) {
                redis::cmd("SCRIPT")
                    .arg("FLUSH")
                    .exec(&mut connection)
                    .unwrap();
            }
        });
        let _over = Over(&is_over);
        for round in 0..ROUNDS {
            let drafts = (0..EVENTS).map(|number| {
                let data = number.to_string();
                match number % 3 {
                    0 => draft("t", &data),
                    _ => own("t", &format!("{round}/{number}"), &data),
                }
            });
            let answers = all(drafts.map(|it| Box::pin(log.append(it))).collect());
            let stored = answers.into_iter().map(|answer| answer.unwrap().id);
            let stored: Vec<_> = stored.collect();
            assert!(stored.is_sorted(), "{round}");
        }
    });
    assert_eq!(
        length(&server, "{order}:log"),
        i64::from(ROUNDS * EVENTS) + 1
    );
}

#[test]
fn urls_name_a_redis() {
    for url in [
        "redis://localhost",
        "redis://user:secret@[::1]:7000/3",
        "redis+unix:///run/redis.sock?db=2&pass=secret",
        "valkey://valkey.example:6379",
        "redis+sentinel://user:secret@one,[::1]:26380,[::2]/main/3",
    ] {
        let settings = RedisSettings::parse(url).unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }
    for url in [
        "",
        "localhost",
        "http://localhost",
        "redis://",
        "redis://h:x",
        "redis+sentinel://one",
        "redis+sentinel://one/",
        "redis+sentinel://one:x/main",
        "redis+sentinel://one,/main",
        "redis+sentinel://one/main/x",
    ] {
        assert_eq!(
            RedisSettings::parse(url).unwrap_err(),
            InvalidRedisUrl::Shape,
            "{url}"
        );
    }
    let settings = RedisSettings::parse("redis://localhost").unwrap();
    for prefix in ["", "a{b", "}", "a\nb", &"x".repeat(201)] {
        let refused = settings.clone().prefix(prefix).unwrap_err();
        assert_eq!(refused, InvalidRedisUrl::Prefix, "{prefix}");
    }
}
