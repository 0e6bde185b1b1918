//! Streams of events: of which topics, in which format, from where on.

use super::{Stream, ask, get, post, refused, request};
use crate::talk::Talk;

fn open(target: &str) -> Stream {
    Stream::open(Talk::new(), get(target))
}

/// What a stream gets of one event on each of these topics, named by the topic.
#[track_caller]
fn hears(target: &str, topics: &[&str], expect: &[&str]) {
    let mut stream = open(target);
    stream.read();
    topics
        .iter()
        .for_each(|topic| _ = stream.talk.world.publish(topic, topic));
    assert_eq!(stream.data(), expect, "{target}");
    stream.talk.finish();
}

#[test]
fn the_head_of_an_event_stream() {
    let mut stream = open("/events/a");
    for line in [
        "content-type: text/event-stream; charset=utf-8",
        "cache-control: no-cache, no-store, no-transform",
        "x-accel-buffering: no",
        "x-content-type-options: nosniff",
        "transfer-encoding: chunked",
        "connection: close",
        "vary: Accept",
    ] {
        assert!(
            stream.head.lines().any(|it| it == line),
            "{line}: {}",
            stream.head
        );
    }
    assert!(stream.read().starts_with(":\nretry: "));
}

#[test]
fn topics() {
    let all = ["a", "b", "a/b", "c d", "*"];
    hears("/events/a", &all, &["a"]);
    hears("/events/a%2Fb", &all, &["a/b"]);
    hears("/events/a/b", &all, &["a/b"]);
    hears("/events/c%20d", &all, &["c d"]);
    hears("/events?topic=a", &all, &["a"]);
    hears("/events?topic=a/b", &all, &["a/b"]);
    hears("/events?topic=c+d", &all, &["c d"]);
    hears("/events?topic=b&topic=a", &all, &["a", "b"]);
    hears("/events/b?topic=a&topic=b", &all, &["a", "b"]);
    hears("/events?topic=*", &all, &all);
    hears("/events/*", &all, &all);
    hears("/events/a?topic=*", &all, &all);
}

#[test]
fn templates() {
    let all = ["orders/1", "orders/2/lines", "orders/3", "parcels/1"];
    hears("/events?topic=orders/{id}", &all, &["orders/1", "orders/3"]);
    hears("/events/orders/%7Bid%7D", &all, &["orders/1", "orders/3"]);
    let both = "/events?topic=orders/%7Bid%7D/lines&topic=parcels/{id}";
    hears(both, &all, &["orders/2/lines", "parcels/1"]);
}

#[test]
fn topics_that_are_refused() {
    let at = |target: &str| get(target);
    refused(at("/events"), 400, "a subscriber names at least one topic");
    refused(
        at("/events?user=a"),
        400,
        "a subscriber names at least one topic",
    );
    refused(at("/events?topic="), 400, "a topic must not be empty");
    refused(
        at("/events?topic=a&topic="),
        400,
        "a topic must not be empty",
    );
    refused(at("/events/"), 400, "a topic must not be empty");
    refused(at("/events/?topic=a"), 400, "a topic must not be empty");
    refused(
        at("/events?topic=a%0Ab"),
        400,
        "a topic must not hold control characters",
    );
    refused(
        at("/events/a%0Db"),
        400,
        "a topic must not hold control characters",
    );
    refused(at("/events?topic=%ff"), 400, "a parameter is not UTF-8");
    refused(at("/events/%ff"), 400, "the topic in the path is not UTF-8");
    let long = format!("/events?topic={}", "t".repeat(256));
    refused(at(&long), 400, "a topic has at most 255 bytes");
    let mut talk = Talk::new();
    talk.send(get("/events?topic={"));
    assert_eq!(talk.transcript(), "400");
}

#[test]
fn a_hundred_topics_and_no_more() {
    let topics = |count: u32| {
        (0..count)
            .map(|number| format!("&topic={number}"))
            .collect::<String>()
    };
    let mut stream = open(&format!("/events?a{}", topics(100)));
    stream.read();
    stream.talk.world.publish("99", "hello");
    assert_eq!(stream.data(), ["hello"]);
    let sentence = "a subscriber names at most 100 topics";
    refused(get(&format!("/events?a{}", topics(101))), 400, sentence);
    refused(get(&format!("/events/a?b{}", topics(100))), 400, sentence);
}

#[test]
fn envelopes_in_an_event_stream() {
    let mut stream = open("/events/a?format=json");
    stream.read();
    let publish = post("/events/a?type=t&retry=500", "", "x\ny");
    stream.talk.another().send(publish);
    let envelope = r##"{"id":"#1000-1","topic":"a","type":"t","data":"x\ny","time":1000}"##;
    let expect = format!("event: t\nretry: 500\nid: #1000-1\ndata: {envelope}\n\n");
    assert_eq!(stream.read(), expect);
}

