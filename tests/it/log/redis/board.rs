//! What hubs show each other: who is where, whatever becomes of the hubs or of their Redis.

use std::time::{Duration, Instant};

use futures_lite::future::block_on;
use redis::Value;
use ssehub::store::RedisSettings;
use ssehub::{HubConfig, LogConfig, Start, Subscription, Watcher};

use super::{Link, Node, Server, pause, wait_until};
use crate::presence::{on, roll, told};

/// Short, so that a test is; and long for a busy machine, which must renew it in time.
const LEASE: Duration = Duration::from_secs(4);

/// Long enough for a user to change hubs, also there.
const GRACE: Duration = Duration::from_secs(2);

fn node(server: &Server, prefix: &str) -> Node {
    let settings = RedisSettings::parse(&server.url()).unwrap();
    let settings = settings.prefix(prefix).unwrap().lease(LEASE);
    let hub = HubConfig::default().presence_grace(GRACE);
    Node::over(Link::with(settings), LogConfig::default(), hub)
}

/// One who has been told who is there.
fn watch(node: &Node) -> Watcher {
    let mut watcher = node.world.hub.presence().watch(&on(&["t"]));
    told(&mut watcher, usize::MAX);
    watcher
}

/// What a watcher is told by now: of whom, and whether that one comes or goes.
fn changes(watcher: &mut Watcher) -> Vec<String> {
    let notices = told(watcher, usize::MAX).into_iter();
    let changes = notices.filter(|(kind, _)| kind != "presence");
    changes
        .map(|(kind, data)| format!("{kind} {}", data["user"].as_str().unwrap()))
        .collect()
}

/// Somebody comes to a hub, and stays for as long as this lives.
fn come(node: &Node, user: &str) -> Subscription {
    let hub = &node.world.hub;
    hub.subscribe(on(&["t"]), Start::Now).named(user)
}

/// Who is on the topic, as a hub knows it: `ann 1 bob 2, 3 more`.
fn present(node: &Node) -> String {
    node.world.settle();
    let roll = roll(node.world.hub.presence(), "t");
    let users = roll.users.iter();
    let users: Vec<_> = users
        .map(|it| format!("{} {}", it.user, it.connections))
        .collect();
    format!("{}, {} more", users.join(" "), roll.anonymous)
}

#[track_caller]
fn wait_for(nodes: &[&Node], expected: &str) {
    let last = || nodes.iter().map(|node| present(node)).collect::<Vec<_>>();
    let begun = Instant::now();
    while last().iter().any(|it| it != expected) {
        assert!(
            begun.elapsed() < super::PATIENCE,
            "{expected}: {:?}",
            last()
        );
        pause();
    }
}

/// How many entries a hub shows, and how many others do.
fn entries(node: &Node) -> (usize, usize) {
    node.world.settle();
    node.log().board().unwrap().entries()
}

#[test]
fn hubs_know_who_is_at_others() {
    let server = Server::shared();
    let [a, b] = [(); 2].map(|()| node(server, "board: who"));
    let seats = [come(&a, "ann"), come(&a, "ann")];
    let (third, bob) = (come(&b, "ann"), come(&b, "bob"));
    let nameless = a.world.hub.subscribe(on(&["t"]), Start::Now);
    let named = come(&a, "eve");
    wait_for(&[&a, &b], "ann 3 bob 1 eve 1, 1 more");
    // One that comes later.
    let late = node(server, "board: who");
    wait_for(&[&late], "ann 3 bob 1 eve 1, 1 more");
    drop((seats, nameless, named));
    wait_for(&[&a, &b, &late], "ann 1 bob 1, 0 more");
    drop((third, bob));
    wait_for(&[&a, &b, &late], ", 0 more");
    for node in [&a, &b, &late] {
        wait_until("nothing is left", || entries(node) == (0, 0));
    }
}

#[test]
fn who_changes_hubs_has_never_been_away() {
    let server = Server::shared();
    let [a, b, c] = [(); 3].map(|()| node(server, "board: hop"));
    let mut watchers = [&a, &b, &c].map(watch);
    for _ in 0..3 {
        let seat = come(&a, "ann");
        wait_for(&[&a, &b, &c], "ann 1, 0 more");
        drop(seat);
        let seat = come(&b, "ann");
        wait_until("the first hub forgets her", || {
            entries(&a).0 == 0 && entries(&c).1 == 1
        });
        wait_for(&[&a, &b, &c], "ann 1, 0 more");
        // And back again.
        let back = come(&a, "ann");
        drop(seat);
        wait_until("the second hub forgets her", || {
            entries(&b).0 == 0 && entries(&c).1 == 1
        });
        drop(back);
        let back = come(&a, "ann");
        drop(back);
    }
    wait_for(&[&a, &b, &c], ", 0 more");
    for watcher in &mut watchers {
        assert_eq!(changes(watcher), ["join ann", "leave ann"]);
    }
}

