//! What the head of a request decides is decided before its body is read.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::AsyncWriteExt as _;
use futures_lite::future::{block_on, poll_once};
use ssehub::auth::{Auth, Rights};
use ssehub::http::{BodyMemory, HttpConfig};
use ssehub::limits::{LimitConfig, Limits, Rate};

use super::HEALTH;
use crate::talk::Talk;

const LINES: &str = "Content-Type: application/x-ndjson\r\n";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const HUB: &str = "/.well-known/mercure";
const MIB: usize = 1 << 20;

/// Every kind of request that has a body which is used.
const BODIES: [(&str, &str, &str); 5] = [
    ("POST", "/events/a", ""),
    ("POST", "/events", LINES),
    ("POST", "/sse/message", ""),
    ("POST", HUB, FORM),
    ("QUERY", HUB, FORM),
];

fn closed() -> HttpConfig {
    HttpConfig::default().auth(Auth::new(Rights::nothing()))
}

/// The head of a request whose body is to come.
fn head(method: &str, target: &str, fields: &str, bytes: usize) -> String {
    format!("{method} {target} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {bytes}\r\n\r\n")
}

/// The status of the answer to a head alone, if there is one.
fn early(talk: &mut Talk, head: impl AsRef<[u8]>) -> Option<u16> {
    talk.send(head);
    talk.reply().map(|reply| reply.status)
}

#[test]
fn a_stranger_is_refused_before_the_body() {
    for (method, target, fields) in BODIES {
        let mut talk = Talk::with(closed());
        let status = early(&mut talk, head(method, target, fields, MIB));
        assert_eq!(status, Some(401), "{method} {target}");
        assert!(talk.ended, "{method} {target}");
        talk.finish();
    }
}

/// RFC 9110, section 10.1.1.
#[test]
fn a_client_that_asks_first_hears_the_refusal_in_place_of_100() {
    for (method, target, fields) in BODIES {
        let fields = format!("{fields}Expect: 100-continue\r\n");
        let head = head(method, target, &fields, 10);
        assert_eq!(early(&mut Talk::with(closed()), &head), Some(401));
        assert_eq!(
            early(&mut Talk::new(), &head),
            Some(100),
            "{method} {target}"
        );
    }
}

/// A publisher that is refused once need not connect again.
#[test]
fn a_short_body_is_thrown_away_and_the_connection_goes_on() {
    const SHORT: usize = 64 << 10;
    for (method, target, fields) in BODIES {
        let mut talk = Talk::with(closed());
        let status = early(&mut talk, head(method, target, fields, SHORT));
        assert_eq!(
            (status, talk.ended),
            (Some(401), false),
            "{method} {target}"
        );
        talk.send("x".repeat(SHORT - 1));
        talk.send(format!("x{HEALTH}"));
        assert_eq!(talk.transcript(), "200");
        // It does not wait for the rest for ever.
        talk.send(head(method, target, fields, 2) + "x");
        assert_eq!(talk.transcript(), "401");
        talk.pass(Duration::from_secs(31));
        assert_eq!(talk.transcript(), "end");
    }
    let talk = Talk::with(closed());
    assert_eq!(talk_memory(&talk).used_bytes(), 0);
    for (fields, bytes) in [("", SHORT + 1), ("Expect: 100-continue\r\n", 1)] {
        let mut talk = talk.another();
        let status = early(&mut talk, head("POST", "/events/a", fields, bytes));
        assert_eq!((status, talk.ended), (Some(401), true), "{fields} {bytes}");
    }
}

