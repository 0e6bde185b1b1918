//! Somebody who signs tokens.

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// An issuer's key, and its name.
pub struct Issuer {
    name: &'static str,
    key: EcdsaKeyPair,
}

impl Issuer {
    pub fn new(name: &'static str) -> Issuer {
        let chance = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::generate_pkcs8(algorithm, &chance).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, key.as_ref(), &chance).unwrap();
        Issuer { name, key }
    }

    /// The public key, as it is published.
    pub fn jwk(&self) -> Value {
        let point = &self.key.public_key().as_ref()[1..];
        let [x, y] = [&point[..32], &point[32..]].map(|part| BASE64URL_NOPAD.encode(part));
        json!({ "kty": "EC", "crv": "P-256", "kid": self.name, "use": "sig", "x": x, "y": y })
    }

    /// A token that lets its bearer publish everything.
    pub fn token(&self) -> String {
        let encode = |part: Value| BASE64URL_NOPAD.encode(part.to_string().as_bytes());
        let header = encode(json!({ "alg": "ES256", "kid": self.name }));
        let claims = encode(json!({ "mercure": { "publish": ["*"] } }));
        let signed = format!("{header}.{claims}");
        let signature = self
            .key
            .sign(&SystemRandom::new(), signed.as_bytes())
            .unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}
