//! Cuts a complete head into method, target, version and fields, by httparse.

use super::{Refusal, Version};
use httparse::{Error, Header, Request, Status};

/// The parts of a head, of which only the grammar has been checked.
pub(super) struct Tokens<'h, 'b> {
    pub method: &'b str,
    pub target: &'b str,
    pub version: Version,
    pub fields: &'h [Header<'b>],
}

/// Cuts up `head`; `storage` has room for each of its fields.
pub(super) fn cut<'h, 'b>(
    head: &'b [u8],
    storage: &'h mut [Header<'b>],
) -> Result<Tokens<'h, 'b>, Refusal> {
    let mut request = Request::new(storage);
    match request.parse(head) {
        Ok(Status::Complete(length)) if length == head.len() => {}
        Ok(_) => return Err(Refusal::bad_request("the head is malformed")),
        Err(error) => return Err(refusal(error, head)),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Refusal::bad_request("the request line is malformed"));
    };
    let version = if minor == 0 {
        Version::Http10
    } else {
        Version::Http11
    };
    Ok(Tokens {
        method,
        target,
        version,
        fields: request.headers,
    })
}

fn refusal(error: Error, head: &[u8]) -> Refusal {
    match error {
        // RFC 9112 §5.1 and §5.2: a space before the colon and a folded line are refused.
        Error::HeaderName => Refusal::bad_request("a field name is malformed, or a line is folded"),
        Error::HeaderValue => Refusal::bad_request("a field value is malformed"),
        Error::Version if names_a_version(head) => {
            Refusal::new(505, "this server speaks HTTP/1.1 and HTTP/1.0")
        }
        _ => Refusal::bad_request("the request line is malformed"),
    }
}

/// Whether the third and last word of the request line is a version (RFC 9112 §2.3).
fn names_a_version(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    matches!(
        words[..],
        [_, _, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]]
            if major.is_ascii_digit() && minor.is_ascii_digit()
    )
}
