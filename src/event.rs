//! What a publisher says, and what the log makes of it.

mod frame;
mod id;
mod notice;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use serde::Serialize;

use crate::topic::Topic;

pub use frame::{Format, Frame};
pub use id::{EventId, InvalidEventId};
pub use notice::Notice;

/// Longest id or type that a publisher may bring, in bytes of UTF-8.
pub const LABEL_BYTES: usize = 255;

/// What a publisher says, before the log has given it a position.
#[derive(Clone, Debug)]
pub struct Draft {
    topic: Topic,
    data: String,
    kind: Option<String>,
    own_id: Option<String>,
    retry: Option<Duration>,
    user: Option<String>,
    end: bool,
}

impl Draft {
    /// An event on `topic` that says `data`.
    pub fn new(topic: Topic, data: impl Into<String>) -> Draft {
        Draft {
            topic,
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

    /// Names the event's type, the `event` field of the stream: 1 to 255 bytes, no control characters.
    pub fn kind(mut self, kind: impl Into<String>) -> Result<Draft, InvalidDraft> {
        self.kind = Some(label(kind.into()).ok_or(InvalidDraft::Kind)?);
        Ok(self)
    }

    /// Brings the publisher's own id: 1 to 255 bytes, no control characters, no leading `#`, not `earliest`.
    ///
    /// It stands in the stream's `id` field and is an alias for the event's position.
    pub fn own_id(mut self, id: impl Into<String>) -> Result<Draft, InvalidDraft> {
        let id = label(id.into()).ok_or(InvalidDraft::OwnId)?;
        if id.starts_with('#') || id == "earliest" {
            return Err(InvalidDraft::OwnId);
        }
        self.own_id = Some(id);
        Ok(self)
    }

    /// Tells clients to wait this long before they reconnect; whole milliseconds.
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
    pub(crate) fn key(&self) -> Option<(&str, &Topic)> {
        Some((self.own_id.as_deref()?, &self.topic))
    }

    /// What memory the event will take, in bytes: its text, and its text again in up to two encodings.
    pub(crate) fn bytes(&self) -> usize {
        const FIXED_BYTES: usize = 512;
        let labels = [&self.kind, &self.own_id, &self.user]
            .into_iter()
            .flatten()
            .map(String::len)
            .sum::<usize>();
        FIXED_BYTES + 3 * (self.data.len() + labels)
    }
}

/// A label without control characters and within [`LABEL_BYTES`], or nothing.
fn label(text: String) -> Option<String> {
    let fits = (1..=LABEL_BYTES).contains(&text.len());
    (fits && !text.chars().any(char::is_control)).then_some(text)
}

/// Why a draft is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidDraft {
    /// The type is empty, too long, or holds a control character.
    Kind,
    /// The id is empty, too long, reserved, or holds a control character.
    OwnId,
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
                 does not start with # and is not `earliest`"
            ),
        }
    }
}

impl std::error::Error for InvalidDraft {}

/// What the log holds: a draft that has a position, and its bytes as subscribers get them.
#[derive(Debug)]
pub struct Event {
    id: EventId,
    draft: Draft,
    frames: [OnceLock<Frame>; Format::COUNT],
}

impl Event {
    /// Gives `draft` its place in the log.
    pub fn new(id: EventId, draft: Draft) -> Event {
        Event {
            id,
            draft,
            frames: Default::default(),
        }
    }

    /// The position in the log.
    pub fn id(&self) -> EventId {
        self.id
    }

    /// The id that the publisher brought.
    pub fn own_id(&self) -> Option<&str> {
        self.draft.own_id.as_deref()
    }

    /// What the event is about.
    pub fn topic(&self) -> &Topic {
        &self.draft.topic
    }

    /// What it says.
    pub fn data(&self) -> &str {
        &self.draft.data
    }

    /// The type, if it has one.
    pub fn kind(&self) -> Option<&str> {
        self.draft.kind.as_deref()
    }

    /// Who said it, if that is known.
    pub fn user(&self) -> Option<&str> {
        self.draft.user.as_deref()
    }

    /// How long clients shall wait before they reconnect, if the publisher asked for it.
    pub fn retry(&self) -> Option<Duration> {
        self.draft.retry
    }

    /// Whether it ends its topic. Then no stream carries it.
    pub fn is_end(&self) -> bool {
        self.draft.end
    }

    /// The memory it takes, in bytes, encodings included.
    pub(crate) fn bytes(&self) -> usize {
        self.draft.bytes()
    }

    /// The id as subscribers see it: the publisher's, or else the position.
    pub fn public_id(&self) -> String {
        match self.own_id() {
            Some(id) => id.to_owned(),
            None => self.id.to_string(),
        }
    }

    /// The event as bytes of one representation, made at the first call and shared from then on.
    pub fn frame(&self, format: Format) -> &Frame {
        self.frames[format as usize].get_or_init(|| Frame::of(self, format))
    }

    /// The event as JSON says it; absent fields are left out.
    pub fn envelope(&self) -> Envelope<'_> {
        Envelope {
            id: self.public_id(),
            topic: self.topic().as_str(),
            kind: self.kind(),
            data: self.data(),
            user: self.user(),
            time: self.id.ms,
        }
    }
}

/// An event's JSON form.
#[derive(Debug, Serialize)]
pub struct Envelope<'a> {
    id: String,
    topic: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// Unix time in milliseconds.
    time: u64,
}
