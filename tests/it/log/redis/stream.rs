//! What stands in the stream, and who else may write to it.

use std::time::Duration;

use futures_lite::future::block_on;
use redis::Value;
use ssehub::store::{InvalidRedisUrl, RedisSettings};
use ssehub::{Clock, LogConfig, Retention};

use super::super::{draft, end, keeping, own};
use super::{Link, Node, Server, wait_until};

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
    let after = block_on(log.append(draft("t", "after"))).unwrap().id;
    assert_eq!(after.ms, 9_999_999_999_999);
    let begin = log.kept_after();
    // A step for each time that the log is trimmed.
    let trim = || {
        clock.advance(Duration::from_secs(60));
        length(server, "{ahead}:log")
    };
    wait_until("the older one goes", || trim() == 1);
    // Pauses between attempts to connect go by that clock, too.
    wait_until("the hub has read what is left", || {
        clock.advance(Duration::from_millis(20));
        log.tail() == after && begin < log.kept_after()
    });
}

/// Publishers' ids are known for as long as events are kept.
#[test]
fn ids_expire() {
    let server = Server::shared();
    let age = Duration::from_secs(3_600);
    let config = keeping(Retention::default().age(age));
    let node = Node::keeping(server, "expiry", config);
    node.publish(own("t", "5", "x")).unwrap();
    for key in ["{expiry}:own:5", "{expiry}:once:t\u{0}5"] {
        let Value::Int(left) = server.ask(&format!("PTTL {key}")) else {
            panic!("{key:?}")
        };
        assert!((3_500_000..=3_600_000).contains(&left), "{key:?}: {left}");
    }
    // Scripts may be forgotten at any time.
    server.ask("SCRIPT FLUSH");
    assert!(node.publish(own("t", "5", "x")).unwrap().repeated);
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
