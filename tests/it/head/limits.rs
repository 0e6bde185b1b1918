//! Limits are exact, and noticed before the end of what breaks them arrives.

use super::{accepts, get, refuses};
use ssehub::http::head::{HeadLimits, parse};

/// The status for a head that is fed byte by byte, and after how many bytes it comes.
fn refused_at(input: &str) -> Option<(u16, usize)> {
    (0..=input.len()).find_map(|cut| {
        let refusal = parse(&input.as_bytes()[..cut], &HeadLimits::default()).err()?;
        Some((refusal.status, cut))
    })
}

/// A head of exactly `bytes`, in fields of less than `line_bytes`.
fn head_of(bytes: usize) -> String {
    let head = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\nCookie:",
        "x".repeat(4_000)
    );
    let filler = "y".repeat(bytes - head.len() - 4);
    head + &filler + "\r\n\r\n"
}

#[test]
fn the_request_line() {
    let longest = format!("/{}", "a".repeat(4_096 - "GET / HTTP/1.1".len()));
    accepts(
        get(&longest),
        &format!("Get {longest} of \"a\" Http11 None"),
    );
    refuses(get(&format!("{longest}a")), 414);
}

#[test]
fn a_line_that_never_ends() {
    assert_eq!(refused_at(&"A".repeat(9_000)), Some((414, 4_097)));
    let field = format!("GET / HTTP/1.1\r\nX: {}", "a".repeat(9_000));
    assert_eq!(refused_at(&field), Some((431, 16 + 4_097)));
}

#[test]
fn a_field() {
    let field = |length| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n",
            "a".repeat(length)
        )
    };
    accepts(field(4_093), "Get / of \"a\" Http11 None");
    refuses(field(4_094), 431);
}

#[test]
fn the_head() {
    accepts(head_of(7_936), "Get / of \"a\" Http11 None");
    accepts(
        format!("\r\n{}", head_of(7_936)),
        "Get / of \"a\" Http11 None",
    );
    refuses(head_of(7_937), 431);
    // Two bytes before, for the empty line that is still to come no longer fits.
    assert_eq!(refused_at(&head_of(9_000)[..8_000]), Some((431, 7_935)));
}

#[test]
fn the_fields() {
    let head = |fields: usize| {
        format!(
            "GET / HTTP/1.1\r\nHost: a\r\n{}\r\n",
            "X: y\r\n".repeat(fields - 1)
        )
    };
    accepts(head(64), "Get / of \"a\" Http11 None");
    refuses(head(65), 431);
    refuses(head(200), 431);
}

/// The clean copy has a space after each colon and must still fit into what async-h1 takes.
#[test]
fn the_longest_copy() {
    let fields = "Cookie:a\r\n".repeat(62);
    let rest = 7_936 - "GET / HTTP/1.0\r\n".len() - fields.len() - "Cookie:\r\n\r\n".len();
    let value = "b".repeat(rest - 3_960);
    let path = "/".repeat(3_961);
    let input = format!("GET {path} HTTP/1.0\r\n{fields}Cookie:{value}\r\n\r\n");
    assert_eq!(input.len(), 7_936);
    accepts(input, &format!("Get {path} of \"\" Http10 None close"));
}

#[test]
fn limits_are_those_given() {
    let tight = HeadLimits::default().bytes(60).line_bytes(20).fields(1);
    let status = |input: &str| parse(input.as_bytes(), &tight).map_err(|refusal| refusal.status);
    assert!(status("GET /2345 HTTP/1.1\r\nHost: a\r\n\r\n").is_ok());
    assert_eq!(status("GET /234567 HTTP/1.1\r\n").err(), None);
    assert_eq!(status("GET /2345678 HTTP/1.1\r\n").err(), Some(414));
    assert_eq!(
        status("GET / HTTP/1.1\r\nX: 456789012345678901\r\n").err(),
        Some(431)
    );
    assert_eq!(
        status("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n").err(),
        Some(431)
    );
}
