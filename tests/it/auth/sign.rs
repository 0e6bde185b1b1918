//! Tokens that the hub makes itself.

use super::*;
use serde_json::Map;
use ssehub::auth::{Algorithm, InvalidSigner, Signer};

#[test]
fn what_is_signed_is_verified() {
    let claims = publishing(&["a"]).as_object().unwrap().clone();
    for (algorithm, key) in [
        (Algorithm::Hs256, SECRET),
        (Algorithm::Hs384, SECRET),
        (Algorithm::Hs512, SECRET),
        (Algorithm::Es256, pem!("p256.key")),
        (Algorithm::Es384, pem!("p384.key")),
        (Algorithm::EdDsa, pem!("ed25519.key")),
    ] {
        let signer = Signer::from_text(key, algorithm).unwrap();
        assert_eq!(format!("{signer:?}"), format!("Signer({algorithm})"));
        let header = Map::from_iter([("kid".to_owned(), json!("k"))]);
        let token = signer.sign(header, &claims).unwrap();
        let auth = auth([Authority::new(public_key(algorithm.name()))]);
        assert!(
            auth.grant(Some(&token), NOW_MS)
                .unwrap()
                .may_publish(&topic("a"))
        );
    }
}

#[test]
fn keys_that_sign_nothing() {
    let short = &SECRET[..47];
    for (algorithm, key, error) in [
        (
            Algorithm::Hs256,
            "short",
            InvalidSigner::ShortSecret {
                algorithm: Algorithm::Hs256,
                bytes: 32,
            },
        ),
        (
            Algorithm::Hs384,
            short,
            InvalidSigner::ShortSecret {
                algorithm: Algorithm::Hs384,
                bytes: 48,
            },
        ),
        (
            Algorithm::Es256,
            SECRET,
            InvalidSigner::Algorithm(Algorithm::Es256),
        ),
        (
            Algorithm::Hs256,
            pem!("p256.key"),
            InvalidSigner::Algorithm(Algorithm::Hs256),
        ),
        (
            Algorithm::Rs256,
            pem!("rsa.key"),
            InvalidSigner::Algorithm(Algorithm::Rs256),
        ),
        (Algorithm::Es384, pem!("p256.key"), InvalidSigner::Key),
        (Algorithm::EdDsa, pem!("p256.key"), InvalidSigner::Key),
        (Algorithm::Es256, pem!("p256"), InvalidSigner::Key),
    ] {
        assert_eq!(
            Signer::from_text(key, algorithm).unwrap_err(),
            error,
            "{algorithm}"
        );
    }
}

#[test]
fn names_of_algorithms() {
    for name in ALGORITHMS {
        assert_eq!(name.parse::<Algorithm>().unwrap().name(), name);
    }
    assert_eq!("Ed25519".parse(), Ok(Algorithm::EdDsa));
    assert!("none".parse::<Algorithm>().is_err());
}
