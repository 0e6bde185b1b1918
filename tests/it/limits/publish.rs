//! How many events somebody may publish.

use std::time::Duration;

use ssehub::limits::{InvalidRate, LimitConfig, Rate};

use super::{Talk, ask, at, by_key, by_token, limited, post, rate, say, sentence};

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn anonymous(text: &str) -> Talk {
    limited(LimitConfig::default().anonymous_publish(rate(text)))
}

fn credentials(text: &str) -> Talk {
    limited(LimitConfig::default().publish(rate(text)))
}

#[track_caller]
fn statuses(talk: &mut Talk, input: &str, expected: &[u16]) {
    let found: Vec<_> = expected.iter().map(|_| ask(talk, input).status).collect();
    assert_eq!(found, expected);
}

#[test]
fn rates_as_they_are_written() {
    for (text, expected) in [
        ("1", Rate::new(1, 1)),
        ("10", Rate::new(10, 10)),
        ("10:100", Rate::new(10, 100)),
        ("1000000:1", Rate::new(1_000_000, 1)),
    ] {
        assert_eq!(text.parse().ok(), expected, "{text}");
        assert!(expected.is_some());
    }
    for text in [
        "",
        "0",
        "1:0",
        "0:1",
        "1000001",
        "1:1000001",
        "-1",
        "+1",
        "1:",
        ":1",
        "1:1:1",
    ] {
        assert_eq!(text.parse::<Rate>(), Err(InvalidRate), "{text}");
    }
}

#[test]
fn a_burst_and_then_the_rate() {
    let mut talk = anonymous("2:3");
    statuses(&mut talk, &say(""), &[200, 200, 200, 429, 429]);
    talk.pass(Duration::from_millis(499));
    statuses(&mut talk, &say(""), &[429]);
    talk.pass(MILLISECOND);
    statuses(&mut talk, &say(""), &[200, 429]);
    talk.pass(SECOND);
    statuses(&mut talk, &say(""), &[200, 200, 429]);
    // It holds no more than a burst, however long one waits.
    talk.pass(60 * SECOND);
    statuses(&mut talk, &say(""), &[200, 200, 200, 429]);
    assert_eq!(talk.said().len(), 9);
    talk.finish();
}

#[test]
fn the_refusal_says_when_to_come_back() {
    let mut talk = anonymous("1:10");
    statuses(&mut talk, &say(""), &[200; 10]);
    let reply = ask(&mut talk, say(""));
    assert_eq!(reply.status, 429);
    assert_eq!(reply.field("retry-after"), Some("1"));
    assert_eq!(
        sentence(&reply),
        "you publish more than you may: try again in 1 s"
    );
    let lines = "{\"data\":1}\n".repeat(8);
    let lines = post(
        "/events/a",
        "Content-Type: application/x-ndjson\r\n",
        &lines,
    );
    talk.pass(Duration::from_millis(500));
    // By the head it is not known how many events there are.
    let reply = ask(&mut talk, &lines);
    assert_eq!((reply.status, reply.field("retry-after")), (429, Some("1")));
    talk.pass(Duration::from_millis(500));
    let reply = ask(&mut talk, &lines);
    assert_eq!((reply.status, reply.field("retry-after")), (429, Some("7")));
    talk.pass(Duration::from_millis(6_500));
    assert_eq!(ask(&mut talk, &lines).field("retry-after"), Some("1"));
    talk.pass(Duration::from_millis(500));
    assert_eq!(ask(&mut talk, &lines).status, 200);
    talk.finish();
}

