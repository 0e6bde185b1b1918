//! The roster of other hubs: how a subscriber is shown to them, and how that is read.
//!
//! The key is `subscriber` and, on a second line, its id in hexadecimal digits. The value is JSON: what it asks
//! for, and what that carries, each payload once.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::changes::Changes;
use super::subscriber::{Ask, Kind};
use super::{Shared, Subscriber};
use crate::board::{Audience, Change};

/// The kind of keys.
pub(super) const KINDS: [&str; 1] = ["subscriber"];

#[derive(Serialize)]
struct Shown<'s> {
    asks: Vec<ShownAsk<'s>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    payloads: Vec<&'s RawValue>,
}

#[derive(Serialize)]
struct ShownAsk<'s> {
    kind: Kind,
    text: &'s str,
    /// Which of the payloads it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<usize>,
}

#[derive(Deserialize)]
struct Heard {
    asks: Vec<HeardAsk>,
    #[serde(default)]
    payloads: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct HeardAsk {
    kind: Kind,
    text: String,
    payload: Option<usize>,
}

pub(super) fn key(subscriber: &Subscriber) -> String {
    let [kind] = KINDS;
    format!("{kind}\n{:032x}", subscriber.bare_id())
}

pub(super) fn value(subscriber: &Subscriber) -> String {
    let mut payloads: Vec<&RawValue> = Vec::new();
    let asks = (0..subscriber.count()).map(|at| {
        let payload = subscriber.payload(at);
        let payload: Option<&RawValue> = payload.and_then(|json| serde_json::from_str(json).ok());
        ShownAsk {
            kind: subscriber.kind(at),
            text: subscriber.text(at),
            payload: payload.map(|payload| place_of(payload, &mut payloads)),
        }
    });
    let asks = asks.collect();
    // Strings and JSON cannot fail to serialize.
    serde_json::to_string(&Shown { asks, payloads }).unwrap_or_default()
}

/// Which of the payloads this is, perhaps a new one.
fn place_of<'s>(payload: &'s RawValue, payloads: &mut Vec<&'s RawValue>) -> usize {
    let known = payloads.iter().position(|it| it.get() == payload.get());
    known.unwrap_or_else(|| {
        payloads.push(payload);
        payloads.len() - 1
    })
}

impl Audience for Shared {
    fn hear(&self, change: &Change<'_>) -> Result<(), &'static str> {
        let digits = change.key.split('\n').nth(1).unwrap_or_default();
        let id = u128::from_str_radix(digits, 16).map_err(|_| "its id is none")?;
        let heard = take_note(&mut self.lock(), change, id);
        self.changed.notify(usize::MAX);
        heard
    }

    fn was_buried(&self) {
        self.lock().tell_again();
        self.changed.notify(usize::MAX);
    }
}

fn take_note(changes: &mut Changes, change: &Change<'_>, id: u128) -> Result<(), &'static str> {
    if change.before.is_some() {
        changes.end_elsewhere(change.hub, id, change.is_heir);
    }
    let Some(value) = change.after else {
        return Ok(());
    };
    let asks = read(value).ok_or("it is no subscriber")?;
    let (number, _) = changes.name();
    let subscriber = Subscriber::elsewhere(number, id, asks);
    let subscriber = subscriber.map_err(|_| "it asks for too much")?;
    changes.begin_elsewhere(change.hub, Arc::new(subscriber));
    Ok(())
}

fn read(value: &str) -> Option<Vec<Ask>> {
    let heard: Heard = serde_json::from_str(value).ok()?;
    let payloads = heard.payloads.into_iter().map(Arc::from);
    let payloads: Vec<Arc<RawValue>> = payloads.collect();
    let asks = heard.asks.into_iter().map(|ask| {
        let payload = match ask.payload {
            Some(at) => Some(payloads.get(at)?.clone()),
            None => None,
        };
        Some(Ask {
            kind: ask.kind,
            text: ask.text,
            payload,
        })
    });
    asks.collect()
}
