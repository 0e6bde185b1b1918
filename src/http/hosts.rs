//! Which names this server answers to.
//!
//! A page of a foreign site can have its own name lead to this server, and the browser then takes both for
//! one site. What gives it away is the name that the browser asks for.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::HttpConfig;
use super::head::Head;
use super::reply::Reply;
use super::route::Front;
use crate::limits::Peer;

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

impl AllowedHost {
    /// A Host field that says it.
    #[doc(hidden)]
    pub fn example(&self) -> String {
        let below = if self.below { "www." } else { "" };
        let port = self.port.as_ref().map(|port| format!(":{port}"));
        format!("{below}{}{}", self.name, port.unwrap_or_default())
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

/// Whether a Host field says a name or an address that leads to the client's own machine: no other can be bound to
/// it, and none of these to another (RFC 6761, section 6.3).
pub(super) fn is_loopback(host: &str) -> bool {
    let (name, _) = split(host);
    let name = name.strip_suffix('.').unwrap_or(name);
    let localhost = name.len().checked_sub(LOCALHOST.len());
    let is_name = localhost.is_some_and(|at| {
        let (below, last) = name.split_at_checked(at).unwrap_or_default();
        last.eq_ignore_ascii_case(LOCALHOST) && (below.is_empty() || below.ends_with('.'))
    });
    is_name || address(name).is_some_and(|address| address.to_canonical().is_loopback())
}

const LOCALHOST: &str = "localhost";

/// The address that a Host field says, of IPv6 in brackets.
fn address(name: &str) -> Option<IpAddr> {
    let six = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    match six {
        Some(six) => six.parse().ok().map(IpAddr::V6),
        None => name.parse().ok().map(IpAddr::V4),
    }
}

/// The names that one site answers to.
#[derive(Debug)]
pub(super) struct Hosts {
    /// Those that were named. Without any, and unless `loopback` says otherwise, it answers to every name.
    named: Vec<AllowedHost>,
    /// Names of this machine, by TCP.
    loopback: bool,
    /// Addresses, which no page can bind its name to, and names of this machine, beside those that were named.
    addresses: bool,
}

impl Hosts {
    pub(super) fn new(config: &HttpConfig, front: Front) -> Hosts {
        let mut named = config.allowed_hosts.clone();
        let loopback = named.is_empty() && config.loopback_only;
        if loopback || !named.is_empty() {
            named.extend(config.public_url.as_deref().and_then(host_of));
        }
        Hosts {
            named,
            loopback,
            addresses: front == Front::Admin,
        }
    }

    /// Refuses what is meant for another host (RFC 9110, section 15.5.20). Where hosts were named, a request that
    /// names none, as HTTP/1.0 allows, is refused as well.
    pub(super) fn check(&self, head: &Head) -> Result<(), Reply> {
        const UNKNOWN: &str =
            "this server does not answer to that host: name it with --allowed-host";
        const NOT_LOOPBACK: &str = "this server answers to names of this machine alone: name this host with --allowed-host";
        let host = head.values("host").next().unwrap_or_default();
        let is_any = self.named.is_empty() && !self.loopback;
        let takes_loopback = self.loopback || self.addresses;
        match is_any
            || self.named.iter().any(|it| it.is(host))
            || takes_loopback && is_loopback(host)
            || self.addresses && address(split(host).0).is_some()
            // No browser gets to a Unix socket by a name, or names no host.
            || self.loopback && (head.peer == Peer::Unix || host.is_empty())
        {
            true => Ok(()),
            false if self.loopback => Err(Reply::error(421, NOT_LOOPBACK)),
            false => Err(Reply::error(421, UNKNOWN)),
        }
    }
}

/// The host of a URL without a path.
fn host_of(url: &str) -> Option<AllowedHost> {
    let (_, host) = url.split_once("://")?;
    let (name, _) = split(host);
    name.parse().ok()
}
