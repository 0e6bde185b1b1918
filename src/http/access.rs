//! Who asks, and what they may do.
//!
//! A credential is presented in the field `Authorization`, or in a cookie, which a browser sends by itself,
//! also for other sites' pages. So a request that changes something, and comes without the field, must come from
//! a page of this site or of one that is allowed to call (RFC 9700, section 4.7).

use std::time::Duration;

use super::head::{Head, Version};
use super::reply::Reply;
use super::{Site, hosts, origin, quota, reserved};
use crate::auth::{Grant, Refusal, bearer};
use crate::limits::Peer;
use crate::topic::{Interest, Selector, Topic};

/// Cookies that may hold a token, the one of the protocol's newer version first.
const COOKIES: [&str; 2] = ["__Secure-mercure_access_token", "mercureAuthorization"];

/// What a request presents, and how.
#[derive(Clone, Copy)]
enum Credential<'h> {
    None,
    Field(&'h str),
    /// In the query, where only a client that can do nothing else should put it.
    Query(&'h str),
    Cookie(&'h str),
}

/// What a request does if it is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Others notice nothing of it.
    Reads,
    /// It publishes, or tells others of a name or of a subscription.
    Changes,
}

/// What the client may do. `query` is a token in the query, where that is allowed.
pub(super) fn grant(
    site: &Site,
    head: &Head,
    effect: Effect,
    query: Option<&str>,
) -> Result<Grant, Reply> {
    let credential = credential(head, query).map_err(|refusal| refused(&refusal))?;
    if effect == Effect::Changes
        && !matches!(credential, Credential::Field(_) | Credential::Query(_))
    {
        let by_cookie = matches!(credential, Credential::Cookie(_));
        origin::check(site, head, by_cookie)?;
    }
    let auth = &site.config.auth;
    let token = match credential {
        Credential::None if is_from_this_machine(head) => return Ok(auth.this_machine()),
        Credential::None => None,
        Credential::Field(token) | Credential::Query(token) | Credential::Cookie(token) => {
            Some(token)
        }
    };
    let now_ms = site.hub.clock().unix_ms();
    let grant = match auth.known(token, now_ms) {
        Some(known) => known,
        None => quota::verify(site, head, token.unwrap_or_default(), now_ms)?,
    };
    let grant = grant.map_err(|refusal| refused(&refusal))?;
    if grant.subject().is_some() {
        _ = head.grant.set(grant.clone());
    }
    Ok(grant)
}

/// Whether a program or a page on this machine has sent a request, and not a proxy for a client elsewhere.
///
/// A proxy on this machine connects from a loopback address, too. It gives itself away by a field that it adds, by
/// the public name in Host that it passes on, or by HTTP/1.0, which nginx speaks unless it is told otherwise.
fn is_from_this_machine(head: &Head) -> bool {
    let Peer::Ip(address) = head.peer else {
        return false;
    };
    address.to_canonical().is_loopback()
        && !head.is_forwarded
        && head.version == Version::Http11
        && head.values("host").next().is_some_and(hosts::is_loopback)
}

/// Refuses a publisher that may not publish to all of these topics. All that is published passes here.
pub(super) fn check_publish<'t>(
    site: &Site,
    grant: &Grant,
    topics: impl IntoIterator<Item = &'t Topic>,
) -> Result<(), Reply> {
    for topic in topics {
        reserved::check(topic)?;
        let checked = grant.check_publish([topic]);
        checked
            .map_err(|refusal| may_not_publish(site, &refusal, &format!("publish to {topic}")))?;
    }
    Ok(())
}

/// Refuses a publisher that may publish to no topic at all.
pub(super) fn check_publish_any(site: &Site, grant: &Grant) -> Result<(), Reply> {
    let checked = grant.check_publish_any();
    checked.map_err(|refusal| may_not_publish(site, &refusal, "publish"))
}

fn may_not_publish(site: &Site, refusal: &Refusal, what: &str) -> Reply {
    const ELSEWHERE: &str = "a credential is needed: without one only this machine may publish, \
         under a name such as localhost and not through a proxy";
    match refusal {
        Refusal::Missing if site.config.auth.lets_this_machine_publish() => {
            Reply::error(refusal.status(), ELSEWHERE).field("www-authenticate", "Bearer")
        }
        refusal => refused_to(refusal, what),
    }
}

