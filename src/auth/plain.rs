//! What tokens of draft 07 of the Mercure protocol grant.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::claims::{Claims, is_shallow};
use super::grant::{Grant, Payload, Rights, affordable};
use super::refusal::Reason;
use crate::topic::{Interest, Selector};

/// Selectors in one claim of a token, as many as the reference hub takes.
pub const PLAIN_SELECTORS: usize = 1_000;

/// The claim `mercure`, which may also be called `https://mercure.rocks/`.
#[derive(Deserialize)]
pub(super) struct PlainClaim {
    publish: Option<Vec<String>>,
    subscribe: Option<Vec<String>>,
    payload: Option<Box<RawValue>>,
}

/// A list that is missing grants nothing.
pub(super) fn grant(claims: &Claims) -> Result<Grant, Reason> {
    let Some(claim) = claims.plain() else {
        return Ok(Grant::nothing());
    };
    let own = Rights {
        publish: interest(claim.publish.as_deref())?,
        read: interest(claim.subscribe.as_deref())?,
    };
    Ok(Grant::of(own).carrying(payload(claim)?))
}

fn interest(selectors: Option<&[String]>) -> Result<Interest, Reason> {
    let selectors = selectors.unwrap_or_default();
    if selectors.len() > PLAIN_SELECTORS {
        return Err(Reason::Details);
    }
    affordable(selectors.iter().filter_map(|text| selector(text)))
}

/// The draft's rule: `*`, or an equal text, or a template that matches. So a text with a brace that is
/// no template is still a topic; and one that no topic can equal matches nothing.
fn selector(text: &str) -> Option<Selector> {
    Selector::mercure(text).ok()
}

/// One payload for all subscriptions.
fn payload(claim: &PlainClaim) -> Result<Vec<Payload>, Reason> {
    match &claim.payload {
        None => Ok(Vec::new()),
        Some(json) if !is_shallow(json) => Err(Reason::Details),
        Some(json) => Ok(vec![Payload {
            within: Interest::any([Selector::All]),
            json: json.get().into(),
        }]),
    }
}