#[test]
fn all_that_the_head_says_counts() {
    let rate = LimitConfig::default().anonymous_publish(Rate::new(1, 1));
    let config = || HttpConfig::default().limits(Limits::new(rate.clone()));
    for (target, fields, status) in [
        ("/events/a", "Origin: https://evil.example\r\n", 403),
        ("/events", "", 415),
        ("/events/a?type=gap", "", 400),
        ("/events/a?id=%23", "", 400),
        ("/events/a?retry=x", "", 400),
        ("/events/a?private=x", "", 400),
        ("/events/a?alternate=*", "", 400),
        ("/events/%2A", "", 400),
        (
            "/events/%2E%2E%2F.well-known%2Fmercure%2Fsubscriptions%2Fa",
            "",
            400,
        ),
        ("/events?type=a", LINES, 400),
        ("/events/a", "Content-Encoding: gzip\r\n", 415),
        ("/sse/message?topic=*", "", 400),
        ("/sse/message?id=%23", "", 400),
        ("/sse/message", "Origin: https://evil.example\r\n", 403),
        (HUB, "Content-Type: application/json\r\n", 415),
        (HUB, "Origin: https://evil.example\r\n", 403),
    ] {
        let mut talk = Talk::with(config());
        let status_found = early(&mut talk, head("POST", target, fields, 10));
        assert_eq!(status_found, Some(status), "{target} {fields}");
        // And nothing was counted for it.
        let mut next = talk.another();
        next.send(head("POST", "/events/a", "", 1) + "x");
        assert_eq!(
            next.reply().map(|reply| reply.status),
            Some(200),
            "{target}"
        );
    }
    for (method, target, fields) in &BODIES[..4] {
        let mut talk = Talk::with(config());
        talk.send(head("POST", "/events/a", "", 1) + "x");
        assert_eq!(talk.reply().map(|reply| reply.status), Some(200));
        let status = early(&mut talk, head(method, target, fields, 10));
        assert_eq!(status, Some(429), "{target}");
    }
}

/// A body that the route does not use is thrown away as it comes.
#[test]
fn a_body_that_is_not_used_is_not_kept() {
    let mut talk = Talk::new();
    let memory = talk_memory(&talk);
    for method in ["GET", "OPTIONS"] {
        talk.send(head(method, "/healthz", "", 100_000));
        talk.send("x".repeat(60_000));
        assert_eq!(memory.used_bytes(), 0);
        talk.send("x".repeat(40_000));
        assert!(talk.reply().is_some());
        let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
        let fields = "Host: h\r\nTransfer-Encoding: chunked";
        talk.send(format!(
            "{method} /healthz HTTP/1.1\r\n{fields}\r\n\r\n{chunk}"
        ));
        assert_eq!(memory.used_bytes(), 0);
        talk.send(format!("0\r\n\r\n{HEALTH}"));
        assert_eq!(
            (talk.reply().is_some(), talk.reply().is_some()),
            (true, true)
        );
    }
    talk.finish();
}

fn talk_memory(talk: &Talk) -> Arc<BodyMemory> {
    talk.site.body_memory().clone()
}

/// Such as Python's urllib, which sends all of a body before it reads.
#[test]
fn a_client_reads_the_refusal_after_it_has_sent_its_body() {
    for bytes in [5 * MIB, 63 * MIB] {
        let mut talk = Talk::with(closed());
        let mut left = head("POST", "/events/a", "", bytes).into_bytes();
        left.resize(left.len() + bytes, b'x');
        let mut rest = &left[..];
        while !rest.is_empty() {
            let taken = talk.push(rest);
            assert!(
                taken > 0,
                "the server takes no more; {} are left",
                rest.len()
            );
            rest = &rest[taken..];
        }
        assert_eq!(talk_memory(&talk).used_bytes(), 0);
        talk.read();
        let reply = talk.reply().unwrap();
        let too_long = bytes > MIB;
        assert_eq!(reply.status, if too_long { 413 } else { 401 });
        assert_eq!(reply.field("connection"), Some("close"));
        talk.finish();
    }
}

/// Its pauses are too long, or all of it takes too long.
#[test]
fn a_refused_client_that_sends_slowly() {
    for (pause, most) in [(2_000, 1), (1_900, 16)] {
        let mut talk = Talk::with(closed());
        talk.send(head("POST", "/events/a", "", MIB));
        let mut pauses = 0;
        while !talk.is_over() {
            talk.push("x");
            talk.world.pass(Duration::from_millis(pause));
            pauses += 1;
            assert!(pauses <= most, "the server waits on");
        }
        assert_eq!(pauses, most);
    }
}

fn sharing(bytes: usize) -> Talk {
    Talk::with(HttpConfig::default().body_memory(BodyMemory::new(bytes)))
}

