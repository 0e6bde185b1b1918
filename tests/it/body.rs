//! The chunked decoder: what it takes for a body, however the network has split it.

use fastrand::Rng;
use ssehub::http::body::Chunked;

const LIMIT_BYTES: usize = 1_000;

/// What is left of a body once the decoder has seen all of it.
#[derive(Debug, PartialEq)]
struct Outcome {
    body: String,
    consumed: usize,
    /// Whether it has ended, or the status it was refused with.
    ended: Result<bool, u16>,
}

/// Feeds `input` in parts of at most `step` bytes, as a connection does: what is not consumed stays.
fn feed(input: &[u8], step: usize) -> Outcome {
    let mut decoder = Chunked::new(LIMIT_BYTES);
    let (mut out, mut buffer, mut consumed) = (Vec::new(), Vec::new(), 0);
    let mut ended = Ok(false);
    for part in input.chunks(step) {
        buffer.extend_from_slice(part);
        match decoder.decode(&buffer, &mut out) {
            Ok(progress) => {
                buffer.drain(..progress.consumed);
                consumed += progress.consumed;
                ended = Ok(progress.ended);
            }
            Err(refusal) => {
                ended = Err(refusal.status);
                break;
            }
        }
    }
    assert!(out.len() <= LIMIT_BYTES && consumed <= input.len());
    Outcome {
        body: String::from_utf8_lossy(&out).into(),
        consumed,
        ended,
    }
}

/// Asserts that `input` is a body of these bytes and nothing more.
fn accepts(input: &str, body: &str) {
    let pipelined = format!("{input}GET / HTTP/1.1\r\n");
    for step in 1..=pipelined.len() {
        let expect = Outcome {
            body: body.into(),
            consumed: input.len(),
            ended: Ok(true),
        };
        assert_eq!(
            feed(pipelined.as_bytes(), step),
            expect,
            "{input:?} by {step}"
        );
    }
}

/// Asserts that `input` is refused with this status.
fn refuses(input: impl AsRef<[u8]>, status: u16) {
    let input = input.as_ref();
    for step in 1..=input.len() {
        assert_eq!(
            feed(input, step).ended,
            Err(status),
            "{} by {step}",
            input.escape_ascii()
        );
    }
}

#[test]
fn bodies() {
    accepts("0\r\n\r\n", "");
    accepts("5\r\nhello\r\n0\r\n\r\n", "hello");
    accepts("5\r\nhello\r\n7\r\n, world\r\n000\r\n\r\n", "hello, world");
    accepts("A\r\n0123456789\r\n0\r\n\r\n", "0123456789");
    accepts(
        "00000000000000000000000a\r\n0123456789\r\n0\r\n\r\n",
        "0123456789",
    );
    accepts("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n");
}

#[test]
fn extensions_are_ignored() {
    accepts("5;a=b\r\nhello\r\n0;c\r\n\r\n", "hello");
    accepts("5 \t;a=\"b;c\u{e9}\"\r\nhello\r\n0\r\n\r\n", "hello");
    accepts(
        "5;a = \"\\\";\" ; b\t;c=\"\"\r\nhello\r\n0\r\n\r\n",
        "hello",
    );
    accepts("5;!#$%&'*+-.^_`|~=x\r\nhello\r\n0\r\n\r\n", "hello");
}

/// RFC 9112, section 7.1.1: what reads one differently might end the chunk elsewhere.
#[test]
fn malformed_extensions_are_refused() {
    for line in [
        "5;",
        "5; ",
        "5 ",
        "5;a b=c",
        "5;a b",
        "5;a=",
        "5;a=b c",
        "5;=b",
        "5;a==b",
        "5;;a",
        "5;a;",
        "5 a",
        "5\t",
        "5;a=\"b",
        "5;a=\"b\\\"",
        "5;a=\"b\"c",
        "5;a=\"\u{1}\"",
        "5;a=\"\u{7f}\"",
        "5;a@b",
        "5;a=b\u{e9}",
        "5,a",
    ] {
        refuses(format!("{line}\r\nhello\r\n0\r\n\r\n"), 400);
    }
}

