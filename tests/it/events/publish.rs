//! One event in a request: its topic, its data, and what else is said of it.

use std::rc::Rc;
use std::sync::Arc;

use ssehub::http::{HttpConfig, Site};
use ssehub::{Format, HubConfig, Retention};

use super::{ask, post, refused, request};
use crate::talk::Talk;
use crate::world::World;

/// Asserts that an event is published to this topic.
#[track_caller]
fn publishes(target: &str, topic: &str) {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post(target, "", "x"));
    assert_eq!(reply.status, 200, "{target}: {reply:?}");
    assert_eq!(talk.events()[0].topic().as_str(), topic, "{target}");
    let expect = serde_json::json!({ "id": "#1000-1", "topic": topic });
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(body, expect);
    talk.finish();
}

/// What subscribers get of an event that is published like this, less its position.
#[track_caller]
fn becomes(target: &str, fields: &str, body: &str, frame: &str) {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post(target, fields, body));
    assert_eq!(reply.status, 200, "{target} {fields}: {reply:?}");
    let events = talk.events();
    let bytes = events[0].frame(Format::Text).plain();
    let text = str::from_utf8(bytes).unwrap().replace("id: #1000-1\n", "");
    assert_eq!(text, frame, "{target} {fields}");
    talk.finish();
}

#[test]
fn the_answer_has_the_position() {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post("/events/orders/42", "", "hello"));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body, r##"{"id":"#1000-1","topic":"orders/42"}"##);
    assert_eq!(reply.field("content-type"), Some("application/json"));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    let reply = ask(&mut talk, post("/events/orders/42", "", "again"));
    assert_eq!(reply.body, r##"{"id":"#1000-2","topic":"orders/42"}"##);
    assert_eq!(talk.said(), ["hello", "again"]);
    talk.finish();
}

#[test]
fn topics_in_the_path() {
    publishes("/events/a", "a");
    publishes("/events/orders/42", "orders/42");
    publishes("/events/orders%2F42", "orders/42");
    publishes("/events/orders%2f42", "orders/42");
    publishes("/events/a/", "a/");
    publishes("/events//a", "/a");
    publishes("/events/a%252Fb", "a%2Fb");
    publishes("/events/a+b%20c", "a+b c");
    publishes("/events/%C3%A9%F0%9F%98%80", "\u{e9}\u{1f600}");
    publishes("/events/a%3Fb%23c", "a?b#c");
    publishes(
        "/events/https://example.com/books/1",
        "https://example.com/books/1",
    );
    publishes(
        "/events/https%3A%2F%2Fexample.com%2Fbooks%2F1",
        "https://example.com/books/1",
    );
    publishes("/events/books/%7Bid%7D", "books/{id}");
    publishes("/events/**", "**");
    let long = "t".repeat(255);
    publishes(&format!("/events/{long}"), &long);
}

#[test]
fn topics_that_are_refused() {
    let at = |target: &str| post(target, "", "x");
    refused(at("/events/"), 400, "a topic must not be empty");
    let long = format!("/events/{}", "t".repeat(256));
    refused(at(&long), 400, "a topic has at most 255 bytes");
    let long = format!("/events/{}", "%C3%A9".repeat(128));
    refused(at(&long), 400, "a topic has at most 255 bytes");
    for code in ["00", "0A", "0D", "7F", "C2%85"] {
        let target = format!("/events/a%{code}b");
        refused(at(&target), 400, "a topic must not hold control characters");
    }
    let star = "* stands for every topic and is none itself";
    refused(at("/events/*"), 400, star);
    refused(at("/events/%2A"), 400, star);
    for target in ["/events/%ff", "/events/a%C3", "/events/%C3%28"] {
        refused(at(target), 400, "the topic in the path is not UTF-8");
    }
}

#[test]
fn names_that_only_a_broken_template_could_have() {
    for target in ["/events/a%7Bb", "/events/%7B%7D", "/events/a%7B!b%7D"] {
        let mut talk = Talk::new();
        assert_eq!(
            ask(&mut talk, post(target, "", "x")).status,
            400,
            "{target}"
        );
        assert_eq!(talk.said(), [""; 0]);
    }
}

