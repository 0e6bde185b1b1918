//! There is one log: what is published by one protocol is heard by the other.

use super::*;

#[test]
fn updates_are_events_of_the_native_api() {
    let talk = guarded(Rights::to_read());
    let token = bearer(&sign("JWT", &plain(NOTHING, ANYTHING)));
    let open = |target: &str| {
        let mut stream = Stream::open(talk.another(), request("GET", target, &token));
        stream.read();
        stream
    };
    let mut text = open("/events/a");
    let mut lines = open("/events/b?format=ndjson");
    let mut chat = open("/sse?user=ann&topic=b&topic=a");
    publish(
        &talk,
        "topic=a&topic=b&data=x&private=on&type=t&id=mine&retry=700",
    );
    let frame = "event: t\nretry: 700\nid: mine\ndata: x\n\n";
    assert_eq!(text.read(), frame);
    assert_eq!(chat.read(), frame);
    let envelope = r#"{"id":"mine","topic":"a","alternates":["b"],"private":true,"type":"t","data":"x","time":1000}"#;
    assert_eq!(lines.read(), format!("{envelope}\n"));
    let poll = "/events/b?format=poll&last_event_id=earliest";
    let reply = ask(&mut talk.another(), request("GET", poll, &token));
    assert_eq!(
        reply.body,
        format!(r##"{{"events":[{envelope}],"last_event_id":"#1000-1"}}"##)
    );
    let reply = ask(&mut talk.another(), get(&format!("{poll}&wait=0")));
    assert!(reply.body.starts_with(r#"{"events":[],"#), "{reply:?}");
}

#[test]
fn events_of_the_native_api_are_updates() {
    let talk = open();
    let token = bearer(&sign("JWT", &plain(NOTHING, ANYTHING)));
    let mut old = subscribe(&talk, "topic={x}", &token);
    let mut new = subscribe(&talk, "match=b&match=chat", "");
    let mut publisher = talk.another();
    let target = "/events/a?alternate=b&type=t&id=mine&retry=700";
    assert_eq!(ask(&mut publisher, post(target, "", "x\ny")).status, 200);
    let lines =
        "{\"topic\":\"b\",\"data\":\"z\",\"private\":true}\n{\"topic\":\"b\",\"data\":\"public\"}";
    let ndjson = "Content-Type: application/x-ndjson\r\n";
    assert_eq!(
        ask(&mut publisher, post("/events", ndjson, lines)).status,
        200
    );
    let message = r#"{"message":"hello","user":"ann"}"#;
    assert_eq!(
        ask(&mut publisher, post("/sse/message", "", message)).status,
        200
    );
    let frame = "event: t\nretry: 700\nid: mine\ndata: x\ndata: y\n\n";
    let rest = "id: #1000-3\ndata: public\n\nid: #1000-4\ndata: hello\n\n";
    assert_eq!(new.read(), format!("{frame}{rest}"));
    assert_eq!(old.read(), format!("{frame}id: #1000-2\ndata: z\n\n{rest}"));
}

#[test]
fn a_cursor_of_one_protocol_is_good_in_the_other() {
    let talk = open();
    let id = publish(&talk, "topic=a&data=0&id=mine");
    publish(&talk, "topic=a&data=1");
    let native = get(&format!("/events/a?last_event_id={id}"));
    assert_eq!(Stream::open(talk.another(), native).data(), ["1"]);
    let reply = ask(&mut talk.another(), post("/events/a?id=theirs", "", "2"));
    assert_eq!(reply.status, 200);
    talk.world.publish("a", "3");
    assert_eq!(
        stream(&talk, "topic=a&lastEventID=theirs", "").data(),
        ["3"]
    );
}

/// An id that has come before is a repetition in the native API, and another update here.
#[test]
fn an_id_that_comes_again() {
    let talk = open();
    publish(&talk, "topic=a&data=0&id=same");
    publish(&talk, "topic=a&data=1&id=same");
    let mut native = talk.another();
    let reply = ask(&mut native, post("/events/a?id=theirs", "", "2"));
    assert!(!reply.body.contains("repeated"), "{reply:?}");
    let reply = ask(&mut native, post("/events/a?id=theirs", "", "3"));
    assert!(reply.body.contains(r#""repeated":true"#), "{reply:?}");
    assert_eq!(talk.said(), ["0", "1", "2"]);
}

/// The native way to say that nothing more will come.
#[test]
fn a_topic_that_has_ended() {
    let mut talk = open();
    let mut stream = subscribe(&talk, "match=a", "");
    let mut every = subscribe(&talk, "topic=*", "");
    assert_eq!(
        ask(&mut talk, request("DELETE", "/events/a", "")).status,
        200
    );
    stream.read();
    every.read();
    assert!(stream.talk.ended && !every.talk.ended);
    assert_eq!(ask(&mut talk, get(&format!("{HUB}?match=a"))).status, 204);
    publish(&talk, "topic=a&data=again");
    assert_eq!(every.data(), ["again"]);
}
