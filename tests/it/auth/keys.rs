//! Keys as they are written, and which of them a token means.

use super::*;
use ssehub::auth::{InvalidKey, KEY_FILE_BYTES, KEY_TRIES};

fn verifies(keys: &Keys, header: Value) -> Result<(), Reason> {
    let auth = auth([Authority::new(keys.clone())]);
    match auth.grant(Some(&token(header, &publishing(&["*"]))), NOW_MS) {
        Ok(_) => Ok(()),
        Err(Refusal::Invalid(reason)) => Err(reason),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn pem() {
    for (pem, algorithm) in [
        (pem!("rsa"), "RS256"),
        (pem!("rsa.pkcs1"), "PS512"),
        (pem!("p256"), "ES256"),
        (pem!("p384"), "ES384"),
        (pem!("ed25519"), "EdDSA"),
    ] {
        for text in [
            pem.to_owned(),
            pem.replace('\n', "\r\n"),
            format!("{pem}{}", pem!("p256")),
        ] {
            let keys = Keys::from_text(&text).unwrap();
            assert_eq!(
                verifies(&keys, json!({ "alg": algorithm })),
                Ok(()),
                "{algorithm}"
            );
        }
    }
    let all = [pem!("rsa"), pem!("p256"), pem!("p384"), pem!("ed25519")].concat();
    let keys = Keys::from_pem(&all).unwrap();
    assert_eq!(keys.count(), 4);
    for algorithm in &ALGORITHMS[3..] {
        assert_eq!(verifies(&keys, json!({ "alg": algorithm })), Ok(()));
    }
}

#[test]
fn pem_that_is_refused() {
    let rsa = pem!("rsa");
    let cut = |lines: usize| rsa.lines().take(lines).collect::<Vec<_>>().join("\n");
    for (text, error) in [
        (pem!("rsa.key").to_owned(), InvalidKey::Private),
        (pem!("p256.key").to_owned(), InvalidKey::Private),
        (pem!("small").to_owned(), InvalidKey::RsaSize),
        (pem!("secp256k1").to_owned(), InvalidKey::Kind),
        (rsa.replace("PUBLIC KEY", "CERTIFICATE"), InvalidKey::Kind),
        (
            rsa.replace("PUBLIC KEY", "RSA PUBLIC KEY"),
            InvalidKey::Kind,
        ),
        (
            pem!("rsa.pkcs1").replace("RSA PUBLIC KEY", "PUBLIC KEY"),
            InvalidKey::Kind,
        ),
        (rsa.replacen("-----END", "----END", 1), InvalidKey::Pem),
        (rsa.replacen("MII", "M!I", 1), InvalidKey::Pem),
        (cut(5), InvalidKey::Pem),
        (
            format!("{}\n-----END PUBLIC KEY-----", cut(5)),
            InvalidKey::Kind,
        ),
        (pem!("ed25519").repeat(101), InvalidKey::TooMany),
        (" ".repeat(KEY_FILE_BYTES + 1), InvalidKey::TooLong),
        (String::new(), InvalidKey::NoKey),
    ] {
        assert_eq!(Keys::from_pem(&text).unwrap_err(), error, "{text:.60}");
    }
}

/// However a key is damaged, it is refused, or verifies nothing.
#[test]
fn damaged_keys() {
    for pem in [
        pem!("rsa"),
        pem!("rsa.pkcs1"),
        pem!("p256"),
        pem!("ed25519"),
    ] {
        let der = der(pem);
        let label = pem.lines().nth(1).unwrap();
        let wrap = |der: &[u8]| {
            let body = data_encoding::BASE64.encode(der);
            Keys::from_pem(&format!(
                "{label}\n{body}\n{}\n",
                label.replace("BEGIN", "END")
            ))
        };
        for length in 0..der.len() {
            assert!(wrap(&der[..length]).is_err(), "{label} {length}");
        }
        assert!(wrap(&[&der[..], &[0]].concat()).is_err());
        for at in 0..der.len().min(40) {
            let mut damaged = der.clone();
            damaged[at] ^= 0x81;
            if let Ok(keys) = wrap(&damaged) {
                for algorithm in ["RS256", "ES256", "EdDSA"] {
                    assert!(
                        verifies(&keys, json!({ "alg": algorithm })).is_err(),
                        "{label} {at}"
                    );
                }
            }
        }
    }
}

#[test]
fn secrets() {
    assert_eq!(
        Keys::from_secret(&[7; 31]).unwrap_err(),
        InvalidKey::ShortSecret
    );
    assert_eq!(
        Keys::from_secret(pem!("rsa").as_bytes()).unwrap_err(),
        InvalidKey::NoSecret
    );
    for end in ["", "\n", "\r\n"] {
        let keys = Keys::from_text(&format!("{SECRET}{end}")).unwrap();
        assert_eq!(verifies(&keys, json!({ "alg": "HS256" })), Ok(()));
    }
    let keys = Keys::from_text(&format!("{SECRET}\n\n")).unwrap();
    assert_eq!(
        verifies(&keys, json!({ "alg": "HS256" })),
        Err(Reason::Signature)
    );
    assert_eq!(
        Keys::from_text("{ a secret in braces is no JWK Set, and no secret }").unwrap_err(),
        InvalidKey::Jwks
    );
    // RFC 7518, section 3.2.
    for (bytes, most) in [
        (32, "HS256"),
        (47, "HS256"),
        (48, "HS384"),
        (63, "HS384"),
        (64, "HS512"),
    ] {
        let keys = Keys::from_secret(&vec![7; bytes]).unwrap();
        for algorithm in ["HS256", "HS384", "HS512"] {
            let reason = match algorithm <= most {
                true => Reason::Signature,
                false => Reason::Algorithm,
            };
            assert_eq!(verifies(&keys, json!({ "alg": algorithm })), Err(reason));
        }
    }
}

/// The public keys of the tests as members of a JWK Set.
fn jwk(algorithm: &str) -> Value {
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let tail = |pem: &str, bytes: usize| der(pem)[der(pem).len() - bytes..].to_vec();
    match algorithm {
        "RS256" => {
            let der = der(pem!("rsa.pkcs1"));
            let n = &der[der.len() - 5 - 256..der.len() - 5];
            json!({ "kty": "RSA", "n": encode(n), "e": "AQAB" })
        }
        "EdDSA" => {
            json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(&tail(pem!("ed25519"), 32)) })
        }
        _ => {
            let (pem, crv, bytes) = match algorithm {
                "ES256" => (pem!("p256"), "P-256", 32),
                _ => (pem!("p384"), "P-384", 48),
            };
            let point = tail(pem, 2 * bytes);
            json!({ "kty": "EC", "crv": crv, "x": encode(&point[..bytes]), "y": encode(&point[bytes..]) })
        }
    }
}

