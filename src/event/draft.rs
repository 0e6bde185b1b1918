//! What a publisher says, before the log has given it a position.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::EventId;
use crate::json;
use crate::topic::Topic;

/// Longest id or type that a publisher may bring, in bytes of UTF-8.
pub const LABEL_BYTES: usize = 255;

/// Most topics of one event, its first among them.
pub const EVENT_TOPICS: usize = 100;

/// The shortest and the longest time that an event tells clients to wait before they reconnect: at once
/// would be a flood of connections, and a day would be a page that is as good as gone.
pub const RETRY: RangeInclusive<Duration> = Duration::from_millis(100)..=Duration::from_secs(600);

/// What a publisher says, before the log has given it a position.
///
/// ```
/// use std::time::Duration;
/// use ssehub::{Draft, Event, EventId, Format, Topic};
///
/// let topic = Topic::parse("orders/42").unwrap();
/// let wait = Duration::from_secs(5);
/// let draft = Draft::new(topic, "one\ntwo").kind("status").unwrap().retry(wait);
/// let event = Event::new(EventId { ms: 7, seq: 0 }, draft);
/// let frame = event.frame(Format::Text).plain();
/// assert_eq!(frame, b"event: status\nretry: 5000\nid: #7-0\ndata: one\ndata: two\n\n");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub(super) topic: Topic,
    pub(super) alternates: Box<[Topic]>,
    pub(super) private: bool,
    pub(super) repeatable: bool,
    pub(super) data: String,
    pub(super) kind: Option<String>,
    pub(super) own_id: Option<String>,
    pub(super) retry: Option<Duration>,
    pub(super) user: Option<String>,
    pub(super) end: bool,
}

impl Draft {
    /// An event on `topic` that says `data`.
    pub fn new(topic: Topic, data: impl Into<String>) -> Draft {
        Draft {
            topic,
            alternates: Box::default(),
            private: false,
            repeatable: false,
            data: data.into(),
            kind: None,
            own_id: None,
            retry: None,
            user: None,
            end: false,
        }
    }

    /// The end of `topic`: an event like others to the log, and to subscribers the end of their
    /// stream, once every topic that they ask for has ended.
    ///
    /// Nobody is told what else it says. The next event on the topic begins it anew.
    pub fn end(topic: Topic) -> Draft {
        Draft {
            end: true,
            ..Draft::new(topic, "")
        }
    }

    /// Is on further topics, too: who asks for any of them gets the event, once. Together with the
    /// first there are at most [`EVENT_TOPICS`]; each counts once.
    pub fn alternates(
        mut self,
        topics: impl IntoIterator<Item = Topic>,
    ) -> Result<Draft, InvalidDraft> {
        let mut kept: Vec<Topic> = Vec::new();
        for topic in topics {
            if topic == self.topic || kept.contains(&topic) {
                continue;
            }
            kept.push(topic);
            if kept.len() == EVENT_TOPICS {
                return Err(InvalidDraft::Topics);
            }
        }
        self.alternates = kept.into();
        Ok(self)
    }

    /// Says this in place of what it said before.
    pub(crate) fn data(mut self, data: impl Into<String>) -> Draft {
        self.data = data.into();
        self
    }

    /// Lets only those see the event who [may](crate::Interest::and_private).
    pub fn private(mut self, private: bool) -> Draft {
        self.private = private;
        self
    }

    /// Is stored even if an event with the same id is on the same topic already.
    pub fn repeatable(mut self) -> Draft {
        self.repeatable = true;
        self
    }

    /// The topic, the first of all.
    pub fn topic(&self) -> &Topic {
        &self.topic
    }

