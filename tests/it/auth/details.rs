//! What tokens of draft 08 grant, and what they are held to.

use super::*;
use ssehub::auth::Details;

const TYPE: &str = "https://mercure.rocks/authorization-detail";

fn hub() -> Auth {
    let rules = Details::new("https://id.example", "https://hub.example");
    auth([by_secret().with_details(Some(rules))])
}

fn claims(details: Value) -> Value {
    json!({
        "iss": "https://id.example", "aud": "https://hub.example", "exp": NOW + 60, "sub": "ann",
        "authorization_details": details,
    })
}

fn access_token(claims: &Value) -> String {
    token(json!({ "alg": "HS256", "typ": "at+jwt" }), claims)
}

/// One good detail with these members instead of its own.
fn detail(changes: Value) -> Value {
    let mut detail = json!({ "type": TYPE, "actions": ["publish"], "topics": [{ "match": "a" }] });
    for (name, value) in changes.as_object().unwrap() {
        detail[name] = value.clone();
    }
    detail
}

fn grant(details: Value) -> Result<Grant, Refusal> {
    hub().grant(Some(&access_token(&claims(details))), NOW_MS)
}

#[test]
fn what_the_details_say() {
    let grant = grant(json!([
        { "type": "https://example.com/other", "actions": 7 },
        { "type": TYPE, "actions": ["subscribe", "publish", "dance"], "topics": [{ "match": "a" }, { "match": "b{c}", "match_type": "exact" }], "payload": 1 },
        { "type": TYPE, "actions": ["subscribe"], "topics": [{ "match": "*" }], "payload": { "n": 2 }, "more": [] },
        { "type": TYPE, "actions": ["dance"], "topics": [{ "match": "z" }] },
    ]))
    .unwrap();
    assert_eq!(granted(&grant), [vec!["a", "b{c}"], vec!["a", "b{c}", "*"]]);
    assert!(!grant.may_publish(&topic("bx")) && grant.may_publish(&topic("b{c}")));
    assert_eq!(grant.until_ms(), Some((NOW + 60) * 1_000));
    assert_eq!(grant.subject(), Some("ann"));
    let payload = |name: &str| grant.payload(&Selector::Exact(topic(name))).unwrap();
    assert_eq!([payload("a"), payload("other")], ["1", r#"{"n":2}"#]);
    assert_eq!(grant.payload(&Selector::All), Some(r#"{"n":2}"#));
}

#[test]
fn url_patterns() {
    let books = json!({ "match": "/books/:id", "match_type": "urlpattern" });
    let grant = grant(json!([detail(json!({ "topics": [books] }))])).unwrap();
    assert!(grant.may_publish(&topic("/books/1")));
    assert!(!grant.may_publish(&topic("/books/1/pages")));
    assert!(!grant.may_publish(&topic("https://elsewhere.example/books/1")));
}

#[test]
fn any_defect_makes_the_whole_token_invalid() {
    let good = detail(json!({}));
    for wrong in [
        json!({ "actions": [] }),
        json!({ "actions": "publish" }),
        json!({ "actions": ["publish", 7] }),
        json!({ "actions": null }),
        json!({ "topics": [] }),
        json!({ "topics": "a" }),
        json!({ "topics": ["a"] }),
        json!({ "topics": [["a"]] }),
        json!({ "topics": [{}] }),
        json!({ "topics": [{ "match": 7 }] }),
        json!({ "topics": [{ "match": "" }] }),
        json!({ "topics": [{ "match": "a\u{7}" }] }),
        json!({ "topics": [{ "match": "a\u{85}" }] }),
        json!({ "topics": [{ "match": "x".repeat(256) }] }),
        json!({ "topics": [{ "match": "a" }, { "match": "/(?=a)", "match_type": "urlpattern" }] }),
        json!({ "topics": [{ "match": "a", "match_type": "Exact" }] }),
        json!({ "topics": [{ "match": "a", "match_type": null }] }),
        json!({ "topics": vec![json!({ "match": "a" }); 101] }),
    ] {
        let refusal = grant(json!([good, detail(wrong.clone())])).unwrap_err();
        assert_eq!(refusal, Refusal::Invalid(Reason::Details), "{wrong}");
    }
    for wrong in [
        json!({}),
        json!("x"),
        json!([good, 7]),
        json!([good, {}]),
        json!([good, [TYPE, ["publish"], [{ "match": "*" }]]]),
        json!([good, { "type": 7 }]),
        json!([good, { "type": TYPE }]),
        json!([vec![json!({ "type": "x" }); 100], vec![good.clone()]].concat()),
    ] {
        assert_eq!(
            grant(wrong.clone()).unwrap_err(),
            Refusal::Invalid(Reason::Details),
            "{wrong:.50}"
        );
    }
    assert!(
        grant(json!(vec![
            detail(json!({ "topics": [{ "match": "a" }] }));
            40
        ]))
        .is_ok()
    );
    assert!(
        grant(json!(
            [vec![json!({ "type": "x" }); 99], vec![good.clone()]].concat()
        ))
        .is_ok()
    );
    let topics = detail(json!({ "topics": vec![json!({ "match": "a" }); 50] }));
    assert!(grant(json!([topics, topics])).is_ok());
    assert!(grant(json!([topics, topics, good])).is_err());
}

#[test]
fn what_an_access_token_is_held_to() {
    let hub = hub();
    let good = claims(json!([detail(json!({}))]));
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        refused(&hub, &access_token(&claims))
    };
    assert_eq!(without("iss"), Reason::Issuer);
    assert_eq!(without("aud"), Reason::Audience);
    assert_eq!(without("exp"), Reason::NoExpiry);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        refused(&hub, &access_token(&claims))
    };
    assert_eq!(with("iss", json!("https://id.example/")), Reason::Issuer);
    assert_eq!(
        with("aud", json!(["https://hub.example/"])),
        Reason::Audience
    );
    assert_eq!(with("exp", json!(NOW)), Reason::Expired);
    assert_eq!(with("nbf", json!(NOW + 1)), Reason::NotYetValid);
    assert_eq!(with("exp", json!("never")), Reason::Claims);
    for typ in ["JWT", "jwt", "at+jw", "at+jwt2", ""] {
        let token = token(json!({ "alg": "HS256", "typ": typ }), &good);
        assert_eq!(refused(&hub, &token), Reason::Type);
    }
    assert_eq!(refused(&hub, &plain(&good)), Reason::Type);
    assert_eq!(
        refused(&hub, &token(json!({ "alg": "HS256" }), &good)),
        Reason::Type
    );
    for typ in [
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/At+Jwt",
    ] {
        let token = token(json!({ "alg": "HS256", "typ": typ }), &good);
        assert!(hub.grant(Some(&token), NOW_MS).is_ok());
    }
}

/// A token that has details is held to their rules, whatever else it says.
#[test]
fn both_versions_at_once() {
    let hub = hub();
    let old = plain(&publishing(&["old"]));
    assert_eq!(granted(&hub.grant(Some(&old), NOW_MS).unwrap())[0], ["old"]);
    let mut both = claims(json!([detail(json!({}))]));
    both["mercure"] = json!({ "publish": ["*"] });
    assert_eq!(
        granted(&hub.grant(Some(&access_token(&both)), NOW_MS).unwrap())[0],
        ["a"]
    );
    both["aud"] = json!("somebody else");
    assert_eq!(refused(&hub, &access_token(&both)), Reason::Audience);
    let others = json!({ "mercure": { "publish": ["old"] }, "authorization_details": [{ "type": "other" }] });
    assert_eq!(
        granted(&hub.grant(Some(&plain(&others)), NOW_MS).unwrap())[0],
        ["old"]
    );
}

/// The keys of one issuer vouch for no other.
#[test]
fn keys_belong_to_their_issuer() {
    let rules = |issuer: &str| Details::new(issuer, "https://hub.example");
    let hub = auth([
        by_secret()
            .with_details(Some(rules("https://one.example")))
            .with_plain(None),
        Authority::new(public_key("ES256"))
            .with_details(Some(rules("https://id.example")))
            .with_plain(None),
    ]);
    let claims = claims(json!([detail(json!({}))]));
    assert_eq!(refused(&hub, &access_token(&claims)), Reason::Issuer);
    let theirs = token(json!({ "alg": "ES256", "typ": "at+jwt" }), &claims);
    assert!(hub.grant(Some(&theirs), NOW_MS).is_ok());
}
