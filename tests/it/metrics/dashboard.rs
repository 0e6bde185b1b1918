//! The dashboard: who may look, what is told, and how its stream ends.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use ssehub::auth::Rights;
use ssehub::http::{HttpConfig, MetricsAccess, Site};

use super::{asking, bearer, get, guarded, post, server};
use crate::events::{Stream, ask, request};
use crate::talk::Talk;

const EVENTS: &str = "/dashboard/events";
const SECOND: Duration = Duration::from_secs(1);

/// Streams that one site has at a time.
const STREAMS: usize = 8;

/// Another client of the same hub, where those are served who watch over it.
fn admin(talk: &Talk) -> Talk {
    let site = Arc::new(Site::admin(talk.world.hub.clone(), HttpConfig::default()));
    Talk::in_world(talk.world.clone(), site)
}

fn looking(key: Option<u8>) -> String {
    request("GET", EVENTS, &bearer(key))
}

fn open(talk: Talk, key: Option<u8>) -> Stream {
    Stream::open(talk, looking(key))
}

/// The snapshots that have come since.
fn snapshots(stream: &mut Stream) -> Vec<Value> {
    let body = stream.read();
    let frames = body.split_terminator("\n\n");
    let snapshots = frames.map(|frame| {
        let (head, data) = frame.split_once("data: ").unwrap();
        assert!(head.ends_with("event: snapshot\n"), "{frame}");
        assert!(!frame.contains("id: "), "{frame}");
        serde_json::from_str(data).unwrap()
    });
    snapshots.collect()
}

