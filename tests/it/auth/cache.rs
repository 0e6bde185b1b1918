//! Tokens that are remembered: never longer than they are good.

use super::*;
use ssehub::auth::{CACHED_SELECTORS, CACHED_TOKENS};

#[test]
fn a_remembered_token_expires() {
    let auth = auth([by_secret()]);
    let token = plain(&json!({ "exp": NOW + 60, "mercure": { "publish": ["a"] } }));
    let at = |seconds: u64| auth.grant(Some(&token), (NOW + seconds) * 1_000);
    assert!(at(0).is_ok() && at(59).unwrap().may_publish(&topic("a")));
    assert_eq!(at(60).unwrap_err(), Refusal::Invalid(Reason::Expired));
    assert_eq!(at(61).unwrap_err(), Refusal::Invalid(Reason::Expired));
    assert_eq!(
        auth.signature_checks(),
        1,
        "its signature is known to be good"
    );
}

#[test]
fn a_refused_token_may_become_good() {
    let auth = auth([by_secret()]);
    let token = plain(&json!({ "nbf": NOW + 1 }));
    assert!(auth.grant(Some(&token), NOW_MS).is_err());
    assert!(auth.grant(Some(&token), NOW_MS + 1_000).is_ok());
}

#[test]
fn keys_that_are_replaced_are_forgotten_at_once() {
    let auth = auth([by_secret(), Authority::new(public_key("ES256"))]);
    let by_secret = plain(&publishing(&["*"]));
    let by_curve = token(json!({ "alg": "ES256" }), &publishing(&["*"]));
    assert!(
        auth.grant(Some(&by_secret), NOW_MS).is_ok() && auth.grant(Some(&by_curve), NOW_MS).is_ok()
    );
    assert!(auth.replace_keys(0, Keys::from_secret(&[7; 64]).unwrap()));
    assert_eq!(refused(&auth, &by_secret), Reason::Signature);
    assert!(auth.grant(Some(&by_curve), NOW_MS).is_ok());
    assert!(
        auth.replace_keys(1, public_key("ES384")) && !auth.replace_keys(2, public_key("ES384"))
    );
    assert_eq!(refused(&auth, &by_curve), Reason::Algorithm);
    assert!(auth.replace_keys(0, public_key("HS256")));
    assert!(auth.grant(Some(&by_secret), NOW_MS).is_ok());
}

/// More tokens than are remembered, each of them with what it grants and not with what another does.
#[test]
fn more_tokens_than_are_remembered() {
    let auth = auth([by_secret()]);
    let tokens: Vec<_> = (0..CACHED_TOKENS + 10)
        .map(|number| {
            let name = number.to_string();
            (plain(&publishing(&[&name])), topic(&name))
        })
        .collect();
    for (token, topic) in tokens.iter().chain(&tokens) {
        let grant = auth.grant(Some(token), NOW_MS).unwrap();
        assert!(grant.may_publish(topic) && !grant.may_publish(&super::topic("x")));
        assert_eq!(granted(&grant)[0], [topic.as_str()]);
    }
}

#[test]
fn large_grants_count_for_more() {
    let auth = auth([by_secret()]);
    let names: Vec<_> = (0..500).map(|number| format!("{number:x}")).collect();
    let sample = auth
        .grant(
            Some(&plain(&json!({ "mercure": { "publish": names } }))),
            NOW_MS,
        )
        .unwrap();
    assert_eq!(granted(&sample)[0].len(), 500);
    for number in 0..2 * CACHED_SELECTORS / 500 {
        let token = plain(&json!({ "sub": number.to_string(), "mercure": { "publish": names } }));
        let grant = auth.grant(Some(&token), NOW_MS).unwrap();
        assert_eq!(grant.subject(), Some(&*number.to_string()));
    }
}

/// Threads that ask while keys are replaced: with the old keys or the new ones, never with both.
#[test]
fn replaced_while_it_is_asked() {
    let auth = auth([by_secret()]);
    let token = plain(&publishing(&["*"]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..2_000).for_each(|_| drop(auth.grant(Some(&token), NOW_MS))));
        }
        for _ in 0..100 {
            auth.replace_keys(0, Keys::from_secret(&[7; 64]).unwrap());
            assert!(auth.grant(Some(&token), NOW_MS).is_err());
            auth.replace_keys(0, public_key("HS256"));
            assert!(auth.grant(Some(&token), NOW_MS).is_ok());
        }
    });
}
