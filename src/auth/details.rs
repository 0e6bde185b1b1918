//! What tokens of draft 08 of the Mercure protocol grant: authorization details (RFC 9396).

use serde::Deserialize;
use serde_json::value::RawValue;

use super::claims::{Claims, is_shallow};
use super::grant::{Grant, Payload, Rights, affordable};
use super::object::Object;
use super::refusal::Reason;
use super::token::present;
#[cfg(feature = "urlpattern")]
use crate::topic::BaseUrl;
use crate::topic::{Interest, Selector, Topic};

/// Authorization details in one token.
pub const DETAILS: usize = 100;

/// Topics in all authorization details of a token.
pub const DETAIL_TOPICS: usize = 100;

/// The type of the details that count; those of other types are for others.
const TYPE: &str = "https://mercure.rocks/authorization-detail";

/// RFC 9396, section 2: the one member that all details have.
#[derive(Deserialize)]
struct Typed {
    r#type: String,
}

#[derive(Deserialize)]
pub(super) struct Detail {
    actions: Vec<String>,
    topics: Vec<Object<Matcher>>,
    payload: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Matcher {
    r#match: String,
    #[serde(default, deserialize_with = "present")]
    match_type: Option<String>,
}

/// How a matcher matches.
enum Kind {
    Exact,
    #[cfg(feature = "urlpattern")]
    Pattern,
}

/// What the details grant together.
///
/// Any defect in one of them makes the whole token invalid.
/// Relative patterns are resolved against `resource`, the hub's own URL.
pub(super) fn grant(entries: &[Detail], resource: &str) -> Result<Grant, Reason> {
    let topics: usize = entries.iter().map(|entry| entry.topics.len()).sum();
    if topics > DETAIL_TOPICS {
        return Err(Reason::Details);
    }
    let (mut publish, mut read, mut payloads) = (Vec::new(), Vec::new(), Vec::new());
    for entry in entries {
        let selectors = entry.selectors(resource)?;
        if entry.allows("publish") {
            publish.extend(selectors.iter().cloned());
        }
        if entry.allows("subscribe") {
            read.extend(selectors.iter().cloned());
            payloads.extend(entry.payload(selectors)?);
        }
    }
    let own = Rights {
        publish: affordable(publish)?,
        read: affordable(read)?,
    };
    Ok(Grant::of(own).carrying(payloads))
}

/// The details of the Mercure protocol in a list that may hold others.
pub(super) fn entries(claims: &Claims) -> Result<Vec<Detail>, Reason> {
    let list: Vec<&RawValue> =
        serde_json::from_str(claims.details_json()).map_err(|_| Reason::Details)?;
    if list.len() > DETAILS {
        return Err(Reason::Details);
    }
    let mut entries = Vec::new();
    for entry in list {
        let typed: Typed = read(entry)?;
        if typed.r#type == TYPE {
            entries.push(read(entry)?);
        }
    }
    Ok(entries)
}

fn read<'t, T: Deserialize<'t>>(json: &'t RawValue) -> Result<T, Reason> {
    let read = serde_json::from_str(json.get());
    read.map(|Object(it)| it).map_err(|_| Reason::Details)
}

impl Detail {
    fn allows(&self, action: &str) -> bool {
        self.actions.iter().any(|it| it == action)
    }

    fn selectors(&self, resource: &str) -> Result<Vec<Selector>, Reason> {
        if self.actions.is_empty() || self.topics.is_empty() {
            return Err(Reason::Details);
        }
        let selectors = self.topics.iter();
        let selectors = selectors.map(|Object(it)| it.selector(resource));
        selectors.collect()
    }

    fn payload(&self, within: Vec<Selector>) -> Result<Option<Payload>, Reason> {
        let json = match &self.payload {
            None => return Ok(None),
            Some(json) if !is_shallow(json) => return Err(Reason::Details),
            Some(json) => json.get().into(),
        };
        Ok(Some(Payload {
            within: Interest::any(within),
            json,
        }))
    }
}

impl Matcher {
    #[cfg_attr(not(feature = "urlpattern"), expect(unused_variables))]
    fn selector(&self, resource: &str) -> Result<Selector, Reason> {
        match (self.kind()?, self.r#match.as_str()) {
            (_, "*") => Ok(Selector::All),
            (Kind::Exact, name) => Topic::parse(name)
                .map(Selector::Exact)
                .map_err(|_| Reason::Details),
            #[cfg(feature = "urlpattern")]
            (Kind::Pattern, text) => {
                let base = BaseUrl::parse(resource).map_err(|_| Reason::Details)?;
                Selector::pattern(text, &base).map_err(|_| Reason::Details)
            }
        }
    }

    fn kind(&self) -> Result<Kind, Reason> {
        match self.match_type.as_deref() {
            None | Some("exact") => Ok(Kind::Exact),
            #[cfg(feature = "urlpattern")]
            Some("urlpattern") => Ok(Kind::Pattern),
            Some(_) => Err(Reason::Details),
        }
    }
}
