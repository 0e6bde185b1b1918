//! Asking a server for a stream.

use std::io;

use futures_lite::AsyncReadExt as _;
use futures_lite::future::block_on;
use futures_lite::io::BlockOn;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use ssehub::{Start, Topic};

use super::stream::EventStream;
use crate::cli::server::{ANSWER_BYTES, Input, Server, patience};

/// Who we say that we are: the server wants a name.
const USER: &str = "ssehub-log";

pub(super) type Stream = EventStream<BlockOn<Input>>;

/// Why there is no stream.
#[derive(Debug)]
pub(super) enum Lost {
    /// It may be there later.
    ForNow(String),
    /// To ask again is of no use.
    ForGood(String),
    /// The topic has ended, and everything on it has been read.
    Ended,
}

/// The body of an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    error_message: String,
}

/// Opens a stream of a topic.
pub(super) fn open(server: &Server, topic: &Topic, start: &Start) -> Result<Stream, Lost> {
    let failed = |error: io::Error| Lost::ForNow(format!("cannot read from {server}: {error}"));
    let target = target(topic, start);
    let asked = server.get(&target, "Accept: text/event-stream\r\n");
    let answer = block_on(asked).map_err(failed)?;
    let status = answer.status;
    if status == 200 && !answer.is_stream {
        return Err(failed(io::Error::other("this is no event stream")));
    }
    if status == 200 {
        return Ok(EventStream::new(BlockOn::new(answer.body)));
    }
    let hint = match status {
        401 if !server.has_credential() => "; name a file that holds one with --key-file",
        _ => "",
    };
    let said = format!("{server} answers {status}{}{hint}", complaint(answer.body));
    Err(match status {
        // WHATWG HTML, section 9.2.3: who is answered this does not connect again.
        204 => Lost::Ended,
        // RFC 9110, sections 15.5.9 and 15.6: later may be better. RFC 6585, section 4, too.
        408 | 429 | 500.. => Lost::ForNow(said),
        _ => Lost::ForGood(said),
    })
}

/// The id goes into the target, where every id can be written; a header field cannot begin or end with a
/// space.
fn target(topic: &Topic, start: &Start) -> String {
    let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let topic = escaped(topic.as_str());
    let after = match start {
        Start::Now => String::new(),
        Start::Earliest => "&last_event_id=earliest".to_owned(),
        Start::After(id) => format!("&last_event_id={}", escaped(id)),
    };
    format!("/sse?user={USER}&format=json&topic={topic}{after}")
}

/// What an error says, as the end of a sentence.
fn complaint(input: Input) -> String {
    let mut body = Vec::new();
    let mut bounded = input.take(ANSWER_BYTES);
    _ = block_on(patience().wait(bounded.read_to_end(&mut body)));
    let said = serde_json::from_slice::<Complaint>(&body);
    said.map_or(String::new(), |said| format!(": {}", said.error_message))
}
