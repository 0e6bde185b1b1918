//! A body of lines: all of its events are stored or none, and what is read back can be published again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;

use it::talk::Talk;
use it::{pipe, world};

// The harness of the tests in memory.
#[allow(dead_code)]
#[path = "../../tests/it"]
mod it {
    pub mod pipe;
    pub mod talk;
    pub mod world;
}

fuzz_target!(|body: &[u8]| {
    let Some((status, events)) = published(body) else {
        return;
    };
    match status {
        200 => {}
        400 | 409 | 413 => return assert!(events.is_empty()),
        status => panic!("{status}"),
    }
    let lines = events.iter().map(|event| format!("{event}\n"));
    let (status, again) = published(lines.collect::<String>().as_bytes()).unwrap();
    assert_eq!(status, 200);
    let said =
        |events: &[Value]| -> Vec<Value> { events.iter().cloned().map(without_position).collect() };
    assert_eq!(said(&again), said(&events));
});

/// The status, and the envelopes that can be read then.
fn published(body: &[u8]) -> Option<(u16, Vec<Value>)> {
    let mut talk = Talk::new();
    let head = format!(
        "POST /events/default HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    talk.send([head.as_bytes(), body].concat());
    let status = talk.reply()?.status;
    let events = talk.events();
    let lines = events.iter().filter(|event| !event.is_end()).map(|event| {
        let line = event.frame(ssehub::Format::Lines).plain().to_vec();
        serde_json::from_slice(&line).expect("an envelope is JSON")
    });
    let lines = lines.collect();
    talk.finish();
    Some((status, lines))
}

/// A position and a time are another one each time.
fn without_position(mut envelope: Value) -> Value {
    let members = envelope.as_object_mut().expect("an object");
    members.remove("time");
    if members["id"].as_str().is_some_and(|id| id.starts_with('#')) {
        members.remove("id");
    }
    envelope
}
