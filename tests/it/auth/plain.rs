//! What tokens of draft 07 grant.

use super::*;

fn grant(claims: Value) -> Grant {
    auth([by_secret()])
        .grant(Some(&plain(&claims)), NOW_MS)
        .unwrap()
}

#[test]
fn what_the_claim_says_and_no_more() {
    let full = grant(json!({
        "mercure": { "publish": ["a", "b/{c}"], "subscribe": ["*"], "payload": { "x": [1] } },
        "sub": "ann", "exp": NOW + 60, "iss": "anybody", "aud": ["anything"], "other": null,
    }));
    assert_eq!(granted(&full), [vec!["a", "b/{c}"], vec!["*"]]);
    assert_eq!(full.subject(), Some("ann"));
    assert_eq!(full.until_ms(), Some((NOW + 60) * 1_000));
    assert_eq!(full.payload(&Selector::All), Some(r#"{"x":[1]}"#));
    assert!(full.may_publish(&topic("b/7")) && !full.may_publish(&topic("b")));
    for nothing in [
        json!({}),
        json!({ "mercure": {} }),
        json!({ "mercure": null }),
        json!({ "mercure": { "publish": [], "subscribe": null } }),
        json!({ "mercur": { "publish": ["*"] } }),
        json!({ "publish": ["*"] }),
    ] {
        let grant = grant(nothing);
        assert_eq!(granted(&grant), [vec![], Vec::<&str>::new()]);
        assert_eq!((grant.subject(), grant.until_ms()), (None, None));
        assert_eq!(grant.payload(&Selector::All), None);
    }
}

#[test]
fn the_claim_has_two_names() {
    let spelled = json!({ "https://mercure.rocks/": { "publish": ["a"] } });
    assert_eq!(granted(&grant(spelled))[0], ["a"]);
    let both =
        json!({ "https://mercure.rocks/": { "publish": ["a"] }, "mercure": { "publish": ["*"] } });
    assert_eq!(granted(&grant(both))[0], ["a"]);
}

/// The draft's rule: everything, or an equal text, or a template that matches, or nothing.
#[test]
fn selectors() {
    let list = ["", "a\u{7}", "a{b", "{+c}", &"x".repeat(256), "a", "a"];
    let grant = grant(json!({ "mercure": { "publish": list } }));
    assert_eq!(granted(&grant)[0], ["a{b", "{+c}", "a"]);
    assert!(grant.may_publish(&topic("a{b")));
}

#[test]
fn details_count_for_nothing_unless_they_are_wanted() {
    let details = json!([{
        "type": "https://mercure.rocks/authorization-detail",
        "actions": ["publish"], "topics": [{ "match": "*" }],
    }]);
    assert_eq!(
        granted(&grant(json!({ "authorization_details": details })))[0],
        Vec::<&str>::new()
    );
    assert!(
        grant(json!({ "authorization_details": 7, "mercure": { "publish": ["a"] } }))
            .may_publish(&topic("a"))
    );
}

#[test]
fn publishers_and_subscribers_have_keys_of_their_own() {
    let claims = json!({ "mercure": { "publish": ["p"], "subscribe": ["s"] } });
    let publisher = || Authority::new(public_key("HS256")).publishers_only();
    let subscriber = || Authority::new(public_key("ES256")).subscribers_only();
    let auth = auth([publisher(), subscriber()]);
    let grant = |algorithm: &str| {
        let token = token(json!({ "alg": algorithm }), &claims);
        auth.grant(Some(&token), NOW_MS).unwrap()
    };
    assert_eq!(granted(&grant("HS256")), [vec!["p"], vec![]]);
    assert_eq!(granted(&grant("ES256")), [vec![], vec!["s"]]);
    let same = super::auth([
        publisher(),
        Authority::new(public_key("HS256")).subscribers_only(),
    ]);
    let token = plain(&claims);
    assert_eq!(
        granted(&same.grant(Some(&token), NOW_MS).unwrap()),
        [vec!["p"], vec!["s"]]
    );
}

#[test]
fn they_can_be_refused_altogether() {
    let auth = auth([by_secret().with_plain(None)]);
    assert_eq!(refused(&auth, &plain(&publishing(&["*"]))), Reason::Version);
}

/// Of several authorities the one that a token came furthest with says why.
#[test]
fn the_reason_is_the_last_one() {
    let auth = auth([
        Authority::new(public_key("ES256")),
        by_secret(),
        Authority::new(Keys::from_secret(&[7; 64]).unwrap()),
    ]);
    assert_eq!(
        refused(&auth, &plain(&json!({ "exp": 1 }))),
        Reason::Expired
    );
    let stranger = plain(&json!({})).replace("e30", "e31");
    assert_eq!(refused(&auth, &stranger), Reason::Signature);
}
