//! What a client or a credential may still take, and the answer to one who has taken all of it.

use std::borrow::Cow;
use std::time::Duration;

use super::head::Head;
use super::reply::Reply;
use super::{Site, client};
use crate::auth::{Grant, Reason, Refusal};
use crate::limits::{Exceeded, Full, Place};
use crate::topic::Interest;

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
    take(site, head, grant, events).map_err(refusal)
}

/// Refuses a body of events whose number is not known yet, if not even one of them may be published now.
pub(super) fn may_publish(site: &Site, head: &Head, grant: &Grant) -> Result<(), Reply> {
    let limits = site.limits();
    let now = || site.hub.clock().now();
    let may = limits.may_publish(grant, || client::of(limits, head), now);
    may.map_err(refusal)
}

fn refusal(exceeded: Exceeded) -> Reply {
    match exceeded {
        Exceeded::For(wait) => too_soon("you publish more than you may", wait),
        // To wait would not help.
        Exceeded::TooMany(events) => {
            Reply::error(413, format!("you may publish {events} events at once"))
        }
    }
}

/// Counts the events that tell others of a subscriber, when it comes and when it goes, as if its client
/// published them. A subscriber with more of these than may be published at once takes as many as may.
pub(super) fn announce(
    site: &Site,
    head: &Head,
    grant: &Grant,
    events: usize,
) -> Result<(), Reply> {
    let counted = match take(site, head, grant, events) {
        Err(Exceeded::TooMany(most)) => take(site, head, grant, most as usize),
        counted => counted,
    };
    counted.map_err(|exceeded| too_often("you come and go more often than you may", exceeded))
}

/// Verifies a token that was not verified before; refuses a client that has shown too many bad ones.
pub(super) fn verify(
    site: &Site,
    head: &Head,
    token: &str,
    now_ms: u64,
) -> Result<Result<Grant, Refusal>, Reply> {
    let limits = site.limits();
    // What is refused before that costs next to nothing, and a key that is not known may be known soon.
    let is_bad =
        |refusal: &Refusal| matches!(refusal, Refusal::Invalid(why) if *why >= Reason::Signature);
    let verified = limits.verify(
        client::of(limits, head),
        site.hub.clock().now(),
        || site.config.auth.verify(token, now_ms),
        is_bad,
    );
    verified.map_err(|exceeded| too_often("your address shows too many bad credentials", exceeded))
}

/// Counts the topics that a user would be new on; refuses a client whose users come too fast. A user of more topics
/// than may be joined at once takes as many as may.
pub(super) fn join(
    site: &Site,
    head: &Head,
    user: Option<&str>,
    interest: &Interest,
) -> Result<(), Reply> {
    let Some(user) = user else {
        return Ok(());
    };
    let limits = site.limits();
    let joins = site.hub.presence().joins(user, interest);
    let take = |joins| {
        let now = site.hub.clock().now();
        limits.join(client::of(limits, head), joins, now)
    };
    let counted = match take(joins) {
        Err(Exceeded::TooMany(most)) => take(most as usize),
        counted => counted,
    };
    counted.map_err(|exceeded| too_often("users at your address come too fast", exceeded))
}

fn take(site: &Site, head: &Head, grant: &Grant, events: usize) -> Result<(), Exceeded> {
    let limits = site.limits();
    let now = || site.hub.clock().now();
    limits.publish(grant, || client::of(limits, head), events, now)
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

fn too_often(message: &'static str, exceeded: Exceeded) -> Reply {
    match exceeded {
        Exceeded::For(wait) => too_soon(message, wait),
        Exceeded::TooMany(_) => too_soon(message, Duration::ZERO),
    }
}

/// A part of a second is a whole one.
fn too_soon(message: &'static str, wait: Duration) -> Reply {
    let seconds = wait.as_secs_f64().ceil() as u64;
    match seconds {
        0 => too_many(message, seconds),
        _ => too_many(format!("{message}: try again in {seconds} s"), seconds),
    }
}

/// RFC 6585, section 4.
fn too_many(message: impl Into<Cow<'static, str>>, seconds: u64) -> Reply {
    Reply::error(429, message).field("retry-after", seconds.to_string())
}
