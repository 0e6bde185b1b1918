//! A new token.

use std::time::Duration;

use serde_json::{Map, Value, json};
use ssehub::auth::{Algorithm, Signer};
use ssehub::{Clock, Selector, Topic};

use super::print;
use super::source::KeySource;
use crate::cli::options::Options;
use crate::cli::values::duration;

/// How long a token is valid unless it is told otherwise.
const VALID: Duration = Duration::from_secs(60 * 60);

/// A token to make.
#[derive(Debug)]
pub(crate) struct Mint {
    key: KeySource,
    algorithm: Algorithm,
    valid: Duration,
    publish: Vec<String>,
    subscribe: Vec<String>,
    payload: Option<Value>,
    kid: Option<String>,
    subject: Option<String>,
    issuer: Option<String>,
    audience: Option<String>,
    details: bool,
}

impl Mint {
    pub(super) fn from(options: &Options) -> Result<Mint, String> {
        let details = options.has("details");
        let check = |text: &str| selector(text, details);
        let text = |name| options.one(name).map(|it| it.map(str::to_owned));
        let mint = Mint {
            key: KeySource::from(options)?
                .ok_or("--key-file PATH or --key-env NAME is expected")?,
            algorithm: options
                .parsed("alg", |name| {
                    name.parse().map_err(|error| format!("{error}"))
                })?
                .unwrap_or(Algorithm::Hs256),
            valid: options.parsed("expires", duration)?.unwrap_or(VALID),
            publish: options.checked("publish", check)?,
            subscribe: options.checked("subscribe", check)?,
            payload: options.parsed("payload", |json| {
                serde_json::from_str(json).map_err(|_| "JSON is expected".to_owned())
            })?,
            kid: text("kid")?,
            subject: text("subject")?,
            issuer: text("issuer")?,
            audience: text("audience")?,
            details,
        };
        match mint.details && (mint.issuer.is_none() || mint.audience.is_none()) {
            true => Err("--details needs --issuer and --audience".to_owned()),
            false => Ok(mint),
        }
    }

    pub(super) fn run(self) -> Result<(), String> {
        let token = self.token(&self.key.read()?, Clock::system().unix_ms() / 1_000)?;
        print(&format!("{token}\n"))
    }

    /// The token, made at this time in Unix seconds.
    pub(crate) fn token(&self, key: &str, now_s: u64) -> Result<String, String> {
        let signer = Signer::from_text(key, self.algorithm);
        let signer = signer.map_err(|error| self.key.blame(error))?;
        signer
            .sign(self.header(), &self.claims(now_s))
            .map_err(|error| self.key.blame(error))
    }

    fn header(&self) -> Map<String, Value> {
        // RFC 9068, section 2.1.
        let typ = if self.details { "at+jwt" } else { "JWT" };
        let mut header = Map::from_iter([("typ".to_owned(), json!(typ))]);
        put(&mut header, "kid", self.kid.as_ref());
        header
    }

    fn claims(&self, now_s: u64) -> Map<String, Value> {
        let expires = now_s.saturating_add(self.valid.as_secs());
        let mut claims = Map::new();
        put(&mut claims, "iat", Some(now_s));
        put(&mut claims, "exp", Some(expires));
        put(&mut claims, "iss", self.issuer.as_ref());
        put(&mut claims, "aud", self.audience.as_ref());
        put(&mut claims, "sub", self.subject.as_ref());
        match self.details {
            true => self.put_details(&mut claims),
            false => self.put_plain(&mut claims),
        }
        claims
    }

    fn put_plain(&self, claims: &mut Map<String, Value>) {
        let mut mercure = Map::new();
        put(&mut mercure, "publish", some(&self.publish));
        put(&mut mercure, "subscribe", some(&self.subscribe));
        put(&mut mercure, "payload", self.payload.as_ref());
        put(claims, "mercure", Some(mercure));
    }

    /// One detail for each action that has topics.
    fn put_details(&self, claims: &mut Map<String, Value>) {
        // RFC 9068, section 2.2: an access token has these.
        let subject = self.subject.as_deref().unwrap_or("ssehub");
        put(claims, "sub", Some(subject));
        put(claims, "client_id", Some(subject));
        put(claims, "jti", Some(format!("{:032x}", fastrand::u128(..))));
        let detail = |action: &str, names: &Vec<String>| {
            let topics: Vec<_> = names.iter().map(|name| json!({ "match": name })).collect();
            let mut detail = Map::new();
            put(
                &mut detail,
                "type",
                Some("https://mercure.rocks/authorization-detail"),
            );
            put(&mut detail, "actions", Some([action]));
            put(&mut detail, "topics", Some(topics));
            detail
        };
        let mut details = Vec::new();
        details.extend(some(&self.publish).map(|names| detail("publish", names)));
        details.extend(some(&self.subscribe).map(|names| {
            let mut detail = detail("subscribe", names);
            put(&mut detail, "payload", self.payload.as_ref());
            detail
        }));
        put(claims, "authorization_details", Some(details));
    }
}

fn selector(text: &str, details: bool) -> Result<(), String> {
    match details && text != "*" {
        true => Topic::parse(text)
            .map(|_| ())
            .map_err(|error| error.to_string()),
        false => Selector::parse(text)
            .map(|_| ())
            .map_err(|error| error.to_string()),
    }
}

fn some(names: &Vec<String>) -> Option<&Vec<String>> {
    Some(names).filter(|names| !names.is_empty())
}

fn put(map: &mut Map<String, Value>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        map.insert(name.to_owned(), json!(value));
    }
}
