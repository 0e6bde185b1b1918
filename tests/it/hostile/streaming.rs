//! Subscribers that go on sending, and requests behind one that has become a stream.

use super::{HEALTH, LISTEN, Talk, json, say};

/// What a subscriber may send for nothing.
const IGNORED_BYTES: usize = 16 << 10;

/// A connection that has become a stream, with its head and first bytes read away.
fn subscriber(request: &str) -> Talk {
    let mut talk = Talk::new();
    talk.send(request);
    let received = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
    let (head, _) = received.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{received}");
    assert!(head.contains("\r\nconnection: close"), "{received}");
    assert!(!talk.ended);
    assert_eq!(talk.site.hub().subscribers(), 1);
    talk
}

/// Publishes past the connection, and asserts that the subscriber gets just that.
fn hears(talk: &mut Talk, text: &str) {
    talk.world.publish("chat", text);
    talk.read();
    let received = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
    let (size, rest) = received.split_once("\r\n").unwrap();
    let payload = rest.strip_suffix("\r\n").unwrap();
    assert_eq!(
        usize::from_str_radix(size, 16),
        Ok(payload.len()),
        "{received}"
    );
    assert!(payload.starts_with("id: #"), "{received}");
    assert!(
        payload.ends_with(&format!("\ndata: {text}\n\n")),
        "{received}"
    );
}

#[test]
fn requests_behind_a_stream_are_not_run() {
    let trap = [&say("smuggled"), LISTEN, HEALTH].concat();
    // In the same segment, and after it.
    let mut talk = subscriber(&(LISTEN.to_owned() + &trap));
    hears(&mut talk, "a");
    talk.send(&trap);
    hears(&mut talk, "b");
    assert_eq!(talk.said(), ["a", "b"]);
    assert_eq!(talk.site.hub().subscribers(), 1);
    talk.finish();
}

#[test]
fn requests_before_a_stream_are_answered_first() {
    let mut talk = Talk::new();
    talk.send([&say("a"), HEALTH, LISTEN, &say("smuggled")].concat());
    for _ in 0..2 {
        assert_eq!(talk.reply().map(|reply| reply.status), Some(200));
    }
    assert!(talk.received.starts_with(b"HTTP/1.1 200 OK\r\n"));
    talk.received.clear();
    hears(&mut talk, "b");
    assert_eq!(talk.said(), ["a", "b"]);
    talk.finish();
}

#[test]
fn what_a_subscriber_sends_is_ignored_within_limits() {
    for step in [1, 511, 512, 513, IGNORED_BYTES] {
        let mut talk = subscriber(LISTEN);
        for part in vec![b'x'; IGNORED_BYTES].chunks(step) {
            talk.send(part);
        }
        hears(&mut talk, "still there");
        talk.send("x");
        assert_eq!(talk.site.hub().subscribers(), 0, "in steps of {step}");
        assert!(talk.ended && talk.is_over(), "in steps of {step}");
    }
}

#[test]
fn a_subscriber_that_leaves_is_noticed_at_once() {
    let mut talk = subscriber(LISTEN);
    talk.hang_up();
    assert_eq!(talk.site.hub().subscribers(), 0);
    assert!(talk.ended && talk.is_over());
    // All at once, before anyone has run.
    let mut talk = Talk::new();
    talk.push(LISTEN);
    talk.hang_up();
    assert_eq!(talk.site.hub().subscribers(), 0);
    assert!(talk.ended && talk.is_over());
}

#[test]
fn a_body_before_a_stream_is_read_away() {
    let body = say("smuggled");
    let fields = format!("Host: h\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let request = LISTEN.replace("Host: h\r\n\r\n", &fields);
    let mut talk = subscriber(&request);
    hears(&mut talk, "a");
    assert_eq!(talk.said(), ["a"]);
    talk.finish();
}

#[test]
fn a_stream_that_is_refused_is_none() {
    for query in [
        "",
        "?user=",
        "?user=%20%09",
        "?user=a%00b",
        "?user=a%0ab",
        "?user=a&topic=",
        "?user=a&topic=a%0db",
        "?user=a&format=xml",
        "?name=a",
    ] {
        let mut talk = Talk::new();
        talk.send(format!("GET /sse{query} HTTP/1.1\r\nHost: h\r\n\r\n"));
        assert_eq!(talk.transcript(), "400", "{query}");
        assert_eq!(talk.site.hub().subscribers(), 0, "{query}");
        talk.send(say("a"));
        assert_eq!(talk.transcript(), "200", "{query}");
        talk.finish();
    }
}

#[test]
fn nobody_forges_an_event_for_others() {
    let mut talk = subscriber(LISTEN);
    let mut forger = talk.another();
    for end in ["\\n", "\\r", "\\r\\n"] {
        let text = format!("a{end}{end}event: x{end}data: y{end}id: 7");
        assert_eq!(json(&text).matches('\n').count(), 0);
        forger.send(say(&text));
        talk.read();
        let received = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
        let (_, payload) = received.split_once("\r\n").unwrap();
        let (_, data) = payload.split_once('\n').unwrap();
        let expect = "data: a\ndata: \ndata: event: x\ndata: data: y\ndata: id: 7\n\n\r\n";
        assert_eq!(data, expect, "{end}");
    }
    assert_eq!(forger.transcript(), "200 200 200");
}
