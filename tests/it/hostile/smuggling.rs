//! Bytes that one reader takes for a body and another for the next request.

use super::{check, refused, say, say_as};

#[test]
fn codings_that_are_not_one_chunked() {
    for (value, status) in [
        ("gzip, chunked", 501),
        ("identity\r\nTransfer-Encoding: chunked", 501),
        ("chunked, chunked", 400),
        ("identity", 400),
        ("xchunked", 400),
        (",chunked", 400),
        ("\"chunked\"", 400),
        ("chunked;q=1", 400),
        ("chunked, gzip", 400),
        ("chunked\r\nTransfer-Encoding: identity", 400),
        ("chunked\r\nTransfer-Encoding: chunked", 400),
        ("\x0bchunked", 400),
    ] {
        for body in ["", "0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n"] {
            refused(say_as(&format!("Transfer-Encoding: {value}"), body), status);
        }
    }
}

#[test]
fn lengths_that_disagree() {
    let body = "hello";
    for fields in [
        "Content-Length: 5\r\nContent-Length: 0",
        "Content-Length: 0\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -0",
        "Content-Length: 0x5",
        "Content-Length:",
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content-Length: 5\r\n Transfer-Encoding: chunked",
    ] {
        refused(say_as(fields, body), 400);
    }
}

/// Whichever of the two a server goes by, somebody before it may have gone by the other.
#[test]
fn a_length_and_chunks() {
    for length in [0, 5, 1_000] {
        for body in ["0\r\n\r\n", "hello", ""] {
            let length = format!("Content-Length: {length}");
            let coding = "Transfer-Encoding: chunked";
            refused(say_as(&format!("{length}\r\n{coding}"), body), 400);
            refused(say_as(&format!("{coding}\r\n{length}"), body), 400);
        }
    }
}

#[test]
fn chunks_that_are_none() {
    for body in [
        "\r\n",
        "\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-1\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        ";a=b\r\n\r\n",
        "g\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloworld\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n",
        "0\r\n\n",
        "0\n\r\n",
        "0;a\rb\r\n\r\n",
        "0;\n\r\n\r\n",
        "0\r\nX: a\nY: b\r\n\r\n",
        "0\r\nX: a\rY: b\r\n\r\n",
    ] {
        refused(say_as("Transfer-Encoding: chunked", body), 400);
    }
}

#[test]
fn lines_that_end_in_lf_alone() {
    refused("GET /healthz HTTP/1.1\nHost: h\n\n", 400);
    refused(
        "POST /sse/message HTTP/1.1\nHost: h\nContent-Length: 5\n\nhello",
        400,
    );
    refused(
        "POST /sse/message HTTP/1.1\r\nHost: h\nContent-Length: 5\r\n\r\nhello",
        400,
    );
    refused(
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\nY: b\r\n\r\n",
        400,
    );
    refused(
        "GET /healthz HTTP/1.1\r\nHost: h\r\nX: a\rY: b\r\n\r\n",
        400,
    );
}

#[test]
fn fields_that_are_folded_or_spaced() {
    for field in [
        "Transfer-Encoding : chunked",
        " X: y",
        "X: y\r\n chunked",
        "Transfer-Encoding:\r\n chunked",
    ] {
        refused(say_as(field, "0\r\n\r\n"), 400);
    }
}

#[test]
fn hosts_that_steer() {
    for host in [
        "a/inj?",
        "a#",
        "",
        "a@b",
        "a\\b",
        "a b",
        "[",
        "a:port",
        "a\r\nHost: a",
        "a\r\nhost: b",
    ] {
        refused(
            format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            400,
        );
        refused(
            format!("GET /admin/x HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            400,
        );
    }
    refused("GET /healthz HTTP/1.1\r\n\r\n", 400);
    let forwarded = "Forwarded: host=\"a/../b\"\r\nX-Forwarded-Host: c/d?";
    let input = format!("GET /healthz HTTP/1.1\r\nHost: h\r\n{forwarded}\r\n\r\n");
    check(input, "200", &[]);
}

#[test]
fn paths_that_turn_into_others() {
    for path in [
        "/pub/../healthz",
        "/%2e%2e/healthz",
        "/pub/%2E./healthz",
        "/./healthz",
        "/\\healthz",
        "/pub\\..\\healthz",
        "/healthz#",
        "/health\u{7a}\u{200b}",
    ] {
        refused(format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n"), 400);
    }
    for path in [
        "//healthz",
        "/healthz/",
        "/HEALTHZ",
        "/%68ealthz",
        "/healthz;a",
        "/healthz%3f",
    ] {
        let input = format!("GET {path} HTTP/1.1\r\nHost: h\r\n\r\n");
        check(input, "404", &[]);
    }
}

/// RFC 9112, section 6.3: such a request has no body; whoever reads `_` as `-` is wrong.
#[test]
fn a_field_that_only_looks_like_framing() {
    let input = say_as("Transfer_Encoding: chunked", "") + &say("next");
    check(input, "400 200", &["next"]);
    let body = say_as("Transfer_Encoding: chunked", "0\r\n\r\n") + &say("not read");
    check(body, "400 400 end", &[]);
}

/// What is not read of a body must not be read as a request.
#[test]
fn a_body_that_was_refused_unread() {
    let inner = say("smuggled");
    let length = format!("Content-Length: {}", inner.len());
    for (line, status) in [
        ("POST /nowhere", 404),
        ("POST /healthz", 405),
        ("PUT /sse/message", 405),
        ("DELETE /", 405),
        ("PATCH /sse", 405),
    ] {
        refused(
            format!("{line} HTTP/1.1\r\nHost: h\r\n{length}\r\n\r\n{inner}"),
            status,
        );
        refused(
            format!("{line} HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"),
            status,
        );
    }
    refused(
        say_as(&format!("{length}\r\nContent-Encoding: gzip"), &inner),
        415,
    );
    refused(say_as("Content-Length: 1048577", &inner), 413);
    refused(
        say_as(&format!("{length}\r\nExpect: something"), &inner),
        417,
    );
}
