//! Where one goes on that comes back with an id of a publisher.

use super::{Stream, ask, get, post, refused, request};
use crate::talk::Talk;

/// Events as publishers that count for each room by itself bring them.
fn rooms() -> Talk {
    let mut talk = Talk::new();
    for (topic, id, data) in [
        ("room/1", "1", "stranger"),
        ("room/2", "0", "first"),
        ("room/2", "1", "second"),
        ("room/2", "2", "third"),
        ("room/3", "2", "late stranger"),
    ] {
        let target = format!("/events/{topic}?id={id}");
        assert_eq!(ask(&mut talk, post(&target, "", data)).status, 200);
    }
    talk
}

#[test]
fn an_id_is_that_of_a_topic_that_is_asked_for() {
    let talk = rooms();
    for (target, id, expected) in [
        ("/events/room/2", "1", &["third"][..]),
        ("/events/room/2", "0", &["second", "third"]),
        ("/events/room/2", "2", &[]),
        (
            "/events?topic=room/%7Bx%7D",
            "0",
            &["second", "third", "late stranger"],
        ),
        // Both rooms have one: nothing is lost, whichever it was.
        (
            "/events?topic=room/1&topic=room/2",
            "1",
            &["first", "second", "third"],
        ),
        ("/events?topic=room/2&topic=room/3", "2", &["late stranger"]),
        ("/sse?user=ann&topic=room/2", "1", &["third"]),
    ] {
        let mut stream = Stream::open(
            talk.another(),
            request("GET", target, &format!("Last-Event-ID: {id}\r\n")),
        );
        assert_eq!(stream.data(), expected, "{target} after {id}");
        let join = if target.contains('?') { '&' } else { '?' };
        let poll = format!("{target}{join}format=poll&wait=0&last_event_id={id}");
        let reply = ask(&mut talk.another(), get(&poll));
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        let data = body["events"].as_array().unwrap().iter();
        let data: Vec<_> = data.map(|event| event["data"].as_str().unwrap()).collect();
        assert_eq!(data, expected, "{poll}");
        assert!(body.get("gap").is_none(), "{poll}");
    }
}

/// A later event elsewhere does not stand in for one that is gone.
#[test]
fn an_id_that_only_others_have_is_not_known() {
    let talk = rooms();
    for (target, id) in [
        ("/events/room/1", "2"),
        ("/events/room/3", "1"),
        ("/events/none", "0"),
    ] {
        let poll = format!("{target}?format=poll&wait=0&last_event_id={id}");
        let reply = ask(&mut talk.another(), get(&poll));
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body["gap"]["after"], id, "{target}: {}", reply.body);
    }
}

/// Else an id could be made to stand for a place in the log.
#[test]
fn an_id_that_reads_like_a_position_is_refused() {
    const SENTENCE: &str = "an id must not read like a position in the log \
                            (#1795373292335-0, with or without the #)";
    refused(post("/events/a?id=1000-0", "", "x"), 400, SENTENCE);
    refused(
        post("/sse/message?id=0-0", "", r#"{"message":"x","user":"ann"}"#),
        400,
        SENTENCE,
    );
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    refused(
        post("/.well-known/mercure", form, "topic=a&id=17-3"),
        400,
        SENTENCE,
    );
    let lines = "Content-Type: application/x-ndjson\r\n";
    let body = "{\"topic\":\"a\",\"data\":\"x\",\"id\":\"1000-7\"}\n";
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post("/events", lines, body));
    assert_eq!(reply.status, 400, "{reply:?}");
    assert!(reply.body.contains(SENTENCE), "{reply:?}");
    assert_eq!(
        ask(&mut talk, post("/events/a?id=1000-x", "", "x")).status,
        200
    );
    assert_eq!(
        ask(&mut talk, post("/events/a?id=1000", "", "x")).status,
        200
    );
}
