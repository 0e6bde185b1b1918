//! What one hub tells the others, as an entry of the board's stream has it.
//!
//! The first field names the hub. Then come `+KEY` with a value, `-KEY` for one that is there no more, and words
//! about the hub itself.

use redis::{Cmd, Value};

use super::value;
use crate::board::Posting;
use crate::event::EventId;

/// Everything that the hub shows has been told; also a field beside what it shows.
pub(super) const WHOLE: &str = "whole";

/// The hub is dead; the value is the one that has found that.
const GONE: &str = "gone";

/// What a hub has told.
#[derive(Debug)]
pub(super) struct Notice {
    pub(super) hub: String,
    pub(super) entries: Vec<(String, Option<String>)>,
    pub(super) is_whole: bool,
    pub(super) buried_by: Option<String>,
}

/// Adds what is told to a command, as fields and their values.
pub(super) fn add_fields(posting: &Posting, command: &mut Cmd) {
    for (key, value) in &posting.entries {
        let sign = if value.is_some() { '+' } else { '-' };
        command.arg(format!("{sign}{key}"));
        command.arg(value.as_deref().unwrap_or_default());
    }
    if posting.is_whole {
        command.arg(WHOLE).arg(1);
    }
}

/// The entries of a reply, each with its position; without a notice if no hub has written it.
pub(super) fn read_all(reply: Value) -> Vec<(EventId, Option<Notice>)> {
    let entries = value::list(reply).into_iter().filter_map(|entry| {
        let mut parts = value::list(entry).into_iter();
        let id = value::id(&parts.next()?)?;
        Some((id, read(value::list(parts.next()?))))
    });
    entries.collect()
}

fn read(fields: Vec<Value>) -> Option<Notice> {
    let mut fields = fields.into_iter().map(value::text);
    let mut next = || Some((fields.next()??, fields.next()??));
    let (_, hub) = next().filter(|(name, _)| name == "hub")?;
    let mut notice = Notice {
        hub,
        entries: Vec::new(),
        is_whole: false,
        buried_by: None,
    };
    while let Some((name, value)) = next() {
        match (name.as_str(), name.split_at_checked(1)) {
            (WHOLE, _) => notice.is_whole = true,
            (GONE, _) => notice.buried_by = Some(value),
            (_, Some(("+", key))) => notice.entries.push((key.to_owned(), Some(value))),
            (_, Some(("-", key))) => notice.entries.push((key.to_owned(), None)),
            // A later version may say more.
            _ => {}
        }
    }
    Some(notice)
}
