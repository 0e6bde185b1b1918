//! What the hub counts, as its metrics tell it.

mod access;
mod certificates;
mod clients;
mod dashboard;
mod deploy;
mod events;
mod health;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::json;
use ssehub::auth::{ApiKey, ApiKeys, Auth, Rights};
use ssehub::http::{HttpConfig, MetricsAccess};

use crate::talk::{Reply, Talk};

/// How often a reply is looked for that a thread of its own prepares.
const TRIES: u32 = 1_000_000;

/// A server whose metrics everyone may read.
fn server() -> Talk {
    Talk::with(HttpConfig::default().metrics(MetricsAccess::Open))
}

/// A server at which everyone may do this; key 0 may read one topic, key 1 all of them, for a minute.
fn guarded(metrics: MetricsAccess, everyone: Rights) -> Talk {
    let line = |number: u8, read: &str| {
        let digest = ApiKey::from_bytes(&[number; 32]).digest();
        json!({ "name": "k", "sha256": digest, "subscribe": [read], "expires": 61 }).to_string()
    };
    let lines = [line(0, "a"), line(1, "*")];
    let auth = Auth::new(everyone).with_api_keys(ApiKeys::parse(&lines.join("\n")).unwrap());
    Talk::with(HttpConfig::default().metrics(metrics).auth(Arc::new(auth)))
}

/// The field that shows one of these keys, if any.
fn bearer(key: Option<u8>) -> String {
    let field = key.map(|number| {
        let key = ApiKey::from_bytes(&[number; 32]);
        format!("Authorization: Bearer {}\r\n", key.reveal())
    });
    field.unwrap_or_default()
}

/// The metrics at the moment, by name and labels.
#[derive(Debug)]
struct Figures(HashMap<String, f64>);

impl Figures {
    fn of(talk: &Talk) -> Figures {
        let mut talk = talk.another();
        talk.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
        let reply = awaited(&mut talk);
        assert_eq!(reply.status, 200, "{reply:?}");
        Figures::parse(&reply.body)
    }

    /// Reads the text strictly: each metric has one HELP, one TYPE, and its numbers right behind them.
    fn parse(text: &str) -> Figures {
        let mut figures = HashMap::new();
        let (mut family, mut seen) = ("", Vec::new());
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(help.len() > 3 && !seen.contains(&name), "{line}");
                seen.push(name);
                family = name;
                let kind = lines.next().unwrap().strip_prefix("# TYPE ").unwrap();
                let (typed, kind) = kind.split_once(' ').unwrap();
                assert_eq!(typed, name);
                assert!(["counter", "gauge", "histogram"].contains(&kind));
                continue;
            }
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with(family), "{line} under {family}");
            let before = figures.insert(name.to_owned(), number.parse().unwrap());
            assert_eq!(before, None, "{line}");
        }
        Figures(figures)
    }

    #[track_caller]
    fn get(&self, name: &str) -> f64 {
        *self.0.get(name).unwrap_or_else(|| panic!("no {name}"))
    }

    #[track_caller]
    fn check(&self, expected: &[(&str, f64)]) {
        for (name, number) in expected {
            assert_eq!(self.get(name), *number, "{name}");
        }
    }
}

/// The next reply, which takes a thread of its own.
fn awaited(talk: &mut Talk) -> Reply {
    for _ in 0..TRIES {
        talk.read();
        if let Some(reply) = talk.reply() {
            return reply;
        }
        std::thread::yield_now();
    }
    panic!("no reply: {:?}", talk.received.escape_ascii().to_string());
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n")
}

fn post(target: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Another client, after it has sent this.
fn asking(talk: &Talk, request: impl AsRef<[u8]>) -> Talk {
    let mut other = talk.another();
    other.send(request);
    other
}
