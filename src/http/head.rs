//! The front door: reads and checks a request head, and lets async-h1 see only a clean copy of it.
//!
//! In the order of the bytes' way: `lines` finds where the head ends, `tokens` cuts it up,
//! `target`, `host`, `framing` and `fields` check what the tokens say, `canonical` writes the clean
//! copy, and `decode` has async-h1 make a request of it. All of it is a pure function of the
//! buffer: no socket, no clock, no state between calls.

mod canonical;
mod decode;
mod fields;
mod framing;
mod host;
pub(super) mod lines;
mod refusal;
mod target;
mod tokens;

use std::sync::OnceLock;

use crate::auth::Grant;
use crate::limits::Peer;
use crate::options::setters;
pub use fields::EventFields;
pub use framing::Framing;
pub use refusal::Refusal;

/// Limits of a request head. A value outside of its field's limits counts as the nearest within.
///
/// ```
/// use ssehub::http::{HeadLimits, HttpConfig};
/// let config = HttpConfig::default().head(HeadLimits::default().line_bytes(2_048));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HeadLimits {
    /// The whole head, in bytes, 1 to 64 KiB; more than 8 KiB is of no use, for async-h1 refuses a clean copy
    /// of that.
    pub bytes: usize,
    /// One line, in bytes, 256 to 64 KiB; room for a token in the query or in a cookie.
    pub line_bytes: usize,
    /// Header fields, 8 to 1,024; browsers send fewer than 30, and proxies add some.
    pub fields: usize,
}

impl Default for HeadLimits {
    fn default() -> Self {
        Self {
            bytes: 7_936,
            line_bytes: 4_096,
            fields: 64,
        }
    }
}

setters!(HeadLimits {
    bytes: usize,
    line_bytes: usize,
    fields: usize,
});

impl HeadLimits {
    /// Every field within its limits.
    pub(super) fn within_limits(self) -> HeadLimits {
        const MOST_BYTES: usize = 64 << 10;
        HeadLimits {
            bytes: self.bytes.clamp(1 << 10, MOST_BYTES),
            line_bytes: self.line_bytes.clamp(256, MOST_BYTES),
            fields: self.fields.clamp(8, 1_024),
        }
    }
}

/// The methods this server knows; any other is answered with 501.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Patch,
    Options,
    Query,
}

/// The version of HTTP that the client speaks.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    Http10,
    Http11,
}

/// A request head that has passed every check.
#[derive(Debug)]
pub struct Head {
    /// The method; in `request` QUERY stands as GET, because http-types does not know it.
    pub method: Method,
    /// The client's version; `request` always says 1.1.
    pub version: Version,
    /// How the body ends.
    pub framing: Framing,
    /// Whether the client may send another request on this connection.
    pub keep_alive: bool,
    /// Whether the client may be waiting for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// `Last-Event-ID`, in UTF-8 or else in ISO 8859-1; in `request` each non-ASCII byte is a `?`.
    pub last_event_id: Option<String>,
    /// Whether a proxy has passed the request on, as one of its fields says.
    pub is_forwarded: bool,
    /// What a publisher says of its event.
    pub event: EventFields,
    /// How many bytes of the buffer the head took.
    pub length: usize,
    /// Who has sent it; `parse` does not know.
    pub peer: Peer,
    /// What its credential grants, once that is known; kept for log lines, and only if it says whose it is.
    pub(super) grant: OnceLock<Grant>,
    /// The target as `http://h/…`, the fields the hub uses, and no body.
    pub request: http_types::Request,
}

/// Parses the head at the start of `buffer`; `None` means that more bytes are needed.
///
/// ```
/// use ssehub::http::head::{HeadLimits, Method, parse};
///
/// let limits = HeadLimits::default();
/// let bytes = b"GET /events/a HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// let head = parse(bytes, &limits).unwrap().unwrap();
/// assert_eq!((head.method, head.length), (Method::Get, bytes.len()));
/// assert!(parse(&bytes[..10], &limits).unwrap().is_none());
/// assert_eq!(parse(b"GET / HTTP/1.1\r\n\r\n", &limits).unwrap_err().status, 400);
/// ```
pub fn parse(buffer: &[u8], limits: &HeadLimits) -> Result<Option<Head>, Refusal> {
    let Some(span) = lines::span(buffer, limits)? else {
        return Ok(None);
    };
    let mut storage = vec![httparse::EMPTY_HEADER; span.fields];
    let tokens = tokens::cut(span.bytes, &mut storage)?;
    let method = Method::parse(tokens.method)?;
    let target = target::parse(tokens.target, method)?;
    let own_host = host::required(tokens.fields, tokens.version)?;
    // RFC 9112 §3.2.2: the authority of an absolute target replaces the Host field.
    let host = target.authority.unwrap_or(own_host);
    let framing = framing::parse(tokens.fields, tokens.version)?;
    Ok(Some(Head {
        method,
        version: tokens.version,
        framing,
        keep_alive: fields::keep_alive(tokens.fields, tokens.version),
        expects_continue: fields::expects_continue(tokens.fields, tokens.version, framing)?,
        last_event_id: fields::last_event_id(tokens.fields)?,
        is_forwarded: fields::is_forwarded(tokens.fields),
        event: fields::event(tokens.fields)?,
        length: span.skipped + span.bytes.len(),
        peer: Peer::Unknown,
        grant: OnceLock::new(),
        request: decode::request(canonical::write(method, target.path, host, tokens.fields))?,
    }))
}

/// Whether a byte may stand in a token (RFC 9110 §5.6.2).
pub(super) fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

impl Method {
    /// RFC 9110 §9.1: methods are case-sensitive, and an unknown one is answered with 501.
    fn parse(name: &str) -> Result<Self, Refusal> {
        Ok(match name {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "POST" => Self::Post,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            "PATCH" => Self::Patch,
            "OPTIONS" => Self::Options,
            "QUERY" => Self::Query,
            _ => return Err(Refusal::new(501, "this server does not know the method")),
        })
    }
}

impl Head {
    /// Whose credential it has: a token's subject, or the name of a key.
    pub(super) fn subject(&self) -> Option<&str> {
        self.grant.get().and_then(Grant::subject)
    }

    /// The values of the fields with this name, which is in lower case. To ask http-types for them would
    /// take memory for the name.
    pub(super) fn values<'h>(&'h self, name: &'static str) -> impl Iterator<Item = &'h str> {
        let fields = self.request.iter();
        let named = fields.filter(move |(field, _)| field.as_str() == name);
        named.flat_map(|(_, values)| values.iter().map(|value| value.as_str()))
    }

    /// The values of all fields with this name, as one list (RFC 9110, section 5.2).
    pub(super) fn all(&self, name: &str) -> String {
        let values = self.request.header(name).into_iter().flatten();
        let values: Vec<_> = values.map(|value| value.as_str()).collect();
        values.join(", ")
    }
}