fn with(mut jwk: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        jwk[name] = value.clone();
    }
    jwk
}

fn jwks(keys: &[Value]) -> Result<Keys, InvalidKey> {
    Keys::from_text(&json!({ "keys": keys, "more": 1 }).to_string())
}

#[test]
fn jwk_sets() {
    for algorithm in ["RS256", "ES256", "ES384", "EdDSA"] {
        let keys = jwks(&[jwk(algorithm)]).unwrap();
        assert_eq!(
            verifies(&keys, json!({ "alg": algorithm })),
            Ok(()),
            "{algorithm}"
        );
        let one = jwks(&[with(
            jwk(algorithm),
            json!({ "alg": algorithm, "use": "sig", "key_ops": ["verify"] }),
        )]);
        assert_eq!(verifies(&one.unwrap(), json!({ "alg": algorithm })), Ok(()));
    }
    let only = jwks(&[with(jwk("RS256"), json!({ "alg": "RS512" }))]).unwrap();
    assert_eq!(verifies(&only, json!({ "alg": "RS512" })), Ok(()));
    assert_eq!(
        verifies(&only, json!({ "alg": "RS256" })),
        Err(Reason::Algorithm)
    );
}

/// RFC 7517, section 5: what cannot be used is left out.
#[test]
fn keys_in_a_set_that_are_left_out() {
    for (key, changes) in [
        ("RS256", json!({ "use": "enc" })),
        ("RS256", json!({ "key_ops": ["sign"] })),
        ("RS256", json!({ "alg": "RSA-OAEP" })),
        ("RS256", json!({ "alg": "HS256" })),
        ("RS256", json!({ "alg": 7 })),
        ("RS256", json!({ "kty": "rsa" })),
        ("RS256", json!({ "n": "AQAB" })),
        ("RS256", json!({ "n": null })),
        ("RS256", json!({ "e": "" })),
        ("RS256", json!({ "e": "A QAB" })),
        ("ES256", json!({ "alg": "ES384" })),
        ("ES256", json!({ "crv": "P-384" })),
        ("ES256", json!({ "crv": "secp256k1" })),
        ("ES256", json!({ "y": "AQAB" })),
        ("EdDSA", json!({ "x": "AQAB" })),
        ("EdDSA", json!({ "crv": "X25519" })),
        (
            "EdDSA",
            json!({ "kty": "oct", "k": BASE64URL_NOPAD.encode(SECRET.as_bytes()) }),
        ),
    ] {
        let wrong = with(jwk(key), changes);
        assert_eq!(
            jwks(std::slice::from_ref(&wrong)).unwrap_err(),
            InvalidKey::NoKey,
            "{wrong}"
        );
        assert_eq!(jwks(&[wrong, jwk("ES384"), json!(7)]).unwrap().count(), 1);
    }
    for text in ["{}", r#"{"keys":7}"#, r#"{"keys":"#, r#"{"keys":[]}x"#] {
        assert_eq!(
            Keys::from_text(text).unwrap_err(),
            InvalidKey::Jwks,
            "{text}"
        );
    }
    assert_eq!(
        jwks(&vec![jwk("EdDSA"); 101]).unwrap_err(),
        InvalidKey::TooMany
    );
    let deep = format!(
        r#"{{"keys":[{}{}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(Keys::from_text(&deep).unwrap_err(), InvalidKey::NoKey);
}

/// RFC 7515, section 4.1.4.
#[test]
fn a_token_names_its_key() {
    let other = with(
        jwk("ES256"),
        json!({ "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }),
    );
    let id = |key: &Value, id: &str| with(key.clone(), json!({ "kid": id }));
    let keys = jwks(&[id(&other, "a"), id(&jwk("ES256"), "b")]).unwrap();
    let named = |keys: &Keys, kid: &str| verifies(keys, json!({ "alg": "ES256", "kid": kid }));
    assert_eq!(named(&keys, "b"), Ok(()));
    assert_eq!(named(&keys, "a"), Err(Reason::Signature));
    assert_eq!(named(&keys, "c"), Err(Reason::UnknownKey));
    assert_eq!(verifies(&keys, json!({ "alg": "ES256" })), Ok(()));
    assert_eq!(named(&public_key("ES256"), "whatever"), Ok(()));
    let mixed = jwks(&[id(&other, "a"), jwk("ES256")]).unwrap();
    assert_eq!(named(&mixed, "a"), Err(Reason::Signature));
    assert_eq!(named(&mixed, "b"), Ok(()));
}

/// A token without a name is tried against few keys, whether it is good or not.
#[test]
fn tries_are_bounded() {
    let other = with(
        jwk("ES384"),
        json!({
            "x": BASE64URL_NOPAD.encode(&[7; 48]),
            "y": BASE64URL_NOPAD.encode(&[7; 48]),
        }),
    );
    // What comes of a token whose key stands behind these, and how many signatures were checked.
    let behind = |others: usize| {
        let mut keys = vec![other.clone(); others];
        keys.push(jwk("ES384"));
        let auth = auth([Authority::new(jwks(&keys).unwrap())]);
        let token = token(json!({ "alg": "ES384" }), &publishing(&["*"]));
        let granted = auth.grant(Some(&token), NOW_MS);
        (granted.is_ok(), auth.signature_checks())
    };
    assert_eq!(behind(0), (true, 1));
    assert_eq!(behind(KEY_TRIES - 1), (true, KEY_TRIES as u64));
    assert_eq!(behind(KEY_TRIES), (false, KEY_TRIES as u64));
    assert_eq!(behind(90), (false, KEY_TRIES as u64));
}

#[test]
fn nothing_prints_a_secret() {
    let auth = auth([by_secret()]);
    let shown = format!("{auth:?} {:?}", public_key("HS256"));
    assert!(
        shown.contains("secret") && !shown.contains("tests alone"),
        "{shown}"
    );
}
