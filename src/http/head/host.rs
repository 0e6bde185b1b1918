//! The Host field, or an authority: a name or an address, and perhaps a port.

use super::{Refusal, Version, fields};
use httparse::Header;
use std::net::Ipv6Addr;

/// The longest domain name (RFC 1035 §2.3.4), with room for a port.
const MAX_HOST_BYTES: usize = 262;

/// The host a request is for: exactly one field in HTTP/1.1, at most one before (RFC 9112 §3.2).
pub(super) fn required<'b>(fields: &[Header<'b>], version: Version) -> Result<&'b str, Refusal> {
    match fields::only(fields, "host")? {
        Some(value) => check(value),
        None if version == Version::Http10 => Ok(""),
        None => Err(Refusal::bad_request("the Host field is missing")),
    }
}

/// Checks `host [":" port]` (RFC 9110 §7.2).
pub(super) fn check(value: &[u8]) -> Result<&str, Refusal> {
    let valid = |host: &&str| host.len() <= MAX_HOST_BYTES && is_host_and_port(host);
    str::from_utf8(value)
        .ok()
        .filter(valid)
        .ok_or(Refusal::bad_request("the host is invalid"))
}

fn is_host_and_port(value: &str) -> bool {
    if let Some(rest) = value.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || is_port(port))
        });
    }
    let (name, port) = value.split_at(value.find(':').unwrap_or(value.len()));
    is_name(name) && (port.is_empty() || is_port(port))
}

/// Letters, digits and `-._~`; the rest of RFC 3986's `reg-name` is in no name that resolves.
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !name.is_empty() && name.bytes().all(fits)
}

/// A colon and a number; RFC 3986 §3.2.3 allows the colon alone.
fn is_port(port: &str) -> bool {
    let digits = port.strip_prefix(':');
    digits.is_some_and(|digits| {
        digits.is_empty()
            || digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
    })
}