#[test]
fn each_line_is_an_event() {
    let lines = |count| {
        let body = "{\"data\":1}\n".repeat(count);
        post("/events/a", "Content-Type: application/x-ndjson\r\n", &body)
    };
    let mut talk = anonymous("1:10");
    assert_eq!(ask(&mut talk, lines(6)).status, 200);
    assert_eq!(ask(&mut talk, lines(5)).status, 429, "all or none");
    assert_eq!(
        ask(&mut talk, lines(4)).status,
        200,
        "a refusal takes nothing"
    );
    assert_eq!(ask(&mut talk, say("")).status, 429);
    talk.pass(60 * SECOND);
    let reply = ask(&mut talk, lines(11));
    assert_eq!(reply.status, 413, "no wait is long enough");
    assert_eq!(sentence(&reply), "you may publish 10 events at once");
    assert_eq!(ask(&mut talk, lines(10)).status, 200);
    assert_eq!(talk.said().len(), 20);
    talk.finish();
}

#[test]
fn whatever_publishes_counts() {
    let chat = post("/sse/message", "", r#"{"message":"a","user":"ann"}"#);
    let end = "DELETE /events/a HTTP/1.1\r\nHost: h\r\n\r\n".to_owned();
    for input in [chat, end, say("")] {
        let mut talk = anonymous("1");
        statuses(&mut talk, &input, &[200, 429]);
        statuses(&mut talk, &say(""), &[429]);
        // What is wrong is told so, and counts for nothing.
        statuses(&mut talk, &post("/events/a?type=gap", "", "x"), &[400]);
        talk.pass(SECOND);
        statuses(&mut talk, &post("/events/a?type=gap", "", "x"), &[400]);
        statuses(&mut talk, &input, &[200, 429]);
        talk.finish();
    }
}

#[test]
fn reading_is_no_publishing() {
    let mut talk = anonymous("1");
    statuses(&mut talk, &say(""), &[200, 429]);
    let poll = super::get("/events/a?format=poll&last_event_id=earliest", "");
    statuses(&mut talk, &poll, &[200, 200]);
    talk.finish();
}

#[test]
fn each_address_has_its_own() {
    let talk = anonymous("1");
    let said = |address: &str| ask(&mut talk.another_from(at(address)), say("")).status;
    assert_eq!([said("192.0.2.1"), said("192.0.2.1")], [200, 429]);
    assert_eq!([said("192.0.2.2"), said("192.0.2.2")], [200, 429]);
    assert_eq!(said("::ffff:192.0.2.1"), 429, "the same in other words");
    assert_eq!([said("2001:db8::1"), said("2001:db8::f:1")], [200, 429]);
    assert_eq!(said("2001:db8:0:1::1"), 200, "another network");
}

#[test]
fn each_subject_has_its_own() {
    let mut talk = credentials("1");
    statuses(&mut talk, &say(""), &[200, 200, 200]);
    statuses(&mut talk, &say(&by_key(0)), &[200, 429]);
    statuses(&mut talk, &say(&by_key(1)), &[429]);
    statuses(&mut talk, &say(&by_token(Some("shop"), 1)), &[429]);
    statuses(&mut talk, &say(&by_key(2)), &[200, 429]);
    statuses(&mut talk, &say(&by_token(Some("ann"), 1)), &[200, 429]);
    statuses(&mut talk, &say(&by_token(Some("ann"), 2)), &[429]);
    statuses(&mut talk, &say(&by_token(None, 1)), &[200, 429]);
    statuses(&mut talk, &say(&by_token(None, 2)), &[200, 429]);
    // Wherever they come from.
    let mut elsewhere = talk.another_from(at("192.0.2.1"));
    statuses(&mut elsewhere, &say(&by_key(0)), &[429]);
    talk.finish();
}

#[test]
fn a_credential_does_not_count_for_its_address() {
    let mut talk = anonymous("1");
    statuses(&mut talk, &say(&by_key(0)), &[200, 200]);
    statuses(&mut talk, &say(""), &[200, 429]);
    statuses(&mut talk, &say(&by_key(0)), &[200]);
    talk.finish();
}

#[test]
fn without_limits_there_are_none() {
    let mut talk = limited(LimitConfig::default());
    statuses(&mut talk, &say(""), &[200; 100]);
    statuses(&mut talk, &say(&by_key(0)), &[200; 100]);
    talk.finish();
}