#[test]
fn who_was_at_a_dead_hub_leaves_and_comes_back_with_it() {
    let server = Server::shared();
    let [mut a, b, c] = [(); 3].map(|()| node(server, "board: death"));
    let mut watchers = [&b, &c].map(watch);
    let _ann = come(&a, "ann");
    let _nameless = a.world.hub.subscribe(on(&["t"]), Start::Now);
    let _bobs = [&a, &b].map(|node| come(node, "bob"));
    wait_for(&[&a, &b, &c], "ann 1 bob 2, 1 more");
    a.link.stop();
    let begun = Instant::now();
    wait_for(&[&b, &c], "bob 1, 0 more");
    assert!(begun.elapsed() > LEASE / 2, "{:?}", begun.elapsed());
    a.link.follow();
    wait_for(&[&a, &b, &c], "ann 1 bob 2, 1 more");
    let mut told = ["join ann", "join bob", "leave ann", "join ann"];
    told[..2].sort_unstable();
    for watcher in &mut watchers {
        let mut changes = changes(watcher);
        changes[..2].sort_unstable();
        assert_eq!(changes, told);
    }
}

/// Taken for dead although it is not: by a clock that was wrong, or because it stood still.
#[test]
fn a_hub_that_is_buried_alive_says_everything_again() {
    let server = Server::shared();
    let [a, b] = [(); 2].map(|()| node(server, "board: buried"));
    let _ann = come(&a, "ann");
    wait_for(&[&a, &b], "ann 1, 0 more");
    let mut watcher = watch(&b);
    let name = a.log().board().unwrap().hub().to_owned();
    let hash = format!("{{board: buried}}:board:{name}");
    server.ask_words(&["ZREM", "{board: buried}:hubs", &name]);
    server.ask_words(&["DEL", &hash]);
    server.ask_words(&[
        "XADD",
        "{board: buried}:board",
        "*",
        "hub",
        &name,
        "gone",
        "x",
    ]);
    let (begun, mut told) = (Instant::now(), Vec::new());
    while told.len() < 2 {
        assert!(begun.elapsed() < super::PATIENCE, "{told:?}");
        told.extend(changes(&mut watcher));
        pause();
    }
    assert_eq!(told, ["leave ann", "join ann"]);
    let Value::Int(shown) = server.ask_words(&["HLEN", &hash]) else {
        panic!("no number")
    };
    assert_eq!(shown, 2, "ann, and that this is all");
    wait_for(&[&a, &b], "ann 1, 0 more");
}

#[test]
fn a_redis_that_has_lost_its_memory_makes_nobody_leave() {
    let mut server = Server::start(&[]);
    let [mut a, b] = [(); 2].map(|()| node(&server, "p"));
    let mut watcher = watch(&b);
    let _ann = come(&a, "ann");
    wait_for(&[&a, &b], "ann 1, 0 more");
    // The one hub is back before the other.
    a.link.stop();
    server = server.restart(&[]);
    wait_until("a hub is back", || {
        server.ask_words(&["ZCARD", "{p}:hubs"]) == Value::Int(1)
    });
    quiet(LEASE * 3 / 4, &[&a, &b]);
    a.link.follow();
    let _bob = come(&a, "bob");
    wait_for(&[&a, &b], "ann 1 bob 1, 0 more");
    server.ask("FLUSHALL");
    let _eve = come(&b, "eve");
    wait_for(&[&a, &b], "ann 1 bob 1 eve 1, 0 more");
    quiet(LEASE * 2, &[&a, &b]);
    assert_eq!(changes(&mut watcher), ["join ann", "join bob", "join eve"]);
    // One that does not come back is given up.
    a.link.stop();
    server.ask("FLUSHALL");
    wait_for(&[&b], "eve 1, 0 more");
}

/// Redis has lost its memory, and a hub is known again before it has shown anything.
#[test]
fn a_hub_that_begins_to_show_makes_nobody_leave() {
    let server = Server::start(&[]);
    let [mut a, b] = [(); 2].map(|()| node(&server, "p"));
    let mut watcher = watch(&b);
    let _ann = come(&a, "ann");
    wait_for(&[&a, &b], "ann 1, 0 more");
    a.link.stop();
    let name = a.log().board().unwrap().hub().to_owned();
    server.ask_words(&["EVAL", KNOWN_AGAIN, "1", "{p}:hubs", &name]);
    // The other looks, because it hears of itself.
    let _bob = come(&b, "bob");
    wait_until("the other has shown", || {
        server.ask_words(&["EXISTS", "{p}:board"]) == Value::Int(1)
    });
    quiet(LEASE / 2, &[&a, &b]);
    assert_eq!(changes(&mut watcher), ["join ann", "join bob"]);
    server.ask_words(&["ZREM", "{p}:hubs", &name]);
    a.link.follow();
    wait_for(&[&a, &b], "ann 1 bob 1, 0 more");
    assert_eq!(changes(&mut watcher), [""; 0]);
}

