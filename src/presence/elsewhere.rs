//! Presence at other hubs: what hubs show each other of their rooms, and how that is read.
//!
//! | Key, line by line | Value |
//! |---|---|
//! | `user`, topic, name | the user's connections to this hub; none, while it may still come back |
//! | `anonymous`, topic | subscriptions of nobody in particular |

use std::sync::Arc;

use super::Shared;
use crate::board::{Audience, Change};
use crate::topic::Topic;

const USER: &str = "user";

const ANONYMOUS: &str = "anonymous";

/// The kinds of keys.
pub(super) const KINDS: [&str; 2] = [USER, ANONYMOUS];

/// Most connections of one user, or to one topic, that are believed of one hub.
const CONNECTIONS: u32 = 1 << 23;

/// A topic has no control characters, so the name may have any.
pub(super) fn user_key(topic: &Topic, user: &str) -> String {
    format!("{USER}\n{topic}\n{user}")
}

pub(super) fn anonymous_key(topic: &Topic) -> String {
    format!("{ANONYMOUS}\n{topic}")
}

impl Audience for Shared {
    fn hear(&self, change: &Change<'_>) -> Result<(), &'static str> {
        let mut lines = change.key.splitn(3, '\n');
        let (kind, topic, user) = (lines.next(), lines.next(), lines.next());
        let topic = Topic::parse(topic.unwrap_or_default()).map_err(|_| "its topic is none")?;
        // What is not understood has not been counted, either.
        let before = change.before.and_then(connections);
        let after = change.after.and_then(connections);
        match (kind, user.map(Arc::from)) {
            (Some(USER), Some(user)) => self.now().is_elsewhere(&topic, &user, before, after),
            (Some(ANONYMOUS), None) => {
                let [before, after] = [before, after].map(Option::unwrap_or_default);
                self.now().are_elsewhere(&topic, before, after);
            }
            _ => return Err("its key is none"),
        }
        match change.after.is_some() && after.is_none() {
            true => Err("it is no number of connections"),
            false => Ok(()),
        }
    }
}

fn connections(value: &str) -> Option<u32> {
    value.parse().ok().filter(|count| *count <= CONNECTIONS)
}
