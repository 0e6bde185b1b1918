//! Several events in one body, a line of JSON for each (`application/x-ndjson`).

use futures_lite::future::yield_now;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::draft::Labels;
use super::reply::Reply;
use super::{topics, user};
use crate::event::{Draft, EventId};
use crate::topic::Topic;

/// Most events in one body: all of them are checked before one is stored, and wait together.
const EVENTS: usize = 1_000;

/// One event. A subscriber's line can be published elsewhere.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'l> {
    #[serde(borrow)]
    data: &'l RawValue,
    topic: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    retry: Option<u64>,
    #[serde(default)]
    private: bool,
    #[serde(default)]
    alternates: Vec<String>,
    user: Option<String>,
    /// The line ends its topic.
    #[serde(default)]
    end: bool,
    #[serde(default, rename = "time")]
    _time: IgnoredAny,
}

/// Bytes of a body that are parsed before other tasks get a turn: what they say takes a millisecond at worst.
const BYTES_PER_TURN: usize = 16 << 10;

/// The events in `body`, all of them or none; those that name no topic are on `topic`. Each must be one that the
/// publisher may publish. The first line that is refused is the last one that is looked at.
pub(super) async fn drafts(
    body: &[u8],
    topic: Option<&Topic>,
    may: impl Fn(&Draft) -> Result<(), Reply>,
) -> Result<Vec<(Topic, Draft)>, Reply> {
    let mut drafts = Vec::new();
    let mut parsed = 0;
    for (number, line) in (1..).zip(body.split(|byte| *byte == b'\n')) {
        parsed += line.len() + 1;
        if parsed > BYTES_PER_TURN {
            parsed = line.len() + 1;
            yield_now().await;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        if drafts.len() == EVENTS {
            return Err(Reply::error(413, "a body has at most 1000 events"));
        }
        let draft = draft(line, topic)
            .map_err(|reason| Reply::error(400, format!("line {number}: {reason}")))?;
        may(&draft.1)?;
        drafts.push(draft);
    }
    Ok(drafts)
}

fn draft(line: &[u8], default: Option<&Topic>) -> Result<(Topic, Draft), String> {
    let line = parse(line)?;
    let topic = match (&line.topic, default) {
        (Some(name), _) => topics::named(name)?,
        (None, Some(topic)) => topic.clone(),
        (None, None) => return Err("the line names no topic".to_owned()),
    };
    let labels = Labels {
        kind: line.kind,
        // A position belongs to the log that gave it.
        id: line.id.filter(|id| !is_position(id)),
        retry_ms: line.retry,
        private: line.private,
        alternates: line.alternates,
    };
    let draft = labels.label(match (line.end, text(line.data)?) {
        (false, data) => Draft::new(topic.clone(), data),
        (true, data) if data.is_empty() => Draft::end(topic.clone()),
        (true, _) => return Err("the end of a topic has no data".to_owned()),
    })?;
    Ok(match line.user {
        Some(name) => (topic, draft.user(user::check(&name)?)),
        None => (topic, draft),
    })
}

/// Reads a line. The complaint tells where it goes wrong, and repeats nothing of it but the name of a member that is
/// not known.
fn parse(line: &[u8]) -> Result<Line<'_>, String> {
    const WANTED: &str = r#"this is not JSON like {"topic":"news","data":"hello"}"#;
    // Serde would take an array of values as well.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err(WANTED.to_owned());
    }
    serde_json::from_slice(line).map_err(|error| {
        let said = error.to_string();
        match said.strip_prefix("unknown field ") {
            Some(said) => format!(
                "there is no member {}",
                said.split(" at line").next().unwrap_or_default()
            ),
            None => format!("{WANTED} (column {})", error.column()),
        }
    })
}

/// The id of an event whose publisher brought none.
fn is_position(id: &str) -> bool {
    id.starts_with('#') && id.parse::<EventId>().is_ok()
}

/// What the data says: a text itself, or the compact JSON of anything else.
fn text(data: &RawValue) -> Result<String, String> {
    let json = data.get();
    match json.starts_with('"') {
        true => serde_json::from_str(json).map_err(|_| "the data is not proper text".to_owned()),
        false => Ok(compact(json)),
    }
}

/// Valid JSON without the white space between its tokens. Numbers and their digits stay as they
/// are: to parse them would round them.
fn compact(json: &str) -> String {
    let mut in_text = false;
    let mut escaped = false;
    json.chars()
        .filter(|character| {
            let was_in_text = in_text;
            in_text ^= *character == '"' && !escaped;
            escaped = was_in_text && !escaped && *character == '\\';
            was_in_text || !matches!(character, ' ' | '\t' | '\n' | '\r')
        })
        .collect()
}
