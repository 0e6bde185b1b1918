//! Which pages of other origins may call (WHATWG Fetch, section 3.2 "CORS protocol").

use super::allowed_origin::AllowedOrigin;
use super::head::{Head, is_token_byte};
use super::reply::Reply;

/// Fields that a page of another origin may send, and that mean something here.
const ALLOWED_FIELDS: &str = "authorization, cache-control, content-type, event-id, event-retry, \
     event-type, last-event-id";

/// Fields that a page of another origin may read, beside those that it may read anyway: where a stream begins,
/// where the hub is, and why a request is refused.
const EXPOSED_FIELDS: &str =
    "last-event-id, link, mercure-last-event-id, retry-after, www-authenticate";

/// How long a browser may remember that it may call, in seconds.
const MAX_AGE_SECONDS: &str = "86400";

/// Origins that may call from elsewhere.
#[derive(Debug)]
pub(super) enum Cors {
    Any,
    These(Box<[AllowedOrigin]>),
}

impl Cors {
    pub(super) fn new(origins: &[AllowedOrigin]) -> Cors {
        match origins.iter().any(AllowedOrigin::is_any) {
            true => Cors::Any,
            false => Cors::These(origins.into()),
        }
    }

    /// Whether pages of an origin may change something here. A browser that adds a cookie by itself
    /// needs an origin that is named.
    pub(super) fn trusts(&self, origin: &str, by_cookie: bool) -> bool {
        match self {
            Cors::Any => !by_cookie,
            Cors::These(origins) => origins.iter().any(|known| known.is(origin)),
        }
    }

    /// Says in `reply` whether the page that asks, if it is one, may read it.
    pub(super) fn allow(&self, asking: Option<&str>, reply: Reply) -> Reply {
        match self {
            Cors::Any => reply
                .field("access-control-allow-origin", "*")
                .field("access-control-expose-headers", EXPOSED_FIELDS),
            Cors::These(origins) if origins.is_empty() => reply,
            Cors::These(origins) => {
                let allowed = asking.filter(|asking| origins.iter().any(|known| known.is(asking)));
                let reply = reply.field("vary", "Origin");
                match allowed {
                    Some(origin) => reply
                        .field("access-control-allow-origin", origin.to_owned())
                        .field("access-control-allow-credentials", "true")
                        .field("access-control-expose-headers", EXPOSED_FIELDS),
                    None => reply,
                }
            }
        }
    }

    /// Answers `OPTIONS`: which methods a target knows, and what a page may send it.
    ///
    /// It may send other fields, too, as libraries for tracing add them to every request: they do nothing here.
    pub(super) fn options(&self, methods: &'static str, head: &Head) -> Reply {
        let reply = Reply::new(204).field("allow", methods);
        if matches!(self, Cors::These(origins) if origins.is_empty()) {
            return reply;
        }
        reply
            .field("access-control-allow-methods", methods)
            .field("access-control-allow-headers", allowed_fields(head))
            .field("access-control-max-age", MAX_AGE_SECONDS)
    }
}

/// The fields above, and what else the page asks for.
fn allowed_fields(head: &Head) -> String {
    let mut allowed = ALLOWED_FIELDS.to_owned();
    let asked = head.values("access-control-request-headers");
    for name in asked.flat_map(|list| list.split(',')).map(str::trim) {
        let is_known = || {
            ALLOWED_FIELDS
                .split(", ")
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        if !name.is_empty() && name.bytes().all(is_token_byte) && !is_known() {
            allowed.extend([", ", name]);
        }
    }
    allowed
}
