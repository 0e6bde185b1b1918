//! Peers that are slow, silent or endless: every wait ends, and with an answer where one is due.

use std::time::Duration;

use ssehub::http::HttpConfig;

use super::{HEALTH, LISTEN, Talk, chunks, refused, say, say_as};

const SECOND: Duration = Duration::from_secs(1);

/// Sends one byte a second, and tells after how many seconds the server had enough.
fn drip(talk: &mut Talk, bytes: &str, limit: usize) -> usize {
    for (second, byte) in bytes.bytes().cycle().take(limit).enumerate() {
        talk.send([byte]);
        if talk.ended {
            return second;
        }
        talk.pass(SECOND);
    }
    panic!("still open after {limit} seconds");
}

#[test]
fn a_head_that_drips() {
    let mut talk = Talk::new();
    assert_eq!(drip(&mut talk, "GET / HTTP/1.1\r\nX: ", 60), 10);
    assert_eq!(talk.transcript(), "408 end");
    talk.send(say("smuggled"));
    assert_eq!(talk.said().len(), 0);
    talk.finish();
}

#[test]
fn a_head_that_stops() {
    for head in [
        "G",
        "\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n",
        &HEALTH[..HEALTH.len() - 1],
    ] {
        let mut talk = Talk::new();
        talk.send(head);
        talk.pass(SECOND * 10 - Duration::from_millis(1));
        assert_eq!(talk.transcript(), "", "{head:?}");
        talk.pass(Duration::from_millis(1));
        assert_eq!(talk.transcript(), "408 end", "{head:?}");
        talk.finish();
    }
}

/// The deadline of a head is its own: it counts neither the idle time nor the request before.
#[test]
fn a_head_after_a_long_silence() {
    let mut talk = Talk::new();
    for _ in 0..3 {
        talk.pass(SECOND * 74);
        talk.send(&HEALTH[..9]);
        talk.pass(SECOND * 9);
        talk.send(&HEALTH[9..]);
        assert_eq!(talk.transcript(), "200");
    }
    talk.send(&HEALTH[..9]);
    talk.pass(SECOND * 10);
    assert_eq!(talk.transcript(), "408 end");
    talk.finish();
}

#[test]
fn a_body_that_drips() {
    for body in [
        say_as("Content-Length: 1000", ""),
        say_as("Transfer-Encoding: chunked", "3e8\r\n"),
        say_as("Transfer-Encoding: chunked", ""),
        say_as("Transfer-Encoding: chunked", "0\r\n"),
    ] {
        let mut talk = Talk::new();
        talk.send(&body);
        assert_eq!(drip(&mut talk, "1", 60), 30, "{body}");
        assert_eq!(talk.transcript(), "408 end", "{body}");
        talk.send(say("smuggled"));
        assert_eq!(talk.said().len(), 0);
        talk.finish();
    }
}

#[test]
fn a_body_that_never_comes() {
    let mut talk = Talk::new();
    talk.send(say_as("Content-Length: 5\r\nExpect: 100-continue", ""));
    talk.pass(SECOND * 30);
    assert_eq!(talk.transcript(), "100 408 end");
    talk.finish();
}

#[test]
fn a_client_that_says_nothing() {
    let mut talk = Talk::new();
    talk.pass(SECOND * 75 - Duration::from_millis(1));
    assert!(!talk.is_over());
    talk.pass(Duration::from_millis(1));
    assert_eq!(talk.transcript(), "end");
    assert!(talk.is_over());
    let mut talk = Talk::new();
    talk.send(HEALTH);
    talk.pass(SECOND * 75);
    assert_eq!(talk.transcript(), "200 end");
    assert!(talk.is_over());
}

/// What it has not read fills the pipe; from then on it has 30 seconds to read something.
#[test]
fn a_client_that_does_not_read() {
    let mut talk = Talk::new();
    let page = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    talk.push(page.repeat(20));
    talk.world.pass(SECOND * 30 - Duration::from_millis(1));
    assert!(!talk.is_over());
    talk.world.pass(Duration::from_millis(1));
    assert!(talk.is_over());
}

