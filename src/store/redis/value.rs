//! What a reply says, taken apart.

use redis::Value;

use crate::event::EventId;

/// The parts of an array; none if it is nothing or something else.
pub(super) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        _ => Vec::new(),
    }
}

/// A text.
pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

/// A number.
pub(super) fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

/// The id of an entry: a position without its `#`.
pub(super) fn id(value: &Value) -> Option<EventId> {
    match value {
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}

/// The id of the first entry of a range.
pub(super) fn first_id(range: Value) -> Option<EventId> {
    let entry = list(range).into_iter().next()?;
    id(list(entry).first()?)
}

/// The entries of the only stream in an answer to `XREAD`; none if nothing came.
pub(super) fn only_stream(news: Value) -> Option<Value> {
    let stream = list(news).into_iter().next()?;
    list(stream).into_iter().nth(1)
}

/// A position as Redis writes it.
pub(super) fn redis_id(id: EventId) -> String {
    format!("{}-{}", id.ms, id.seq)
}
