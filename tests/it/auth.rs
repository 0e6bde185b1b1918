//! Access control: what a credential is good for, and why one is refused.

mod api_keys;
mod bell;
mod cache;
mod details;
mod fuzz;
mod grants;
mod keys;
mod plain;
mod refused;
mod sign;
mod standard;

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    Ed25519KeyPair, RsaEncoding, RsaKeyPair,
};
use serde_json::{Value, json};
use ssehub::auth::{Auth, Authority, Grant, Keys, Reason, Refusal, Rights};
use ssehub::{Interest, Selector, Topic};

/// A secret that is long enough for every hash.
const SECRET: &str = "a secret for tests alone, as long as the longest of the hashes is";

/// Now, in Unix milliseconds and seconds.
const NOW_MS: u64 = NOW * 1_000;
const NOW: u64 = 1_795_000_000;

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/auth/keys/",
            $name,
            ".pem"
        ))
    };
}
use pem;

/// Signs with the library that the hub uses, but not through the hub.
fn token(header: Value, claims: &Value) -> String {
    token_of(&header.to_string(), &claims.to_string())
}

/// The same of any two texts; the first must name the algorithm, if only somewhere.
fn token_of(header: &str, claims: &str) -> String {
    let encode = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    );
    let names = ALGORITHMS.iter().find(|name| header.contains(*name));
    let signature = names.map_or(Vec::new(), |name| sign(name, signed.as_bytes()));
    format!("{signed}.{}", encode(&signature))
}

const ALGORITHMS: [&str; 12] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "EdDSA",
];

fn sign(algorithm: &str, message: &[u8]) -> Vec<u8> {
    let hmac = |hash| {
        let key = hmac::Key::new(hash, SECRET.as_bytes());
        hmac::sign(&key, message).as_ref().to_vec()
    };
    let chance = SystemRandom::new();
    let rsa = |padding: &'static dyn RsaEncoding| {
        let key = RsaKeyPair::from_pkcs8(&der(pem!("rsa.key"))).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(padding, &chance, message, &mut signature).unwrap();
        signature
    };
    let ecdsa = |curve, pem| {
        let key = EcdsaKeyPair::from_pkcs8(curve, &der(pem), &chance).unwrap();
        key.sign(&chance, message).unwrap().as_ref().to_vec()
    };
    match algorithm {
        "HS256" => hmac(hmac::HMAC_SHA256),
        "HS384" => hmac(hmac::HMAC_SHA384),
        "HS512" => hmac(hmac::HMAC_SHA512),
        "RS256" => rsa(&signature::RSA_PKCS1_SHA256),
        "RS384" => rsa(&signature::RSA_PKCS1_SHA384),
        "RS512" => rsa(&signature::RSA_PKCS1_SHA512),
        "PS256" => rsa(&signature::RSA_PSS_SHA256),
        "PS384" => rsa(&signature::RSA_PSS_SHA384),
        "PS512" => rsa(&signature::RSA_PSS_SHA512),
        "ES256" => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, pem!("p256.key")),
        "ES384" => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING, pem!("p384.key")),
        _ => {
            let key = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(pem!("ed25519.key")));
            key.unwrap().sign(message).as_ref().to_vec()
        }
    }
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    let body: String = lines
        .skip(1)
        .take_while(|line| !line.starts_with('-'))
        .collect();
    data_encoding::BASE64.decode(body.as_bytes()).unwrap()
}

/// The key that verifies what [`sign`] signs.
fn public_key(algorithm: &str) -> Keys {
    let keys = match &algorithm[..2] {
        "HS" => Keys::from_secret(SECRET.as_bytes()),
        "RS" | "PS" => Keys::from_pem(pem!("rsa")),
        "Ed" => Keys::from_pem(pem!("ed25519")),
        _ if algorithm == "ES256" => Keys::from_pem(pem!("p256")),
        _ => Keys::from_pem(pem!("p384")),
    };
    keys.unwrap()
}

/// A token of draft 07 with these claims.
fn plain(claims: &Value) -> String {
    token(json!({ "alg": "HS256", "typ": "JWT" }), claims)
}

fn publishing(topics: &[&str]) -> Value {
    json!({ "mercure": { "publish": topics } })
}

/// Takes tokens that are signed with the secret.
fn by_secret() -> Authority {
    Authority::new(public_key("HS256"))
}

/// Access control by these authorities, where nobody else may do anything.
fn auth(authorities: impl IntoIterator<Item = Authority>) -> Auth {
    let auth = Auth::new(Rights::nothing());
    authorities.into_iter().fold(auth, Auth::with_authority)
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn interest(selectors: &[&str]) -> Interest {
    Interest::any(selectors.iter().map(|it| Selector::parse(it).unwrap()))
}

/// The selectors that a credential itself grants: to publish, and to read.
fn granted(grant: &Grant) -> [Vec<&str>; 2] {
    [&grant.own().publish, &grant.own().read]
        .map(|interest| interest.selectors().iter().map(Selector::as_str).collect())
}

#[track_caller]
fn refused(auth: &Auth, token: &str) -> Reason {
    match auth.grant(Some(token), NOW_MS) {
        Err(Refusal::Invalid(reason)) => reason,
        other => panic!("{other:?}"),
    }
}
