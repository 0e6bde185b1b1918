//! Streams that may last for a time only.

use std::time::Duration;

use ssehub::http::HttpConfig;

use super::{Stream, get, post};
use crate::talk::Talk;

const LIFE: Duration = Duration::from_secs(100);
const SHORTEST: Duration = Duration::from_secs(80);
const INSTANT: Duration = Duration::from_millis(1);

/// A server whose streams live for a hundred seconds, and hang for as long as they like.
fn mortal() -> Talk {
    Talk::with(HttpConfig::default().stream_life(LIFE).stall(10 * LIFE))
}

fn say(talk: &Talk, data: &str) {
    talk.another().send(post("/events/a", "", data));
}

#[test]
fn a_stream_ends_as_it_should_when_its_time_is_over() {
    for target in ["/events/a", "/events/a?presence=1", "/events?topic=*"] {
        let talk = mortal();
        let mut stream = Stream::open(talk.another(), get(target));
        talk.world.pass(SHORTEST - INSTANT);
        stream.read();
        assert!(!stream.talk.ended, "{target}");
        say(&talk, "before");
        assert_eq!(stream.data().last().unwrap(), "before", "{target}");
        talk.world.pass(LIFE - SHORTEST + INSTANT);
        say(&talk, "after");
        stream.talk.read();
        let rest = String::from_utf8_lossy(&stream.talk.received);
        assert!(stream.talk.ended, "{target}");
        assert!(!rest.contains("after"), "{target}: {rest}");
        assert!(rest.ends_with("0\r\n\r\n"), "{target}: {rest}");
        assert!(stream.talk.is_over(), "{target}");
        assert_eq!(talk.site.hub().subscribers(), 0, "{target}");
    }
}

#[test]
fn a_stream_that_waits_for_its_peer_ends_in_time_too() {
    for target in ["/events/a", "/events/a?presence=1"] {
        let talk = mortal();
        let mut stream = Stream::open(talk.another(), get(target));
        for _ in 0..20 {
            say(&talk, &"x".repeat(1_000));
        }
        talk.world.pass(LIFE);
        talk.world.pass(LIFE);
        assert!(stream.talk.is_over(), "{target}");
        stream.talk.read();
        assert!(stream.talk.ended, "{target}");
    }
}

#[test]
fn streams_that_began_together_do_not_end_together() {
    let talk = mortal();
    let mut streams: Vec<_> = (0..20)
        .map(|_| Stream::open(talk.another(), get("/events/a")))
        .collect();
    let mut left = Vec::new();
    for _ in 0..10 {
        talk.world.pass((LIFE - SHORTEST) / 10);
        if left.is_empty() {
            talk.world.pass(SHORTEST - (LIFE - SHORTEST) / 10);
        }
        streams.retain_mut(|stream| !stream.talk.is_over());
        left.push(streams.len());
    }
    assert!(left.iter().any(|left| (5..=15).contains(left)), "{left:?}");
    talk.world.pass(LIFE);
    assert!(streams.iter_mut().all(|stream| stream.talk.is_over()));
}
