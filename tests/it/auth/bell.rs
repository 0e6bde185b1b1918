//! The bell that tokens ring whose keys are not known.

use super::*;
use ssehub::auth::Bell;

/// Whether a token rings for an authority that has this key, by this name, beside another authority.
fn rings(header: Value, claims: &Value) -> bool {
    let bell = Bell::default();
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "ours", "x": x() }] });
    let keys = Keys::from_jwks(&set.to_string()).unwrap();
    let auth = auth([Authority::new(keys).with_bell(bell.clone()), by_secret()]);
    _ = auth.grant(Some(&token(header, claims)), NOW_MS);
    bell.hush()
}

/// The public key in the JWK.
fn x() -> String {
    let der = der(pem!("ed25519"));
    BASE64URL_NOPAD.encode(&der[der.len() - 32..])
}

#[test]
fn a_name_that_nobody_knows_rings() {
    let claims = publishing(&["*"]);
    assert!(rings(json!({ "alg": "EdDSA", "kid": "theirs" }), &claims));
    assert!(rings(json!({ "alg": "ES256", "kid": "theirs" }), &claims));
}

#[test]
fn what_new_keys_would_not_help_does_not_ring() {
    let claims = publishing(&["*"]);
    let over = json!({ "exp": 1, "mercure": { "publish": ["*"] } });
    // It is good; it names a key of which there are others; it names none; somebody else vouches for it.
    assert!(!rings(json!({ "alg": "EdDSA", "kid": "ours" }), &claims));
    assert!(!rings(json!({ "alg": "ES256", "kid": "ours" }), &claims));
    assert!(!rings(json!({ "alg": "ES256" }), &claims));
    assert!(!rings(json!({ "alg": "HS256", "kid": "theirs" }), &claims));
    assert!(!rings(json!({ "alg": "HS256", "kid": "theirs" }), &over));
}

#[test]
fn every_token_rings_where_there_is_no_key() {
    let bell = Bell::default();
    let auth = auth([Authority::new(Keys::none()).with_bell(bell.clone())]);
    for header in [
        json!({ "alg": "ES256" }),
        json!({ "alg": "ES256", "kid": "a" }),
    ] {
        _ = auth.grant(Some(&token(header, &publishing(&["*"]))), NOW_MS);
        assert!(bell.hush());
    }
    assert!(
        auth.grant(Some("no token at all, but as long as one is"), NOW_MS)
            .is_err()
    );
    assert!(!bell.hush());
}

#[test]
fn a_bell_rings_once() {
    let bell = Bell::default();
    bell.ring();
    bell.ring();
    assert!(bell.hush());
    assert!(!bell.hush());
}
