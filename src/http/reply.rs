//! Responses and errors: the one place that knows how they look on the wire.

use std::borrow::Cow;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http_types::StatusCode;
use httpdate::HttpDate;
use serde::Serialize;

use super::head::{Method, Refusal, Version};
use crate::hub::PublishError;
use crate::json;
use crate::roster::NotAdmitted;

/// Fields that a response has room for before it has to grow.
const USUAL_FIELDS: usize = 8;

/// A response. Its fields hold nothing that a client has sent, but for the id of an event.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) fields: Vec<(&'static str, Cow<'static, str>)>,
    pub(super) body: Cow<'static, [u8]>,
    /// What the client did wrong, for the log.
    pub(super) complaint: Option<Cow<'static, str>>,
}

/// The body of every error, as the chat's contract has it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorBody<'a> {
    succeeded: bool,
    error_message: &'a str,
}

impl Reply {
    pub(super) fn new(status: u16) -> Reply {
        let mut fields = Vec::with_capacity(USUAL_FIELDS);
        fields.push(("x-content-type-options", "nosniff".into()));
        Reply {
            status,
            fields,
            body: Cow::Borrowed(&[]),
            complaint: None,
        }
    }

    /// A response that is JSON and that nobody may keep.
    pub(super) fn json(status: u16, body: impl Into<Cow<'static, str>>) -> Reply {
        let body = match body.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Reply {
            body,
            ..Reply::new(status)
        }
        .field("content-type", "application/json")
        .field("cache-control", "no-store")
    }

    /// A response that is text and that nobody may keep.
    pub(super) fn text(text: String) -> Reply {
        Reply {
            body: Cow::Owned(text.into_bytes()),
            ..Reply::new(200)
        }
        .field("content-type", "text/plain; charset=utf-8")
        .field("cache-control", "no-store")
    }

    /// An error, with a sentence for the client.
    pub(super) fn error(status: u16, message: impl Into<Cow<'static, str>>) -> Reply {
        let message = message.into();
        let body = ErrorBody {
            succeeded: false,
            error_message: &message,
        };
        let body = json::encode(&body);
        Reply {
            complaint: Some(message),
            ..Reply::json(status, body)
        }
    }

    /// An answer to a publisher whose events were not stored, or not all of them.
    pub(super) fn unpublished(error: &PublishError, message: String) -> Reply {
        match error {
            PublishError::Closed | PublishError::Busy | PublishError::Fault(_) => {
                Reply::unavailable(message)
            }
            PublishError::TooLarge => Reply::error(413, message),
        }
    }

    /// What the hub cannot do just now.
    pub(super) fn unavailable(message: String) -> Reply {
        Reply::error(503, message).field("retry-after", "1")
    }

    pub(super) fn field(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Reply {
        self.fields.push((name, value.into()));
        self
    }

    /// A field in place of one that is there.
    pub(super) fn field_again(
        mut self,
        name: &'static str,
        value: impl Into<Cow<'static, str>>,
    ) -> Reply {
        self.fields.retain(|(known, _)| *known != name);
        self.field(name, value)
    }

    /// The bytes of the whole response, as an answer to `method`.
    pub(super) fn encode(self, method: Method) -> Vec<u8> {
        // RFC 9110, section 8.6: these have no body, so they must not or need not tell its length.
        if matches!(self.status, 204 | 304) {
            return self.encode_head(None);
        }
        let length = self.body.len().to_string();
        let mut bytes = self.encode_head(Some(("content-length", &length)));
        if method != Method::Head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }

    /// The head of a response whose body follows for as long as it likes.
    pub(super) fn encode_stream(self, version: Version) -> Vec<u8> {
        // RFC 9112, section 6.1: a 1.0 client does not know chunks; its body ends with the connection.
        self.encode_head(match version {
            Version::Http11 => Some(("transfer-encoding", "chunked")),
            Version::Http10 => None,
        })
    }

    /// Writes the head, in memory that has room for the body.
    fn encode_head(&self, framing: Option<(&str, &str)>) -> Vec<u8> {
        const USUAL_HEAD_BYTES: usize = 512;
        let mut head = Vec::with_capacity(USUAL_HEAD_BYTES + self.body.len());
        let status = StatusCode::try_from(self.status).unwrap_or(StatusCode::InternalServerError);
        let (code, reason) = (status as u16, status.canonical_reason());
        let date = date(SystemTime::now());
        // Memory takes everything.
        _ = write!(head, "HTTP/1.1 {code} {reason}\r\ndate: {date}\r\n");
        let own = self.fields.iter().map(|(name, value)| (*name, &**value));
        for (name, value) in own.chain(framing) {
            debug_assert!(is_field_value(value), "{name}: {value}");
            if is_field_value(value) {
                for part in [name, ": ", value, "\r\n"] {
                    head.extend_from_slice(part.as_bytes());
                }
            }
        }
        head.extend_from_slice(b"\r\n");
        head
    }
}

/// The years that HTTP has dates for. A clock that was never set may show another.
fn date(now: SystemTime) -> HttpDate {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    HttpDate::from(now.clamp(UNIX_EPOCH, UNIX_EPOCH + LAST))
}

/// Visible ASCII, spaces and tabs, and bytes beyond ASCII, of which an id may have some (RFC 9110, section 5.5):
/// anything else could end the field.
fn is_field_value(value: &str) -> bool {
    let allowed = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte) || !byte.is_ascii();
    value.bytes().all(allowed)
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Reply {
        Reply::error(refusal.status, refusal.reason)
    }
}

impl From<NotAdmitted> for Reply {
    fn from(error: NotAdmitted) -> Reply {
        match error {
            NotAdmitted::TooMany | NotAdmitted::TooLong => Reply::error(400, error.to_string()),
            NotAdmitted::Busy => Reply::unavailable(error.to_string()),
        }
    }
}

impl From<PublishError> for Reply {
    fn from(error: PublishError) -> Reply {
        Reply::unpublished(&error, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_makes_a_date_all_the_same() {
        const DAY: Duration = Duration::from_secs(24 * 60 * 60);
        let shown = |now| date(now).to_string();
        assert_eq!(shown(UNIX_EPOCH - DAY), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(shown(UNIX_EPOCH + DAY), "Fri, 02 Jan 1970 00:00:00 GMT");
        let late = UNIX_EPOCH + DAY * 365 * 9_000;
        assert_eq!(shown(late), "Fri, 31 Dec 9999 23:59:59 GMT");
    }
}
