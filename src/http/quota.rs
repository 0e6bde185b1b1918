//! What a client or a credential may still take, and the answer to one who has taken all of it.

use super::head::Head;
use super::reply::Reply;
use super::{Site, client};
use crate::auth::Grant;
use crate::limits::{Exceeded, Full, Place};

/// When those may ask again who have as many streams and polls as they may, in seconds: nobody knows.
const RETRY_SECONDS: u64 = 5;

/// The places that a stream or a poll takes, which it gives back at its end.
#[derive(Debug, Default)]
pub(super) struct Places {
    subscription: Option<Place>,
    connection: Option<Place>,
}

impl Places {
    pub(super) fn is_none(&self) -> bool {
        self.subscription.is_none() && self.connection.is_none()
    }
}

/// Counts events that are about to be published; refuses them if they are too many.
pub(super) fn publish(site: &Site, head: &Head, grant: &Grant, events: usize) -> Result<(), Reply> {
    let limits = site.limits();
    let now = || site.hub.clock().now();
    let counted = limits.publish(grant, || client::of(limits, head), events, now);
    counted.map_err(|exceeded| match exceeded {
        // A part of a second is a whole one.
        Exceeded::For(wait) => too_many(
            "you publish more than you may",
            wait.as_secs_f64().ceil() as u64,
        ),
        // To wait would not help.
        Exceeded::TooMany(events) => {
            Reply::error(413, format!("you may publish {events} events at once"))
        }
    })
}

/// Takes the places for a stream or a poll.
pub(super) fn subscribe(site: &Site, head: &Head, grant: &Grant) -> Result<Places, Reply> {
    let limits = site.limits();
    let full = |message| move |Full| too_many(message, RETRY_SECONDS);
    let connection = limits.connect_behind(head.peer, || client::of(limits, head));
    let subscription = limits.subscribe(grant);
    Ok(Places {
        connection: connection.map_err(full("your address has too many connections"))?,
        subscription: subscription.map_err(full("your credential has too many subscriptions"))?,
    })
}

/// RFC 6585, section 4.
fn too_many(message: &'static str, seconds: u64) -> Reply {
    Reply::error(429, message).field("retry-after", seconds.to_string())
}
