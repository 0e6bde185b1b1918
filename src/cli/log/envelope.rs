//! An event as a line of JSON, and back.

use std::io::{self, Write};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ssehub::event::Envelope;
use ssehub::{Draft, Event, EventId, Topic};

/// The envelope, with what subscribers are told outside of it: the retry time, and the topic's end.
#[derive(Serialize)]
struct Exported<'e> {
    #[serde(flatten)]
    envelope: Envelope<'e>,
    /// Milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry: Option<u64>,
    #[serde(skip_serializing_if = "is_false")]
    end: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What of a line is imported. Its time is not: an event happens when the log takes it.
#[derive(Deserialize)]
struct Imported {
    topic: String,
    #[serde(default)]
    alternates: Vec<String>,
    #[serde(default)]
    private: bool,
    data: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    user: Option<String>,
    retry: Option<u64>,
    #[serde(default)]
    end: bool,
}

/// Writes an event as one line.
pub(super) fn write(event: &Event, out: &mut impl Write) -> io::Result<()> {
    let line = Exported {
        envelope: event.envelope(),
        retry: event.retry().map(|retry| retry.as_millis() as u64),
        end: event.is_end(),
    };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

/// Reads an event from a line; an error says what is wrong with it.
pub(super) fn parse(line: &[u8]) -> Result<Draft, String> {
    // Serde would take an array of values as well.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err("this is no JSON object".to_owned());
    }
    let said: Imported = serde_json::from_slice(line).map_err(|error| complaint(&error))?;
    let topic = Topic::parse(&said.topic).map_err(|error| error.to_string())?;
    let mut draft = match (said.end, said.data.as_str()) {
        (true, "") => Draft::end(topic),
        (true, _) => return Err("the end of a topic has no data".to_owned()),
        (false, _) => Draft::new(topic, said.data),
    };
    let alternates = said.alternates.iter().map(|name| Topic::parse(name));
    let alternates: Vec<_> = alternates
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())?;
    draft = draft
        .private(said.private)
        .alternates(alternates)
        .map_err(|error| error.to_string())?;
    if let Some(kind) = said.kind {
        draft = draft.kind(kind).map_err(|error| error.to_string())?;
    }
    if let Some(id) = said.id.filter(|id| !is_position(id)) {
        draft = draft.own_id(id).map_err(|error| error.to_string())?;
    }
    if let Some(user) = said.user {
        draft = draft.user(user);
    }
    if let Some(retry_ms) = said.retry {
        draft = draft.retry(Duration::from_millis(retry_ms));
    }
    Ok(draft)
}

/// The id of an event whose publisher brought none. Without the `#` it would be a publisher's.
fn is_position(id: &str) -> bool {
    id.starts_with('#') && id.parse::<EventId>().is_ok()
}

/// What serde has to say, but for the line's number, which it takes for the first.
fn complaint(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let place = format!(" at line {line} column {column}");
    match text.strip_suffix(&place) {
        Some(text) => format!("{text} (column {column})"),
        None => text,
    }
}
