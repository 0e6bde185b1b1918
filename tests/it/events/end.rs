//! The end of a topic: what its publisher, its subscribers and those who come back are told.

use ssehub::http::HttpConfig;

use super::{Stream, ask, get, post, post_lines, refused, request};
use crate::talk::{Reply, Talk};

fn end(target: &str) -> String {
    request("DELETE", target, "")
}

/// A server whose topic `a` has two events, `1` and `2`, and its end.
fn ended() -> Talk {
    let mut talk = Talk::new();
    talk.world.publish_all("a", 1..3);
    let reply = ask(&mut talk, end("/events/a"));
    assert_eq!(
        (reply.status, &*reply.body),
        (200, r##"{"id":"#1000-3","topic":"a"}"##)
    );
    talk
}

/// Asserts that this is answered 204.
#[track_caller]
fn is_over(talk: &mut Talk, target: &str, fields: &str) -> Reply {
    let reply = ask(talk, request("GET", target, fields));
    assert_eq!(reply.status, 204, "{target} {fields}: {reply:?}");
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert_eq!(talk.site.hub().subscribers(), 0);
    reply
}

#[test]
fn a_stream_ends_after_its_last_event() {
    let mut stream = Stream::open(Talk::new(), get("/events/a"));
    let mut other = Stream::open(stream.talk.another(), get("/events/b"));
    stream.talk.world.publish("a", "x");
    let mut publisher = stream.talk.another();
    assert_eq!(ask(&mut publisher, end("/events/a")).status, 200);
    assert_eq!(stream.data(), ["x"]);
    assert!(stream.talk.ended);
    other.talk.world.publish("b", "y");
    assert_eq!(other.data(), ["y"]);
    assert!(!other.talk.ended);
}

#[test]
fn who_comes_back_is_told_to_stay_away() {
    let mut talk = ended();
    for format in ["text", "json", "ndjson", "poll"] {
        let target = format!("/events/a?format={format}");
        for fields in [
            "",
            "Last-Event-ID: #1000-2\r\n",
            "Last-Event-ID: #1000-3\r\n",
        ] {
            let reply = is_over(&mut talk, &target, fields);
            assert_eq!(reply.field("vary"), Some("accept"));
        }
    }
    talk.send(request("HEAD", "/events/a", ""));
    assert_eq!(Reply::take(&mut talk.received, false).unwrap().status, 204);
    is_over(&mut talk, "/events/a", "Accept: application/json\r\n");
    talk.finish();
}

#[test]
fn who_has_missed_something_gets_it_first() {
    for query in ["last_event_id=1000-1", "last_event_id=earliest"] {
        for format in ["text", "json", "ndjson"] {
            let target = format!("/events/a?format={format}&{query}");
            let mut stream = Stream::open(ended(), get(&target));
            let body = stream.read();
            assert!(body.contains('2') && stream.talk.ended, "{target}: {body}");
        }
        let mut talk = ended();
        let target = format!("/events/a?format=poll&{query}");
        let reply = ask(&mut talk, get(&target));
        assert!(
            reply.body.ends_with(r##"}],"last_event_id":"#1000-2"}"##),
            "{reply:?}"
        );
        is_over(&mut talk, "/events/a?format=poll&last_event_id=1000-2", "");
    }
}

#[test]
fn who_has_missed_nobody_knows_what_is_told_so_first() {
    let target = "/events/a?last_event_id=1-0";
    let mut stream = Stream::open(ended(), get(target));
    let body = stream.read();
    assert!(
        body.contains("event: gap\n") && body.contains("data: 1\n"),
        "{body}"
    );
    assert!(stream.talk.ended);
    let mut talk = ended();
    let reply = ask(&mut talk, get(&format!("{target}&format=poll")));
    assert!(reply.body.contains(r#""gap":{"after":"1-0","#), "{reply:?}");
}

#[test]
fn a_poll_that_waits() {
    let mut talk = Talk::new();
    talk.send(get("/events/a?format=poll&topic=b"));
    assert_eq!(ask(&mut talk.another(), end("/events/a")).status, 200);
    talk.read();
    assert_eq!(talk.received, b"");
    assert_eq!(ask(&mut talk.another(), end("/events/b")).status, 200);
    talk.read();
    assert_eq!(talk.reply().map(|it| it.status), Some(204));
    assert_eq!(ask(&mut talk, get("/healthz")).status, 200);
    talk.finish();
}

#[test]
fn an_event_begins_the_topic_anew() {
    let mut talk = ended();
    assert_eq!(ask(&mut talk, post("/events/a", "", "3")).status, 200);
    let mut stream = Stream::open(talk, get("/events/a?last_event_id=1000-2"));
    assert_eq!(stream.data(), ["3"]);
    assert!(!stream.talk.ended);
    stream.talk.world.publish("a", "4");
    assert_eq!(stream.data(), ["4"]);
}

#[test]
fn of_several_topics_the_last_one_counts() {
    let mut talk = ended();
    let both = "/events/a?topic=b&last_event_id=1000-3";
    let mut stream = Stream::open(talk.another(), get(both));
    stream.read();
    assert!(!stream.talk.ended);
    assert_eq!(ask(&mut talk, end("/events/b")).status, 200);
    stream.read();
    assert!(stream.talk.ended);
    is_over(&mut talk, both, "");
    for target in ["/events?topic=*", "/events/a?topic={id}"] {
        let mut stream = Stream::open(talk.another(), get(target));
        stream.read();
        assert!(!stream.talk.ended, "{target}");
    }
}

#[test]
fn the_chat_may_end_too() {
    let mut talk = Talk::new();
    let mut stream = Stream::open(talk.another(), get("/sse?user=ann"));
    assert_eq!(ask(&mut talk, end("/events/chat")).status, 200);
    stream.read();
    assert!(stream.talk.ended);
    let reply = is_over(&mut talk, "/sse?user=ann", "");
    assert_eq!(reply.field("vary"), Some("accept"));
    let message = r#"{"message":"again","user":"ann"}"#;
    assert_eq!(
        ask(&mut talk, post("/sse/message", "", message)).status,
        200
    );
    let mut stream = Stream::open(talk, get("/sse?user=ann&last_event_id=earliest"));
    assert_eq!(stream.data(), ["again"]);
}

#[test]
fn topics_and_bodies() {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, end("/events/orders%2F42"));
    assert_eq!(reply.body, r##"{"id":"#1000-1","topic":"orders/42"}"##);
    let with_body = request("DELETE", "/events/b", "Content-Length: 3\r\n") + "abc";
    assert_eq!(ask(&mut talk, with_body).status, 200);
    assert_eq!(talk.events().iter().filter(|it| it.is_end()).count(), 2);
    talk.site.hub().close();
    assert_eq!(ask(&mut talk, end("/events/a")).status, 503);
    refused(
        end("/events/*"),
        400,
        "* stands for every topic and is none itself",
    );
    refused(end("/events/"), 400, "a topic must not be empty");
    refused(
        end("/events/%ff"),
        400,
        "the topic in the path is not UTF-8",
    );
}

#[test]
fn the_end_in_a_line() {
    let mut talk = Talk::new();
    let body = "{\"data\":\"1\"}\n{\"data\":\"\",\"end\":true}\n{\"data\":\"2\",\"end\":false,\"topic\":\"b\"}";
    assert_eq!(ask(&mut talk, post_lines("/events/a", body)).status, 200);
    let ends: Vec<_> = talk.events().iter().map(|event| event.is_end()).collect();
    assert_eq!(ends, [false, true, false]);
    is_over(&mut talk, "/events/a", "");
    let sentence = "line 1: the end of a topic has no data";
    refused(
        post_lines("/events/a", r#"{"data":"1","end":true}"#),
        400,
        sentence,
    );
    refused(
        post_lines("/events/a", r#"{"data":null,"end":true}"#),
        400,
        sentence,
    );
}

#[test]
fn a_page_of_another_origin() {
    let mut talk = Talk::with(HttpConfig::default().cors_origins(vec!["*".parse().unwrap()]));
    assert_eq!(ask(&mut talk, end("/events/a")).status, 200);
    let reply = is_over(&mut talk, "/events/a", "Origin: https://a.example\r\n");
    assert_eq!(reply.field("access-control-allow-origin"), Some("*"));
}
