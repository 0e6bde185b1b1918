//! Who subscribes, by which method, and what the stream looks like.

use std::time::Duration;

use super::*;

fn query(target: &str, fields: &str, body: &str) -> String {
    let fields = format!("{fields}Content-Length: {}\r\n", body.len());
    request("QUERY", &format!("{HUB}{target}"), &fields) + body
}

/// What a QUERY hears of events on these topics.
fn hears_by_query(target: &str, body: &str) -> Vec<String> {
    let talk = open();
    let mut stream = Stream::open(talk.another(), query(target, FORM, body));
    stream.read();
    for topic in ["a", "b", "c"] {
        talk.world.publish(topic, topic);
    }
    stream.data()
}

#[test]
fn an_event_stream_with_every_field() {
    for name in ["topic", "match"] {
        let talk = open();
        let mut stream = stream(&talk, &format!("{name}=a"), "");
        let kind = stream.field("content-type");
        assert_eq!(kind, Some("text/event-stream; charset=utf-8"));
        assert!(stream.field("cache-control").unwrap().contains("no-store"));
        assert_eq!(stream.field("x-accel-buffering"), Some("no"));
        assert!(stream.read().starts_with(":\nretry: "));
        publish(&talk, "topic=a&type=t&retry=500&id=mine&data=x%0Ay");
        let expect = "event: t\nretry: 500\nid: mine\ndata: x\ndata: y\n\n";
        assert_eq!(stream.read(), expect);
    }
}

#[test]
fn head_tells_what_get_would() {
    for name in ["topic", "match"] {
        let target = format!("{HUB}?{name}=a&lastEventID=1-0");
        let mut talk = open();
        talk.send(request("HEAD", &target, ""));
        let head = String::from_utf8(talk.received.clone()).unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert!(head.contains("\r\ncontent-type: text/event-stream"));
        assert!(head.contains("\r\nlast-event-id: earliest\r\n"));
        assert!(head.ends_with("\r\n\r\n") && talk.ended, "{head}");
    }
}

#[test]
fn a_query_asks_for_what_its_target_and_its_body_say() {
    assert_eq!(hears_by_query("?match=a", "match=b"), ["a", "b"]);
    assert_eq!(hears_by_query("", "match_exact=b&match=c"), ["b", "c"]);
    assert_eq!(hears_by_query("?match=c", ""), ["c"]);
    assert_eq!(hears_by_query("?topic=a", "topic=%7Bx%7D"), ["a", "b", "c"]);
    refused(query("?match=a", FORM, "match_x=b"), 400, NO_SUCH_MATCHER);
    refused(query("?topic=a", FORM, "match=b"), 400, BOTH_DRAFTS);
    refused(
        query("?match=a", FORM, "match=%ff"),
        400,
        "a field of the form is not UTF-8",
    );
    let json = "Content-Type: application/json\r\n";
    let sentence = "the body is application/x-www-form-urlencoded here";
    refused(query("", json, "{}"), 415, sentence);
}

const NO_SUCH_MATCHER: &str = "there is no such kind of matcher";
const BOTH_DRAFTS: &str =
    "topic is of one version of the protocol and match of another: use one of them";

#[test]
fn the_cursor_in_the_target_of_a_query_wins() {
    let resumed = |target: &str, fields: &str, body: &str| {
        let talk = open();
        talk.world.publish_all("a", 0..4);
        let fields = format!("{FORM}{fields}");
        Stream::open(talk, query(target, &fields, body)).data()
    };
    let body = "match=a&last_event_id=1000-3";
    assert_eq!(resumed("", "", body), ["3"]);
    assert_eq!(resumed("?last_event_id=1000-2", "", body), ["2", "3"]);
    assert_eq!(resumed("?lastEventID=1000-2", "", body), ["2", "3"]);
    let field = "Last-Event-ID: #1000-1\r\n";
    assert_eq!(
        resumed("?last_event_id=1000-2", field, body),
        ["1", "2", "3"]
    );
}

/// WHATWG URL, section 5.1.
#[test]
fn parameters_are_a_form() {
    hears("match=c+d", &["c d", "c+d"], &["c d"]);
    hears("match=c%2Bd&&=&other", &["c d", "c+d"], &["c+d"]);
    hears("%6Datch=%61", &["a"], &["a"]);
    hears("match=a=b", &["a=b", "a"], &["a=b"]);
    // A name without a value has an empty one.
    refused(
        get(&format!("{HUB}?match")),
        400,
        "a topic must not be empty",
    );
    refused(
        get(&format!("{HUB}?match=")),
        400,
        "a topic must not be empty",
    );
    refused(
        get(&format!("{HUB}?topic")),
        400,
        "a topic must not be empty",
    );
    refused(
        get(&format!("{HUB}?match=%ff")),
        400,
        "a parameter is not UTF-8",
    );
}

#[test]
fn who_names_no_topic_is_refused() {
    let sentence = "a subscriber names at least one topic";
    for query in ["", "?", "?data=a", "?lastEventID=1-0", "?Topic=a"] {
        refused(get(&format!("{HUB}{query}")), 400, sentence);
    }
}

#[test]
fn a_quiet_stream_is_kept_alive_by_comments() {
    let talk = open();
    let mut stream = subscribe(&talk, "match=a", "");
    for _ in 0..45 {
        stream.talk.pass(Duration::from_secs(1));
    }
    // One line end each: clients would take an empty line for an empty event.
    assert_eq!(stream.read(), ":\n:\n:\n");
}

#[test]
fn methods() {
    let mut talk = open();
    let allowed = "get, head, post, query, options";
    for method in ["PUT", "DELETE", "PATCH"] {
        let reply = ask(&mut talk, request(method, HUB, ""));
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.field("allow"), Some(allowed), "{method}");
    }
    assert_eq!(ask(&mut talk, get("/.well-known/mercury")).status, 404);
    talk.finish();
}
