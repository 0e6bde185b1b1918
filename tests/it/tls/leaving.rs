//! Clients that are slow to say something, leave by half, or are cut off in the middle of a record.

use std::time::Duration;

use futures_lite::AsyncWriteExt as _;
use futures_lite::future::{block_on, poll_once};

use ssehub::tls::HANDSHAKE_DEADLINE;

use super::raw::Raw;
use super::{ROOM, server};

/// The head of a handshake's record.
const BEGINNING: &[u8] = &[22, 3, 1, 2, 0, 1];

/// A record that says that nothing more will come.
const FAREWELL: &[u8] = &[21, 3, 3, 0, 2, 1, 0];

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: hub.example\r\n\r\n";
const LISTEN: &str = "GET /events/x HTTP/1.1\r\nHost: hub.example\r\n\r\n";

/// Publishes this text, with a body that is said to be so long.
fn post(body: &str, length: usize) -> String {
    format!(
        "POST /events/x HTTP/1.1\r\nHost: hub.example\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// How many events the log has.
fn stored(raw: &Raw) -> u64 {
    raw.server.world.hub.log().size().events
}

#[test]
fn who_says_no_more_is_answered_what_it_has_asked() {
    let (server, certificate) = server();
    for old in [false, true] {
        for at_once in [true, false] {
            let mut raw = Raw::shake(&server, &certificate, old);
            let before = stored(&raw);
            let mut last = raw.records(&(HEALTH.to_owned() + &post("a", 1)));
            let farewell = raw.farewell();
            match at_once {
                true => last.extend(&farewell),
                false => {
                    raw.push(&last);
                    last = farewell;
                }
            }
            raw.push(&last);
            let said = raw.read();
            assert_eq!(said.matches("HTTP/1.1 200 OK").count(), 2, "{said}");
            assert_eq!(stored(&raw), before + 1);
            assert!(raw.ends());
        }
    }
}

#[test]
fn a_subscriber_that_says_no_more_has_left() {
    let (server, certificate) = server();
    for old in [false, true] {
        let mut raw = Raw::shake(&server, &certificate, old);
        let listen = raw.records(LISTEN);
        raw.push(&listen);
        assert!(raw.read().contains("text/event-stream"));
        assert_eq!(server.world.hub.subscribers(), 1);
        let farewell = raw.farewell();
        raw.push(&farewell);
        assert_eq!(server.world.hub.subscribers(), 0);
        assert!(raw.ends());
    }
}

#[test]
fn what_is_cut_off_is_never_taken_for_the_whole() {
    let (server, certificate) = server();
    for old in [false, true] {
        let length = Raw::shake(&server, &certificate, old)
            .records(&post("whole", 5))
            .len();
        for cut in [0, 1, 4, 5, 6, length / 2, length - 1, length] {
            let mut raw = Raw::shake(&server, &certificate, old);
            let before = stored(&raw);
            let records = raw.records(&post("whole", 5));
            raw.push(&records[..cut]);
            raw.hang_up();
            let said = raw.read();
            match cut == length {
                true => assert!(said.starts_with("HTTP/1.1 200 OK"), "{said}"),
                false => assert!(!said.contains("HTTP"), "{cut}: {said}"),
            }
            assert_eq!(stored(&raw) - before, u64::from(cut == length), "{cut}");
            assert!(raw.ends(), "{cut}");
        }
    }
}

#[test]
fn a_body_that_is_cut_off_between_records_or_within_one() {
    let (server, certificate) = server();
    for (rest, lost) in [("", 0), ("hal", 0), ("half", 1)] {
        let mut raw = Raw::shake(&server, &certificate, false);
        let head = raw.records(&post("", 4));
        let body = match rest {
            "" => Vec::new(),
            rest => raw.records(rest),
        };
        raw.push(&head);
        raw.push(&body[..body.len() - lost]);
        raw.hang_up();
        let said = raw.read();
        assert!(said.starts_with("HTTP/1.1 400 "), "{rest}: {said}");
        assert!(said.contains("the body ends before its length"), "{said}");
        assert!(said.ends_with("[end]"), "{said}");
        assert_eq!(stored(&raw), 0);
        assert!(raw.ends());
    }
}

#[test]
fn a_record_byte_by_byte() {
    let (server, certificate) = server();
    let mut raw = Raw::shake(&server, &certificate, false);
    for request in [HEALTH, LISTEN] {
        for byte in raw.records(request) {
            raw.push(&[byte]);
        }
        assert!(raw.read().starts_with("HTTP/1.1 200 OK"));
    }
    server.world.publish("x", "heard");
    assert!(raw.read().contains("data: heard"));
}

#[test]
fn half_a_record_is_no_request_however_often_it_goes_on() {
    let (server, certificate) = server();
    let mut raw = Raw::shake(&server, &certificate, false);
    let records = raw.records(HEALTH);
    // The default of --idle is 75 seconds.
    for byte in &records[..37] {
        raw.push(&[*byte]);
        server.world.pass(Duration::from_secs(2));
    }
    assert!(!raw.serving.is_finished());
    server.world.pass(Duration::from_secs(1));
    assert!(raw.ends());
}

#[test]
fn half_a_head_in_a_record_is_late() {
    let (server, certificate) = server();
    let mut raw = Raw::shake(&server, &certificate, false);
    let half = raw.records(&HEALTH[..20]);
    raw.push(&half);
    // The default of --head-deadline.
    server.world.pass(Duration::from_secs(10));
    let said = raw.read();
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(said.ends_with("[end]"), "{said}");
    server.world.pass(Duration::from_secs(2));
    assert!(raw.ends());
}

#[test]
fn a_subscriber_in_the_middle_of_a_record_hears_on() {
    let (server, certificate) = server();
    let mut raw = Raw::shake(&server, &certificate, false);
    let listen = raw.records(LISTEN);
    raw.push(&listen);
    raw.read();
    let more = raw.records("what nobody wants to know");
    for half in more.chunks(more.len() / 2) {
        raw.push(half);
        for number in 0..3 {
            server.world.publish("x", &format!("event {number}"));
            assert!(raw.read().contains(&format!("data: event {number}\n")));
        }
    }
    // And one that is gone there is gone.
    let more = raw.records("nor this");
    raw.push(&more[..more.len() - 1]);
    raw.hang_up();
    assert!(raw.ends());
    assert_eq!(server.world.hub.subscribers(), 0);
}

#[test]
fn who_leaves_in_its_handshake_is_not_waited_for() {
    for said in [&b""[..], BEGINNING, FAREWELL] {
        let (server, _) = server();
        let (mut pipe, serving) = server.connect(ROOM);
        _ = block_on(poll_once(pipe.write_all(said)));
        pipe.writer = None;
        server.world.settle();
        assert!(serving.is_finished(), "{said:?}");
        block_on(serving);
    }
}

/// Before there are keys, anyone on the way could say so (RFC 8446, section 6.1): it counts for nothing.
#[test]
fn a_farewell_in_a_handshake_is_no_end_and_no_delay() {
    let (server, _) = server();
    let (mut pipe, serving) = server.connect(ROOM);
    _ = block_on(poll_once(pipe.write_all(FAREWELL)));
    server.world.settle();
    assert!(!serving.is_finished());
    server.world.pass(HANDSHAKE_DEADLINE);
    assert!(serving.is_finished());
    block_on(serving);
}
