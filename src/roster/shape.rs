//! How a subscription is told, in the words of each draft.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::topic::OWN_TOPICS;

/// All but what is unreserved (RFC 3986, section 2.3), as a simple expansion has it (RFC 6570, section 3.2.2).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What JSON of draft 07 is read by.
pub(crate) const CONTEXT: &str = "https://mercure.rocks/";

/// In the words of which draft of the protocol something is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON-LD about a topic or a template.
    Draft07,
    /// JSON about a matcher and its type.
    Draft08,
}

/// One subscription as JSON.
#[derive(Serialize)]
pub(crate) struct Document<'s> {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<&'static str>,
    pub(super) id: String,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) subscriber: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) topic: Option<&'s str>,
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub(super) matcher: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) match_type: Option<&'static str>,
    pub(super) active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) payload: Option<&'s RawValue>,
    /// The newest event's id, for one who has asked for this subscription alone.
    #[serde(rename = "lastEventID", skip_serializing_if = "Option::is_none")]
    pub(crate) last_event_id: Option<String>,
}

impl Shape {
    /// The path of a subscription, which is also the topic of its events. Each part is encoded once.
    pub(super) fn path(self, match_type: &str, text: &str, subscriber: &str) -> String {
        let text = utf8_percent_encode(text, RESERVED);
        let subscriber = utf8_percent_encode(subscriber, RESERVED);
        match self {
            Shape::Draft07 => format!("{OWN_TOPICS}/{text}/{subscriber}"),
            Shape::Draft08 => format!("{OWN_TOPICS}/{match_type}/{text}/{subscriber}"),
        }
    }

    /// The type of its events, if it is not the one that has no name.
    pub(super) fn event_type(self) -> Option<&'static str> {
        match self {
            Shape::Draft07 => None,
            Shape::Draft08 => Some("mercure"),
        }
    }
}
