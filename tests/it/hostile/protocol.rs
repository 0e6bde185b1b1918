//! Versions, methods, expectations, and which requests end the connection.

use super::{HEALTH, LISTEN, Talk, check, chunks, json, refused, say, say_as};
use crate::talk::Reply;

fn get(version: &str, fields: &str) -> String {
    format!("GET /healthz {version}\r\n{fields}\r\n")
}

#[test]
fn versions() {
    for version in ["HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/0.9"] {
        refused(get(version, "Host: h\r\n"), 505);
    }
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    refused("GET /healthz\r\n\r\n", 400);
    refused(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400);
}

#[test]
fn http_1_0() {
    let one = get("HTTP/1.0", "");
    check(&one, "200 end", &[]);
    check(format!("{one}{HEALTH}"), "200 end", &[]);
    let kept = get("HTTP/1.0", "Connection: keep-alive\r\n");
    check(format!("{kept}{kept}{one}"), "200 200 200 end", &[]);
    let body = json("a");
    let post = format!(
        "POST /sse/message HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    check(&post, "200 end", &["a"]);
    check(post + &say("b"), "200 end", &["a"]);
    refused(
        "POST /sse/message HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    );
    // RFC 9110, section 10.1.1: in HTTP/1.0 the expectation must be ignored.
    let mut talk = Talk::new();
    talk.send("POST /sse/message HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    assert_eq!(talk.transcript(), "");
    talk.finish();
}

#[test]
fn connection_fields() {
    for (fields, kept) in [
        ("", true),
        ("Connection: keep-alive\r\n", true),
        ("Connection: upgrade\r\nUpgrade: h2c\r\n", true),
        ("Connection: close\r\n", false),
        ("Connection: CLOSE\r\n", false),
        ("Connection: close, foo\r\n", false),
        ("Connection: foo ,\tclose\r\n", false),
        ("Connection: keep-alive\r\nConnection: close\r\n", false),
    ] {
        let mut talk = Talk::new();
        talk.send(get("HTTP/1.1", &format!("Host: h\r\n{fields}")));
        let reply = talk.reply().unwrap();
        assert_eq!(
            reply.field("connection"),
            (!kept).then_some("close"),
            "{fields:?}"
        );
        talk.send(HEALTH);
        let rest = if kept { "200" } else { "end" };
        assert_eq!(talk.transcript(), rest, "{fields:?}");
        talk.finish();
    }
    let mut talk = Talk::new();
    talk.send(get("HTTP/1.0", "Connection: Keep-Alive\r\n"));
    assert_eq!(
        talk.reply().unwrap().field("connection"),
        Some("keep-alive")
    );
    talk.finish();
}

/// A refusal says that the connection ends exactly when it does.
#[test]
fn refusals_that_end_the_connection_and_others() {
    for (input, status, kept) in [
        ("GET /x HTTP/1.1\r\nHost: h\r\n\r\n", 404, true),
        ("POST / HTTP/1.1\r\nHost: h\r\n\r\n", 405, true),
        ("QUERY / HTTP/1.1\r\nHost: h\r\n\r\n", 405, true),
        ("POST /sse/message HTTP/1.1\r\nHost: h\r\n\r\n", 400, true),
        ("GET /sse HTTP/1.1\r\nHost: h\r\n\r\n", 400, true),
        (&say_as("Content-Length: 2", "{}"), 400, true),
        (
            "GET /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\n",
            404,
            false,
        ),
        (
            "GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            404,
            false,
        ),
        ("GET /x HTTP/1.0\r\n\r\n", 404, false),
        ("get / HTTP/1.1\r\nHost: h\r\n\r\n", 501, false),
    ] {
        let mut talk = Talk::new();
        talk.send(input);
        let reply = talk.reply().unwrap();
        assert_eq!(reply.status, status, "{input:?}");
        assert_eq!(
            reply.field("connection"),
            (!kept).then_some("close"),
            "{input:?}"
        );
        assert_eq!(talk.ended, !kept, "{input:?}");
        talk.send(HEALTH);
        assert_eq!(
            talk.transcript(),
            if kept { "200" } else { "end" },
            "{input:?}"
        );
        talk.finish();
    }
}

#[test]
fn methods() {
    for method in ["get", "BREW", "CONNECT", "TRACE", "GETGET"] {
        refused(
            format!("{method} /healthz HTTP/1.1\r\nHost: h\r\n\r\n"),
            501,
        );
    }
    refused("CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 501);
    refused("GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    for (target, methods) in [
        ("/sse", "GET, HEAD, OPTIONS"),
        ("/sse/message", "POST, OPTIONS"),
    ] {
        let mut talk = Talk::new();
        talk.send(format!("DELETE {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        talk.send(format!("OPTIONS {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        for status in [405, 204] {
            let reply = talk.reply().unwrap();
            assert_eq!(reply.status, status);
            assert_eq!(reply.field("allow"), Some(&*methods.to_lowercase()));
        }
        talk.finish();
    }
}

#[test]
fn targets() {
    for line in [
        "GET http://other:81/healthz HTTP/1.1",
        "GET HTTP://other/healthz?a=b HTTP/1.1",
        "GET /healthz? HTTP/1.1",
    ] {
        check(format!("{line}\r\nHost: h\r\n\r\n{HEALTH}"), "200 200", &[]);
    }
    check(
        format!("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n{HEALTH}"),
        "204 200",
        &[],
    );
    for host in ["svc.1", "127.0.0.1:8080", "[::1]:8080", "a_b.example", "h."] {
        check(get("HTTP/1.1", &format!("Host: {host}\r\n")), "200", &[]);
    }
}

#[test]
fn heads_that_are_refused() {
    for field in [
        "X: y\r\n folded",
        "X: a\0b",
        "X y: z",
        "\u{e9}: y",
        ": y",
        "X",
    ] {
        refused(get("HTTP/1.1", &format!("Host: h\r\n{field}\r\n")), 400);
    }
    refused(
        get("HTTP/1.1", &format!("Host: h\r\n{}", "X: y\r\n".repeat(64))),
        431,
    );
    refused(
        get(
            "HTTP/1.1",
            &format!(
                "Host: h\r\n{}",
                "Cookie: aaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(60)
            )
            .repeat(5),
        ),
        431,
    );
    refused(
        format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(4_096)),
        414,
    );
    refused("\r\n\r\nGET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    check(format!("\r\n{HEALTH}\r\n{HEALTH}"), "200 200", &[]);
}

/// RFC 9110, section 9.3.2: the same head as for GET, and nothing behind it.
#[test]
fn head_requests() {
    for target in ["/", "/healthz", "/nowhere", "/sse", "/css/site.css"] {
        let mut talk = Talk::new();
        talk.send(format!("GET {target} HTTP/1.1\r\nHost: h\r\n\r\n"));
        let full = talk.reply().unwrap();
        talk.send(format!("HEAD {target} HTTP/1.1\r\nHost: h\r\n\r\n{HEALTH}"));
        let head = Reply::take(&mut talk.received, false).unwrap();
        let dateless = |reply: &Reply| {
            let lines = reply.head.lines().filter(|line| !line.starts_with("date:"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(dateless(&head), dateless(&full), "{target}");
        assert!(!full.body.is_empty(), "{target}");
        assert_eq!(talk.transcript(), "200", "{target}");
        talk.finish();
    }
}

#[test]
fn a_head_request_for_a_stream() {
    let mut talk = Talk::new();
    talk.send(LISTEN.replace("GET", "HEAD") + &say("smuggled"));
    let head = String::from_utf8(std::mem::take(&mut talk.received)).unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(
        head.contains("\r\ncontent-type: text/event-stream"),
        "{head}"
    );
    assert_eq!(head.find("\r\n\r\n"), Some(head.len() - 4), "{head}");
    assert!(talk.ended);
    assert_eq!(talk.site.hub().subscribers(), 0);
    assert_eq!(talk.said().len(), 0);
    talk.finish();
}

/// That neither has a length, the reader of responses sees to.
#[test]
fn replies_without_a_body() {
    let mut talk = Talk::new();
    talk.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    let tag = talk.reply().unwrap().field("etag").unwrap().to_owned();
    for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
        talk.send(format!(
            "GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: {known}\r\n\r\n"
        ));
        let reply = talk.reply().unwrap();
        assert_eq!(
            (reply.status, reply.field("etag")),
            (304, Some(&*tag)),
            "{known}"
        );
    }
    talk.send("GET / HTTP/1.1\r\nHost: h\r\nIf-None-Match: \"x\"\r\n\r\n");
    talk.send("OPTIONS / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_eq!(talk.transcript(), "200 204");
    talk.finish();
}

/// RFC 9110, section 10.1.1.
#[test]
fn expectations() {
    for expect in ["100-continue", "100-Continue", "100-CONTINUE"] {
        for framing in ["Content-Length: 28", "Transfer-Encoding: chunked"] {
            let fields = format!("Expect: {expect}\r\n{framing}");
            let body = match framing.starts_with('C') {
                true => json("a"),
                false => chunks("a", 9) + "\r\n",
            };
            // The body waits to be asked for.
            let mut talk = Talk::new();
            talk.send(say_as(&fields, ""));
            assert_eq!(talk.received, b"HTTP/1.1 100 Continue\r\n\r\n");
            talk.send(body.clone() + HEALTH);
            assert_eq!(talk.transcript(), "100 200 200");
            assert_eq!(talk.said(), ["a"]);
            talk.finish();
            // Or it has come already, or has begun to: nobody waits for 100.
            let mut talk = Talk::new();
            talk.send(say_as(&fields, &body) + HEALTH);
            assert_eq!(talk.transcript(), "200 200");
            talk.send(say_as(&fields, &body[..1]));
            assert_eq!(talk.transcript(), "");
            talk.send(&body[1..]);
            assert_eq!(talk.transcript(), "200");
            talk.finish();
        }
    }
    refused(say_as("Content-Length: 5\r\nExpect: foo", ""), 417);
}

/// Whoever is refused anyway is not asked for the body.
#[test]
fn expectations_that_come_to_nothing() {
    let fields = "Host: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n";
    for (line, more, status) in [
        ("POST /nowhere", "", 404),
        ("POST /healthz", "", 405),
        ("POST /sse/message", "Content-Encoding: gzip\r\n", 415),
    ] {
        let mut talk = Talk::new();
        talk.send(format!("{line} HTTP/1.1\r\n{fields}{more}\r\n"));
        assert_eq!(talk.transcript(), format!("{status} end"), "{line}");
        talk.finish();
    }
    refused(
        say_as("Content-Length: 1048577\r\nExpect: 100-continue", ""),
        413,
    );
    check(
        say_as("Content-Length: 0\r\nExpect: 100-continue", ""),
        "400",
        &[],
    );
    check(
        get("HTTP/1.1", "Host: h\r\nExpect: 100-continue\r\n"),
        "200",
        &[],
    );
}
