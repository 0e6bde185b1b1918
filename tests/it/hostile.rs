//! Hostile and awkward bytes against whole connections: what comes back, and what is done.
//!
//! Every refusal here is followed by requests that would leave a trace if they were ever run.

mod early;
mod leaving;
mod panics;
mod pipelining;
mod protocol;
mod slow;
mod smuggling;
mod streaming;

use crate::talk::Talk;

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";

const LISTEN: &str = "GET /sse?user=eve HTTP/1.1\r\nHost: h\r\n\r\n";

/// A request that leaves `text` in the log.
fn say(text: &str) -> String {
    let body = json(text);
    say_as(&format!("Content-Length: {}", body.len()), &body)
}

/// The same with fields and a body as they stand here.
fn say_as(fields: &str, body: &str) -> String {
    format!("POST /sse/message HTTP/1.1\r\nHost: h\r\n{fields}\r\n\r\n{body}")
}

fn json(text: &str) -> String {
    format!(r#"{{"message":"{text}","user":"ann"}}"#)
}

/// `text` as a message in chunks of `size` bytes, without what ends the last one.
fn chunks(text: &str, size: usize) -> String {
    let body = json(text);
    let chunk = |part: &[u8]| format!("{:x}\r\n{}\r\n", part.len(), part.escape_ascii());
    let chunks = body.as_bytes().chunks(size).map(chunk);
    chunks.collect::<String>().replace("\\\"", "\"") + "0\r\n"
}

/// Asserts which statuses come back for `input`, whether the server then ends the connection
/// (`end`), and what is in the log, however the network splits the input.
fn check(input: impl AsRef<[u8]>, transcript: &str, said: &[&str]) {
    let input = input.as_ref();
    for step in [input.len(), 1, 7] {
        let mut talk = Talk::new();
        input.chunks(step).for_each(|part| talk.send(part));
        let text = input.escape_ascii();
        assert_eq!(talk.transcript(), transcript, "{text} by {step}");
        assert_eq!(talk.said(), said, "{text} by {step}");
        assert_eq!(talk.site.hub().subscribers(), 0, "{text} by {step}");
        talk.finish();
    }
}

/// Asserts that `input` is answered with this status alone, and that nothing after it is run.
fn refused(input: impl AsRef<[u8]>, status: u16) {
    let trap = format!("{}{LISTEN}", say("smuggled"));
    let input = [input.as_ref(), trap.as_bytes()].concat();
    check(input, &format!("{status} end"), &[]);
}
