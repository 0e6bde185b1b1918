//! Writes the clean copy of a head: the only bytes that async-h1 ever sees.

use super::Method;
use httparse::Header;

/// The fields that the hub reads there; any other would only cost an entry in a map. Those that frame
/// the message or rule the connection are not among them: async-h1 has neither a body nor a
/// connection to deal with.
const KEPT_FIELDS: &[&str] = &[
    "accept",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "content-encoding",
    "content-type",
    "cookie",
    "forwarded",
    "if-none-match",
    "origin",
    "referer",
    "sec-fetch-site",
    "traceparent",
    "x-forwarded-for",
];

/// What the clean copy of a browser's head takes.
const USUAL_HEAD_BYTES: usize = 1_024;

/// Writes a head whose URL is `http://h` and `path`: no Host can make it another one.
pub(super) fn write(method: Method, path: &str, host: &str, fields: &[Header]) -> Vec<u8> {
    let mut head = Vec::with_capacity(USUAL_HEAD_BYTES);
    for part in [
        method.canonical(),
        " http://h",
        path,
        " HTTP/1.1\r\nhost: ",
        host,
    ] {
        head.extend_from_slice(part.as_bytes());
    }
    for field in fields.iter().filter(|field| is_kept(field)) {
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(field.name.as_bytes());
        head.extend_from_slice(b": ");
        match field.value.is_ascii() {
            true => head.extend_from_slice(field.value),
            false => head.extend(field.value.iter().copied().map(ascii)),
        }
    }
    head.extend_from_slice(b"\r\n\r\n");
    head
}

fn is_kept(field: &Header) -> bool {
    KEPT_FIELDS
        .iter()
        .any(|kept| kept.eq_ignore_ascii_case(field.name))
}

/// A byte of a field value; http-types panics on those above ASCII.
fn ascii(byte: u8) -> u8 {
    if byte.is_ascii() { byte } else { b'?' }
}

impl Method {
    fn canonical(self) -> &'static str {
        match self {
            Self::Get | Self::Query => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Patch => "PATCH",
            Self::Options => "OPTIONS",
        }
    }
}
