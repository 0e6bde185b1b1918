//! Which names this server answers to.
//!
//! A page of a foreign site can have its own name lead to this server, and the browser then takes both for
//! one site. What gives it away is the name that the browser asks for.

use std::fmt;
use std::str::FromStr;

use super::head::Head;
use super::reply::Reply;

/// A name that a request may ask for: `example.org`, `*.example.org` for all names below it, each perhaps
/// with a port, without which any will do.
///
/// ```
/// use ssehub::http::AllowedHost;
/// let below: AllowedHost = "*.example.org".parse().unwrap();
/// assert!(below.is("hub.Example.org:8080"));
/// assert!(!below.is("example.org"));
/// let port: AllowedHost = "[::1]:8080".parse().unwrap();
/// assert!(port.is("[::1]:8080"));
/// assert!(!port.is("[::1]"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedHost {
    /// In lower case.
    name: String,
    below: bool,
    port: Option<String>,
}

impl AllowedHost {
    /// Whether a Host field says it.
    pub fn is(&self, host: &str) -> bool {
        let (name, port) = split(host);
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let is_name = match self.below {
            false => name == self.name,
            true => name
                .strip_suffix(&self.name)
                .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        };
        is_name && self.port.as_deref().is_none_or(|own| own == port)
    }
}

/// The text is no name of a host.
///
/// ```
/// use ssehub::http::{AllowedHost, InvalidHost};
/// assert_eq!("example.org/path".parse::<AllowedHost>(), Err(InvalidHost));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidHost;

impl fmt::Display for InvalidHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name such as example.org, *.example.org or localhost:8080 is expected")
    }
}

impl std::error::Error for InvalidHost {}

impl FromStr for AllowedHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<AllowedHost, InvalidHost> {
        let (below, host) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (name, port) = split(host);
        let is_port = port.is_empty() && !host.ends_with(':') || port.parse::<u16>().is_ok();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
        let is_name = !bare.is_empty() && !bare.ends_with('.') && bare.bytes().all(fits);
        match is_port && is_name {
            true => Ok(AllowedHost {
                name: name.to_ascii_lowercase(),
                below,
                port: (!port.is_empty()).then(|| port.to_owned()),
            }),
            false => Err(InvalidHost),
        }
    }
}

/// Name and port; the colons of an IPv6 address stand in brackets.
pub(super) fn split(host: &str) -> (&str, &str) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    }
}

/// Refuses what is meant for another host (RFC 9110, section 15.5.20). One who names none, as HTTP/1.0
/// allows, is refused as well.
pub(super) fn check(allowed: &[AllowedHost], head: &Head) -> Result<(), Reply> {
    if allowed.is_empty() {
        return Ok(());
    }
    let host = head.request.header("host").map_or("", |it| it.as_str());
    match allowed.iter().any(|it| it.is(host)) {
        true => Ok(()),
        false => Err(Reply::error(
            421,
            "this server does not answer to that host",
        )),
    }
}
