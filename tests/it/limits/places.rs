//! How many connections or subscriptions somebody may have.

use std::time::Duration;

use ssehub::limits::{Full, LimitConfig, Limits, Peer};

use super::{Talk, ask, at, by_key, by_token, get, limited, sentence};

const STREAM: &str = "/events/a";
const POLL: &str = "/events/a?format=poll&wait=20";
const WATCHER: &str = "/events/a?presence=1";

fn subscriptions(limit: usize) -> Talk {
    limited(LimitConfig::default().credential_subscriptions(limit))
}

/// One that waits for events.
fn open(talk: &Talk, peer: Peer, target: &str, fields: &str) -> Talk {
    let mut one = talk.another_from(peer);
    one.send(get(target, fields));
    assert!(!one.received.starts_with(b"HTTP/1.1 4"), "{target}");
    one
}

/// What another one is told.
fn refused(talk: &Talk, peer: Peer, target: &str, fields: &str) -> String {
    let reply = ask(&mut talk.another_from(peer), get(target, fields));
    assert_eq!(reply.status, 429, "{target}");
    assert_eq!(reply.field("retry-after"), Some("5"));
    sentence(&reply)
}

#[test]
fn subscriptions_of_one_subject() {
    const SENTENCE: &str = "your credential has too many subscriptions";
    let nobody = Peer::Unknown;
    let talk = subscriptions(3);
    let ann = by_token(Some("ann"), 1);
    let stream = open(&talk, nobody, STREAM, &ann);
    let watcher = open(&talk, nobody, WATCHER, &by_token(Some("ann"), 2));
    let mut poll = open(&talk, at("192.0.2.1"), POLL, &ann);
    for target in [STREAM, WATCHER, POLL, "/sse?user=ann"] {
        assert_eq!(refused(&talk, nobody, target, &ann), SENTENCE);
    }
    // Others are none of hers.
    let others = [
        by_token(Some("bob"), 1),
        by_token(None, 1),
        by_key(0),
        String::new(),
    ];
    let others = others.map(|fields| open(&talk, nobody, STREAM, &fields));
    let anonymous = [STREAM, STREAM, WATCHER, POLL].map(|it| open(&talk, nobody, it, ""));

    // A poll gives its place back with its answer, and its connection goes on.
    poll.pass(Duration::from_secs(20));
    assert_eq!(poll.reply().unwrap().status, 200);
    poll.send(get(POLL, &ann));
    assert_eq!(refused(&talk, nobody, STREAM, &ann), SENTENCE);
    let mut held = Vec::new();
    for gone in [poll, stream, watcher] {
        drop(gone);
        talk.world.pass(Duration::from_secs(60));
        held.push(open(&talk, nobody, STREAM, &ann));
        assert_eq!(refused(&talk, nobody, STREAM, &ann), SENTENCE);
    }
    drop((others, anonymous));
}

#[test]
fn a_refused_request_leaves_the_connection_alone() {
    let talk = subscriptions(1);
    let stream = open(&talk, Peer::Unknown, STREAM, &by_key(0));
    let mut other = talk.another();
    assert_eq!(ask(&mut other, get(STREAM, &by_key(0))).status, 429);
    assert_eq!(ask(&mut other, get("/healthz", "")).status, 200);
    drop(stream);
    talk.world.pass(Duration::from_secs(60));
    other.send(get(STREAM, &by_key(0)));
    assert!(other.received.starts_with(b"HTTP/1.1 200 "));
}

#[test]
fn what_is_refused_for_another_reason_takes_no_place() {
    let talk = subscriptions(1);
    let bad = [
        "/events/a?format=x",
        "/events/a?format=poll&wait=99",
        "/events/a?latest=2",
    ];
    for target in bad {
        let status = ask(&mut talk.another(), get(target, &by_key(0))).status;
        assert_eq!(status, 400, "{target}");
    }
    let head = "HEAD /events/a HTTP/1.1\r\nHost: h\r\n".to_owned() + &by_key(0) + "\r\n";
    talk.another().send(head);
    open(&talk, Peer::Unknown, STREAM, &by_key(0));
}

#[test]
fn the_end_of_a_topic_gives_the_place_back() {
    let talk = subscriptions(1);
    let stream = open(&talk, Peer::Unknown, STREAM, &by_key(0));
    talk.world.end("a");
    talk.world.settle();
    drop(open(&talk, Peer::Unknown, STREAM, &by_key(0)));
    drop(stream);
}

/// Up to two connections of one address, behind proxies of 10.0.0.0/8.
fn two() -> LimitConfig {
    LimitConfig::default()
        .address_connections(2)
        .trusted_proxies(vec!["10.0.0.0/8".parse().unwrap()])
}

#[test]
fn connections_of_one_address() {
    let limits = Limits::new(two());
    let connect = |address: &str| limits.connect(at(address));
    let one = connect("192.0.2.1").unwrap();
    let two = connect("::ffff:192.0.2.1").unwrap();
    assert!(one.is_some() && two.is_some());
    assert_eq!(connect("192.0.2.1").err(), Some(Full));
    let other = connect("192.0.2.2").unwrap();
    drop(one);
    let again = connect("192.0.2.1").unwrap();
    assert_eq!(connect("192.0.2.1").err(), Some(Full));
    let six = [connect("2001:db8::1"), connect("2001:db8::2")];
    assert_eq!(connect("2001:db8::3").err(), Some(Full));
    assert!(connect("2001:db8:0:1::1").is_ok());
    drop((two, other, again, six));
    // Nobody counts proxies, nor those of whom no address is known.
    for peer in [at("10.0.0.1"), Peer::Unix, Peer::Unknown] {
        let places: Vec<_> = (0..10).map(|_| limits.connect(peer)).collect();
        assert!(
            places.iter().all(|place| matches!(place, Ok(None))),
            "{peer:?}"
        );
    }
}

#[test]
fn a_client_behind_a_proxy_has_streams_for_connections() {
    let talk = limited(two());
    let proxy = at("10.0.0.1");
    let client = "X-Forwarded-For: 192.0.2.1\r\n";
    let open = |fields: &str| open(&talk, proxy, STREAM, fields);
    let refused = |target: &str, fields: &str| refused(&talk, proxy, target, fields);
    let ones = [open(client), open(client)];
    for target in [STREAM, POLL, WATCHER] {
        assert_eq!(
            refused(target, client),
            "your address has too many connections"
        );
    }
    // What it connects by itself counts as well.
    assert_eq!(
        talk.site.limits().connect(at("192.0.2.1")).err(),
        Some(Full)
    );
    let other = open("X-Forwarded-For: 192.0.2.2\r\n");
    let hidden: Vec<_> = (0..5).map(|_| open("")).collect();
    drop(ones);
    talk.world.pass(Duration::from_secs(60));
    drop((open(client), other, hidden));
}

#[test]
fn a_client_that_is_not_behind_a_proxy_counts_once() {
    let talk = limited(two());
    let streams: Vec<_> = (0..5)
        .map(|_| open(&talk, at("192.0.2.1"), STREAM, ""))
        .collect();
    drop(streams);
}
