//! The only encoder of event-stream bytes (WHATWG HTML, section 9.2 "Server-sent events").

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::{Event, EventId, Notice, RETRY};
use crate::json;

/// How a subscriber wants to read events.
///
/// ```
/// use ssehub::{Draft, Event, EventId, Format, Topic};
/// let draft = Draft::new(Topic::parse("a").unwrap(), "hello");
/// let event = Event::new(EventId { ms: 7, seq: 0 }, draft);
/// assert_eq!(event.frame(Format::Text).plain(), b"id: #7-0\ndata: hello\n\n");
/// assert!(event.frame(Format::Lines).plain().starts_with(b"{\"id\":\"#7-0\""));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// An event stream whose data is what the publisher said.
    Text,
    /// An event stream whose data is the JSON envelope.
    Json,
    /// One JSON envelope a line (`application/x-ndjson`).
    Lines,
}

impl Format {
    pub(super) const COUNT: usize = 3;
}

/// Bytes that many subscribers share: a payload inside the framing of one HTTP chunk.
///
/// ```
/// use std::time::Duration;
/// use ssehub::{EventId, Format, Frame};
/// assert_eq!(Frame::prelude(Duration::from_secs(2), Format::Text).plain(), b":\nretry: 2000\n");
/// assert_eq!(Frame::heartbeat(Format::Lines).chunked(), b"1\r\n\n\r\n");
/// let gap = Frame::gap("#5-0", EventId { ms: 9, seq: 0 }, Format::Text);
/// assert!(gap.plain().starts_with(b"event: gap\nid: #9-0\n"));
/// ```
#[derive(Clone, Debug)]
pub struct Frame {
    bytes: Arc<[u8]>,
    payload: Range<u32>,
}

impl Frame {
    /// Wraps a payload. An empty one has no chunk: that would end the body.
    pub fn new(payload: &str) -> Frame {
        if payload.is_empty() {
            return Frame {
                bytes: Arc::from([]),
                payload: 0..0,
            };
        }
        let head = format!("{:x}\r\n", payload.len());
        let start = head.len() as u32;
        Frame {
            bytes: [head.as_bytes(), payload.as_bytes(), b"\r\n"]
                .concat()
                .into(),
            payload: start..start + payload.len() as u32,
        }
    }

    pub(super) fn of(event: &Event, format: Format) -> Frame {
        Frame::new(&match format {
            Format::Text => event_stream(event, event.data()),
            Format::Json => event_stream(event, &json(event)),
            Format::Lines => json(event) + "\n",
        })
    }

    /// What a stream starts with, which makes proxies and browsers notice that it flows: a comment,
    /// and how long to wait before reconnecting. Lines have neither, and start with an empty one.
    ///
    /// No blank line follows a comment: some clients would take it for an empty event.
    pub fn prelude(retry: Duration, format: Format) -> Frame {
        Frame::prelude_saying("", retry, format)
    }

    /// The same with something in its comment, which has no line end.
    pub(crate) fn prelude_saying(comment: &str, retry: Duration, format: Format) -> Frame {
        match format {
            Format::Text | Format::Json => {
                Frame::new(&format!(":{comment}\nretry: {}\n", retry.as_millis()))
            }
            Format::Lines => Frame::heartbeat(format).clone(),
        }
    }

    /// What shows that a stream is alive: a comment of one line feed, for the same reason, or an
    /// empty line, which is white space between two JSON texts (RFC 8259, section 2).
    pub fn heartbeat(format: Format) -> &'static Frame {
        static COMMENT: LazyLock<Frame> = LazyLock::new(|| Frame::new(":\n"));
        static EMPTY_LINE: LazyLock<Frame> = LazyLock::new(|| Frame::new("\n"));
        match format {
            Format::Text | Format::Json => &COMMENT,
            Format::Lines => &EMPTY_LINE,
        }
    }

    /// Tells a subscriber that events after `after` are no longer kept and that the stream goes
    /// on behind `resumed`. Its id keeps a reconnection from being told again.
    pub fn gap(after: &str, resumed: EventId, format: Format) -> Frame {
        let data = serde_json::json!({ "after": after, "resumed": resumed.to_string() });
        Frame::new(&match format {
            Format::Lines => format!(
                "{}\n",
                json::encode(
                    &serde_json::json!({ "id": resumed.to_string(), "type": "gap", "data": data })
                )
            ),
            Format::Text | Format::Json => {
                let mut out = String::new();
                field(&mut out, "event", "gap");
                field(&mut out, "id", &resumed.to_string());
                lines(&mut out, &json::encode(&data));
                out + "\n"
            }
        })
    }

    pub(super) fn notice(notice: &Notice, format: Format) -> Frame {
        let (kind, data) = (notice.kind(), notice.data());
        Frame::new(&match format {
            Format::Lines => format!("{{\"type\":\"{kind}\",\"data\":{data}}}\n"),
            Format::Text | Format::Json => {
                let mut out = String::new();
                field(&mut out, "event", kind);
                lines(&mut out, data);
                out + "\n"
            }
        })
    }

    /// The payload as one HTTP chunk (RFC 9112, section 7.1).
    pub fn chunked(&self) -> &[u8] {
        &self.bytes
    }

    /// The payload alone, for peers that do not know chunks.
    pub fn plain(&self) -> &[u8] {
        &self.bytes[self.payload.start as usize..self.payload.end as usize]
    }
}

fn json(event: &Event) -> String {
    json::encode(&event.envelope())
}

fn event_stream(event: &Event, data: &str) -> String {
    const FIELDS_BYTES: usize = 96;
    let mut out = String::with_capacity(data.len() + FIELDS_BYTES);
    if let Some(kind) = event.kind() {
        field(&mut out, "event", kind);
    }
    if let Some(retry) = event.retry() {
        let retry = retry.clamp(*RETRY.start(), *RETRY.end());
        field(&mut out, "retry", &retry.as_millis().to_string());
    }
    match event.own_id() {
        Some(id) => field(&mut out, "id", id),
        None => _ = writeln!(out, "id: {}", event.id()),
    }
    lines(&mut out, data);
    out.push('\n');
    out
}

/// One field on one line. The value's checks have kept line ends out of it.
fn field(out: &mut String, name: &str, value: &str) {
    _ = writeln!(out, "{name}: {value}");
}

/// One `data` field for each line: CR, LF and CRLF all end a line, so none may stand inside one.
fn lines(out: &mut String, data: &str) {
    let mut rest = data;
    loop {
        let end = rest.bytes().position(|it| matches!(it, b'\r' | b'\n'));
        let line = &rest[..end.unwrap_or(rest.len())];
        field(out, "data", line);
        let Some(end) = end else { return };
        let after = &rest[end..];
        rest = after.strip_prefix("\r\n").unwrap_or(&after[1..]);
    }
}