#[test]
fn the_bodies_of_all_connections_share_their_memory() {
    const BODY: usize = 100 << 10;
    let first = sharing(MIB);
    let memory = talk_memory(&first);
    let mut talks = Vec::new();
    let mut refused = 0;
    for number in 0..1_000 {
        let mut talk = first.another();
        if number % 2 == 0 {
            talk.send(head("POST", "/events/a", "", BODY + 1));
        } else {
            let fields = "Host: h\r\nTransfer-Encoding: chunked";
            let size = BODY + 1;
            talk.send(format!(
                "POST /events/a HTTP/1.1\r\n{fields}\r\n\r\n{size:x}\r\n"
            ));
        }
        talk.send(vec![b'x'; BODY]);
        assert!(memory.used_bytes() <= MIB);
        if let Some(reply) = talk.reply() {
            assert_eq!((reply.status, reply.field("retry-after")), (503, Some("2")));
            assert!(reply.body.contains("too many bodies are under way"));
            refused += 1;
        } else {
            talks.push((number, talk));
        }
    }
    assert_eq!(
        (talks.len() + refused, memory.used_bytes() > MIB / 2),
        (1_000, true)
    );
    assert!((5..=10).contains(&talks.len()), "{}", talks.len());
    // Those that have begun end as they should, and make room.
    let begun = talks.len();
    for (number, mut talk) in talks {
        talk.send(if number % 2 == 0 {
            "x"
        } else {
            "x\r\n0\r\n\r\n"
        });
        assert_eq!(talk.reply().map(|reply| reply.status), Some(200));
    }
    assert_eq!((first.said().len(), memory.used_bytes()), (begun, 0));
}

#[test]
fn a_length_that_is_announced_takes_no_memory() {
    let first = sharing(MIB);
    let mut talks: Vec<_> = (0..100).map(|_| first.another()).collect();
    for talk in &mut talks {
        talk.send(head("POST", "/events/a", "", MIB) + "x");
    }
    assert_eq!(talk_memory(&first).used_bytes(), 100);
    // A client that leaves gives back what it held.
    talks.truncate(1);
    first.world.settle();
    assert_eq!(talk_memory(&first).used_bytes(), 1);
}

#[test]
fn a_body_longer_than_the_memory_of_all_is_refused_by_its_head() {
    let mut talk = sharing(1_000);
    assert_eq!(
        early(&mut talk, head("POST", "/events/a", "", 1_001)),
        Some(413)
    );
    let mut talk = sharing(1_000);
    talk.send(head("POST", "/events/a", "", 1_000) + &"x".repeat(1_000));
    assert_eq!(talk.reply().map(|reply| reply.status), Some(200));
    talk.finish();
}

/// However much a body says, others have their turn.
#[test]
fn lines_are_parsed_in_turns() {
    let alternates: Vec<_> = (0..99).map(|number| format!("%61{number}")).collect();
    let line = serde_json::json!({ "topic": "a", "data": "x", "alternates": alternates });
    let body = format!("{line}\n").repeat(900);
    assert!(body.len() < MIB);
    // Only the last line is refused, so that nothing is stored.
    let body = body + "x";
    let mut talk = Talk::new();
    let head = head("POST", "/events", LINES, body.len());
    talk.send(head + &body[..body.len() - 1]);
    block_on(poll_once(talk.pipe.write(b"x")));
    let mut turns = 0;
    while talk.world.tasks.try_tick() {
        turns += 1;
    }
    assert!(turns > body.len() / (16 << 10), "{turns} turns");
    talk.read();
    assert_eq!(talk.reply().map(|reply| reply.status), Some(400));
    assert_eq!(talk.said(), [""; 0]);
    talk.finish();
}

/// The first line that may not be published ends it.
#[test]
fn lines_are_judged_one_after_the_other() {
    let reserved = r#"{"topic":"/.well-known/mercure/subscriptions","data":"x"}"#;
    let body = format!("{reserved}\nno JSON\n");
    let mut talk = Talk::new();
    talk.send(head("POST", "/events", LINES, body.len()) + &body);
    let reply = talk.reply().unwrap();
    assert!(
        reply.body.contains("topics of the hub itself are reserved"),
        "{reply:?}"
    );
    talk.finish();
}

#[test]
fn a_form_has_few_fields() {
    for (fields, status) in [(2_047, 200), (2_048, 413)] {
        let body = format!("topic=a{}", "&x".repeat(fields));
        let mut talk = Talk::new();
        talk.send(head("POST", HUB, FORM, body.len()) + &body);
        assert_eq!(
            talk.reply().map(|reply| reply.status),
            Some(status),
            "{fields}"
        );
        talk.finish();
    }
}
