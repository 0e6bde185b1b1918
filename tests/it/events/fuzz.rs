//! Mutated requests: whatever they say, an answer from the list, all of a body or nothing of it, and a
//! connection that goes on.

use std::env;

use fastrand::Rng;

use super::{get, request};
use crate::talk::Talk;

/// Rounds of the ordinary test; `SSEHUB_FUZZ_ROUNDS` raises them, `SSEHUB_FUZZ_SEED` makes other ones.
const ROUNDS: u64 = 3_000;

const STATUSES: [u16; 5] = [200, 204, 400, 406, 415];

const TARGETS: &[&str] = &[
    "/events",
    "/events/a",
    "/events/a%2Fb?type=t&id=i&retry=5",
    "/events/%C3%A9?wait=0&format=poll&last_event_id=%231000-1",
    "/events?topic=a&topic=orders/{id}&topic=*&format=poll&wait=0",
    "/events/a?format=poll&wait=0&Last-Event-ID=earliest",
];

const FIELDS: &[&str] = &[
    "Content-Type: application/x-ndjson\r\n",
    "Accept: text/event-stream;q=0.5, application/json, */*;q=0.1\r\nX-Y: z\r\n",
    "Event-Type: t\r\nEvent-ID: i\u{e9}\r\nEvent-Retry: 5\r\n",
    "Last-Event-ID: #1000-1\r\n",
];

const BODIES: &[&str] = &[
    "hello\nworld",
    "{\"data\":\"1\",\"topic\":\"a\"}\n\n{\"data\":{\"a\":[1, \"\\\"\"]},\"topic\":\"b\",\"type\":\"t\",\"id\":\"i\",\"retry\":5,\"user\":\"ann\"}\r\n",
    "{\"data\":null}\n{\"data\":\"\",\"end\":true}",
];

const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\n",
    "\r",
    " ",
    "null",
    "true",
    "-1e999",
    "\u{e9}",
    "\u{0}",
    "\\ud800",
    "%",
    "%00",
    "%ff",
    "%2A",
    "*",
    "&",
    "=",
    "?",
    "/",
    ";q=",
    "0.0001",
    "18446744073709551616",
    "\"data\":",
    "\"topic\":\"*\"",
    "earliest",
    "#",
    "+",
    "*/*",
    "gap",
];

#[test]
fn mutated_requests() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("SSEHUB_FUZZ_SEED").unwrap_or(1);
    let rounds = number("SSEHUB_FUZZ_ROUNDS").unwrap_or(ROUNDS);
    println!("SSEHUB_FUZZ_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    for round in 0..rounds {
        let input = mutated(&mut rng);
        run(&input, &format!("round {round}: {}", input.escape_ascii()));
    }
}

fn mutated(rng: &mut Rng) -> Vec<u8> {
    let target = mutate(rng, TARGETS, |byte| {
        byte.is_ascii_graphic() && !b"#\\\"<>^`{}".contains(&byte)
    });
    let fields = mutate(rng, FIELDS, |byte| byte >= b' ' && byte != 0x7f);
    let fields = String::from_utf8_lossy(&fields).replace("\u{fffd}", "");
    let fields = match fields.trim().is_empty() || !fields.contains(": ") {
        true => String::new(),
        false => format!("{}\r\n", fields.trim_end()),
    };
    let body = mutate(rng, BODIES, |_| true);
    let target = String::from_utf8_lossy(&target).into_owned();
    let method = ["GET", "POST", "DELETE"][rng.usize(..3)];
    let length = format!("{fields}Content-Length: {}\r\n", body.len());
    [request(method, &target, &length).as_bytes(), &body].concat()
}

/// One of the samples with tokens put in and bytes taken out, as far as they may stand there.
fn mutate(rng: &mut Rng, samples: &[&str], fits: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut bytes = samples[rng.usize(..samples.len())].as_bytes().to_vec();
    for _ in 0..rng.usize(..4) {
        let at = rng.usize(..=bytes.len());
        match rng.u8(..3) {
            0 => {
                let token = TOKENS[rng.usize(..TOKENS.len())]
                    .bytes()
                    .filter(|byte| fits(*byte));
                bytes.splice(at..at, token);
            }
            1 => bytes.truncate(at.max(1)),
            _ => {
                let end = (at + rng.usize(..4)).min(bytes.len());
                bytes.drain(at..end);
            }
        }
    }
    bytes
}

fn run(input: &[u8], text: &str) {
    let mut talk = Talk::new();
    talk.send(input);
    let received = String::from_utf8_lossy(&talk.received).into_owned();
    // A stream, or a poll without an answer yet.
    if received.is_empty() || received.contains("transfer-encoding: chunked") {
        assert_eq!(talk.site.hub().subscribers(), 1, "{text}");
        talk.hang_up();
        assert!(talk.is_over(), "{text}");
        return;
    }
    let reply = talk.reply().unwrap_or_else(|| panic!("{text}: {received}"));
    // What the front door refuses, and what nothing is at, is for other tests.
    if matches!(reply.status, 404 | 405 | 414 | 431) || talk.ended {
        return;
    }
    assert!(STATUSES.contains(&reply.status), "{text}: {reply:?}");
    let stored = talk.events().len();
    match reply.status {
        200 | 204 => assert!(
            stored >= reply.body.matches("\"repeated\"").count(),
            "{text}"
        ),
        _ => assert_eq!(stored, 0, "{text}"),
    }
    talk.send(get("/healthz"));
    assert_eq!(talk.reply().map(|it| it.status), Some(200), "{text}");
    talk.finish();
}
