//! The Mercure protocol at [`PATH`], drafts 07 and 08 at once: their names do not collide.
//!
//! * `subscribe`: `GET` and `QUERY`; `resume`: where such a stream begins, and what its head says of that.
//! * `publish`: `POST` of a form.
//! * `names`: what a topic, an id or a type may be, beside what the hub asks for anyway.
//! * `subscriptions`: who is subscribed, for those who ask.
//! * `metadata`: what a client can find out beforehand.
//!
//! The events are those of every other endpoint. What differs is how they are asked for, and that a client
//! is told of a gap in the head of the response, not on the stream.

mod metadata;
mod names;
mod publish;
mod resume;
mod subscribe;
mod subscriptions;

pub(super) use metadata::{METADATA_PATH, describe, point};
pub(super) use publish::{Publisher, allow_publisher};
pub(super) use resume::Resumed;
pub(super) use subscribe::{Asking, allow_subscriber};
pub(super) use subscriptions::subscriptions;

#[cfg(feature = "urlpattern")]
use crate::topic::BaseUrl;

/// Where the hub is (draft 07, section "Discovery").
pub(super) const PATH: &str = "/.well-known/mercure";

/// What relative topics and patterns are resolved against (draft 08, section "Topics").
#[cfg(feature = "urlpattern")]
pub(super) fn base(public_url: Option<&str>) -> Option<BaseUrl> {
    let own = public_url.map(|url| BaseUrl::parse(&format!("{url}{PATH}")));
    own.unwrap_or_else(BaseUrl::unknown).ok()
}

/// How pages and answers point to it (RFC 8288).
pub(super) const LINK: &str = "</.well-known/mercure>; rel=\"mercure\"";
