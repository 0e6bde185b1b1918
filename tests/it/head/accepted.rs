//! Heads that are answered: the awkward but legal ones.

use super::{accepts, get, host, with};

#[test]
fn methods() {
    for (line, expect) in [
        ("GET", "Get"),
        ("HEAD", "Head"),
        ("POST", "Post"),
        ("PUT", "Put"),
        ("DELETE", "Delete"),
        ("PATCH", "Patch"),
        ("OPTIONS", "Options"),
        ("QUERY", "Query"),
    ] {
        let input = format!("{line} /a HTTP/1.1\r\nHost: a\r\n\r\n");
        let head = accepts(input, &format!("{expect} /a of \"a\" Http11 None"));
        let canonical = if line == "QUERY" { "GET" } else { line };
        assert_eq!(head.request.method().to_string(), canonical);
    }
}

#[test]
fn targets() {
    for (target, path) in [
        ("/", "/"),
        ("/events/a.b?type=x&id=%23", "/events/a.b?type=x&id=%23"),
        ("/?", "/?"),
        ("/a?b?c/../d", "/a?b?c/../d"),
        ("/a?q=100%", "/a?q=100%"),
        ("/a?t={id}", "/a?t={id}"),
        ("/a%2Fb%c3%a9", "/a%2Fb%c3%a9"),
        ("/...", "/..."),
        ("/.a/..b/c..", "/.a/..b/c.."),
        ("/%2e%2e%2e", "/%2e%2e%2e"),
        ("/a:b@c;d=e,f!$&'()*+~_-|[]", "/a:b@c;d=e,f!$&'()*+~_-|[]"),
        ("//evil/x", "//evil/x"),
        ("//", "//"),
        ("/http://b/", "/http://b/"),
    ] {
        accepts(get(target), &format!("Get {path} of \"a\" Http11 None"));
    }
}

/// RFC 9112 §3.2.2: the authority of the target replaces the Host field.
#[test]
fn absolute_targets() {
    for (target, path, host) in [
        ("http://b/p?q", "/p?q", "b"),
        ("HTTP://b/p", "/p", "b"),
        ("hTtP://B:80/p", "/p", "B:80"),
        ("http://b", "/", "b"),
        ("http://b?q=/", "/?q=/", "b"),
        ("http://[::1]:8080//p", "//p", "[::1]:8080"),
    ] {
        accepts(get(target), &format!("Get {path} of {host:?} Http11 None"));
    }
}

#[test]
fn the_asterisk_is_the_server() {
    accepts(
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "Options / of \"a\" Http11 None",
    );
}

#[test]
fn hosts() {
    for name in [
        "a",
        "example.com",
        "example.com:8080",
        "example.com:",
        "svc.1",
        "my_service",
        "127.0.0.1:3000",
        "[::1]",
        "[2001:db8::7]:443",
        "[::ffff:1.2.3.4]",
        "a:65535",
    ] {
        accepts(host(name), &format!("Get / of {name:?} Http11 None"));
    }
}

#[test]
fn framing() {
    for (field, expect) in [
        ("Content-Length: 5", "Length(5)"),
        ("content-length:5", "Length(5)"),
        ("Content-Length: \t 5 \t ", "Length(5)"),
        ("Content-Length: 0", "Length(0)"),
        ("Content-Length: 0005", "Length(5)"),
        // For the connection to answer with 413.
        (
            "Content-Length: 4611686018427387904",
            "Length(4611686018427387904)",
        ),
        (
            "Content-Length: 18446744073709551615",
            "Length(18446744073709551615)",
        ),
        ("Transfer-Encoding: chunked", "Chunked"),
        ("transfer-encoding:CHUNKED", "Chunked"),
        ("TRANSFER-ENCODING: Chunked ", "Chunked"),
        // An unknown field like any other.
        ("Transfer_Encoding: chunked", "None"),
        ("X-Content-Length: 5", "None"),
    ] {
        accepts(with(field), &format!("Post / of \"a\" Http11 {expect}"));
    }
}

#[test]
fn connection() {
    for (field, expect) in [
        ("Connection: close", " close"),
        ("connection: CLOSE", " close"),
        ("Connection: close, foo", " close"),
        ("Connection: foo ,\tClose", " close"),
        ("Connection: foo\r\nConnection: close", " close"),
        ("Connection: keep-alive, close", " close"),
        ("Connection: keep-alive", ""),
        ("Connection: closed", ""),
        ("Connection: ,", ""),
        ("Connection:", ""),
        ("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c", ""),
    ] {
        accepts(with(field), &format!("Post / of \"a\" Http11 None{expect}"));
    }
}

