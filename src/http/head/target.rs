//! What the request line asks for: `/path?query`, the same with `http://authority`, or `*`.

use super::{Method, Refusal, host};

/// A checked request target.
pub(super) struct Target<'b> {
    /// The authority of an absolute target.
    pub authority: Option<&'b str>,
    /// Path and query; empty for `*` and for an authority alone.
    pub path: &'b str,
}

/// A segment that a URL parser removes together with its neighbour, in every spelling.
const DOT_SEGMENTS: [&str; 6] = [".", "..", "%2e", ".%2e", "%2e.", "%2e%2e"];

/// Checks a request target (RFC 9112 §3.2).
pub(super) fn parse(target: &str, method: Method) -> Result<Target<'_>, Refusal> {
    // RFC 9112 §3.2.4: the asterisk stands for the server as a whole.
    if target == "*" && method == Method::Options {
        return Ok(Target {
            authority: None,
            path: "",
        });
    }
    check_characters(target)?;
    let (authority, path) = split(target)?;
    check_path(path.split('?').next().unwrap_or_default())?;
    Ok(Target { authority, path })
}

fn check_characters(target: &str) -> Result<(), Refusal> {
    // RFC 9112 §3.2: a target has no fragment, and is never repaired. Of `\` URL parsers make `/`.
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'#' | b'\\');
    if !target.bytes().all(fits) {
        return Err(Refusal::bad_request(
            "the target holds a character that must be percent-encoded",
        ));
    }
    Ok(())
}

/// Splits an absolute target into its authority and the rest.
fn split(target: &str) -> Result<(Option<&str>, &str), Refusal> {
    const SCHEME: &str = "http://";
    if target.starts_with('/') {
        return Ok((None, target));
    }
    // RFC 9110 §4.2.2: `https` must not be served from a connection that is not secured.
    let (scheme, rest) = target.split_at_checked(SCHEME.len()).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(Refusal::bad_request("the target is not a path"));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    Ok((Some(host::check(authority.as_bytes())?), path))
}

/// The path must come out of a URL parser as it went in, so that all on its way agree on it.
fn check_path(path: &str) -> Result<(), Refusal> {
    if path.contains(['"', '<', '>', '^', '`', '{', '}']) {
        return Err(Refusal::bad_request(
            "the path holds a character that must be percent-encoded",
        ));
    }
    if path.split('/').any(is_dot_segment) {
        return Err(Refusal::bad_request("the path has a dot segment"));
    }
    if !path.split('%').skip(1).all(starts_with_hex) {
        return Err(Refusal::bad_request(
            "a % in the path is not followed by two hex digits",
        ));
    }
    Ok(())
}

fn is_dot_segment(segment: &str) -> bool {
    DOT_SEGMENTS
        .iter()
        .any(|dots| segment.eq_ignore_ascii_case(dots))
}

fn starts_with_hex(rest: &str) -> bool {
    matches!(rest.as_bytes(), [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}
