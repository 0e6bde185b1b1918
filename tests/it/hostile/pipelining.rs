//! Requests that arrive together or in pieces: each is answered once, in order.

use fastrand::Rng;
use ssehub::http::HttpConfig;

use super::{HEALTH, Talk, check, chunks, say, say_as};

/// Asserts the outcome for every place at which the network may cut `input` in two.
fn at_every_cut(input: &str, transcript: &str, said: &[&str]) {
    for cut in 0..input.len() {
        let mut talk = Talk::new();
        talk.send(&input[..cut]);
        talk.send(&input[cut..]);
        assert_eq!(talk.transcript(), transcript, "{input:?} cut at {cut}");
        assert_eq!(talk.said(), said, "{input:?} cut at {cut}");
        talk.finish();
    }
    check(input, transcript, said);
}

fn say_chunked(text: &str, end: &str) -> String {
    say_as("Transfer-Encoding: chunked", &(chunks(text, 9) + end))
}

#[test]
fn three_requests_in_one_segment() {
    at_every_cut(
        &[say("a"), say("b"), say("c")].concat(),
        "200 200 200",
        &["a", "b", "c"],
    );
}

#[test]
fn good_and_unknown_ones_in_turn() {
    let nowhere = "GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n";
    let broken = say_as("Content-Length: 2", "{}");
    let input = [&say("a"), nowhere, &broken, "\r\n", &say("b")].concat();
    at_every_cut(&input, "200 404 400 200", &["a", "b"]);
}

#[test]
fn a_refusal_ends_what_comes_after() {
    let input = [&say("a"), "GET /healthz HTTP/1.1\r\n\r\n", &say("smuggled")].concat();
    at_every_cut(&input, "200 400 end", &["a"]);
}

#[test]
fn chunks_then_another_request() {
    let plain = say_chunked("a", "\r\n");
    let trailers = say_chunked("b", "X: y\r\nZ: chunked\r\n\r\n");
    let extended = say_as(
        "Transfer-Encoding: CHUNKED",
        &chunks("c", 40).replacen("\r\n", ";a=\"b\"\r\n", 1),
    ) + "\r\n";
    let input = [plain, trailers, extended, say("d")].concat();
    at_every_cut(&input, "200 200 200 200", &["a", "b", "c", "d"]);
}

#[test]
fn a_body_for_which_nobody_asked() {
    let get = format!(
        "GET /healthz HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{HEALTH}",
        HEALTH.len()
    );
    let options = "OPTIONS /sse HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nGET\r\n0\r\n\r\n";
    let input = [&get, options, &say("a")].concat();
    at_every_cut(&input, "200 204 200", &["a"]);
}

/// Each body crosses byte 8192 of the connection at another place.
#[test]
fn a_body_across_a_reads_end() {
    for length in (8_000..8_200).step_by(3) {
        let text = "x".repeat(length);
        let input = [say("a"), say(&text), say("b")].concat();
        let mut talk = Talk::new();
        talk.send(&input);
        assert_eq!(talk.transcript(), "200 200 200", "{length}");
        assert_eq!(talk.said(), ["a", &text, "b"], "{length}");
        talk.finish();
    }
}

#[test]
fn more_requests_than_one_turn_has() {
    let mut talk = Talk::new();
    talk.send(HEALTH.repeat(500));
    assert_eq!(talk.transcript(), vec!["200"; 500].join(" "));
    talk.finish();
}

/// The bodies look like requests; whoever loses count runs one.
#[test]
fn random_sequences_in_random_pieces() {
    for seed in 0..60 {
        let mut rng = Rng::with_seed(seed);
        let (mut input, mut expect, mut said) = (String::new(), Vec::new(), Vec::new());
        for number in 0..30 {
            let text =
                format!("{number} POST /sse/message HTTP/1.1\\r\\n\\r\\n").repeat(rng.usize(..60));
            let status = match rng.u8(..5) {
                0 => push(&mut input, HEALTH, "200"),
                1 => push(&mut input, "GET /x HTTP/1.1\r\nHost: h\r\n\r\n", "404"),
                2 => push(&mut input, &say_as("Content-Length: 4", "GET "), "400"),
                3 => {
                    said.push(text.replace("\\r\\n", "\r\n"));
                    push(&mut input, &say(&text), "200")
                }
                _ => {
                    said.push("chunked".to_owned());
                    push(&mut input, &say_chunked("chunked", "X: y\r\n\r\n"), "200")
                }
            };
            expect.push(status);
        }
        let mut talk = Talk::new();
        let mut rest = input.as_str();
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rng.usize(1..=rest.len().min(9_000)));
            talk.send(part);
            rest = after;
        }
        assert_eq!(talk.transcript(), expect.join(" "), "seed {seed}");
        assert_eq!(talk.said(), said, "seed {seed}");
        talk.finish();
    }
}

fn push(input: &mut String, request: &str, status: &'static str) -> &'static str {
    input.push_str(request);
    status
}

#[test]
fn the_largest_body_and_one_byte_more() {
    let limited = || Talk::with(HttpConfig::default().body_bytes(say("").len()));
    let json = super::json(&"x".repeat(say("").len() - super::json("").len()));
    let length = |bytes| format!("Content-Length: {bytes}");
    let mut talk = limited();
    talk.send(say_as(&length(json.len()), &json));
    talk.send(say_as(
        "Transfer-Encoding: chunked",
        &format!("{:x}\r\n{json}\r\n0\r\n\r\n", json.len()),
    ));
    assert_eq!(talk.transcript(), "200 200");
    talk.send(say_as(&length(json.len() + 1), &json));
    assert_eq!(talk.transcript(), "413 end");
    talk.finish();
    let mut talk = limited();
    talk.send(say_as(
        "Transfer-Encoding: chunked",
        &format!("{:x}\r\n{json}\r\n1\r\n", json.len()),
    ));
    assert_eq!(talk.transcript(), "413 end");
    assert_eq!(talk.said().len(), 0);
    talk.finish();
}