    /// Every topic, the first of them first.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        std::iter::once(&self.topic).chain(&self.alternates)
    }

    /// Names the event's type, the `event` field of the stream: 1 to 255 bytes, no control characters.
    pub fn kind(mut self, kind: impl Into<String>) -> Result<Draft, InvalidDraft> {
        self.kind = Some(label(kind.into()).ok_or(InvalidDraft::Kind)?);
        Ok(self)
    }

    /// Brings the publisher's own id: 1 to 255 bytes, no control characters, no leading `#`, no space at either
    /// end, which `Last-Event-ID` could not carry (RFC 9110, section 5.5), not `earliest`, and not a position without
    /// its `#`, as `1795373292335-0`.
    ///
    /// It stands in the stream's `id` field and is an alias for the event's position.
    pub fn own_id(self, id: impl Into<String>) -> Result<Draft, InvalidDraft> {
        let id = id.into();
        match id.parse::<EventId>() {
            Ok(_) if !id.starts_with('#') => Err(InvalidDraft::Position),
            _ if id.trim_matches(' ') != id => Err(InvalidDraft::OwnId),
            _ => self.kept_id(id),
        }
    }

    /// Brings an id that was taken when the event was published. Older logs have some that read like positions.
    pub(crate) fn kept_id(mut self, id: impl Into<String>) -> Result<Draft, InvalidDraft> {
        let id = label(id.into()).ok_or(InvalidDraft::OwnId)?;
        if id.starts_with('#') || id == "earliest" {
            return Err(InvalidDraft::OwnId);
        }
        self.own_id = Some(id);
        Ok(self)
    }

    /// Tells clients to wait this long before they reconnect, in whole milliseconds. What lies outside of
    /// [`RETRY`] is stored as it is, and told as the nearest time within.
    pub fn retry(mut self, retry: Duration) -> Draft {
        self.retry = Some(retry);
        self
    }

    /// Says who speaks. It appears in the JSON envelope only.
    pub fn user(mut self, user: impl Into<String>) -> Draft {
        self.user = Some(user.into());
        self
    }

    /// What tells a repeated event from a new one: the publisher's id, and the topic.
    pub(super) fn key(&self) -> Option<(&str, &Topic)> {
        let id = self.own_id.as_deref().filter(|_| !self.repeatable)?;
        Some((id, &self.topic))
    }

    /// The memory that the event takes at most, in bytes: what it says, and all of its encodings.
    pub(super) fn bytes(&self) -> usize {
        /// The event without its texts, its place in the log's order, and what all encodings have in common.
        const FIXED_BYTES: usize = 768;
        /// A topic without its name: its allocation, its place in the index, and how JSON separates it.
        const EACH_TOPIC_BYTES: usize = 80;
        // Held as they are, in the text, and in two encodings in JSON.
        let texts = [Some(&self.data), self.user.as_ref()];
        let texts = texts.into_iter().flatten();
        let texts: usize = texts.map(|text| 4 * text.len() + escapes(text)).sum();
        // The same, once more beside the JSON and in the index, and JSON may escape every byte.
        let labels = [&self.kind, &self.own_id].into_iter().flatten();
        let labels: usize = labels.map(|label| 8 * label.len()).sum();
        let each_topic = |topic: &Topic| EACH_TOPIC_BYTES + 5 * topic.as_str().len();
        FIXED_BYTES + texts + labels + self.topics().map(each_topic).sum::<usize>()
    }

    /// Gives back what the data's buffer has to spare, if that is much.
    pub(super) fn shrink(&mut self) {
        const SPARE_BYTES: usize = 256;
        if self.data.capacity() - self.data.len() > SPARE_BYTES {
            self.data.shrink_to_fit();
        }
    }
}

/// The most by which the encodings of a text together exceed it three times, in bytes: JSON has six for a
/// control character or an end of a line, and two for a quotation mark or a backslash, and an event stream a field
/// for each line.
fn escapes(text: &str) -> usize {
    let controls = count(text.as_bytes(), |byte| byte < b' ');
    let quoted = count(text.as_bytes(), |byte| matches!(byte, b'"' | b'\\'));
    10 * controls + 2 * quoted + 8 * json::line_ends(text)
}

/// How many bytes are like this. Counts in bytes for as long as they cannot overflow, which is quick.
fn count(bytes: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let part = |part: &[u8]| part.iter().map(|byte| u8::from(is(*byte))).sum::<u8>();
    bytes
        .chunks(u8::MAX.into())
        .map(|it| usize::from(part(it)))
        .sum()
}

/// A label without control characters and within [`LABEL_BYTES`], or nothing.
fn label(text: String) -> Option<String> {
    let fits = (1..=LABEL_BYTES).contains(&text.len());
    (fits && !text.chars().any(char::is_control)).then_some(text)
}

/// Why a draft is refused.
///
/// ```
/// use ssehub::event::InvalidDraft;
/// use ssehub::{Draft, Topic};
/// let draft = || Draft::new(Topic::parse("news").unwrap(), "hello");
/// assert_eq!(draft().kind("").unwrap_err(), InvalidDraft::Kind);
/// assert_eq!(draft().own_id("earliest").unwrap_err(), InvalidDraft::OwnId);
/// assert_eq!(draft().own_id("1795373292335-0").unwrap_err(), InvalidDraft::Position);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidDraft {
    /// The type is empty, too long, or holds a control character.
    Kind,
    /// The id is empty, too long, reserved, holds a control character, or has a space at one end.
    OwnId,
    /// The id reads like a position in the log, and clients would be taken there.
    Position,
    /// There are more than [`EVENT_TOPICS`] topics.
    Topics,
}

impl fmt::Display for InvalidDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidDraft::Kind => write!(
                f,
                "a type has 1 to {LABEL_BYTES} bytes and no control characters"
            ),
            InvalidDraft::OwnId => write!(
                f,
                "an id has 1 to {LABEL_BYTES} bytes and no control characters, \
                 does not start with #, has no space at either end, and is not `earliest`"
            ),
            InvalidDraft::Position => f.write_str(
                "an id must not read like a position in the log (#1795373292335-0, with or without the #)",
            ),
            InvalidDraft::Topics => write!(f, "an event is on at most {EVENT_TOPICS} topics"),
        }
    }
}

impl std::error::Error for InvalidDraft {}
