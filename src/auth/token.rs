//! A signed token, taken apart.

use std::cell::Cell;

use data_encoding::BASE64URL_NOPAD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::algorithm::Algorithm;
use super::object::Object;
use super::refusal::Reason;

/// A JSON Web Signature in compact form (RFC 7515, section 3.1). Nothing in it is to be believed
/// before the signature is verified.
pub(super) struct Token<'t> {
    pub(super) header: Header,
    /// The header and the claims as they were signed (section 5.1).
    pub(super) signed: &'t str,
    pub(super) signature: Vec<u8>,
    /// How often its signature was checked.
    pub(super) checks: Cell<u64>,
    claims: &'t str,
}

/// What of a header counts (RFC 7515, section 4.1). The keys that one may bring or point to, `jwk`,
/// `jku`, `x5c` and `x5u`, never do.
#[derive(Deserialize)]
pub(super) struct Header {
    alg: String,
    #[serde(default, deserialize_with = "present")]
    pub(super) kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(super) typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    crit: Option<IgnoredAny>,
}

impl<'t> Token<'t> {
    /// Reads the header, and decodes the signature.
    pub(super) fn parse(text: &'t str) -> Result<Token<'t>, Reason> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Reason::Unreadable)?;
        let (header, claims) = signed.split_once('.').ok_or(Reason::Unreadable)?;
        if claims.contains('.') {
            return Err(Reason::Unreadable);
        }
        let Object(header): Object<Header> =
            serde_json::from_slice(&decode(header)?).map_err(|_| Reason::Unreadable)?;
        // Section 4.1.11: these must be understood, and none is.
        if header.crit.is_some() {
            return Err(Reason::Unreadable);
        }
        Ok(Token {
            header,
            signed,
            signature: decode(signature)?,
            checks: Cell::new(0),
            claims,
        })
    }

    /// The JSON of its claims.
    pub(super) fn claims(&self) -> Result<Vec<u8>, Reason> {
        decode(self.claims)
    }
}

impl Header {
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.alg.parse().ok()
    }
}

/// Base64url without padding (RFC 7515, section 2). A text has one encoding only: bits left over must
/// be zero.
fn decode(part: &str) -> Result<Vec<u8>, Reason> {
    BASE64URL_NOPAD
        .decode(part.as_bytes())
        .map_err(|_| Reason::Unreadable)
}

/// A member that may be absent, but not null: what cannot be read must not be taken for absent.
pub(super) fn present<'de, D, T>(value: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(value).map(Some)
}

/// The header and the claims of a token as they are written, for people to look at.
#[derive(Debug)]
pub struct Peek {
    /// JSON.
    pub header: String,
    /// JSON.
    pub claims: String,
}

impl Peek {
    /// Decodes a token. It may be anybody's.
    pub fn into(token: &str) -> Result<Peek, Reason> {
        let (signed, _) = token.rsplit_once('.').ok_or(Reason::Unreadable)?;
        let (header, claims) = signed.split_once('.').ok_or(Reason::Unreadable)?;
        let text = |part| String::from_utf8(decode(part)?).map_err(|_| Reason::Unreadable);
        Ok(Peek {
            header: text(header)?,
            claims: text(claims)?,
        })
    }
}
