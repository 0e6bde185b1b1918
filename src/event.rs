//! What a publisher says, and what the log makes of it.

mod draft;
mod frame;
mod id;
mod notice;
mod sieve;
mod unplaced;

use std::sync::OnceLock;
use std::time::Duration;

use serde::Serialize;

use crate::topic::{Interest, Topic};

pub use draft::{Draft, EVENT_TOPICS, InvalidDraft, LABEL_BYTES, RETRY};
pub use frame::{Format, Frame};
pub use id::{EventId, InvalidEventId};
pub use notice::Notice;
pub(crate) use sieve::{STEPS_PER_TURN, Sieve};
pub(crate) use unplaced::Unplaced;

/// What the log holds: a draft that has a position, and its bytes as subscribers get them.
///
/// ```
/// use ssehub::{Draft, Event, EventId, Interest, Topic};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (order, orders) = (Topic::parse("orders/42")?, Topic::parse("orders")?);
/// let draft = Draft::new(order, "paid")
///     .kind("status")?
///     .own_id("order-42-paid")?
///     .alternates([orders.clone()])?
///     .user("shop")
///     .private(true);
/// let event = Event::new("#1795373296005-0".parse()?, draft);
/// assert_eq!((event.data(), event.kind(), event.user()), ("paid", Some("status"), Some("shop")));
/// assert_eq!(event.public_id(), "order-42-paid");
/// assert_eq!(event.topics().count(), 2);
///
/// let asked = Interest::topic(orders);
/// assert!(!event.is_for(&asked), "it is private");
/// let granted = asked.selectors().to_vec();
/// assert!(event.is_for(&asked.and_private(granted.into())));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Event {
    id: EventId,
    draft: Draft,
    bytes: usize,
    frames: [OnceLock<Frame>; Format::COUNT],
}

impl Event {
    /// Gives `draft` its place in the log.
    pub fn new(id: EventId, mut draft: Draft) -> Event {
        draft.shrink();
        Event {
            id,
            bytes: draft.bytes(),
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

    /// What the event is about, before all else.
    pub fn topic(&self) -> &Topic {
        &self.draft.topic
    }

    /// The other topics that it is on.
    pub fn alternates(&self) -> &[Topic] {
        &self.draft.alternates
    }

    /// Every topic that it is on, [`topic`](Event::topic) first.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.draft.topics()
    }

    /// Whether only those see it who [may](Interest::and_private).
    pub fn is_private(&self) -> bool {
        self.draft.private
    }

    /// Whether it is asked for, and may be seen.
    pub fn is_for(&self, interest: &Interest) -> bool {
        Sieve::new(interest).wants(self)
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

    /// Whether another event says the same in everything.
    #[cfg(feature = "redis")]
    pub(crate) fn says_as(&self, other: &Event) -> bool {
        self.draft == other.draft
    }

    /// The memory it takes at most, in bytes, encodings included.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What tells a repeated event from a new one: the publisher's id, and the topic.
    pub(crate) fn key(&self) -> Option<(&str, &Topic)> {
        self.draft.key()
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
            topic: self.topic(),
            alternates: self.alternates(),
            private: self.is_private(),
            kind: self.kind(),
            data: self.data(),
            user: self.user(),
            time: self.id.ms,
        }
    }
}

/// An event's JSON form.
///
/// ```
/// use ssehub::{Draft, Event, EventId, Topic};
/// let draft = Draft::new(Topic::parse("orders/42").unwrap(), "paid");
/// let event = Event::new(EventId { ms: 7, seq: 0 }, draft);
/// let json = serde_json::to_string(&event.envelope()).unwrap();
/// assert_eq!(json, r##"{"id":"#7-0","topic":"orders/42","data":"paid","time":7}"##);
/// ```
#[derive(Debug, Serialize)]
pub struct Envelope<'a> {
    id: String,
    topic: &'a Topic,
    #[serde(skip_serializing_if = "<[Topic]>::is_empty")]
    alternates: &'a [Topic],
    #[serde(skip_serializing_if = "is_false")]
    private: bool,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'a str>,
    data: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    /// Unix time in milliseconds.
    time: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}
