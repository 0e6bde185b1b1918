//! An event as the stream has it: an entry with a field for each thing that it says.

use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, Value};

use super::value;
use crate::event::{Draft, Event, EventId};
use crate::topic::Topic;

/// The field of an entry that says that events before it are lost, or have never been.
pub(super) const LOST: &str = "lost";

/// What an entry is.
#[derive(Debug)]
pub(super) enum Entry {
    Event(Arc<Event>),
    /// Something is lost that stood after this position and before the entry.
    Lost(EventId),
    /// Not from a hub, or not as a hub has it: why.
    Foreign(&'static str),
}

impl Entry {
    /// The memory it takes in the window, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Entry::Event(event) => event.bytes(),
            Entry::Lost(_) | Entry::Foreign(_) => 0,
        }
    }
}

/// Adds what an event says to a command, as fields and their values.
pub(super) fn add_fields(event: &Event, command: &mut Cmd) {
    let mut add = |field: &str, value: &str| _ = command.arg(field).arg(value);
    add("topic", event.topic().as_str());
    for topic in event.alternates() {
        add("alt", topic.as_str());
    }
    if let Some(kind) = event.kind() {
        add("type", kind);
    }
    if let Some(id) = event.own_id() {
        add("id", id);
    }
    if let Some(user) = event.user() {
        add("user", user);
    }
    if let Some(retry) = event.retry() {
        add("retry", &retry.as_millis().to_string());
    }
    if event.is_private() {
        add("private", "1");
    }
    if event.is_end() {
        add("end", "1");
    }
    add("data", event.data());
}

/// The entries of a reply, each with its position.
///
/// What takes more than `most_bytes` of memory is as foreign as what has no topic: no hub would have
/// stored it.
pub(super) fn read_all(reply: Value, most_bytes: usize) -> Vec<(EventId, Entry)> {
    let entries = value::list(reply).into_iter().filter_map(|entry| {
        let mut parts = value::list(entry).into_iter();
        let id = value::id(&parts.next()?)?;
        let fields = value::list(parts.next()?);
        let entry = match read(id, fields) {
            Ok(Entry::Event(event)) if event.bytes() > most_bytes => {
                Entry::Foreign("it is too large")
            }
            Ok(entry) => entry,
            Err(reason) => Entry::Foreign(reason),
        };
        Some((id, entry))
    });
    entries.collect()
}

/// Whether a range of one entry has the one at `id`, which says what `known` says if that is known.
pub(super) fn is_there(range: Value, id: EventId, known: Option<&Event>) -> bool {
    match (read_all(range, usize::MAX).into_iter().next(), known) {
        (Some((found, Entry::Event(event))), Some(known)) => found == id && event.says_as(known),
        (Some((found, _)), None) => found == id,
        _ => false,
    }
}

fn read(id: EventId, fields: Vec<Value>) -> Result<Entry, &'static str> {
    let mut said = Said::default();
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let text = value::text(value).ok_or("a value is not UTF-8");
        match value::text(name).as_deref() {
            Some(LOST) => return Ok(Entry::Lost(missing_after(id, text?, fields))),
            Some("topic") => said.topic = Some(text?),
            Some("alt") => said.alternates.push(text?),
            Some("type") => said.kind = Some(text?),
            Some("id") => said.id = Some(text?),
            Some("user") => said.user = Some(text?),
            Some("retry") => said.retry = Some(text?),
            Some("private") => said.private = text? == "1",
            Some("end") => said.end = text? == "1",
            Some("data") => said.data = Some(text?),
            // A later version may say more.
            _ => {}
        }
    }
    Ok(Entry::Event(Arc::new(Event::new(id, said.draft()?))))
}

/// After which position a loss has taken something: so the rest of its fields says. A stream that begins has
/// lost nothing.
fn missing_after(id: EventId, seen: String, mut fields: impl Iterator<Item = Value>) -> EventId {
    match seen.parse() {
        Ok(EventId::ZERO) => id,
        _ => fields
            .nth(1)
            .as_ref()
            .and_then(value::id)
            .unwrap_or_default(),
    }
}

/// What the fields say, not checked yet.
#[derive(Default)]
struct Said {
    topic: Option<String>,
    alternates: Vec<String>,
    kind: Option<String>,
    id: Option<String>,
    user: Option<String>,
    retry: Option<String>,
    private: bool,
    end: bool,
    data: Option<String>,
}

impl Said {
    fn draft(self) -> Result<Draft, &'static str> {
        let topic = self.topic.ok_or("it has no topic")?;
        let topic = Topic::parse(&topic).map_err(|_| "its topic is none")?;
        let mut draft = match (self.end, self.data) {
            (true, _) => Draft::end(topic),
            (false, Some(data)) => Draft::new(topic, data),
            (false, None) => return Err("it has no data"),
        };
        draft = draft.private(self.private);
        let alternates = self.alternates.iter().map(|name| Topic::parse(name));
        let alternates = alternates.collect::<Result<Vec<_>, _>>();
        let alternates = alternates.map_err(|_| "an alternate topic is none")?;
        draft = draft
            .alternates(alternates)
            .map_err(|_| "it has too many topics")?;
        if let Some(kind) = self.kind {
            draft = draft.kind(kind).map_err(|_| "its type is none")?;
        }
        if let Some(id) = self.id {
            draft = draft.kept_id(id).map_err(|_| "its id is none")?;
        }
        if let Some(user) = self.user {
            draft = draft.user(user);
        }
        if let Some(retry) = self.retry {
            let retry = retry.parse().map_err(|_| "its retry time is none")?;
            draft = draft.retry(Duration::from_millis(retry));
        }
        Ok(draft)
    }
}
