//! Every way to be refused, each with its status, its code and its reason.

use super::*;

#[track_caller]
fn check(auth: &Auth, credential: &str, status: u16, code: &str, sentence: &str) {
    let refusal = auth.grant(Some(credential), NOW_MS).unwrap_err();
    let found = (refusal.status(), refusal.code(), refusal.to_string());
    assert_eq!(
        found,
        (status, Some(code), sentence.to_owned()),
        "{credential:.200}"
    );
    // Nothing of a credential stands in what is said about it.
    assert!(credential.is_empty() || !found.2.contains(credential));
}

fn is_invalid(auth: &Auth, credential: &str, sentence: &str) {
    check(auth, credential, 401, "invalid_token", sentence);
}

fn is_malformed(auth: &Auth, credential: &str, sentence: &str) {
    check(auth, credential, 400, "invalid_request", sentence);
}

#[test]
fn what_is_no_credential() {
    let auth = auth([by_secret()]);
    let good = plain(&publishing(&["*"]));
    is_malformed(&auth, "", "the credential is too short");
    is_malformed(&auth, &"a".repeat(33), "the credential is too short");
    is_malformed(&auth, &"a".repeat(8_193), "the credential is too long");
    for wrong in [" ", "\0", "\u{e9}", "\"", "\n", ",", "=a"] {
        let sentence = "the credential holds a character that none has";
        is_malformed(&auth, &format!("{good}{wrong}"), sentence);
    }
}

#[test]
fn what_is_no_token() {
    let auth = auth([by_secret()]);
    let good = plain(&publishing(&["*"]));
    let [header, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!("{good}");
    };
    let sentence = "the credential is neither a key nor a signed token";
    for text in [
        "a".repeat(34),
        "a".repeat(8_192),
        format!("{header}.{claims}"),
        format!("{good}.{signature}"),
        format!(".{good}"),
        format!("{good}."),
        format!("{good}="),
        format!("{header}.{claims}.{signature}AA"),
        format!("{claims}.{header}.{signature}"),
        format!(".{claims}.{signature}"),
        // The alphabet of base64url (RFC 4648, section 5) alone.
        format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")) + "+/",
        // A JWE (RFC 7516) has five parts.
        format!("{header}.{claims}.{signature}.{claims}.{signature}"),
    ] {
        is_invalid(&auth, &text, sentence);
    }
}

#[test]
fn headers() {
    let auth = auth([by_secret()]);
    let header = |header: &str| token_of(header, &publishing(&["*"]).to_string());
    let unreadable = "the credential is neither a key nor a signed token";
    for text in [
        r#""HS256""#,
        r#"["HS256"]"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null,"x":"HS256"}"#,
        r#"{"typ":"HS256"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"{"alg":"HS256"}x"#,
        r#"{"alg":"HS256""#,
    ] {
        is_invalid(&auth, &header(text), unreadable);
    }
    // What a header points to is never fetched, and what it brings is never used.
    let brought = r#"{"alg":"HS256","jwk":{"kty":"oct","k":""},"jku":"http://127.0.0.1/","x5u":7}"#;
    assert!(auth.grant(Some(&header(brought)), NOW_MS).is_ok());
}

#[test]
fn algorithms() {
    let auth = auth([by_secret()]);
    let sentence = "the token's algorithm is not allowed for its key";
    let claims = publishing(&["*"]);
    for name in [
        "none", "None", "NONE", "", "hs256", "HS257", "ES512", "RSA-OAEP", "dir",
    ] {
        is_invalid(&auth, &token(json!({ "alg": name }), &claims), sentence);
        let signed = token(json!({ "alg": name, "x": "HS256" }), &claims);
        is_invalid(&auth, &signed, sentence);
    }
    let narrow = Authority::new(public_key("HS256").allow_only(&[ssehub::auth::Algorithm::Hs512]));
    let narrow = super::auth([narrow]);
    is_invalid(&narrow, &plain(&claims), sentence);
    assert!(
        narrow
            .grant(Some(&token(json!({ "alg": "HS512" }), &claims)), NOW_MS)
            .is_ok()
    );
}

