//! A stream ends with the token that it was opened with.

use std::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Tokens of both drafts that are good for a minute.
fn for_a_minute() -> [String; 2] {
    let [mut old, mut new] = [plain(ANYTHING, ANYTHING), details(ANYTHING, ANYTHING)];
    old["exp"] = json!(61);
    new["exp"] = json!(61);
    [sign("JWT", &old), sign("at+jwt", &new)]
}

#[test]
fn a_stream_ends_when_its_token_does() {
    for token in for_a_minute() {
        let talk = guarded(Rights::to_read());
        let cookie = format!("Cookie: mercureAuthorization={token}\r\n");
        let in_query = format!("topic=a&authorization={token}");
        let mut streams = [
            subscribe(&talk, "topic=a", &bearer(&token)),
            subscribe(&talk, "match=a", &cookie),
            subscribe(&talk, &in_query, ""),
        ];
        let mut forever = subscribe(&talk, "topic=a", "");
        talk.world.pass(59 * SECOND);
        publish(&talk, "topic=a&private&data=in time");
        for stream in &mut streams {
            assert_eq!(stream.data(), ["in time"]);
            assert!(!stream.talk.ended);
        }
        talk.world.pass(SECOND);
        publish(&talk, "topic=a&private&data=too late");
        for stream in &mut streams {
            assert_eq!(stream.data(), [""; 0]);
            assert!(stream.talk.ended && stream.talk.is_over());
        }
        forever.read();
        assert!(!forever.talk.ended);
    }
}

#[test]
fn a_token_that_has_ended_opens_nothing() {
    for token in for_a_minute() {
        let mut talk = guarded(Rights::everything());
        subscribe(&talk, "topic=a", &bearer(&token));
        talk.world.pass(60 * SECOND);
        let target = format!("{HUB}?topic=a");
        let reply = ask(&mut talk, request("GET", &target, &bearer(&token)));
        challenged(&reply, 401, Some("invalid_token"));
        let reply = ask(&mut talk, update(&bearer(&token), "topic=a"));
        challenged(&reply, 401, Some("invalid_token"));
    }
}

/// What a client may see is decided anew whenever it comes.
#[test]
fn a_replay_is_by_the_token_that_asks_for_it() {
    let talk = guarded(Rights::to_read());
    let [all, none] = [ANYTHING, NOTHING].map(|read| bearer(&sign("JWT", &plain(NOTHING, read))));
    let mut before = subscribe(&talk, "topic=*", &all);
    publish(&talk, "topic=a&data=public");
    publish(&talk, "topic=a&private&data=secret");
    assert_eq!(before.data(), ["public", "secret"]);
    let query = "topic=*&lastEventID=earliest";
    assert_eq!(stream(&talk, query, &none).data(), ["public"]);
    assert_eq!(stream(&talk, query, "").data(), ["public"]);
    assert_eq!(stream(&talk, query, &all).data(), ["public", "secret"]);
}

/// A limit that the hub sets for all of them.
#[test]
fn the_life_of_a_stream_may_be_bounded() {
    let talk = Talk::with(HttpConfig::default().stream_life(100 * SECOND));
    let mut stream = subscribe(&talk, "match=a", "");
    talk.world.pass(79 * SECOND);
    stream.read();
    assert!(!stream.talk.ended);
    talk.world.pass(22 * SECOND);
    stream.read();
    assert!(stream.talk.ended);
}
