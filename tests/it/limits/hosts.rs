//! Which names the server answers to.

use ssehub::http::{AllowedHost, HttpConfig, InvalidHost};

use super::{Talk, ask, sentence};

fn named(hosts: &[&str]) -> Talk {
    Talk::with(
        HttpConfig::default().allowed_hosts(hosts.iter().map(|it| it.parse().unwrap()).collect()),
    )
}

#[track_caller]
fn check(allowed: &[&str], host: &str, status: u16) {
    let input = format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut talk = named(allowed);
    assert_eq!(ask(&mut talk, input).status, status, "{allowed:?} {host}");
    talk.finish();
}

#[test]
fn names() {
    for (allowed, host, status) in [
        ("example.org", "example.org", 200),
        ("example.org", "EXAMPLE.org", 200),
        ("EXAMPLE.org", "example.ORG", 200),
        ("example.org", "example.org.", 200),
        ("example.org", "example.org:8080", 200),
        ("example.org", "example.org.:8080", 200),
        ("example.org", "hub.example.org", 421),
        ("example.org", "example.org.evil.example", 421),
        ("example.org", "evil-example.org", 421),
        ("example.org:80", "example.org:80", 200),
        ("example.org:80", "example.org:8080", 421),
        ("example.org:80", "example.org", 421),
        ("example.org:80", "example.org:", 421),
        ("*.example.org", "a.example.org", 200),
        ("*.example.org", "a.b.example.org:1", 200),
        ("*.example.org", "example.org", 421),
        ("*.example.org", "aexample.org", 421),
        ("*.example.org", ".example.org", 421),
        ("*.example.org:1", "a.example.org:1", 200),
        ("*.example.org:1", "a.example.org:2", 421),
        ("127.0.0.1", "127.0.0.1:8080", 200),
        ("127.0.0.1", "127.0.0.2:8080", 421),
        ("[::1]", "[::1]", 200),
        ("[::1]", "[::1]:8080", 200),
        ("[::1]:8080", "[::1]:8080", 200),
        ("[::1]:8080", "[::1]", 421),
    ] {
        check(&[allowed], host, status);
    }
}

#[test]
fn one_of_several_will_do() {
    for (host, status) in [("a.example", 200), ("b.example", 200), ("c.example", 421)] {
        check(&["a.example", "b.example"], host, status);
    }
}

#[test]
fn by_default_any_will_do() {
    check(&[], "whatever.example:1", 200);
}

#[test]
fn whatever_is_asked_for() {
    for input in [
        "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /nowhere HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /sse?user=eve HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "POST /events/a HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\n\r\nx",
        "OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        // RFC 9112, section 3.2.2: the target counts.
        "GET http://evil.example/healthz HTTP/1.1\r\nHost: example.org\r\n\r\n",
        "GET /healthz HTTP/1.0\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: evil.example\r\n\r\n",
    ] {
        let mut talk = named(&["example.org"]);
        let reply = ask(&mut talk, input);
        assert_eq!(reply.status, 421, "{input}");
        assert_eq!(sentence(&reply), "this server does not answer to that host");
        assert!(talk.said().is_empty(), "{input}");
        talk.finish();
    }
    for input in [
        "GET http://example.org/healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "GET /healthz HTTP/1.0\r\nHost: example.org\r\n\r\n",
    ] {
        assert_eq!(
            ask(&mut named(&["example.org"]), input).status,
            200,
            "{input}"
        );
    }
    assert_eq!(
        ask(&mut named(&[]), "GET /healthz HTTP/1.0\r\n\r\n").status,
        200
    );
}

#[test]
fn names_that_are_none() {
    for text in [
        "",
        "*",
        "*.",
        "*.*.example.org",
        "a.*.example",
        "https://example.org",
        "example.org/",
        "example.org:",
        "example.org:x",
        "example.org:65536",
        "a b",
        ":80",
        "example.org.",
    ] {
        assert_eq!(text.parse::<AllowedHost>(), Err(InvalidHost), "{text}");
    }
}