#[test]
fn the_body_is_the_data() {
    becomes("/events/a", "", "", "data: \n\n");
    becomes(
        "/events/a",
        "",
        " a\r\nb\rc\n",
        "data:  a\ndata: b\ndata: c\ndata: \n\n",
    );
    becomes(
        "/events/a",
        "",
        "id: 7\n\nevent: x",
        "data: id: 7\ndata: \ndata: event: x\n\n",
    );
    for kind in [
        "text/plain",
        "application/json",
        "a=b&c",
        "application/x-ndjsonx",
        "",
    ] {
        let field = format!("Content-Type: {kind}\r\n");
        becomes(
            "/events/a",
            &field,
            "{\"a\":1}\n",
            "data: {\"a\":1}\ndata: \n\n",
        );
    }
    let chunked = request("POST", "/events/a", "Transfer-Encoding: chunked\r\n")
        + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
    let mut talk = Talk::new();
    assert_eq!(ask(&mut talk, chunked).status, 200);
    assert_eq!(talk.said(), ["abcde"]);
    talk.finish();
}

#[test]
fn a_body_that_is_no_text() {
    for body in [&b"\xff"[..], b"a\xc3", b"\xed\xa0\x80", b"\xc0\x80"] {
        refused(
            post("/events/a", "", body),
            400,
            "the body is not UTF-8 text",
        );
    }
    let fields = "Content-Encoding: gzip\r\n";
    let mut talk = Talk::new();
    assert_eq!(
        ask(&mut talk, post("/events/a", "Connection: close\r\n", "a")).status,
        200
    );
    let mut talk = Talk::new();
    talk.send(post("/events/a", fields, "a"));
    assert_eq!(talk.transcript(), "415 end");
}

#[test]
fn a_body_without_a_topic() {
    let sentence = "publish to /events/{topic}, or send lines of application/x-ndjson";
    for fields in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/json\r\n",
    ] {
        refused(post("/events", fields, "{}"), 415, sentence);
    }
    refused(post("/events?topic=a", "", "a"), 415, sentence);
}

#[test]
fn a_body_at_its_limit() {
    let config = || HttpConfig::default().body_bytes(10);
    let mut talk = Talk::with(config());
    assert_eq!(
        ask(&mut talk, post("/events/a", "", "0123456789")).status,
        200
    );
    assert_eq!(talk.said(), ["0123456789"]);
    let mut talk = Talk::with(config());
    talk.send(post("/events/a", "", "0123456789-"));
    assert_eq!(talk.transcript(), "413 end");
    assert_eq!(talk.said(), [""; 0]);
}

#[test]
fn type_id_and_retry() {
    let frame = "event: paid\nretry: 1500\nid: order-42\ndata: x\n\n";
    becomes("/events/a?type=paid&id=order-42&retry=1500", "", "x", frame);
    let fields = "Event-Type: paid\r\nEvent-ID: order-42\r\nEvent-Retry: 1500\r\n";
    becomes("/events/a", fields, "x", frame);
    becomes(
        "/events/a?type=paid&id=order-42&retry=1500",
        fields,
        "x",
        frame,
    );
    becomes(
        "/events/a?retry=1500&id=order-42",
        "EVENT-TYPE: paid\r\n",
        "x",
        frame,
    );
    becomes("/events/a?retry=100", "", "x", "retry: 100\ndata: x\n\n");
    becomes(
        "/events/a?retry=600000",
        "",
        "x",
        "retry: 600000\ndata: x\n\n",
    );
    becomes("/events/a?retry=00700", "", "x", "retry: 700\ndata: x\n\n");
    becomes("/events/a?type=gap+2", "", "x", "event: gap 2\ndata: x\n\n");
    let text = "\u{e9}\u{1f600}";
    let frame = format!("event: {text}\nid: {text}\ndata: x\n\n");
    becomes(
        "/events/a?type=%C3%A9%F0%9F%98%80&id=%C3%A9%F0%9F%98%80",
        "",
        "x",
        &frame,
    );
    let fields = format!("Event-Type: {text}\r\nEvent-ID: \t{text} \r\n");
    becomes("/events/a", &fields, "x", &frame);
}

