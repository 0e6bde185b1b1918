//! Who asks, and what they may do.
//!
//! A credential is presented in the field `Authorization`, or in a cookie, which a browser sends by itself,
//! also for other sites' pages. So whatever changes something, and comes without the field, must come from
//! a page of this site or of one that is allowed to call (RFC 9700, section 4.7).

use std::time::Duration;

use super::Site;
use super::head::{Head, Method};
use super::reply::Reply;
use super::reserved;
use crate::auth::{Grant, Refusal, bearer};
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

/// What whoever asks may do. `query` is a token in the query, where that is allowed.
pub(super) fn grant(site: &Site, head: &Head, query: Option<&str>) -> Result<Grant, Reply> {
    let credential = credential(head, query).map_err(|refusal| refused(&refusal))?;
    let changes = !matches!(head.method, Method::Get | Method::Head | Method::Query);
    if changes && !matches!(credential, Credential::Field(_) | Credential::Query(_)) {
        let by_cookie = matches!(credential, Credential::Cookie(_));
        check_origin(site, head, by_cookie)?;
    }
    let token = match credential {
        Credential::None => None,
        Credential::Field(token) | Credential::Query(token) | Credential::Cookie(token) => {
            Some(token)
        }
    };
    let now_ms = site.hub.clock().unix_ms();
    let grant = site.config.auth.grant(token, now_ms);
    grant.map_err(|refusal| refused(&refusal))
}

/// Refuses whoever may not publish to all of these topics. Whatever is published passes here.
pub(super) fn check_publish<'t>(
    grant: &Grant,
    topics: impl IntoIterator<Item = &'t Topic>,
) -> Result<(), Reply> {
    for topic in topics {
        reserved::check(topic)?;
        let checked = grant.check_publish([topic]);
        checked.map_err(|refusal| refused(&refusal))?;
    }
    Ok(())
}

/// Refuses whoever may not read all that they ask for.
pub(super) fn check_read(grant: &Grant, interest: &Interest) -> Result<(), Reply> {
    if grant.may_read_all() {
        return Ok(());
    }
    // Who asks by pattern gets no more than was granted by the same pattern.
    let may = |selector: &Selector| match selector {
        Selector::Exact(topic) => grant.may_read(topic),
        pattern => grant.own().read.has(pattern),
    };
    match interest.selectors().iter().all(may) {
        true => Ok(()),
        false if grant.is_anonymous() => Err(refused(&Refusal::Missing)),
        false => Err(refused(&Refusal::NotGranted)),
    }
}

/// Refuses whoever may not read what is private on a topic.
pub(super) fn check_read_private(grant: &Grant, topic: &Topic) -> Result<(), Reply> {
    match grant.may_read_private(topic) {
        true => Ok(()),
        false if grant.is_anonymous() => Err(refused(&Refusal::Missing)),
        false => Err(refused(&Refusal::NotGranted)),
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

/// The answer to one who may not (RFC 6750, section 3).
pub(super) fn refused(refusal: &Refusal) -> Reply {
    let challenge = match refusal.code() {
        None => "Bearer".to_owned(),
        Some(code) => format!("Bearer error=\"{code}\", error_description=\"{refusal}\""),
    };
    Reply::error(refusal.status(), refusal.to_string()).field("www-authenticate", challenge)
}

/// The field counts before the query, and the query before a cookie.
fn credential<'h>(head: &'h Head, query: Option<&'h str>) -> Result<Credential<'h>, Refusal> {
    let mut fields = head.values("authorization");
    match (fields.next(), fields.next()) {
        (Some(field), None) => return bearer(field).map(Credential::Field),
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

/// Refuses what another site's page sends. A client that is no browser sends no such field.
fn check_origin(site: &Site, head: &Head, by_cookie: bool) -> Result<(), Reply> {
    let field = |name| head.values(name).last();
    // Sent over TLS and to this machine, and not to be forged by a page.
    if let Some("same-origin" | "none") = field("sec-fetch-site") {
        return Ok(());
    }
    let origin = match field("origin") {
        Some(origin) => origin,
        None if !by_cookie => return Ok(()),
        None => field("referer").map_or("", origin_of),
    };
    let host = field("host").unwrap_or_default();
    let own = origin
        .split_once("://")
        .is_some_and(|(_, own)| own.eq_ignore_ascii_case(host));
    match own || site.cors.trusts(origin, by_cookie) {
        true => Ok(()),
        false => Err(Reply::error(
            403,
            "this comes from a page of another origin: name it with --cors-origin, \
             or let the proxy pass on the Host field",
        )),
    }
}

/// The origin of a URL: all before its path.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = url[start..]
        .find('/')
        .map_or(url.len(), |path| start + path);
    &url[..end]
}
