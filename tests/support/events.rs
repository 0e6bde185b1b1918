//! Reading an event stream (WHATWG HTML, section 9.2.6) as its bytes come in.

use std::time::Duration;

/// A stream so far. An event whose blank line has not come is none.
#[derive(Default)]
pub struct EventStream {
    line: Vec<u8>,
    event: StreamEvent,
    /// How long to wait before the next stream, if this one has said it.
    pub retry: Option<Duration>,
}

/// One event as it was dispatched.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamEvent {
    pub kind: String,
    /// The last event ID of the stream, that of an earlier event if this one has none.
    pub id: String,
    pub data: String,
}

impl EventStream {
    /// The events that these bytes complete.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<StreamEvent> {
        let mut events = Vec::new();
        for byte in bytes {
            if *byte != b'\n' {
                self.line.push(*byte);
                continue;
            }
            let line = String::from_utf8(std::mem::take(&mut self.line)).expect("UTF-8");
            events.extend(self.line(line.trim_end_matches('\r')));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<StreamEvent> {
        if line.is_empty() {
            return self.dispatch();
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "event" => self.event.kind = value.to_owned(),
            "id" => self.event.id = value.to_owned(),
            "data" => self.event.data += &format!("{value}\n"),
            "retry" => self.retry = value.parse().ok().map(Duration::from_millis),
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<StreamEvent> {
        let next = StreamEvent {
            id: self.event.id.clone(),
            ..StreamEvent::default()
        };
        let mut event = std::mem::replace(&mut self.event, next);
        // The line end behind the last line is no part of the data; no line at all is no event.
        event.data.pop().map(|_| event)
    }
}

#[test]
fn events_are_read_wherever_the_stream_is_cut() {
    let event = |kind: &str, id: &str, data: &str| StreamEvent {
        kind: kind.to_owned(),
        id: id.to_owned(),
        data: data.to_owned(),
    };
    let stream = ":\nretry: 5\nid: #1-0\ndata: a\ndata: ü\n\n:\nevent: gap\r\ndata:\n\n\ndata: cut";
    for cut in 0..=stream.len() {
        let mut events = EventStream::default();
        let (head, tail) = stream.as_bytes().split_at(cut);
        let read = [events.push(head), events.push(tail)].concat();
        let whole = [event("", "#1-0", "a\nü"), event("gap", "#1-0", "")];
        assert_eq!(read, whole, "{cut}");
        assert_eq!(events.retry, Some(Duration::from_millis(5)), "{cut}");
    }
}