/// A token that is signed with HMAC, and a public key, which everybody knows, as its secret.
#[test]
fn a_public_key_is_no_secret() {
    let claims = publishing(&["*"]);
    for (pem, algorithm) in [
        (pem!("rsa"), "RS256"),
        (pem!("p256"), "ES256"),
        (pem!("ed25519"), "EdDSA"),
    ] {
        let auth = auth([Authority::new(Keys::from_text(pem).unwrap())]);
        assert!(
            auth.grant(Some(&token(json!({ "alg": algorithm }), &claims)), NOW_MS)
                .is_ok()
        );
        let header = BASE64URL_NOPAD.encode(br#"{"alg":"HS256"}"#);
        let signed = format!(
            "{header}.{}",
            BASE64URL_NOPAD.encode(claims.to_string().as_bytes())
        );
        for secret in [
            pem.as_bytes(),
            pem.trim_end().as_bytes(),
            &der(pem),
            &der(pem)[12..],
        ] {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let signature = BASE64URL_NOPAD.encode(hmac::sign(&key, signed.as_bytes()).as_ref());
            let sentence = "the token's algorithm is not allowed for its key";
            is_invalid(&auth, &format!("{signed}.{signature}"), sentence);
        }
        assert!(Keys::from_secret(pem.as_bytes()).is_err());
    }
}

/// Each algorithm with each key: only those that belong together do.
#[test]
fn no_key_is_for_the_algorithm_of_another() {
    let claims = publishing(&["*"]);
    for key in ALGORITHMS {
        let auth = auth([Authority::new(public_key(key))]);
        for algorithm in ALGORITHMS {
            let token = token(json!({ "alg": algorithm }), &claims);
            let kind = |name: &str| match &name[..2] {
                "PS" => "RS".to_owned(),
                "ES" => name.to_owned(),
                kind => kind.to_owned(),
            };
            match kind(key) == kind(algorithm) {
                true => assert!(
                    auth.grant(Some(&token), NOW_MS).is_ok(),
                    "{key} {algorithm}"
                ),
                false => assert_eq!(refused(&auth, &token), Reason::Algorithm),
            }
        }
    }
}

#[test]
fn signatures() {
    let sentence = "the token's signature is wrong";
    for algorithm in ALGORITHMS {
        let auth = auth([Authority::new(public_key(algorithm))]);
        let good = token(json!({ "alg": algorithm }), &publishing(&["a"]));
        let better = token(json!({ "alg": algorithm }), &publishing(&["*"]));
        let (signed, _) = better.rsplit_once('.').unwrap();
        let (_, signature) = good.rsplit_once('.').unwrap();
        is_invalid(&auth, &format!("{signed}.{signature}"), sentence);
        is_invalid(&auth, &format!("{signed}."), sentence);
        for length in [1, 32, 64, 96, 256] {
            let zeros = BASE64URL_NOPAD.encode(&vec![0; length]);
            is_invalid(&auth, &format!("{signed}.{zeros}"), sentence);
        }
    }
    let other = Keys::from_secret(&[b'x'; 64]).unwrap();
    is_invalid(
        &auth([Authority::new(other)]),
        &plain(&publishing(&["*"])),
        sentence,
    );
}

#[test]
fn times() {
    let auth = auth([by_secret()]);
    let at =
        |name: &str, time: Value| plain(&json!({ name: time, "mercure": { "publish": ["*"] } }));
    let expired = "the token or key has expired";
    for time in [
        json!(NOW),
        json!(NOW - 1),
        json!(0),
        json!(-1),
        json!(-1e300),
        json!(NOW as f64 - 0.5),
    ] {
        is_invalid(&auth, &at("exp", time), expired);
    }
    for time in [
        json!(NOW + 1),
        json!(NOW as f64 + 0.5),
        json!(1e300),
        json!(u64::MAX),
    ] {
        assert!(auth.grant(Some(&at("exp", time)), NOW_MS).is_ok());
    }
    for time in [json!(NOW + 1), json!(NOW as f64 + 0.5), json!(1e300)] {
        is_invalid(&auth, &at("nbf", time), "the token is not valid yet");
    }
    for time in [json!(NOW), json!(NOW - 1), json!(-1)] {
        assert!(auth.grant(Some(&at("nbf", time)), NOW_MS).is_ok());
    }
}

/// What is there and cannot be read is not taken for absent.
#[test]
fn claims() {
    let auth = auth([by_secret()]);
    let sentence = "the token's claims cannot be read";
    let wrong = [
        json!("1795000001"),
        json!(null),
        json!(true),
        json!([1]),
        json!({}),
        json!("never"),
    ];
    for (name, wrong) in ["exp", "nbf"]
        .iter()
        .flat_map(|name| wrong.iter().map(move |it| (name, it)))
    {
        is_invalid(&auth, &plain(&json!({ *name: wrong })), sentence);
    }
    for name in ["iss", "sub", "aud"] {
        for wrong in [json!(7), json!(null), json!([7]), json!({})] {
            is_invalid(&auth, &plain(&json!({ name: wrong })), sentence);
        }
    }
    is_invalid(&auth, &plain(&json!({ "aud": vec!["a"; 101] })), sentence);
    for wrong in [
        json!("*"),
        json!([["*"], ["*"]]),
        json!({ "publish": "*" }),
        json!({ "publish": [7] }),
        json!({ "subscribe": {} }),
    ] {
        is_invalid(&auth, &plain(&json!({ "mercure": wrong })), sentence);
        is_invalid(
            &auth,
            &plain(&json!({ "https://mercure.rocks/": wrong })),
            sentence,
        );
    }
    for text in [
        "",
        "[]",
        "[9e9,0,\"\",\"\",\"\",{\"publish\":[\"*\"]},null,null]",
        "7",
        "{}{}",
        "{\"exp\":1e999}",
        "{\"exp\":9e9,\"exp\":9e9}",
        "{\"a\"",
        "\u{feff}{}",
    ] {
        is_invalid(&auth, &token_of(r#"{"alg":"HS256"}"#, text), sentence);
    }
}

#[test]
fn issuers_and_audiences() {
    let rules = ssehub::auth::Plain::default()
        .issuer(Some("us".to_owned()))
        .audience(Some("hub".to_owned()));
    let auth = auth([by_secret().with_plain(Some(rules))]);
    for (claims, sentence) in [
        (json!({ "aud": "hub" }), "the token's issuer is not trusted"),
        (
            json!({ "aud": "hub", "iss": "them" }),
            "the token's issuer is not trusted",
        ),
        (
            json!({ "aud": "hub", "iss": "US" }),
            "the token's issuer is not trusted",
        ),
        (json!({ "iss": "us" }), "the token is for another audience"),
        (
            json!({ "iss": "us", "aud": "pub" }),
            "the token is for another audience",
        ),
        (
            json!({ "iss": "us", "aud": [] }),
            "the token is for another audience",
        ),
        (
            json!({ "iss": "us", "aud": ["pub", "hub "] }),
            "the token is for another audience",
        ),
    ] {
        is_invalid(&auth, &plain(&claims), sentence);
    }
    for audience in [json!("hub"), json!(["pub", "hub"])] {
        assert!(
            auth.grant(
                Some(&plain(&json!({ "iss": "us", "aud": audience }))),
                NOW_MS
            )
            .is_ok()
        );
    }
}

#[test]
fn a_hub_without_keys() {
    let nobody = auth([]);
    is_invalid(&nobody, &plain(&publishing(&["*"])), "the key is not known");
    is_invalid(
        &Auth::open(),
        &plain(&publishing(&["*"])),
        "the key is not known",
    );
    let key = format!("ssehub_{}", "A".repeat(43));
    is_invalid(&nobody, &key, "the key is not known");
}

#[test]
fn too_much_in_a_token() {
    let auth = auth([by_secret()]);
    let sentence = "the token's authorization details are wrong";
    let many = |count: usize| {
        (0..count)
            .map(|number| format!("{number:x}"))
            .collect::<Vec<_>>()
    };
    is_invalid(
        &auth,
        &plain(&json!({ "mercure": { "publish": many(1_001) } })),
        sentence,
    );
    is_invalid(
        &auth,
        &plain(&json!({ "mercure": { "subscribe": many(1_001) } })),
        sentence,
    );
    let full = plain(&json!({ "mercure": { "publish": many(1_000) } }));
    assert!(
        auth.grant(Some(&full), NOW_MS)
            .unwrap()
            .may_publish(&topic("3e7"))
    );
}

/// No depth of JSON overflows the stack, here or wherever a payload is shown.
#[test]
fn depth() {
    let auth = auth([by_secret()]);
    let deep = |open: &str, close: &str, depth: usize| open.repeat(depth) + &close.repeat(depth);
    for (open, close) in [("[", "]"), (r#"{"a":"#, "")] {
        let json = match close {
            "" => format!("{}1{}", open.repeat(800), "}".repeat(800)),
            _ => deep(open, close, 2_500),
        };
        let claims = |text: String| token_of(r#"{"alg":"HS256"}"#, &text);
        let payload = claims(format!(r#"{{"mercure":{{"payload":{json}}}}}"#));
        is_invalid(
            &auth,
            &payload,
            "the token's authorization details are wrong",
        );
        let unreadable = "the token's claims cannot be read";
        for name in ["exp", "aud", "sub", "mercure"] {
            // An object may have members that nobody knows.
            if name == "mercure" && close.is_empty() {
                continue;
            }
            is_invalid(
                &auth,
                &claims(format!(r#"{{"{name}":{json}}}"#)),
                unreadable,
            );
        }
        let unknown = claims(format!(r#"{{"unknown":{json}}}"#));
        let details = claims(format!(r#"{{"authorization_details":{json}}}"#));
        let header = token_of(&format!(r#"{{"alg":"HS256","x":{json}}}"#), "{}");
        for ignored in [unknown, details, header] {
            assert!(auth.grant(Some(&ignored), NOW_MS).is_ok());
        }
    }
}
