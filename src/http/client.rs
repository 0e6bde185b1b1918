//! Whose request it is: that of the peer, or of whom a trusted proxy has passed it on for.
//!
//! Each proxy adds the address of its own peer at the right, behind what it was told. So the list is read
//! from the right, as long as whoever has written an address is trusted. What stands further left, anybody
//! may have made up.

use std::iter;
use std::net::{IpAddr, Ipv6Addr};

use super::head::Head;
use crate::limits::{Limits, Peer};

/// Whose request it is.
///
/// Many proxies add to one of the two fields and let the other one pass as their client has sent it. If both
/// are there and tell different things, there is no telling which is true, and the proxy stands for its
/// client.
pub(super) fn of(limits: &Limits, head: &Head) -> Peer {
    let peer = head.peer;
    if !limits.trusts(peer) {
        return peer;
    }
    let standard = walk(limits, peer, lines(head, "forwarded").flat_map(forwarded));
    let usual = walk(
        limits,
        peer,
        lines(head, "x-forwarded-for").flat_map(listed),
    );
    match (standard, usual) {
        (Some(one), Some(other)) if one == other => one,
        (Some(client), None) | (None, Some(client)) => client,
        (Some(_), Some(_)) | (None, None) => peer,
    }
}

/// The first hop that is not trusted, or the last one before somebody hides another; `None` without hops.
fn walk(limits: &Limits, peer: Peer, hops: impl Iterator<Item = Option<IpAddr>>) -> Option<Peer> {
    let mut hops = hops.peekable();
    hops.peek()?;
    let mut client = peer;
    // An identifier that a proxy has made up may be another one with every request (RFC 7239, section
    // 6.3), so it tells nobody from anybody, and neither does what is no address at all.
    for hop in hops.map_while(|hop| hop) {
        client = hop.into();
        if !limits.trusts(client) {
            break;
        }
    }
    Some(client)
}

/// The lines of a field, the last one first.
fn lines<'h>(head: &'h Head, name: &str) -> impl Iterator<Item = &'h str> {
    let lines: Vec<_> = head.request.header(name).into_iter().flatten().collect();
    lines.into_iter().rev().map(|line| line.as_str())
}

/// `for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"` (RFC 7239, section 4), from the right.
fn forwarded(line: &str) -> impl Iterator<Item = Option<IpAddr>> {
    from_right(line, ',').map(|element| {
        let pairs = from_right(element, ';').filter_map(|pair| pair.split_once('='));
        let mut fors = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for"));
        match (fors.next(), fors.next()) {
            (Some((_, value)), None) => node(unquoted(value)),
            _ => None,
        }
    })
}

/// `2001:db8::1, 192.0.2.60`, from the right.
fn listed(line: &str) -> impl Iterator<Item = Option<IpAddr>> {
    line.rsplit(',').map(|address| node(address.trim()))
}

/// The parts of a list from the last to the first. A separator within quotes separates nothing; seen from
/// the right, what a client has left open at the left does not reach what a proxy has written.
fn from_right(list: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut left = Some(list);
    iter::from_fn(move || {
        let text = left?;
        let mut quoted = false;
        let cut = text.char_indices().rev().find(|(at, character)| {
            quoted ^= *character == '"' && !is_escaped(text, *at);
            *character == separator && !quoted
        });
        let parts = cut.and_then(|(at, _)| text.split_at_checked(at));
        left = parts.map(|(before, _)| before);
        let part = parts.map_or(text, |(_, part)| part.trim_start_matches(separator));
        Some(part.trim())
    })
}

/// Whether an odd number of backslashes stands before it (RFC 9110, section 5.6.4).
fn is_escaped(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().bytes().rev();
    before.take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn unquoted(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    inner.unwrap_or(value)
}

/// An address, perhaps in brackets, perhaps with a port (RFC 7239, section 6).
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return is_port
            .then(|| address.parse::<Ipv6Addr>().ok())?
            .map(IpAddr::V6);
    }
    match text.parse() {
        Ok(address) => Some(address),
        Err(_) => {
            let (address, port) = text.split_once(':')?;
            is_port(port).then(|| address.parse().ok())?.map(IpAddr::V4)
        }
    }
}

/// Digits, or an identifier that a proxy has made up.
fn is_port(port: &str) -> bool {
    let is_digits = port.bytes().all(|byte| byte.is_ascii_digit());
    !port.is_empty() && (is_digits || port.starts_with('_'))
}
