//! What a publisher says of an event beside its topic and its data, checked.

use std::time::Duration;

use super::topics;
use crate::event::{Draft, RETRY};

/// Types that tell a subscriber about its stream, or by the Mercure protocol's draft 08 about subscriptions; an
/// event that bears one would be believed.
const RESERVED_TYPES: [&str; 5] = ["gap", "join", "leave", "mercure", "presence"];

/// What a publisher may say of an event beside its topic and its data.
#[derive(Debug, Default)]
pub(super) struct Labels {
    pub(super) kind: Option<String>,
    pub(super) id: Option<String>,
    pub(super) retry_ms: Option<u64>,
    pub(super) private: bool,
    /// Further topics, by their names.
    pub(super) alternates: Vec<String>,
}

impl Labels {
    pub(super) fn is_empty(&self) -> bool {
        let Labels {
            kind,
            id,
            retry_ms,
            private,
            alternates,
        } = self;
        let none = (kind, id, retry_ms) == (&None, &None, &None);
        none && !private && alternates.is_empty()
    }

    /// Puts them on an event; an error says what is wrong with them.
    pub(super) fn label(self, mut draft: Draft) -> Result<Draft, String> {
        if let Some(kind) = self.kind {
            draft = draft
                .kind(unreserved(kind)?)
                .map_err(|error| error.to_string())?;
        }
        if let Some(id) = self.id {
            draft = draft.own_id(id).map_err(|error| error.to_string())?;
        }
        if let Some(retry_ms) = self.retry_ms {
            draft = draft.retry(retry(retry_ms)?);
        }
        if self.alternates.is_empty() {
            return Ok(draft.private(self.private));
        }
        let topics = self.alternates.iter().map(|name| topics::named(name));
        let topics: Vec<_> = topics.collect::<Result<_, _>>()?;
        let draft = draft.private(self.private).alternates(topics);
        draft.map_err(|error| error.to_string())
    }
}

/// Reads the digits of a time in milliseconds.
pub(super) fn milliseconds(digits: &str) -> Result<u64, &'static str> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(number) if is_number => Ok(number),
        // All that is wrong with it is its size.
        _ if is_number => Ok(u64::MAX),
        _ => Err("retry is a number of milliseconds"),
    }
}

fn unreserved(kind: String) -> Result<String, String> {
    match RESERVED_TYPES.contains(&kind.as_str()) {
        true => Err(format!("the type {kind} is the hub's own")),
        false => Ok(kind),
    }
}

fn retry(milliseconds: u64) -> Result<Duration, &'static str> {
    let retry = Duration::from_millis(milliseconds);
    match RETRY.contains(&retry) {
        true => Ok(retry),
        false => Err("retry is 100 to 600000 milliseconds, ten minutes"),
    }
}
