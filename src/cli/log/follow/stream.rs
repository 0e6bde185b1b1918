//! Reading an event stream (WHATWG HTML, section 9.2.6 "Interpreting an event stream").

use std::io::{self, BufRead, ErrorKind};
use std::time::Duration;

use crate::cli::log::lines::{LINE_BYTES, read_line};

/// One event.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli::log) struct Message {
    /// The stream's last event ID, if it has said one.
    pub(in crate::cli::log) id: Option<String>,
    pub(in crate::cli::log) kind: String,
    pub(in crate::cli::log) data: String,
}

/// An event stream, read message by message.
pub(in crate::cli::log) struct EventStream<R> {
    input: R,
    line: Vec<u8>,
    id: Option<String>,
    /// How long the server wants us to wait before we come back.
    pub(in crate::cli::log) retry: Option<Duration>,
}

impl<R: BufRead> EventStream<R> {
    pub(in crate::cli::log) fn new(input: R) -> EventStream<R> {
        EventStream {
            input,
            line: Vec::new(),
            id: None,
            retry: None,
        }
    }

    /// The next message that has data; none at the stream's end, where an unfinished one is dropped.
    pub(in crate::cli::log) fn next(&mut self) -> io::Result<Option<Message>> {
        let mut message = Message::default();
        while read_line(&mut self.input, &mut self.line)? {
            if !self.line.is_empty() {
                self.field(&mut message)?;
            } else if message.data.pop().is_some() {
                message.id = self.id.clone();
                return Ok(Some(message));
            } else {
                message = Message::default();
            }
        }
        Ok(None)
    }

    fn field(&mut self, message: &mut Message) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" if message.data.len() + value.len() > LINE_BYTES => {
                return Err(io::Error::new(
                    ErrorKind::InvalidData,
                    "an event is too large",
                ));
            }
            "data" => message.data.extend([value, "\n"]),
            "event" => message.kind = value.to_owned(),
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                self.retry = value.parse().ok().map(Duration::from_millis).or(self.retry);
            }
            _ => {}
        }
        Ok(())
    }
}