#[test]
fn types_ids_and_times_that_are_refused() {
    let at = |query: &str| post(&format!("/events/a?{query}"), "", "x");
    let with = |fields: &str| post("/events/a", fields, "x");
    refused(at("type=gap"), 400, "the type gap is the hub's own");
    refused(
        with("Event-Type: gap\r\n"),
        400,
        "the type gap is the hub's own",
    );
    let kind = "a type has 1 to 255 bytes and no control characters";
    refused(at("type="), 400, kind);
    refused(at("type=a%0Ab"), 400, kind);
    refused(at(&format!("type={}", "t".repeat(256))), 400, kind);
    refused(with("Event-Type:\r\n"), 400, kind);
    let id = "an id has 1 to 255 bytes and no control characters, does not start with #, has no space at either \
              end, and is not `earliest`";
    for text in ["", "%235-0", "earliest", "a%00b", "%20", "%20a", "a%20"] {
        refused(at(&format!("id={text}")), 400, id);
    }
    refused(with("Event-ID: #5-0\r\n"), 400, id);
    let number = "retry is a number of milliseconds";
    for text in ["", "-1", "%2B1", "1s", "1.5", " 1", "\u{663}"] {
        let text = text.replace('\u{663}', "%D9%A3").replace(' ', "%20");
        refused(at(&format!("retry={text}")), 400, number);
    }
    let bounds = "retry is 100 to 600000 milliseconds, ten minutes";
    for text in [
        "0",
        "99",
        "600001",
        "86400000",
        "18446744073709551616",
        &"9".repeat(100),
    ] {
        refused(at(&format!("retry={text}")), 400, bounds);
        refused(with(&format!("Event-Retry: {text}\r\n")), 400, bounds);
    }
    refused(at("type=%ff"), 400, "a parameter is not UTF-8");
}

#[test]
fn said_twice_it_must_be_the_same() {
    let at = |query: &str, fields: &str| post(&format!("/events/a?{query}"), fields, "x");
    let differ = |names| format!("the parameter {names} differ");
    refused(
        at("type=a", "Event-Type: b\r\n"),
        400,
        &differ("type and the field Event-Type"),
    );
    refused(
        at("id=a", "Event-ID: b\r\n"),
        400,
        &differ("id and the field Event-ID"),
    );
    refused(
        at("retry=1", "Event-Retry: 2\r\n"),
        400,
        &differ("retry and the field Event-Retry"),
    );
    for field in ["Event-Type", "Event-ID", "Event-Retry"] {
        let mut talk = Talk::new();
        talk.send(post(
            "/events/a",
            &format!("{field}: 1\r\n{field}: 1\r\n"),
            "x",
        ));
        assert_eq!(talk.transcript(), "400 end", "{field}");
    }
    let mut talk = Talk::new();
    let latin = [
        &b"POST /events/a HTTP/1.1\r\nHost: h\r\nEvent-ID: \xe9\r\n"[..],
        b"\r\n",
    ]
    .concat();
    talk.send(latin);
    assert_eq!(talk.transcript(), "400 end");
}

#[test]
fn a_repetition_says_so() {
    let mut talk = Talk::new();
    let paid = |topic: &str| post(&format!("/events/{topic}?id=order-42"), "", "paid");
    let first = ask(&mut talk, paid("orders"));
    assert_eq!(first.body, r##"{"id":"#1000-1","topic":"orders"}"##);
    let second = ask(&mut talk, paid("orders"));
    assert_eq!(second.status, 200);
    let expect = r##"{"id":"#1000-1","topic":"orders","repeated":true}"##;
    assert_eq!(second.body, expect);
    let elsewhere = ask(&mut talk, paid("returns"));
    assert_eq!(elsewhere.body, r##"{"id":"#1000-2","topic":"returns"}"##);
    assert_eq!(talk.said(), ["paid", "paid"]);
    talk.finish();
}

#[test]
fn a_hub_that_cannot_take_it() {
    let mut talk = Talk::new();
    talk.site.hub().close();
    let reply = ask(&mut talk, post("/events/a", "", "x"));
    assert_eq!((reply.status, reply.field("retry-after")), (503, Some("1")));
    let small = Retention::default().bytes(2_000);
    let world = World::keeping(small, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    let mut talk = Talk::in_world(Rc::new(world), site);
    let reply = ask(&mut talk, post("/events/a", "", "x".repeat(500)));
    assert_eq!(reply.status, 413, "{reply:?}");
    assert_eq!(ask(&mut talk, post("/events/a", "", "x")).status, 200);
    talk.finish();
}