/// Everyone's lease is over when Redis comes back, and nobody has died.
#[test]
fn an_absence_of_redis_longer_than_a_lease_makes_nobody_leave() {
    const LASTING: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];
    let mut server = Server::start(LASTING);
    let [mut a, b] = [(); 2].map(|()| node(&server, "p"));
    let mut watchers = [&a, &b].map(watch);
    let _ann = come(&a, "ann");
    let bob = come(&b, "bob");
    wait_for(&[&a, &b], "ann 1 bob 1, 0 more");
    server.kill();
    quiet(LEASE + LEASE / 4, &[&a, &b]);
    // What happens meanwhile is told afterwards.
    drop(bob);
    let _eve = come(&b, "eve");
    assert_eq!(present(&a), "ann 1 bob 1, 0 more");
    // The one hub is back before the other.
    a.link.stop();
    let server = server.restart(LASTING);
    let hash = format!("{{p}}:board:{}", b.log().board().unwrap().hub());
    wait_until("its file is read", || server.is_ready());
    wait_until("a hub is back", || {
        server.ask_words(&["HEXISTS", &hash, "user\nt\neve"]) == Value::Int(1)
    });
    quiet(LEASE / 4, &[&a, &b]);
    a.link.follow();
    wait_for(&[&a, &b], "ann 1 eve 1, 0 more");
    quiet(LEASE * 2, &[&a, &b]);
    for watcher in &mut watchers {
        let mut changes = changes(watcher);
        changes.sort_unstable();
        assert_eq!(changes, ["join ann", "join bob", "join eve", "leave bob"]);
    }
}

#[test]
fn a_hub_that_stops_leaves_no_trace_and_makes_nobody_flap() {
    let server = Server::shared();
    let [a, b] = [(); 2].map(|()| node(server, "board: stop"));
    let mut watcher = watch(&b);
    let ann = come(&a, "ann");
    let eve = come(&a, "eve");
    wait_for(&[&a, &b], "ann 1 eve 1, 0 more");
    a.world.hub.close();
    drop((ann, eve));
    block_on(a.log().take_leave());
    let mut a = a;
    a.link.stop();
    // Ann comes back at another hub.
    let _ann = come(&b, "ann");
    wait_for(&[&b], "ann 1, 0 more");
    let mut changes = changes(&mut watcher);
    changes[..2].sort_unstable();
    assert_eq!(changes, ["join ann", "join eve", "leave eve"]);
    assert_eq!(
        server.ask_words(&["ZCARD", "{board: stop}:hubs"]),
        Value::Int(1)
    );
    // With nobody there, it goes at once.
    let a = node(server, "board: stop");
    let alone = || server.ask_words(&["ZCARD", "{board: stop}:hubs"]) == Value::Int(1);
    wait_until("it is there", || !alone());
    block_on(a.log().take_leave());
    assert!(alone());
}

/// A hub that has missed something reads everything again.
#[test]
fn a_board_that_was_trimmed_is_read_again() {
    let server = Server::shared();
    let [a, b] = [(); 2].map(|()| node(server, "board: trim"));
    let _ann = come(&a, "ann");
    wait_for(&[&a, &b], "ann 1, 0 more");
    let keys = "local p='{board: trim}:board' ";
    let script = format!(
        "{keys} redis.call('HSET', p .. ':x', 'user\\nt\\nzoe', 1, 'whole', 1) \
         redis.call('ZADD', '{{board: trim}}:hubs', 9999999999999, 'x') \
         redis.call('XADD', p, '*', 'hub', 'x') redis.call('XTRIM', p, 'MAXLEN', 0)"
    );
    server.ask_words(&["EVAL", &script, "0"]);
    wait_for(&[&a, &b], "ann 1 zoe 1, 0 more");
}

#[test]
fn what_no_hub_has_written_is_passed_over() {
    let server = Server::shared();
    let [a, b] = [(); 2].map(|()| node(server, "board: odd"));
    let add = |fields: &[&str]| {
        let words = [&["XADD", "{board: odd}:board", "*"], fields].concat();
        server.ask_words(&words);
    };
    let long = "x".repeat(200_000);
    add(&["a", "b"]);
    add(&["whole", "1", "hub", "x"]);
    add(&["hub", "x", "+user\nt\nzoe", "many"]);
    add(&["hub", "x", "+user\n\u{7}\nzoe", "1"]);
    add(&["hub", "x", "+user\nt\nzoe", &long]);
    add(&["hub", "x", &format!("+user\nt\n{long}"), "1"]);
    add(&["hub", "x", "+later\nt", "1"]);
    add(&["hub", "x", "", "1"]);
    add(&["hub", "x", "colour", "red"]);
    server.ask_words(&["ZADD", "{board: odd}:hubs", "9999999999999", "x"]);
    server.ask_words(&["SET", "{board: odd}:board:y", "no hash"]);
    let _ann = come(&a, "ann");
    wait_for(&[&a, &b], "ann 1, 0 more");
}

/// Forgets everything but that a hub is there.
const KNOWN_AGAIN: &str = "redis.call('FLUSHALL') redis.call('ZADD', KEYS[1], 1e15, ARGV[1])";

/// Nothing happens for so long.
fn quiet(time: Duration, nodes: &[&Node]) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        nodes.iter().for_each(|node| node.world.settle());
        pause();
    }
}