/// The one snapshot that the next second brings.
fn next(stream: &mut Stream) -> Value {
    stream.talk.world.pass(SECOND);
    let mut found = snapshots(stream);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The status, and what is told of topics, for one without a credential and for those with either key.
fn answers(metrics: MetricsAccess, everyone: Rights) -> [(u16, Value); 3] {
    let talk = guarded(metrics, everyone);
    [None, Some(0), Some(1)].map(|key| {
        let mut asker = talk.another();
        asker.send(looking(key));
        if !asker.received.starts_with(b"HTTP/1.1 200 OK\r\n") {
            return (asker.reply().unwrap().status, Value::Null);
        }
        let mut stream = open(talk.another(), key);
        (200, snapshots(&mut stream)[0]["topics"].clone())
    })
}

#[test]
fn who_may_not_read_metrics_may_not_look() {
    for everyone in [Rights::nothing(), Rights::everything()] {
        let found = answers(MetricsAccess::Off, everyone.clone());
        assert_eq!(found.map(|(status, _)| status), [404, 404, 404]);
        let found = answers(MetricsAccess::Granted, everyone);
        assert_eq!(found.map(|(status, _)| status), [401, 403, 200]);
    }
}

#[test]
fn names_of_topics_are_for_who_may_read_all() {
    let [nobody, one, all] = answers(MetricsAccess::Open, Rights::nothing());
    assert_eq!((nobody, one), ((200, Value::Null), (200, Value::Null)));
    assert_eq!(
        all,
        (200, json!({ "topics": [], "looked_at": 0, "known": 0 }))
    );
    for (status, topics) in answers(MetricsAccess::Open, Rights::to_read()) {
        assert!(status == 200 && topics.is_object(), "{topics}");
    }
    let [.., (_, topics)] = answers(MetricsAccess::Granted, Rights::nothing());
    assert!(topics.is_object());
    let talk = guarded(MetricsAccess::Off, Rights::nothing());
    let mut stream = open(admin(&talk), None);
    assert!(snapshots(&mut stream)[0]["topics"].is_object());
}

#[test]
fn a_second_brings_what_has_been_counted_until_then() {
    let talk = server();
    let mut stream = open(talk.another(), None);
    let field = "content-type: text/event-stream; charset=utf-8";
    assert!(stream.head.contains(field), "{}", stream.head);
    let [first] = snapshots(&mut stream).try_into().unwrap();
    assert_eq!(first["published"], 0);
    assert_eq!(first["trouble"], Value::Null);
    assert_eq!(first["topics"]["known"], 0);
    let one = |name: &str| get(&format!("/events/{name}"));
    let _readers = [
        one("a"),
        one("a"),
        one("b"),
        get("/events?topic=a&format=json"),
    ]
    .map(|request| asking(&talk, request));
    asking(&talk, post("/events/a", "hello"));
    asking(&talk, get("/nowhere"));
    let second = next(&mut stream);
    assert_eq!(
        second["ms"].as_u64(),
        first["ms"].as_u64().map(|ms| ms + 1_000)
    );
    assert_eq!(second["published"], 1);
    assert_eq!(second["deliveries"], 3);
    assert_eq!(second["subscribers"][1], json!(["text", 3]));
    assert_eq!(second["subscribers"][2], json!(["json", 1]));
    assert_eq!(second["topics"]["topics"], json!([["a", 3], ["b", 1]]));
    assert_eq!(
        second["liveliest"],
        json!({ "topics": [["a", 1]], "events": 1, "span_ms": 2_000 })
    );
    assert_eq!(second["refused"][5], json!(["request", 1]));
    assert_eq!(second["log_events"], 1);
    assert_eq!(second["lag"][0], json!([1.0, 3]));
    let all = second["lag"].as_array().unwrap().last().unwrap();
    assert_eq!(*all, json!([null, 3]));
    assert!(second["sent_bytes"].as_u64() > first["sent_bytes"].as_u64());
    assert!(second["memory"].as_u64() > Some(1_000_000));
    // Who looks is no subscriber.
    assert_eq!(talk.world.hub.subscribers(), 4);
}

#[test]
fn topics_with_most_events_lately_come_first() {
    let talk = server();
    let publish = |events: &[(&str, usize)]| {
        for (topic, count) in events {
            (0..*count).for_each(|_| _ = asking(&talk, post(&format!("/events/{topic}"), "x")));
        }
    };
    publish(&[("old", 5)]);
    talk.world.pass(10 * SECOND);
    publish(&[("b", 2), ("few", 1), ("a", 2), ("many", 3)]);
    let mut stream = open(talk.another(), None);
    let found = &snapshots(&mut stream)[0]["liveliest"];
    assert_eq!(
        found["topics"],
        json!([["many", 3], ["a", 2], ["b", 2], ["few", 1]])
    );
    assert_eq!(
        (&found["events"], &found["span_ms"]),
        (&json!(8), &json!(10_000))
    );
    // A flood is judged by its newest events, and the time in which they came.
    publish(&[("flood", 4_000)]);
    talk.world.pass(SECOND);
    publish(&[("flood", 1_000)]);
    snapshots(&mut stream);
    let found = &next(&mut stream)["liveliest"];
    assert_eq!(found["topics"], json!([["flood", 4_096]]));
    assert_eq!(
        (&found["events"], &found["span_ms"]),
        (&json!(4_096), &json!(2_000))
    );
    // Names are for those who may read all.
    for (key, is_told) in [(0, false), (1, true)] {
        let mut stream = open(guarded(MetricsAccess::Open, Rights::nothing()), Some(key));
        assert_eq!(snapshots(&mut stream)[0]["liveliest"].is_object(), is_told);
    }
}

#[test]
fn only_so_many_look_at_a_time() {
    let talk = server();
    let mut streams: Vec<_> = (0..STREAMS).map(|_| open(talk.another(), None)).collect();
    let mut late = talk.another();
    let reply = ask(&mut late, looking(None));
    assert_eq!(reply.status, 503);
    assert_eq!(reply.field("retry-after"), Some("1"));
    // Those who watch over the server have places of their own.
    _ = open(admin(&talk), None);
    streams.pop().unwrap().talk.finish();
    _ = open(late, None);
    // Who asks for the head alone takes none for long.
    for _ in 0..2 {
        let mut asker = talk.another();
        asker.send(request("HEAD", EVENTS, ""));
        assert!(asker.received.starts_with(b"HTTP/1.1 200 OK\r\n") && asker.ended);
    }
}

#[test]
fn who_has_gone_is_told_nothing() {
    let talk = server();
    let stream = open(talk.another(), None);
    stream.talk.finish();
    let mut slow = talk.another();
    slow.push(looking(None));
    // Until the pipe is full, and for longer than a write may take.
    (0..60).for_each(|_| talk.world.pass(SECOND));
    assert!(slow.is_over(), "who takes nothing is given up");
}

#[test]
fn the_stream_ends_with_its_credential() {
    for metrics in [MetricsAccess::Granted, MetricsAccess::Open] {
        let talk = guarded(metrics, Rights::nothing());
        let mut stream = open(talk.another(), Some(1));
        talk.world.pass(59 * SECOND);
        stream.read();
        assert!(!stream.talk.ended);
        talk.world.pass(SECOND);
        stream.talk.read();
        assert_eq!(stream.talk.received, b"0\r\n\r\n");
        assert!(stream.talk.ended && stream.talk.is_over());
    }
}

#[test]
fn the_stream_ends_with_the_hub_and_says_so() {
    let talk = server();
    let mut streams = [open(talk.another(), None), open(admin(&talk), None)];
    streams.iter_mut().for_each(|stream| _ = snapshots(stream));
    talk.site.close();
    let [everyone, watching] = &mut streams;
    let last = snapshots(everyone);
    assert_eq!(last[0]["trouble"], "the server is stopping");
    assert!(everyone.talk.ended && everyone.talk.is_over());
    assert_eq!(next(watching)["trouble"], "the server is stopping");
    assert!(watching.talk.ended && watching.talk.is_over());
}

#[test]
fn the_page_is_where_its_stream_is() {
    let talk = guarded(MetricsAccess::Granted, Rights::nothing());
    let page = ask(&mut talk.another(), get("/dashboard"));
    assert_eq!(page.field("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.field("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    let quoted = page.body.split('"').filter(|text| text.starts_with('/'));
    let files: Vec<_> = quoted.collect();
    assert!(files.len() > 3, "{files:?}");
    for file in files {
        for mut asker in [talk.another(), admin(&talk)] {
            assert_eq!(ask(&mut asker, get(file)).status, 200, "{file}");
        }
    }
    let mut without = Talk::new();
    for target in ["/dashboard", "/dashboard.html", "/js/dashboard/page.js"] {
        assert_eq!(ask(&mut without, get(target)).status, 404, "{target}");
    }
}