#[test]
fn lines() {
    let accept = "Accept: application/x-ndjson\r\n";
    let mut stream = Stream::open(Talk::new(), request("GET", "/events?topic=*", accept));
    assert!(
        stream
            .head
            .contains("\r\ncontent-type: application/x-ndjson\r\n")
    );
    assert!(stream.head.contains("\r\nx-accel-buffering: no\r\n"));
    stream.read();
    stream.talk.world.publish("a", "x");
    stream.talk.world.publish("b", "y\nz");
    let expect = "{\"id\":\"#1000-1\",\"topic\":\"a\",\"data\":\"x\",\"time\":1000}\n\
                  {\"id\":\"#1000-2\",\"topic\":\"b\",\"data\":\"y\\nz\",\"time\":1000}\n";
    assert_eq!(stream.read(), expect);
    stream.talk.finish();
}

#[test]
fn resuming_in_every_spelling() {
    for (query, fields) in [
        ("", "Last-Event-ID: #1000-1\r\n"),
        ("", "Last-Event-ID: 1000-1\r\n"),
        ("&last_event_id=earliest", "Last-Event-ID: #1000-1\r\n"),
        ("&last_event_id=1000-1", ""),
        ("&last_event_id=%231000-1", ""),
        ("&lastEventID=1000-1", ""),
        ("&lastEventId=1000-1", ""),
        ("&Last-Event-ID=1000-1", ""),
        ("&last_event_id=mine", ""),
    ] {
        for format in ["text", "json", "ndjson"] {
            let mut talk = Talk::new();
            talk.send(post("/events/a?id=mine", "", "1"));
            talk.transcript();
            talk.world.publish("a", "2");
            let target = format!("/events/a?format={format}{query}");
            let mut stream = Stream::open(talk, request("GET", &target, fields));
            let body = stream.read();
            assert!(
                body.contains('2') && !body.contains("mine"),
                "{target} {fields}: {body}"
            );
            stream.talk.finish();
        }
    }
}

#[test]
fn from_the_earliest_on() {
    let talk = Talk::new();
    talk.world.publish_all("a", 0..3);
    let mut stream = Stream::open(talk, get("/events/a?last_event_id=earliest"));
    assert_eq!(stream.data(), ["0", "1", "2"]);
    stream.talk.world.publish("a", "3");
    assert_eq!(stream.data(), ["3"]);
}

#[test]
fn a_gap_in_every_format() {
    let gap = r##"{"after":"1-0","resumed":"#1000-0"}"##;
    for (format, expect) in [
        ("text", format!("event: gap\nid: #1000-0\ndata: {gap}\n\n")),
        ("json", format!("event: gap\nid: #1000-0\ndata: {gap}\n\n")),
        (
            "ndjson",
            format!("{{\"data\":{gap},\"id\":\"#1000-0\",\"type\":\"gap\"}}\n"),
        ),
    ] {
        let target = format!("/events/a?format={format}&last_event_id=1-0");
        let body = open(&target).read();
        assert!(body.ends_with(&expect), "{body:?}");
    }
}

#[test]
fn a_head_opens_no_stream() {
    for target in ["/events/a", "/events?topic=a&format=ndjson"] {
        let mut talk = Talk::new();
        talk.send(request("HEAD", target, ""));
        let head = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
        assert!(
            head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        assert!(talk.ended);
        assert_eq!(talk.site.hub().subscribers(), 0);
        talk.finish();
    }
}

#[test]
fn the_chat_in_every_representation() {
    let mut talk = Talk::new();
    let message = r#"{"message":"hello","user":"ann"}"#;
    ask(&mut talk, post("/sse/message?topic=a", "", message));
    ask(&mut talk, post("/sse/message", "", message));
    let target = "/sse?user=bob&last_event_id=earliest";
    let lines = ask(&mut talk, get(&format!("{target}&format=poll"))).body;
    assert_eq!(
        lines,
        r##"{"events":[{"id":"#1000-2","topic":"chat","data":"hello","user":"ann","time":1000}],"last_event_id":"#1000-2"}"##
    );
    let both = request(
        "GET",
        &format!("{target}&topic=a&topic=chat"),
        "Accept: application/json\r\n",
    );
    let both = ask(&mut talk, both).body;
    assert_eq!(both.matches("hello").count(), 2, "{both}");
    let mut stream = Stream::open(talk, get(&format!("{target}&format=ndjson")));
    assert!(stream.head.contains("application/x-ndjson"));
    assert!(stream.read().contains(r#""topic":"chat""#));
}

#[test]
fn the_chat_is_on_topics_like_others() {
    for (topic, sentence) in [
        ("*", "* stands for every topic and is none itself"),
        ("%7Ba", "this is no URI template (RFC 6570): see its byte 2"),
        ("", "a topic must not be empty"),
    ] {
        let target = format!("/sse/message?topic={topic}");
        let message = r#"{"message":"hello","user":"ann"}"#;
        refused(post(&target, "", message), 400, sentence);
    }
}

#[test]
fn the_chat_is_among_the_topics() {
    let mut stream = open("/events/chat");
    stream.read();
    let mut chat = stream.talk.another();
    chat.send(post(
        "/sse/message",
        "",
        r#"{"message":"hello","user":"ann"}"#,
    ));
    assert_eq!(chat.transcript(), "200");
    assert_eq!(stream.data(), ["hello"]);
    let mut ears = Stream::open(stream.talk.another(), get("/sse?user=bob"));
    assert!(ears.head.contains("vary: Accept"));
    ears.read();
    chat.send(post("/events/chat", "", "from elsewhere"));
    assert_eq!(ears.data(), ["from elsewhere"]);
}
