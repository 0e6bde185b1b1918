//! Tokens that are refused, and how the answer says so. tests/it/auth/ has every reason.

use data_encoding::BASE64URL_NOPAD;

use super::*;

/// What a subscriber and a publisher with this token are answered.
#[track_caller]
fn refuses(token: &str, status: u16, code: &str, sentence: &str) {
    for everyone in [Rights::everything(), Rights::nothing()] {
        let mut talk = guarded(everyone);
        let target = format!("{HUB}?topic=a");
        let subscriber = ask(&mut talk, request("GET", &target, &bearer(token)));
        let publisher = ask(&mut talk.another(), update(&bearer(token), "topic=a"));
        for reply in [subscriber, publisher] {
            challenged(&reply, status, Some(code));
            let told = reply.field("www-authenticate").unwrap();
            let description = format!(r#"error_description="{}""#, sentence.to_lowercase());
            assert!(told.contains(&description), "{told}");
            assert!(reply.body.contains(sentence), "{reply:?}");
        }
        assert_eq!(talk.said().len(), 0);
        talk.finish();
    }
}

#[track_caller]
fn invalid(token: &str, sentence: &str) {
    refuses(token, 401, "invalid_token", sentence);
}

fn changed(name: &str, value: Value) -> String {
    let mut claims = details(ANYTHING, ANYTHING);
    claims[name] = value;
    sign("at+jwt", &claims)
}

#[test]
fn what_is_no_credential() {
    refuses(
        "short",
        400,
        "invalid_request",
        "the credential is too short",
    );
    refuses(
        &"x".repeat(3_000),
        401,
        "invalid_token",
        "the credential is neither a key nor a signed token",
    );
    let odd = "0123456789012345678901234567890123,";
    refuses(
        odd,
        400,
        "invalid_request",
        "the credential holds a character that none has",
    );
}

#[test]
fn signatures() {
    let good = sign("JWT", &plain(ANYTHING, ANYTHING));
    let (signed, signature) = good.rsplit_once('.').unwrap();
    invalid(&format!("{signed}."), "the token's signature is wrong");
    invalid(
        &format!("{signed}.{}", signature.replace(|_: char| true, "A")),
        "the token's signature is wrong",
    );
    let signer = Signer::from_text(
        "another secret of more bytes than thirty-two",
        Algorithm::Hs256,
    );
    let claims = plain(ANYTHING, ANYTHING);
    let other = signer
        .unwrap()
        .sign(Map::new(), claims.as_object().unwrap());
    invalid(&other.unwrap(), "the token's signature is wrong");
    let none = BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
    let unsigned = signed.split_once('.').unwrap().1;
    invalid(
        &format!("{none}.{unsigned}."),
        "the token's algorithm is not allowed for its key",
    );
    let with_key = format!(
        "{}.{unsigned}.{signature}",
        BASE64URL_NOPAD.encode(br#"{"alg":"RS256","jwk":{}}"#)
    );
    invalid(
        &with_key,
        "the token's algorithm is not allowed for its key",
    );
}

#[test]
fn times() {
    let mut claims = plain(ANYTHING, ANYTHING);
    claims["exp"] = json!(1);
    invalid(&sign("JWT", &claims), "the token or key has expired");
    claims["exp"] = json!("soon");
    invalid(&sign("JWT", &claims), "the token's claims cannot be read");
    claims["exp"] = json!(3);
    claims["nbf"] = json!(2);
    invalid(&sign("JWT", &claims), "the token is not valid yet");
    invalid(&changed("exp", json!(1)), "the token or key has expired");
    invalid(&changed("nbf", json!(2)), "the token is not valid yet");
}

#[test]
fn what_an_access_token_is_held_to() {
    let good = details(ANYTHING, ANYTHING);
    invalid(&sign("JWT", &good), "the token's type is not at+jwt");
    for typ in ["AT+JWT", "application/at+jwt"] {
        subscribe(
            &guarded(Rights::nothing()),
            "topic=a",
            &bearer(&sign(typ, &good)),
        );
    }
    invalid(
        &changed("iss", json!("https://evil.example")),
        "the token's issuer is not trusted",
    );
    invalid(
        &changed("aud", json!("https://evil.example")),
        "the token is for another audience",
    );
    invalid(
        &changed("aud", json!([])),
        "the token is for another audience",
    );
    let mut claims = good.clone();
    claims.as_object_mut().unwrap().remove("exp");
    invalid(&sign("at+jwt", &claims), "the token does not expire");
    claims["exp"] = json!(3_601);
    claims["aud"] = json!(["x", RESOURCE]);
    subscribe(
        &guarded(Rights::nothing()),
        "topic=a",
        &bearer(&sign("at+jwt", &claims)),
    );
}

#[test]
fn one_defect_in_the_details_spoils_the_token() {
    let good = details(ANYTHING, NOTHING)["authorization_details"][0].clone();
    let with = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        changed("authorization_details", json!([good, bad]))
    };
    let sentence = "the token's authorization details are wrong";
    invalid(&with("actions", json!([])), sentence);
    invalid(&with("actions", json!(["publish", 1])), sentence);
    invalid(&with("topics", json!([])), sentence);
    invalid(&with("topics", json!(["a"])), sentence);
    invalid(
        &with("topics", json!([{ "match": "a", "match_type": "regexp" }])),
        sentence,
    );
    invalid(
        &with(
            "topics",
            json!([{ "match": "(", "match_type": "urlpattern" }]),
        ),
        sentence,
    );
    invalid(
        &with("topics", json!(vec![json!({ "match": "a" }); 101])),
        sentence,
    );
    for harmless in [
        with("actions", json!(["dance"])),
        with("type", json!("https://other.example")),
    ] {
        let reply = ask(
            &mut guarded(Rights::nothing()),
            update(&bearer(&harmless), "topic=a"),
        );
        assert_eq!(reply.status, 200, "{reply:?}");
    }
}