#[test]
fn a_client_that_reads_slowly_gets_everything() {
    let mut talk = Talk::new();
    let page = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    talk.push(page.repeat(20));
    while talk.sip() {
        talk.world.pass(SECOND * 29);
    }
    assert_eq!(talk.transcript(), vec!["200"; 20].join(" "));
    talk.finish();
}

/// RFC 9112, section 9.6: the peer gets time to read the refusal, but not for ever.
#[test]
fn a_refused_client_that_does_not_leave() {
    let mut talk = Talk::new();
    talk.send("BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(talk.transcript(), "501 end");
    talk.pass(SECOND * 2 - Duration::from_millis(1));
    assert!(!talk.is_over());
    talk.pass(Duration::from_millis(1));
    assert!(talk.is_over());
}

#[test]
fn a_refused_client_that_sends_for_ever() {
    let mut talk = Talk::new();
    talk.send(say_as("Content-Length: 99999999999", ""));
    assert_eq!(talk.transcript(), "413 end");
    let mut sent = 0;
    while !talk.is_over() {
        sent += talk.push([b'x'; 4_096]);
        assert!(sent <= 65 << 20, "{sent} bytes were read");
    }
    assert!(sent >= 64 << 20, "{sent} bytes were read");
    assert_eq!(talk.said().len(), 0);
}

#[test]
fn lines_without_end() {
    refused("A".repeat(20_000), 414);
    refused(format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(20_000)), 431);
    refused(
        format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(2_000)),
        431,
    );
    refused(
        say_as("Transfer-Encoding: chunked", &"0".repeat(20_000)),
        400,
    );
    refused(
        say_as(
            "Transfer-Encoding: chunked",
            &format!("1;{}", "a".repeat(20_000)),
        ),
        400,
    );
    let trailers = format!("0\r\n{}", "X: yyyyyyyyyyyyyyyy\r\n".repeat(500));
    refused(say_as("Transfer-Encoding: chunked", &trailers), 431);
    refused(
        say_as(
            "Transfer-Encoding: chunked",
            &format!("0\r\nX: {}", "y".repeat(9_000)),
        ),
        431,
    );
}

/// Every byte of the trailers in a segment of its own, and time between them.
#[test]
fn trailers_in_pieces() {
    let request = say_as("Transfer-Encoding: chunked", &chunks("a", 5));
    for cut in 0..="Name: value\r\n\r\n".len() {
        let (first, second) = "Name: value\r\n\r\n".split_at(cut);
        let mut talk = Talk::new();
        talk.send(format!("{request}{first}"));
        talk.pass(SECOND);
        talk.send(format!("{second}{HEALTH}"));
        assert_eq!(talk.transcript(), "200 200", "{first:?}");
        assert_eq!(talk.said(), ["a"]);
        talk.finish();
    }
}

/// The deadlines are those that were asked for.
#[test]
fn deadlines_as_configured() {
    let config = HttpConfig::default()
        .head_deadline(SECOND)
        .body_deadline(SECOND * 2)
        .idle(SECOND * 3);
    for (input, seconds, transcript) in [
        ("G", 1, "408 end"),
        (&*say_as("Content-Length: 1", ""), 2, "408 end"),
        ("", 3, "end"),
        (HEALTH, 3, "200 end"),
    ] {
        let mut talk = Talk::with(config.clone());
        talk.send(input);
        talk.pass(SECOND * seconds - Duration::from_millis(1));
        assert!(!talk.ended, "{input:?}");
        talk.pass(Duration::from_millis(1));
        assert_eq!(talk.transcript(), transcript, "{input:?}");
        talk.finish();
    }
}

/// Heartbeats are writes: a subscriber needs no deadline for its silence.
#[test]
fn a_silent_subscriber_stays() {
    let mut talk = Talk::new();
    talk.send(LISTEN);
    for _ in 0..3_600 {
        talk.pass(SECOND);
    }
    assert_eq!(talk.site.hub().subscribers(), 1);
    assert!(!talk.ended);
    talk.finish();
}
