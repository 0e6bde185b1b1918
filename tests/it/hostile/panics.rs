//! Bytes that panic or kill a server that shows them to async-h1.

use super::{HEALTH, Talk, check, chunks, json, refused, say, say_as};

fn get_with(field: &[u8]) -> Vec<u8> {
    [b"GET /healthz HTTP/1.1\r\nHost: h\r\n", field, b"\r\n\r\n"].concat()
}

#[test]
fn a_field_value_above_ascii() {
    for name in [
        "X",
        "User-Agent",
        "Cookie",
        "Authorization",
        "Origin",
        "Referer",
        "If-None-Match",
    ] {
        for value in ["\u{e9}", "\u{1f600}"] {
            let input = get_with(format!("{name}: {value}").as_bytes());
            check([&input, HEALTH.as_bytes()].concat(), "200 200", &[]);
        }
        let latin = get_with(&[name.as_bytes(), b": caf\xe9 \x80\xff"].concat());
        check(latin, "200", &[]);
    }
    check(get_with("Last-Event-ID: \u{e9}".as_bytes()), "200", &[]);
    check(get_with(b"Last-Event-ID: \xe9"), "200", &[]);
}

#[test]
fn a_host_above_ascii() {
    refused("GET /healthz HTTP/1.1\r\nHost: \u{e9}\r\n\r\n", 400);
    refused(b"GET /healthz HTTP/1.1\r\nHost: \xe9\r\n\r\n", 400);
    refused("GET http://\u{e9}/healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
}

#[test]
fn a_trailer_above_ascii() {
    for trailer in [&b"X: \xc3\xa9\r\n"[..], b"X: \xe9\r\n", b"\xff\xff\r\n"] {
        let head = say_as("Transfer-Encoding: chunked", &chunks("hi", 5));
        let input = [head.as_bytes(), trailer, b"\r\n", say("next").as_bytes()].concat();
        check(input, "200 200", &["hi", "next"]);
    }
}

#[test]
fn a_length_that_no_memory_holds() {
    for length in [
        "18446744073709551615",
        "4611686018427387904",
        "70368744177664",
    ] {
        refused(say_as(&format!("Content-Length: {length}"), ""), 413);
        refused(
            say_as(
                &format!("Content-Length: {length}\r\nExpect: 100-continue"),
                "",
            ),
            413,
        );
    }
    for size in [
        "ffffffffffffffff",
        "10000000000000000",
        "100001",
        "7fffffffffffffff",
    ] {
        refused(
            say_as("Transfer-Encoding: chunked", &format!("{size}\r\n")),
            413,
        );
    }
    // Together they overflow, each alone does not.
    refused(
        say_as(
            "Transfer-Encoding: chunked",
            "1\r\na\r\nffffffffffffffff\r\n",
        ),
        413,
    );
}

#[test]
fn values_that_typed_headers_panic_on() {
    for field in [
        "Clear-Site-Data: \"",
        "traceparent: 0",
        "Forwarded: for=1.,",
        "Forwarded: \"",
        "Server-Timing: dur=-5",
        "Authorization: Basic \u{e9}",
        "Authorization:",
        "Accept: ;q=",
        "If-None-Match: W/",
        "X-Forwarded-For: ,",
        "Content-Encoding:\r\nAge: -1",
    ] {
        let mut talk = Talk::new();
        talk.send(get_with(field.as_bytes()));
        let expect = if field.starts_with("Content-Encoding") {
            "415"
        } else {
            "200"
        };
        assert_eq!(talk.transcript(), expect, "{field}");
        talk.finish();
    }
}

#[test]
fn bodies_that_are_no_message() {
    for body in [
        &b"\xff\xfe"[..],
        b"{\"message\":\"\xff\",\"user\":\"a\"}",
        b"",
        b"{",
        b"[]",
        b"null",
        b"{\"message\":1,\"user\":\"a\"}",
        b"{\"message\":\"a\",\"user\":\"\\ud800\"}",
        b"{\"message\":\"a\"}",
        b"{\"\r\nX: y\":\"a\"}",
        &[b'['; 9_000],
    ] {
        let head = say_as(&format!("Content-Length: {}", body.len()), "");
        let input = [head.as_bytes(), body, say("next").as_bytes()].concat();
        check(input, "400 200", &["next"]);
    }
}

#[test]
fn what_a_client_wrote_does_not_get_into_a_head() {
    let mut talk = Talk::new();
    talk.send("GET /x%0d%0aSet-Cookie:%20a HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.send("GET /sse?user=a%0d%0aSet-Cookie:%20b HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.send("GET /sse?user=a&format=%0d%0aSet-Cookie HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.send(say_as(
        "Content-Length: 5\r\nOrigin: a\tSet-Cookie",
        "{\"\r\n\"",
    ));
    for expect in [404, 400, 400, 403] {
        let reply = talk.reply().unwrap();
        assert_eq!(reply.status, expect);
        assert!(!reply.head.contains("set-cookie"), "{reply:?}");
    }
    talk.finish();
}

#[test]
fn escapes_that_are_not_text() {
    for (target, status) in [
        ("/%00", "404"),
        ("/%ff%fe", "404"),
        ("/sse?user=%ff", "400"),
        ("/sse?user=%00", "400"),
        ("/sse?user=a&topic=%c3", "400"),
        ("/sse?user=%", "200"),
    ] {
        let mut talk = Talk::new();
        talk.send(format!("HEAD {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        let status_line = format!("HTTP/1.1 {status} ");
        assert!(
            talk.received.starts_with(status_line.as_bytes()),
            "{target}"
        );
        talk.finish();
    }
    let long = json(&"\\u0000".repeat(10));
    let input = say_as(&format!("Content-Length: {}", long.len()), &long);
    check(input, "200", &[&"\0".repeat(10)]);
}
