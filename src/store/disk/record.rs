//! An event as the file has it.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Position;
use crate::event::{Draft, Event, EventId};
use crate::topic::Topic;

/// JSON, so that a later version can add fields and an older file stays readable.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    topic: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    alternates: Vec<String>,
    #[serde(skip_serializing_if = "is_false", default)]
    private: bool,
    #[serde(borrow)]
    data: Cow<'a, str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none", default)]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    retry_ms: Option<u64>,
    /// The event ends its topic.
    #[serde(skip_serializing_if = "is_false", default)]
    end: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn encode(event: &Event) -> Vec<u8> {
    let record = Record {
        topic: event.topic().as_str().into(),
        alternates: event.alternates().iter().map(Topic::to_string).collect(),
        private: event.is_private(),
        data: event.data().into(),
        kind: event.kind().map(str::to_owned),
        id: event.own_id().map(str::to_owned),
        user: event.user().map(str::to_owned),
        retry_ms: event.retry().map(|retry| retry.as_millis() as u64),
        end: event.is_end(),
    };
    // Strings and a number cannot fail to serialize.
    serde_json::to_vec(&record).unwrap_or_default()
}

/// The event that a record tells of; `None` if it is no record.
pub(super) fn decode(position: Position, record: &[u8]) -> Option<Event> {
    let record: Record<'_> = serde_json::from_slice(record).ok()?;
    let topic = Topic::parse(&record.topic).ok()?;
    let mut draft = match record.end {
        true => Draft::end(topic),
        false => Draft::new(topic, record.data),
    };
    draft = draft.private(record.private);
    if !record.alternates.is_empty() {
        let topics = record.alternates.iter().map(|name| Topic::parse(name));
        let topics: Vec<_> = topics.collect::<Result<_, _>>().ok()?;
        draft = draft.alternates(topics).ok()?;
    }
    if let Some(kind) = record.kind {
        draft = draft.kind(kind).ok()?;
    }
    if let Some(id) = record.id {
        draft = draft.kept_id(id).ok()?;
    }
    if let Some(user) = record.user {
        draft = draft.user(user);
    }
    if let Some(retry_ms) = record.retry_ms {
        draft = draft.retry(Duration::from_millis(retry_ms));
    }
    Some(Event::new(id(position), draft))
}

pub(super) fn id((ms, seq): Position) -> EventId {
    EventId { ms, seq }
}

pub(super) fn position(id: EventId) -> Position {
    (id.ms, id.seq)
}
