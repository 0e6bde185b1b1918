//! A whole connection: any bytes, in pieces, then a long time, then the client hangs up. Every byte of the answer
//! is of a proper response, and nothing of the connection stays.

#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use ssehub::auth::{Auth, Rights};
use ssehub::http::HttpConfig;
use ssehub::{Draft, Topic};

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

/// How a server is set up, and in which pieces the bytes arrive.
type Input<'i> = (u8, u8, &'i [u8]);

fuzz_target!(|input: Input<'_>| {
    let (setup, piece, bytes) = input;
    let mut talk = Talk::with(config(setup));
    talk.world.publish("chat", "earlier");
    if setup & 4 != 0 {
        let draft = Draft::new(Topic::parse("orders/1").unwrap(), "earlier").user("ann");
        futures_lite::future::block_on(talk.site.hub().publish(draft)).unwrap();
    }
    for part in bytes.chunks(usize::from(piece) * 8 + 1) {
        talk.send(part);
        talk.world.settle();
        talk.read();
        if talk.ended {
            break;
        }
    }
    talk.world.publish("chat", "later");
    talk.read();
    // What waits for more, or for an event, ends; a stream beats.
    talk.pass(Duration::from_secs(61));
    check(&talk.received, talk.ended);
    talk.finish();
});

fn config(setup: u8) -> HttpConfig {
    let config = HttpConfig::default().debug_page(setup & 1 != 0);
    match setup & 2 {
        0 => config,
        _ => config.auth(Arc::new(Auth::new(Rights::nothing()))),
    }
}

/// Reads the responses one after the other.
fn check(mut rest: &[u8], ended: bool) {
    while !rest.is_empty() {
        let shown = rest.escape_ascii();
        let end = rest.windows(4).position(|it| it == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head: {shown}"));
        let head = std::str::from_utf8(&rest[..end])
            .expect("a head is text")
            .to_lowercase();
        rest = &rest[end + 4..];
        let mut lines = head.lines();
        let line = lines.next().unwrap();
        let code = line
            .strip_prefix("http/1.1 ")
            .unwrap_or_else(|| panic!("no status: {shown}"));
        let code: u16 = code[..3].parse().unwrap();
        assert!((100..600).contains(&code) && code != 500, "{line}: {shown}");
        let fields: Vec<_> = lines
            .map(|it| it.split_once(':').expect("a field"))
            .collect();
        let value = |name| {
            let mut named = fields
                .iter()
                .filter(|it| it.0 == name)
                .map(|it| it.1.trim());
            let value = named.next();
            assert_eq!(named.next(), None, "{name} twice: {head}");
            value
        };
        if value("transfer-encoding") == Some("chunked") {
            assert_eq!(value("content-length"), None);
            rest = match chunks(rest) {
                // It goes on.
                None => return,
                Some(after) => after,
            };
        } else if let Some(length) = value("content-length") {
            let length: usize = length.parse().unwrap();
            // An answer to HEAD has none of it.
            if !(rest.is_empty() || rest.starts_with(b"HTTP/1.1 ") && length > 0) {
                rest = rest
                    .get(length..)
                    .unwrap_or_else(|| panic!("a body is cut: {shown}"));
            }
        } else if !matches!(code, 100 | 204 | 304) {
            // An HTTP/1.0 stream lasts until the end.
            assert_eq!(code, 200, "{head}");
            return;
        }
        assert!(
            ended || value("connection") != Some("close") || !rest.is_empty(),
            "{head}"
        );
    }
}

/// What follows a chunked body; `None` if that has not ended.
fn chunks(mut rest: &[u8]) -> Option<&[u8]> {
    while !rest.is_empty() {
        // An answer to HEAD has no body.
        if rest.starts_with(b"HTTP/1.1 ") {
            return Some(rest);
        }
        let end = rest
            .windows(2)
            .position(|it| it == b"\r\n")
            .expect("a size");
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).expect("a size in hexadecimal digits");
        rest = rest[end + 2..].get(size..).expect("a whole chunk");
        rest = rest.strip_prefix(b"\r\n").expect("the end of a chunk");
        if size == 0 {
            return Some(rest);
        }
    }
    None
}
