//! Mutated heads: whatever the bytes, an answer from the list, and no head that says two things.

use super::{show, summary};
use fastrand::Rng;
use std::env;

/// Rounds of the ordinary test; `SSEHUB_FUZZ_ROUNDS` raises them, `SSEHUB_FUZZ_SEED` makes other ones.
const ROUNDS: u64 = 200_000;

const STATUSES: [u16; 7] = [400, 413, 414, 417, 431, 501, 505];

const HEADS: &[&str] = &[
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /events/a?type=b HTTP/1.1\r\nHost: a.b:80\r\nLast-Event-ID: #1-0\r\nAccept: */*\r\n\r\n",
    "POST /events/a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    "PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: [::1]:80\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "GET http://b/p/q HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nCookie: a=\u{e9}\r\n\r\n",
    "OPTIONS * HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nQUERY /%41/b HTTP/1.1\r\nhost:a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n",
];

const TOKENS: &[&str] = &[
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    " ",
    "\t",
    "\0",
    "\x7f",
    "\u{e9}",
    "\u{1f600}",
    ":",
    "/",
    "//",
    ".",
    "/../",
    "%2e%2e",
    "%",
    "?",
    "#",
    "\\",
    "@",
    "*",
    "[",
    "]",
    "[::1]",
    "http://",
    "HTTP://",
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/2.0",
    "Host: b\r\n",
    "Content-Length: 5\r\n",
    "+5",
    ",",
    ";",
    "18446744073709551616",
    "Transfer-Encoding: chunked\r\n",
    "gzip, ",
    "chunked",
    "Expect: x\r\n",
    "Last-Event-ID: \u{e9}\r\n",
    "Connection: close\r\n",
    " folded",
    "GET ",
    "\"",
    "<",
    "{",
    "|",
    "^",
];

#[test]
fn mutated_heads() {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = number("SSEHUB_FUZZ_SEED").unwrap_or(1);
    let rounds = number("SSEHUB_FUZZ_ROUNDS").unwrap_or(ROUNDS);
    println!("SSEHUB_FUZZ_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let mut accepted = 0;
    for _ in 0..rounds {
        accepted += u64::from(check(&mutated(&mut rng)));
    }
    println!("{accepted} of {rounds} accepted");
    assert!(
        accepted > rounds / 50,
        "the mutations are too wild to test much"
    );
}

/// Whether `input` begins with a good head; asserts what must hold either way.
fn check(input: &[u8]) -> bool {
    let text = input.escape_ascii();
    let head = match show(input) {
        Ok(Some(head)) => head,
        Ok(None) => return false,
        Err(refusal) => {
            assert!(STATUSES.contains(&refusal.status), "{text}: {refusal:?}");
            // Said of a head that has passed all checks, even if async-h1 has panicked on it.
            assert!(!refusal.reason.contains("decoded"), "{text}: {refusal:?}");
            return false;
        }
    };
    assert_eq!(head.request.url().path(), path_of(input), "{text}");
    assert!(head.request.header("content-length").is_none(), "{text}");
    let again = show(&input[..head.length])
        .expect("the same head")
        .expect("complete");
    assert_eq!(summary(&again), summary(&head), "{text}");
    assert!(
        matches!(show(&input[..head.length - 1]), Ok(None)),
        "{text}"
    );
    true
}

/// The path in the second word of the first line, found without the parser.
fn path_of(input: &[u8]) -> String {
    let text = String::from_utf8_lossy(input);
    let target = text.split_whitespace().nth(1).expect("a target");
    let after_authority = match target.split_once("://") {
        Some((scheme, rest)) if !scheme.contains(['/', '?']) => {
            &rest[rest.find(['/', '?']).unwrap_or(rest.len())..]
        }
        _ => target,
    };
    let path = after_authority.split('?').next().expect("a path");
    if path == "*" || path.is_empty() {
        "/".into()
    } else {
        path.into()
    }
}

fn mutated(rng: &mut Rng) -> Vec<u8> {
    let mut head = pick(rng, HEADS).to_vec();
    for _ in 0..rng.usize(1..6) {
        let at = rng.usize(0..=head.len());
        let end = rng.usize(at..=head.len().min(at + 8));
        match rng.u8(0..5) {
            0 => drop(head.splice(at..at, pick(rng, TOKENS).iter().copied())),
            1 => drop(head.splice(at..end, pick(rng, TOKENS).iter().copied())),
            2 => drop(head.drain(at..end)),
            3 => head.extend_from_within(at..end),
            _ => drop(head.splice(at..end, [rng.u8(..)])),
        }
    }
    head
}

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a [u8] {
    from[rng.usize(..from.len())].as_bytes()
}