/// Refuses a client that may read no topic at all.
pub(super) fn check_read_any(grant: &Grant) -> Result<(), Reply> {
    let checked = grant.check_read_any();
    checked.map_err(|refusal| refused_to(&refusal, "read"))
}

/// Refuses a client that may not read all that it asks for. Every endpoint at which events are read passes here.
pub(super) fn check_read(grant: &Grant, interest: &Interest) -> Result<(), Reply> {
    if grant.may_read_all() {
        return Ok(());
    }
    // Who asks by pattern gets no more than was granted by the same pattern.
    let may = |selector: &Selector| match selector {
        Selector::Exact(topic) => grant.may_read(topic),
        pattern => grant.own().read.has(pattern),
    };
    match interest.selectors().iter().find(|it| !may(it)) {
        None => Ok(()),
        Some(missing) => Err(refused_to(
            &lacking(grant),
            &format!("read {}", missing.as_str()),
        )),
    }
}

/// Why a grant is not enough.
fn lacking(grant: &Grant) -> Refusal {
    match grant.is_anonymous() {
        true => Refusal::Missing,
        false => Refusal::NotGranted,
    }
}

/// Refuses whoever may not read what is private on a topic.
pub(super) fn check_read_private(grant: &Grant, topic: &Topic) -> Result<(), Reply> {
    match grant.may_read_private(topic) {
        true => Ok(()),
        false => Err(refused_to(
            &lacking(grant),
            &format!("read what is private on {topic}"),
        )),
    }
}

/// The interest of one who may also read what is private, as far as that is granted.
pub(super) fn with_private(grant: &Grant, interest: Interest) -> Interest {
    interest.and_private_of(&grant.own().read)
}

/// When a connection by this grant has to end, on the clock.
pub(super) fn end(site: &Site, grant: &Grant) -> Option<Duration> {
    let clock = site.hub.clock();
    let left_ms = grant.until_ms()?.saturating_sub(clock.unix_ms());
    Some(clock.now().saturating_add(Duration::from_millis(left_ms)))
}

/// The answer to a client that may not do this.
fn refused_to(refusal: &Refusal, what: &str) -> Reply {
    refused_saying(refusal, format!("{refusal}, to {what}"))
}

/// The answer to a client whose credential is refused.
pub(super) fn refused(refusal: &Refusal) -> Reply {
    refused_saying(refusal, refusal.to_string())
}

/// RFC 6750, section 3. The field says less, since not every topic can stand there.
fn refused_saying(refusal: &Refusal, sentence: String) -> Reply {
    let challenge = match refusal.code() {
        None => "Bearer".to_owned(),
        Some(code) => format!("Bearer error=\"{code}\", error_description=\"{refusal}\""),
    };
    Reply::error(refusal.status(), sentence).field("www-authenticate", challenge)
}

/// The field counts before the query, and the query before a cookie.
fn credential<'h>(head: &'h Head, query: Option<&'h str>) -> Result<Credential<'h>, Refusal> {
    let mut fields = head.values("authorization");
    match (fields.next(), fields.next()) {
        (Some(field), None) => {
            // One of another scheme is for somebody else, such as a proxy that asks for a password.
            if let Some(token) = bearer(field)? {
                return Ok(Credential::Field(token));
            }
        }
        (Some(_), Some(_)) => {
            return Err(Refusal::Malformed("Authorization stands there twice"));
        }
        (None, _) => {}
    }
    let found = query.map(Credential::Query).or_else(|| {
        let cookie = COOKIES.into_iter().find_map(|name| cookie(head, name));
        cookie.map(Credential::Cookie)
    });
    Ok(found.unwrap_or(Credential::None))
}

/// The value of a cookie (RFC 6265, section 4.2).
fn cookie<'h>(head: &'h Head, name: &str) -> Option<&'h str> {
    let mut pairs = head.values("cookie").flat_map(|field| field.split(';'));
    let value = pairs.find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then_some(value)
    });
    value
        .map(|value| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
}
