//! The newest event of each topic only, for those who are behind.

use super::{Stream, ask, get, refused, request};
use crate::talk::Talk;

/// A server on which three gauges have said `0` to `29` in turn.
fn gauges() -> Talk {
    let talk = Talk::new();
    for number in 0..30 {
        let topic = ["g/a", "g/b", "g/c"][number % 3];
        talk.world.publish(topic, &number.to_string());
    }
    talk
}

#[test]
fn a_stream_begins_with_how_things_stand_and_goes_on_with_each_change() {
    for (target, expect) in [
        ("/events?topic=g/{id}&latest=1", &["27", "28", "29"][..]),
        ("/events?topic=*&latest=1", &["27", "28", "29"]),
        ("/events/g/b?latest=1", &["28"]),
        ("/events/g/a?topic=g/c&latest=1", &["27", "29"]),
    ] {
        let target = format!("{target}&last_event_id=earliest");
        let mut stream = Stream::open(gauges(), get(&target));
        assert_eq!(stream.data(), expect, "{target}");
        for number in ["30", "31"] {
            for topic in ["g/a", "g/b"] {
                stream.talk.world.publish(topic, number);
                let hears = !target.contains("g/b") || topic == "g/b";
                let hears = hears && !(target.contains("g/c") && topic == "g/b");
                let expect: &[&str] = if hears { &[number] } else { &[] };
                assert_eq!(stream.data(), expect, "{target} {topic}");
            }
        }
        stream.talk.finish();
    }
}

#[test]
fn in_every_representation() {
    for format in ["text", "json", "ndjson", "poll"] {
        let target = format!("/events?topic=*&latest=1&format={format}&last_event_id=earliest");
        let body = match format {
            "poll" => ask(&mut gauges(), get(&target)).body,
            _ => Stream::open(gauges(), get(&target)).read(),
        };
        let says = |number: u32| {
            let json = format!("\"data\":\"{number}\"");
            body.contains(&json) || body.contains(&format!("data: {number}\n"))
        };
        let told: Vec<_> = (0..30).filter(|number| says(*number)).collect();
        assert_eq!(told, [27, 28, 29], "{format}: {body}");
    }
}

#[test]
fn a_poll_goes_on_from_where_it_was() {
    let mut talk = gauges();
    let poll = |after: &str| {
        get(&format!(
            "/events?topic=*&latest=1&format=poll&wait=0&last_event_id={after}"
        ))
    };
    let reply = ask(&mut talk, poll("1000-10"));
    assert!(
        reply.body.ends_with(r##"],"last_event_id":"#1000-30"}"##),
        "{reply:?}"
    );
    let reply = ask(&mut talk, poll("1000-30"));
    assert_eq!(reply.body, r##"{"events":[],"last_event_id":"#1000-30"}"##);
    talk.world.publish_all("g/a", 30..40);
    let reply = ask(&mut talk, poll("1000-30"));
    assert_eq!(reply.body.matches("\"topic\"").count(), 1);
    assert!(reply.body.contains("\"data\":\"39\""), "{reply:?}");
    talk.finish();
}

#[test]
fn without_it_everything_comes() {
    for query in ["", "&latest=0"] {
        let target = format!("/events?topic=*&last_event_id=earliest{query}");
        let mut stream = Stream::open(gauges(), get(&target));
        assert_eq!(stream.data(), crate::world::texts(0..30), "{query}");
    }
    for value in ["", "2", "true", "yes"] {
        refused(
            get(&format!("/events/a?latest={value}")),
            400,
            "latest is 1 or 0",
        );
    }
}

#[test]
fn the_end_of_a_topic() {
    let mut talk = gauges();
    assert_eq!(
        ask(&mut talk, request("DELETE", "/events/g/a", "")).status,
        200
    );
    let target = "/events/g/a?latest=1&last_event_id=earliest";
    let mut stream = Stream::open(talk.another(), get(target));
    assert_eq!(stream.data(), ["27"]);
    assert!(stream.talk.ended);
    let target = "/events/g/a?latest=1&last_event_id=1000-28";
    assert_eq!(ask(&mut talk, get(target)).status, 204);
    assert_eq!(
        ask(&mut talk, get(&format!("{target}&format=poll"))).status,
        204
    );
}