#[test]
fn trailers_are_dropped() {
    accepts("0\r\nX: y\r\n\r\n", "");
    accepts(
        "1\r\na\r\n0\r\nX: caf\u{e9}\r\nContent-Length: 5\r\n\r\n",
        "a",
    );
}

#[test]
fn an_end_that_has_not_come() {
    for input in [
        "",
        "5",
        "5\r\nhel",
        "5\r\nhello\r",
        "0\r\n",
        "0\r\n\r",
        "0\r\nX: y\r\n",
    ] {
        for step in 1..=input.len() {
            assert_eq!(
                feed(input.as_bytes(), step).ended,
                Ok(false),
                "{input:?} by {step}"
            );
        }
    }
}

#[test]
fn sizes() {
    for size in [
        "", " ", ";a", " 5", "5 ", "+5", "-5", "0x5", "g", "5 5", "5,", "\u{665}",
    ] {
        refuses(format!("{size}\r\nhello\r\n0\r\n\r\n"), 400);
    }
    for size in [
        "3e9",
        "fffffffffffffffe",
        "ffffffffffffffff",
        "10000000000000000",
    ] {
        refuses(format!("{size}\r\n"), 413);
    }
    refuses(format!("{}\r\n", "f".repeat(200)), 413);
    refuses("1f4\r\n".to_owned() + &"a".repeat(500) + "\r\n1f5\r\n", 413);
}

#[test]
fn the_longest_body() {
    let chunk = "1f4\r\n".to_owned() + &"a".repeat(500) + "\r\n";
    accepts(&format!("{chunk}{chunk}0\r\n\r\n"), &"a".repeat(1_000));
}

#[test]
fn line_ends() {
    refuses("5\nhello\r\n0\r\n\r\n", 400);
    refuses("5\r\nhello\n0\r\n\r\n", 400);
    refuses("5\rhello", 400);
    refuses("5\r\nhello!\r\n", 400);
    refuses("5\r\nhello0\r\n\r\n", 400);
    refuses("5\r\nhello\r!", 400);
    refuses("0\r\n\n", 400);
    refuses("0\r\nX: y\n\r\n", 400);
    refuses("0\r\nX: \0\r\n\r\n", 400);
    refuses("5;\x01\r\n", 400);
}

#[test]
fn lines_that_never_end() {
    refuses(format!("5;{}", "a".repeat(255)), 400);
    refuses("0".repeat(257), 400);
    refuses(format!("0\r\n{}", "a".repeat(4_097)), 431);
    refuses(format!("0\r\n{}", "X: y\r\n".repeat(700)), 431);
}

#[test]
fn after_the_end_nothing_is_consumed() {
    let mut decoder = Chunked::new(LIMIT_BYTES);
    let mut out = Vec::new();
    for (input, consumed) in [("0\r\n\r\n5\r\n", 5), ("5\r\nhello\r\n", 0)] {
        let progress = decoder.decode(input.as_bytes(), &mut out).expect("a body");
        assert_eq!((progress.consumed, progress.ended), (consumed, true));
    }
    assert!(out.is_empty());
}

/// Whatever the bytes, the split does not matter.
#[test]
fn mutated_bodies() {
    let mut rng = Rng::with_seed(1);
    for _ in 0..20_000 {
        let mut input = b"5;x\r\nhello\r\na\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET".to_vec();
        for _ in 0..rng.usize(0..4) {
            let at = rng.usize(..input.len());
            match rng.u8(0..3) {
                0 => input[at] = rng.u8(..),
                1 => drop(input.remove(at)),
                _ => input.insert(at, *rng.choice(b"\r\n0f;:\0").expect("a byte")),
            }
        }
        let whole = feed(&input, input.len());
        for step in [1, 2, 3, 7] {
            let split = feed(&input, step);
            assert_eq!(split.ended, whole.ended, "{}", input.escape_ascii());
            assert!(
                split.ended.is_err() || split == whole,
                "{}",
                input.escape_ascii()
            );
        }
    }
}
