//! How the body ends; whoever is wrong about it takes body bytes for the next request.

use super::{Refusal, Version, fields};
use httparse::Header;

/// How a request's body ends (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    None,
    /// After this many bytes.
    Length(u64),
    /// With a chunk of size 0.
    Chunked,
}

impl Framing {
    /// Whether body bytes follow the head.
    pub fn has_body(self) -> bool {
        !matches!(self, Self::None | Self::Length(0))
    }
}

/// Reads `Content-Length` and `Transfer-Encoding`, of which only one may be there.
pub(super) fn parse(fields: &[Header], version: Version) -> Result<Framing, Refusal> {
    let length = fields::only(fields, "content-length")?;
    let has_codings = fields::all(fields, "transfer-encoding").next().is_some();
    match (length, has_codings) {
        (None, false) => Ok(Framing::None),
        (Some(value), false) => content_length(value).map(Framing::Length),
        (None, true) => transfer_encoding(fields, version),
        // RFC 9112 §6.1: may be request smuggling; a server may refuse it.
        (Some(_), true) => Err(Refusal::bad_request(
            "Content-Length and Transfer-Encoding exclude each other",
        )),
    }
}

/// Digits alone (RFC 9110 §8.6): no sign, no list, no space.
fn content_length(value: &[u8]) -> Result<u64, Refusal> {
    let digits = str::from_utf8(value)
        .ok()
        .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .ok_or(Refusal::bad_request("Content-Length is not a number"))?;
    // The only number that is none is one that does not fit.
    digits
        .parse()
        .map_err(|_| Refusal::new(413, "the body is too long"))
}

/// `chunked`, once and last, and nothing else (RFC 9112 §6.1 and §6.3).
fn transfer_encoding(fields: &[Header], version: Version) -> Result<Framing, Refusal> {
    if version == Version::Http10 {
        return Err(Refusal::bad_request("HTTP/1.0 has no Transfer-Encoding"));
    }
    let codings: Vec<&[u8]> = fields::all(fields, "transfer-encoding")
        .flat_map(|value| value.split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .collect();
    let is_chunked = |coding: &&[u8]| coding.eq_ignore_ascii_case(b"chunked");
    match codings.split_last() {
        Some((last, [])) if is_chunked(last) => Ok(Framing::Chunked),
        Some((last, others)) if is_chunked(last) && others.iter().all(is_other_coding) => Err(
            Refusal::new(501, "this server knows no transfer coding but chunked"),
        ),
        _ => Err(Refusal::bad_request(
            "Transfer-Encoding does not end in one chunked",
        )),
    }
}

/// A name that is neither empty nor `chunked`.
fn is_other_coding(coding: &&[u8]) -> bool {
    !coding.is_empty() && !coding.eq_ignore_ascii_case(b"chunked")
}