#[test]
fn http_1_0() {
    for (fields, expect) in [
        ("", "\"\" Http10 None close"),
        ("Host: b\r\n", "\"b\" Http10 None close"),
        ("Connection: Keep-Alive\r\n", "\"\" Http10 None"),
        (
            "Connection: keep-alive, close\r\n",
            "\"\" Http10 None close",
        ),
        ("Content-Length: 5\r\n", "\"\" Http10 Length(5) close"),
        (
            "Content-Length: 5\r\nExpect: 100-continue\r\n",
            "\"\" Http10 Length(5) close",
        ),
    ] {
        accepts(
            format!("GET /a HTTP/1.0\r\n{fields}\r\n"),
            &format!("Get /a of {expect}"),
        );
    }
}

#[test]
fn expect() {
    for (fields, expect) in [
        (
            "Content-Length: 5\r\nExpect: 100-continue",
            "Length(5) continue",
        ),
        (
            "Expect: 100-Continue\r\nTransfer-Encoding: chunked",
            "Chunked continue",
        ),
        ("Expect: 100-continue\r\nContent-Length: 0", "Length(0)"),
        ("Expect: 100-continue", "None"),
    ] {
        accepts(with(fields), &format!("Post / of \"a\" Http11 {expect}"));
    }
}

#[test]
fn one_empty_line_may_come_first() {
    accepts(format!("\r\n{}", get("/a")), "Get /a of \"a\" Http11 None");
}

#[test]
fn last_event_id_is_utf_8() {
    let plain = "Post / of \"a\" Http11 None";
    for (field, expect) in [
        ("Last-Event-ID: #1-0", Some("#1-0")),
        ("last-event-id: \tüñ\u{1f600} x ", Some("üñ\u{1f600} x")),
        ("Last-Event-ID:", Some("")),
        ("X: y", None),
    ] {
        assert_eq!(accepts(with(field), plain).last_event_id.as_deref(), expect);
    }
}

/// What is built on `fetch` sends a byte for each character.
#[test]
fn last_event_id_is_iso_8859_1_otherwise() {
    for (bytes, expect) in [(&b"\xe91"[..], "é1"), (b"\xff", "ÿ"), (b"a\xc3", "aÃ")] {
        let input = [
            b"POST / HTTP/1.1\r\nHost: a\r\nLast-Event-ID: ",
            bytes,
            b"\r\n\r\n",
        ]
        .concat();
        let head = accepts(input, "Post / of \"a\" Http11 None");
        assert_eq!(head.last_event_id.as_deref(), Some(expect));
    }
}

/// http-types panics on a value that is not ASCII.
#[test]
fn other_fields_reach_the_request_as_ascii() {
    let input = with("Origin: caf\u{e9}\r\nX: \u{e9}\r\nAccept: a/1\r\nAccept:b/2");
    let head = accepts(input, "Post / of \"a\" Http11 None");
    assert_eq!(
        head.request.header("origin").map(|v| v.as_str()),
        Some("caf??")
    );
    let accepted = head.request.header("accept").expect("what is accepted");
    assert_eq!(
        accepted.iter().map(|v| v.as_str()).collect::<Vec<_>>(),
        ["a/1", "b/2"]
    );
    accepts(
        b"GET / HTTP/1.1\r\nHost: a\r\nX: \xe9\xff\r\n\r\n",
        "Get / of \"a\" Http11 None",
    );
}

/// What frames a message, or is of no use to the hub, ends at the front door.
#[test]
fn only_known_fields_reach_the_request() {
    let head = accepts(
        with(concat!(
            "Content-Length: 3\r\nExpect: 100-continue\r\nConnection: x\r\nX-Forwarded-Host: evil\r\n",
            "Trailer: t\r\nUpgrade: u\r\nTE: trailers\r\nAccept: */*\r\nORIGIN: http://o\r\n",
            "Last-Event-ID: 1",
        )),
        "Post / of \"a\" Http11 Length(3) continue",
    );
    let mut names: Vec<_> = head
        .request
        .header_names()
        .map(|name| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "host", "origin"]);
}
