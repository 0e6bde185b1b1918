//! The front door: which heads it accepts, as what, and which status refuses the others.
//!
//! Every head here is shown byte by byte as well: the answer must not depend on the network.

mod accepted;
mod fuzz;
mod limits;
mod refused;

use ssehub::http::head::{Head, HeadLimits, Refusal, parse};

/// A request for `target` that is otherwise plain.
fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// A plain request with one more field line.
fn with(field: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n")
}

/// A plain request whose only field is this Host.
fn host(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
}

/// Asserts that `input` is one head, and what it says.
fn accepts(input: impl AsRef<[u8]>, expect: &str) -> Head {
    let input = input.as_ref();
    let text = input.escape_ascii();
    for cut in 0..input.len() {
        let early = show(&input[..cut]);
        assert!(matches!(early, Ok(None)), "{text} at byte {cut}: {early:?}");
    }
    let pipelined = [input, b"\r\n\r\nGARBAGE \0"].concat();
    let Ok(Some(head)) = show(&pipelined) else {
        panic!("{text}: {:?}", show(&pipelined));
    };
    assert_eq!(summary(&head), expect, "{text}");
    assert_eq!(head.length, input.len(), "{text}");
    head
}

/// Asserts that `input` is refused with this status, and just so from some byte on.
fn refuses(input: impl AsRef<[u8]>, status: u16) {
    let input = input.as_ref();
    let text = input.escape_ascii();
    let mut first = None;
    for cut in 0..=input.len() {
        match (show(&input[..cut]), first) {
            (Ok(None), None) => {}
            (Err(refusal), None) => first = Some(refusal),
            (Err(refusal), Some(first)) => assert_eq!(refusal, first, "{text} at byte {cut}"),
            (other, _) => panic!("{text} at byte {cut}: {other:?}"),
        }
    }
    let seen = first.map(|refusal| refusal.status);
    assert_eq!(seen, Some(status), "{text}: {first:?}");
}

fn show(buffer: &[u8]) -> Result<Option<Head>, Refusal> {
    parse(buffer, &HeadLimits::default())
}

/// Method, path and query, host, version, framing, and what else is not the usual.
fn summary(head: &Head) -> String {
    let url = head.request.url();
    assert_eq!(url.host_str(), Some("h"));
    let target = &url[http_types::url::Position::BeforePath..];
    let host = head.request.header("host").expect("a host").as_str();
    let mut text = format!("{:?} {target} of {host:?}", head.method);
    text += &format!(" {:?} {:?}", head.version, head.framing);
    for (flag, name) in [
        (!head.keep_alive, " close"),
        (head.expects_continue, " continue"),
    ] {
        text += if flag { name } else { "" };
    }
    text
}
