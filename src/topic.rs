//! What events are about, and what a subscriber asks for.

mod interest;
#[cfg(feature = "urlpattern")]
mod pattern;
mod probe;
mod selector;
mod set;
mod template;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

pub(crate) use interest::SelectorsCost;
pub use interest::{Interest, SELECTORS_COST, SELECTORS_PROGRAMS, TooCostly};
#[cfg(feature = "urlpattern")]
pub use pattern::{
    BaseUrl, InvalidBase, InvalidPattern, PATTERN_BYTES, PATTERNS_SHARED, Pattern, REGEXP_BYTES,
};
pub(crate) use probe::Probe;
pub use selector::{InvalidSelector, Selector};
pub use template::{
    InvalidTemplate, TEMPLATE_BYTES, TEMPLATE_EXPRESSIONS, TEMPLATE_VARIABLES, Template,
};

/// Longest topic, in bytes of UTF-8, but for those below [`OWN_TOPICS`].
pub const TOPIC_BYTES: usize = 255;

/// Below this path are the hub's own topics, which tell of subscriptions (Mercure protocol, section "Active
/// Subscriptions"). Nobody else publishes there.
pub const OWN_TOPICS: &str = "/.well-known/mercure/subscriptions";

/// Longest topic there, in bytes: it holds what somebody asks for, up to 4 KiB, three bytes for each when it is
/// percent-encoded, and some hundred bytes more.
pub const OWN_TOPIC_BYTES: usize = 3 * (4 << 10) + 128;

/// The name of one line of events: 1 to 255 bytes of UTF-8 without control characters. Those of the hub's own
/// topics may be longer.
///
/// ```
/// use ssehub::Topic;
/// use ssehub::topic::TopicError;
/// assert_eq!(Topic::parse("orders/42").unwrap().as_str(), "orders/42");
/// assert_eq!(Topic::parse(""), Err(TopicError::Empty));
/// assert_eq!(Topic::parse("two\nlines"), Err(TopicError::Control));
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct Topic(Arc<str>);

impl Topic {
    /// Checks a name.
    pub fn parse(name: &str) -> Result<Topic, TopicError> {
        if name.is_empty() {
            return Err(TopicError::Empty);
        }
        if name.len() > longest(name) {
            return Err(TopicError::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(TopicError::Control);
        }
        Ok(Topic(name.into()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How long a topic that begins like this may be, in bytes.
fn longest(name: &str) -> usize {
    match name.strip_prefix(OWN_TOPICS) {
        Some(rest) if rest.starts_with('/') => OWN_TOPIC_BYTES,
        _ => TOPIC_BYTES,
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a topic's name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopicError {
    /// The name has no characters.
    Empty,
    /// The name is longer than [`TOPIC_BYTES`].
    TooLong,
    /// The name holds a control character.
    Control,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicError::Empty => f.write_str("a topic must not be empty"),
            TopicError::TooLong => write!(f, "a topic has at most {TOPIC_BYTES} bytes"),
            TopicError::Control => f.write_str("a topic must not hold control characters"),
        }
    }
}

impl std::error::Error for TopicError {}
