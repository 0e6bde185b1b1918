//! What one client or one credential may take, over pipes.

mod client;
mod flood;
mod hosts;
mod joins;
mod places;
mod publish;
mod tokens;

use std::sync::Arc;

use serde_json::{Value, json};
use ssehub::auth::{ApiKey, ApiKeys, Auth, Authority, Keys, Rights, Signer};
use ssehub::http::HttpConfig;
use ssehub::limits::{LimitConfig, Limits, Peer, Rate};

use crate::talk::{Reply, Talk};

const SECRET: &str = "a secret for tests alone, as long as the longest of the hashes is";

/// A server with these limits, for those who have no credential, a token, or a key.
fn limited(limits: LimitConfig) -> Talk {
    let lines: Vec<_> = (0..3).map(|it| line(it).to_string()).collect();
    let auth = Auth::new(Rights::everything())
        .with_authority(Authority::new(
            Keys::from_secret(SECRET.as_bytes()).unwrap(),
        ))
        .with_api_keys(ApiKeys::parse(&lines.join("\n")).unwrap());
    Talk::with(
        HttpConfig::default()
            .limits(Arc::new(Limits::new(limits)))
            .auth(Arc::new(auth)),
    )
}

/// A line of a file of keys: the first two are the shop's.
fn line(number: u8) -> Value {
    json!({
        "name": if number < 2 { "shop" } else { "other" },
        "sha256": ApiKey::from_bytes(&[number; 32]).digest(),
        "publish": ["*"],
    })
}

/// Shows a key.
fn by_key(number: u8) -> String {
    let key = ApiKey::from_bytes(&[number; 32]);
    format!("Authorization: Bearer {}\r\n", key.reveal())
}

/// Shows a token with this subject, or without; `jti` makes it another one.
fn by_token(subject: Option<&str>, jti: u32) -> String {
    let mut claims = json!({ "jti": jti.to_string(), "mercure": { "publish": ["*"] } });
    if let Some(subject) = subject {
        claims["sub"] = json!(subject);
    }
    let signer = Signer::from_text(SECRET, "HS256".parse().unwrap()).unwrap();
    let token = signer.sign(Default::default(), claims.as_object().unwrap());
    format!("Authorization: Bearer {}\r\n", token.unwrap())
}

fn rate(text: &str) -> Option<Rate> {
    Some(text.parse().unwrap())
}

fn at(address: &str) -> Peer {
    Peer::Ip(address.parse().unwrap())
}

fn get(target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n{fields}\r\n")
}

fn post(target: &str, fields: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {target} HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {length}\r\n\r\n{body}")
}

fn say(fields: &str) -> String {
    post("/events/a", fields, "x")
}

fn ask(talk: &mut Talk, input: impl AsRef<[u8]>) -> Reply {
    talk.send(input);
    talk.reply().expect("a reply")
}

/// The sentence of a refusal.
fn sentence(reply: &Reply) -> String {
    let body: Value = serde_json::from_str(&reply.body).unwrap();
    body["errorMessage"].as_str().unwrap().to_owned()
}
