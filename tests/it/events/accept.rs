//! Which representation a subscriber gets.

use super::{refused, request};
use crate::talk::{Reply, Talk};

const STREAM: &str = "text/event-stream; charset=utf-8";
const LINES: &str = "application/x-ndjson";
const POLL: &str = "application/json";

/// Asserts the type that `HEAD` names, which is what `GET` would send.
#[track_caller]
fn gets(query: &str, fields: &str, kind: &str) {
    let mut talk = Talk::new();
    talk.send(request("HEAD", &format!("/events/a{query}"), fields));
    let received = String::from_utf8_lossy(&talk.received).to_lowercase();
    let text = format!("{query} {fields} {received}");
    assert!(received.starts_with("http/1.1 200 ok\r\n"), "{text}");
    assert!(
        received.contains(&format!("\r\ncontent-type: {kind}\r\n")),
        "{text}"
    );
    assert!(received.contains("\r\nvary: accept\r\n"), "{text}");
    assert!(received.ends_with("\r\n\r\n"), "{text}");
}

#[track_caller]
fn accepts(list: &str, kind: &str) {
    gets("", &format!("Accept: {list}\r\n"), kind);
}

#[test]
fn without_preference_it_is_an_event_stream() {
    gets("", "", STREAM);
    for list in [
        "",
        ",",
        " , ,",
        "*/*",
        "text/*",
        "*/*;q=0.1",
        "text/event-stream",
    ] {
        accepts(list, STREAM);
    }
    // As a browser asks for a page.
    accepts(
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        STREAM,
    );
}

#[test]
fn one_that_is_named() {
    accepts("application/x-ndjson", LINES);
    accepts("application/json", POLL);
    accepts("APPLICATION/Json", POLL);
    accepts("application/json;charset=utf-8", POLL);
    accepts("text/html, application/json", POLL);
    gets(
        "",
        "Accept: text/html\r\nAccept: application/json\r\n",
        POLL,
    );
    // RFC 9110, section 12.5.1: the order says nothing, so the closer name does.
    accepts("application/json, text/plain, */*", POLL);
    accepts("*/*, application/x-ndjson", LINES);
    accepts("application/*", LINES);
    accepts("application/json, application/x-ndjson", LINES);
}

#[test]
fn weights() {
    accepts("text/event-stream;q=0.5, application/json", POLL);
    accepts("application/json;q=0.5, text/event-stream;q=0.4", POLL);
    accepts(
        "application/json;q=0.500, text/event-stream;q=0.501",
        STREAM,
    );
    accepts(
        "application/json ; Q=0.1 , application/x-ndjson;q=0.2",
        LINES,
    );
    accepts("application/x-ndjson;q=0, application/*", POLL);
    accepts("text/event-stream;q=0, */*", LINES);
    accepts("*/*;q=0.9, text/event-stream;q=0.2", LINES);
    accepts("*/*;q=0, application/json;q=0.001", POLL);
    accepts("application/json;q=0.3;a=\"x, text/event-stream, y\"", POLL);
}

#[test]
fn what_cannot_be_read_matches_nothing() {
    accepts("text/event-stream;q=2, application/json;q=0.1", POLL);
    accepts("text/event-stream;q=1.001, application/json;q=0.1", POLL);
    accepts("text/event-stream;q=0.0999, application/json;q=0.05", POLL);
    accepts("text/event-stream;q=+0, application/json;q=0.1", POLL);
    accepts("text/event-stream;q=, application/json;q=0.1", POLL);
    accepts("*, application/json", POLL);
    accepts("*/json, ;;, a/b/c, application/json", POLL);
}

#[test]
fn nothing_that_fits() {
    let sentence = "there are text/event-stream, application/x-ndjson and application/json";
    for list in [
        "text/html",
        "*",
        "*/*;q=0",
        "text/event-stream;q=0",
        "application/*;q=0, text/*;q=0.0",
        ";q=1",
        "caf\u{e9}/x",
        "\"application/json",
    ] {
        refused(
            request("GET", "/events/a", &format!("Accept: {list}\r\n")),
            406,
            sentence,
        );
    }
    let mut talk = Talk::new();
    talk.send(request("GET", "/events/a", "Accept: a/b\r\n"));
    assert_eq!(
        talk.reply().as_ref().and_then(|it| it.field("vary")),
        Some("accept")
    );
}

#[test]
fn the_parameter_decides() {
    for (query, kind) in [
        ("?format=text", STREAM),
        ("?format=json", STREAM),
        ("?format=ndjson", LINES),
        ("?format=poll", POLL),
    ] {
        for accept in [
            "",
            "Accept: text/html\r\n",
            "Accept: application/x-ndjson\r\n",
        ] {
            gets(query, accept, kind);
        }
    }
    let sentence = "format is text, json, ndjson or poll";
    refused(request("GET", "/events/a?format=xml", ""), 400, sentence);
    refused(request("GET", "/events/a?format=", ""), 400, sentence);
}

#[test]
fn a_head_of_a_poll_does_not_wait() {
    let mut talk = Talk::new();
    talk.send(request("HEAD", "/events/a?format=poll&wait=60", ""));
    let reply = Reply::take(&mut talk.received, false).unwrap();
    assert_eq!(reply.status, 200);
    talk.send(request("HEAD", "/events/a?format=poll", ""));
    assert_eq!(Reply::take(&mut talk.received, false).unwrap().status, 200);
    assert_eq!(talk.site.hub().subscribers(), 0);
    talk.finish();
}
