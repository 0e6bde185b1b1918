//! Heads that are refused: what smuggles, steers or merely breaks the grammar.

use super::{get, host, refuses, with};

#[test]
fn line_ends() {
    for input in [
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "POST / HTTP/1.1\nHost: a\nContent-Length: 5\n\nhello",
        "GET / HTTP/1.1\rHost: a\r\r",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        refuses(input, 400);
    }
}

#[test]
fn request_lines() {
    for (line, status) in [
        ("GET /", 400),
        ("GET", 400),
        ("GET  / HTTP/1.1", 400),
        ("GET /  HTTP/1.1", 400),
        ("GET / HTTP/1.1 ", 400),
        ("GET /a b HTTP/1.1", 400),
        ("GET\t/\tHTTP/1.1", 400),
        (" GET / HTTP/1.1", 400),
        ("G(T / HTTP/1.1", 400),
        ("GÉT / HTTP/1.1", 400),
        ("GET / http/1.1", 400),
        ("GET / HTTP/1.11", 400),
        ("GET / HTTP/x.1", 400),
        ("GET / HTTP/2", 400),
        ("GET / HTTP/0.9", 505),
        ("GET / HTTP/1.2", 505),
        ("GET / HTTP/2.0", 505),
        ("PRI * HTTP/2.0", 505),
        ("GET / HTTP/3.0", 505),
        ("get / HTTP/1.1", 501),
        ("Get / HTTP/1.1", 501),
        ("BREW / HTTP/1.1", 501),
        ("CONNECT a:443 HTTP/1.1", 501),
        ("TRACE / HTTP/1.1", 501),
    ] {
        refuses(format!("{line}\r\nHost: a\r\n\r\n"), status);
    }
}

#[test]
fn targets() {
    for target in [
        // A URL parser would make another path of these, past the rules of a proxy.
        "/pub/../admin",
        "/..",
        "/.",
        "/a/./b",
        "/a/%2e%2e/b",
        "/a/.%2E",
        "/%2e./b",
        "/%2E",
        "/a\\b",
        "/\\evil",
        "/a?b\\c",
        "/a#b",
        "/a?b#c",
        "/caf\u{e9}",
        "/a?\u{e9}",
        "/%",
        "/%a",
        "/%zz",
        "/%%41",
        "/a%+1",
        "/a\"b",
        "/<a>",
        "/a^b",
        "/`a`",
        "/{topic}",
        // Neither a path nor absolute.
        "a",
        "?a",
        "*",
        "*/",
        "a:80",
        "https://a/",
        "ftp://a/",
        "http:/a",
        "http:a",
        "http:///a",
        "http://",
        "http://?q",
        "http://user@a/",
        "http://a b/",
        "http://a:b/",
        "http://a/../b",
        "http://a\\b/",
        "http://a#/",
        "http://\u{e9}/",
        "h\u{e9}\u{e9}\u{e9}//a/",
    ] {
        refuses(get(target), 400);
    }
}

#[test]
fn hosts() {
    for name in [
        "",
        "a b",
        "a/inj?",
        "a/inj",
        "a?",
        "a#",
        "a@b",
        "user:secret@b",
        "a,b",
        "a\\b",
        "a%2eb",
        "caf\u{e9}",
        "\"a\"",
        "[",
        "[]",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]:x",
        "[::g]",
        "[v1.a]",
        ":80",
        "a:80:80",
        "a:port",
        "a:+80",
        "a:65536",
        "a:-1",
        "http://a",
    ] {
        refuses(host(name), 400);
    }
    refuses(host(&"a".repeat(263)), 400);
}

#[test]
fn one_host_exactly() {
    refuses("GET / HTTP/1.1\r\n\r\n", 400);
    refuses("GET / HTTP/1.1\r\nX: y\r\n\r\n", 400);
    refuses("GET http://a/ HTTP/1.1\r\n\r\n", 400);
    refuses("GET http://a/ HTTP/1.1\r\nHost: b c\r\n\r\n", 400);
    refuses(with("Host: a"), 400);
    refuses(with("hOST: b"), 400);
    refuses("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400);
    refuses("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400);
    refuses("GET / HTTP/1.0\r\nHost:\r\n\r\n", 400);
}

#[test]
fn content_length() {
    for value in [
        "+5",
        "-5",
        "5, 5",
        "5,6",
        "5 5",
        "",
        "0x5",
        "5.0",
        "five",
        "\u{665}",
        "5\r\nContent-Length: 5",
        "5\r\ncontent-length: 6",
        "5\r\nTransfer-Encoding: chunked",
        "5\r\nTransfer-Encoding: identity",
        "5\r\nTransfer-Encoding:",
    ] {
        refuses(with(&format!("Content-Length: {value}")), 400);
    }
    refuses(with("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400);
    refuses(with("Content-Length: 18446744073709551616"), 413);
    refuses(with(&format!("Content-Length: {}", "9".repeat(400))), 413);
}

#[test]
fn transfer_encoding() {
    for (value, status) in [
        ("gzip, chunked", 501),
        ("identity, chunked", 501),
        ("identity\r\nTransfer-Encoding: chunked", 501),
        ("chunked\r\nTransfer-Encoding: identity", 400),
        ("chunked\r\nTransfer-Encoding: chunked", 400),
        ("chunked, chunked", 400),
        ("chunked, gzip, chunked", 400),
        ("chunked, gzip", 400),
        ("identity", 400),
        ("gzip", 400),
        ("xchunked", 400),
        ("chunkedx", 400),
        (",chunked", 400),
        ("chunked,", 400),
        ("\"chunked\"", 400),
        ("chunked;q=1", 400),
        ("chun ked", 400),
        ("\u{e9}", 400),
        ("", 400),
    ] {
        refuses(with(&format!("Transfer-Encoding: {value}")), status);
    }
    refuses("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
}

#[test]
fn fields() {
    for field in [
        "Transfer-Encoding : chunked",
        "X\t: y",
        "X y: z",
        " X: y",
        "X: y\r\n folded",
        "X: y\r\n\tfolded",
        "X: y\r\n \r\nZ: z",
        ": y",
        "X",
        "X(: y",
        "\u{e9}: y",
        "X: a\0b",
        "X: a\x01b",
        "X: a\x0bb",
        "X: a\x1bb",
        "X: a\x7fb",
        "X\0: y",
    ] {
        refuses(with(field), 400);
    }
    refuses("GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n", 400);
}

#[test]
fn expectations() {
    for value in [
        "foo",
        "",
        "100-continue, foo",
        "100-continue\r\nExpect: foo",
        "100",
        "\u{e9}",
    ] {
        refuses(with(&format!("Expect: {value}")), 417);
    }
}

#[test]
fn last_event_ids() {
    refuses(with("Last-Event-ID: 1\r\nLast-Event-ID: 2"), 400);
}
