//! What one token may take.

use ssehub::limits::{LimitConfig, Limits};

use super::*;

/// A hub with these limits, and what two people show there.
fn limited(limits: LimitConfig) -> (Talk, [String; 2]) {
    let keys = Keys::from_secret(SECRET.as_bytes()).unwrap();
    let auth = Auth::new(Rights::to_read()).with_authority(Authority::new(keys));
    let talk = Talk::with(
        HttpConfig::default()
            .auth(Arc::new(auth))
            .limits(Arc::new(Limits::new(limits))),
    );
    let people = ["ann", "bob"].map(|name| {
        let mut claims = plain(ANYTHING, ANYTHING);
        claims["sub"] = json!(name);
        bearer(&sign("JWT", &claims))
    });
    (talk, people)
}

#[track_caller]
fn is_too_much(reply: &Reply) {
    assert_eq!(reply.status, 429, "{reply:?}");
    assert!(reply.field("retry-after").is_some(), "{reply:?}");
}

#[test]
fn streams_of_one_subject() {
    let (talk, [ann, bob]) = limited(LimitConfig::default().credential_subscriptions(2));
    let target = format!("{HUB}?topic=a");
    let streams = ["topic=a", "match=a"].map(|query| subscribe(&talk, query, &ann));
    is_too_much(&ask(&mut talk.another(), request("GET", &target, &ann)));
    subscribe(&talk, "topic=a", &bob);
    subscribe(&talk, "topic=a", "");
    for stream in streams {
        stream.talk.finish();
    }
    subscribe(&talk, "topic=a", &ann);
}

#[test]
fn updates_of_one_subject() {
    let (mut talk, [ann, bob]) =
        limited(LimitConfig::default().publish(Some("1:2".parse().unwrap())));
    let mut status = |fields: &str| ask(&mut talk, update(fields, "topic=a")).status;
    assert_eq!([status(&ann), status(&ann), status(&bob)], [200; 3]);
    is_too_much(&ask(&mut talk, update(&ann, "topic=a")));
    talk.pass(std::time::Duration::from_secs(1));
    assert_eq!(ask(&mut talk, update(&ann, "topic=a")).status, 200);
}
