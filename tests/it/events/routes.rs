//! Which methods are known where, and what a page of another origin may send.

use ssehub::http::HttpConfig;

use super::{ask, get, post, refused, request};
use crate::talk::Talk;

const ON_TOPICS: &str = "get, head, post, delete, options";
const ON_EVENTS: &str = "get, head, post, options";

#[test]
fn methods() {
    for (method, target, allowed) in [
        ("PUT", "/events/a", ON_TOPICS),
        ("PATCH", "/events/a", ON_TOPICS),
        ("DELETE", "/events", ON_EVENTS),
        ("QUERY", "/events", ON_EVENTS),
        ("DELETE", "/sse", "get, head, options"),
        ("GET", "/sse/message", "post, options"),
    ] {
        let mut talk = Talk::new();
        let reply = ask(&mut talk, request(method, target, ""));
        assert_eq!(reply.status, 405, "{method} {target}");
        assert_eq!(reply.field("allow"), Some(allowed), "{method} {target}");
        talk.finish();
    }
    for target in ["/event", "/Events/a", "/events.json", "//events/a"] {
        refused(get(target), 404, "there is nothing here");
    }
}

#[test]
fn a_request_without_a_length_has_no_body() {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, request("POST", "/events/bell", ""));
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(talk.said(), [""]);
    let lines = "Content-Type: application/x-ndjson\r\n";
    let reply = ask(&mut talk, request("POST", "/events", lines));
    assert_eq!(reply.body, r#"{"events":[]}"#);
    talk.finish();
    let sentence = "publish to /events/{topic}, or send lines of application/x-ndjson";
    refused(request("POST", "/events", ""), 415, sentence);
}

#[test]
fn options() {
    for (target, allowed) in [("/events", ON_EVENTS), ("/events/a/b", ON_TOPICS)] {
        let mut talk = Talk::new();
        let reply = ask(&mut talk, request("OPTIONS", target, ""));
        assert_eq!(reply.status, 204, "{target}");
        assert_eq!(reply.field("allow"), Some(allowed), "{target}");
        assert_eq!(reply.field("access-control-allow-methods"), None);
        talk.finish();
    }
}

#[test]
fn another_origin() {
    let mut talk =
        Talk::with(HttpConfig::default().cors_origins(vec!["https://a.example".parse().unwrap()]));
    let origin = "Origin: https://a.example\r\n";
    let reply = ask(&mut talk, request("OPTIONS", "/events/a", origin));
    assert_eq!(reply.field("access-control-allow-methods"), Some(ON_TOPICS));
    let fields = reply.field("access-control-allow-headers").unwrap();
    for field in [
        "event-id",
        "event-retry",
        "event-type",
        "last-event-id",
        "content-type",
    ] {
        assert!(fields.split(", ").any(|it| it == field), "{field}");
    }
    // Both lists of what a reply depends on are there.
    let poll = "/events/a?format=poll&wait=0";
    for input in [
        request("GET", poll, origin).into_bytes(),
        request(
            "GET",
            "/events/a",
            &format!("{origin}Accept: text/html\r\n"),
        )
        .into_bytes(),
    ] {
        let reply = ask(&mut talk, input);
        let allowed = reply.field("access-control-allow-origin");
        assert_eq!(allowed, Some("https://a.example"));
        for vary in ["vary: accept\r\n", "vary: origin\r\n"] {
            assert!(reply.head.contains(vary), "{reply:?}");
        }
    }
    let reply = ask(&mut talk, post("/events/a", origin, "a"));
    let allowed = reply.field("access-control-allow-origin");
    assert_eq!(allowed, Some("https://a.example"));
    talk.finish();
}
