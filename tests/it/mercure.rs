//! The Mercure protocol, both drafts, over pipes. docs/mercure.md says which test is of which requirement.

mod access;
mod cookies;
mod cors;
mod elsewhere;
mod expiry;
mod limits;
mod matchers;
mod names;
mod page;
mod private;
mod publish;
mod resume;
mod selectors;
mod subscribe;
mod subscriptions;
mod tokens;

use std::sync::Arc;

use serde_json::{Map, Value, json};
use ssehub::auth::{Algorithm, Auth, Authority, Details, Keys, Rights, Signer};
use ssehub::http::HttpConfig;

use crate::events::{Stream, ask, get, post, refused, request};
use crate::talk::{Reply, Talk};

const HUB: &str = "/.well-known/mercure";
const SECRET: &str = "a secret for tests alone, of more bytes than thirty-two";
const ISSUER: &str = "https://id.example";
/// The hub's own URL.
const RESOURCE: &str = "https://hub.example/.well-known/mercure";
/// A page that may call from elsewhere.
const FRIEND: &str = "https://friend.example";
const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";
const ANYTHING: &[&str] = &["*"];
const NOTHING: &[&str] = &[];

/// A hub at which everyone may do everything.
fn open() -> Talk {
    guarded(Rights::everything())
}

/// A hub that takes tokens of both drafts, and lets everyone do this.
fn guarded(everyone: Rights) -> Talk {
    let details = Details::new(ISSUER.to_owned(), RESOURCE.to_owned());
    let keys = Keys::from_secret(SECRET.as_bytes()).unwrap();
    let authority = Authority::new(keys).with_details(Some(details));
    with(Auth::new(everyone).with_authority(authority))
}

fn with(auth: Auth) -> Talk {
    Talk::with(
        HttpConfig::default()
            .auth(Arc::new(auth))
            .public_url(Some("https://hub.example".to_owned()))
            .cors_origins(vec![FRIEND.parse().unwrap()]),
    )
}

/// A signed token; the clock of these tests begins a second after the epoch.
fn sign(typ: &str, claims: &Value) -> String {
    let signer = Signer::from_text(SECRET, Algorithm::Hs256).unwrap();
    let header = Map::from_iter([("typ".to_owned(), json!(typ))]);
    signer.sign(header, claims.as_object().unwrap()).unwrap()
}

/// What a token of draft 07 says.
fn plain(publish: &[&str], subscribe: &[&str]) -> Value {
    json!({ "mercure": { "publish": publish, "subscribe": subscribe } })
}

/// What an access token of draft 08 says, that is valid for an hour.
fn details(publish: &[&str], subscribe: &[&str]) -> Value {
    let detail = |action: &str, names: &[&str]| {
        let topics: Vec<_> = names.iter().map(|name| json!({ "match": name })).collect();
        let kind = "https://mercure.rocks/authorization-detail";
        (!names.is_empty()).then(|| json!({ "type": kind, "actions": [action], "topics": topics }))
    };
    let list: Vec<_> = [detail("publish", publish), detail("subscribe", subscribe)]
        .into_iter()
        .flatten()
        .collect();
    json!({ "iss": ISSUER, "aud": RESOURCE, "exp": 3_601, "authorization_details": list })
}

/// A token of each draft that lets publish to these topics, and read what is private on those.
fn tokens(publish: &[&str], subscribe: &[&str]) -> [String; 2] {
    [
        sign("JWT", &plain(publish, subscribe)),
        sign("at+jwt", &details(publish, subscribe)),
    ]
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// A publisher's request.
fn update(fields: &str, form: impl AsRef<[u8]>) -> Vec<u8> {
    post(HUB, &format!("{FORM}{fields}"), form)
}

/// Publishes with the right to, and returns the id.
fn publish(talk: &Talk, form: impl AsRef<[u8]>) -> String {
    let token = sign("JWT", &plain(ANYTHING, NOTHING));
    let reply = ask(&mut talk.another(), update(&bearer(&token), form));
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.body
}

/// A subscriber whose query this is, with the beginning of its stream read away.
fn subscribe(talk: &Talk, query: &str, fields: &str) -> Stream {
    let mut stream = stream(talk, query, fields);
    stream.read();
    stream
}

fn stream(talk: &Talk, query: &str, fields: &str) -> Stream {
    let target = format!("{HUB}?{query}");
    Stream::open(talk.another(), request("GET", &target, fields))
}

impl Stream {
    fn field(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines();
        let mut fields = lines.filter_map(|line| line.split_once(": "));
        fields.find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// What a subscriber hears of one event on each topic, named by the topic.
#[track_caller]
fn hears(query: &str, topics: &[&str], expect: &[&str]) {
    let talk = open();
    let mut stream = subscribe(&talk, query, "");
    for topic in topics {
        talk.world.publish(topic, topic);
    }
    assert_eq!(stream.data(), expect, "{query}");
    stream.talk.finish();
}

/// Asserts status and challenge of an answer, `WWW-Authenticate` being without its description.
#[track_caller]
fn challenged(reply: &Reply, status: u16, code: Option<&str>) {
    assert_eq!(reply.status, status, "{reply:?}");
    let told = reply.field("www-authenticate").unwrap_or_default();
    let metadata = r#"resource_metadata="https://hub.example/.well-known/oauth-protected-resource/.well-known/mercure""#;
    match code {
        None => assert_eq!(told, format!("bearer {metadata}")),
        Some(code) => {
            assert!(
                told.starts_with(&format!(r#"bearer error="{code}", "#)),
                "{told}"
            );
            assert!(told.ends_with(&format!("\", {metadata}")), "{told}");
        }
    }
}
