//! Which names the server answers to.

use std::sync::Arc;

use ssehub::http::{AllowedHost, HttpConfig, InvalidHost, Site};
use ssehub::limits::Peer;

use super::{Talk, ask, at, sentence};

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
        assert_eq!(
            sentence(&reply),
            "this server does not answer to that host: name it with --allowed-host"
        );
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

/// The names by which a client asks for its own machine.
const LOOPBACK: [&str; 8] = [
    "localhost",
    "LocalHost.:8080",
    "a.localhost",
    "a.b.localhost:1",
    "127.0.0.1:8080",
    "127.255.0.9",
    "[::1]:8080",
    "[::ffff:127.0.0.1]",
];

/// Those to which a page could have its own name lead, and what only looks like one of these.
const OTHERS: [&str; 8] = [
    "evil.example",
    "localhost.evil.example",
    "evil-localhost",
    "127.0.0.1.evil.example",
    "128.0.0.1",
    "0.0.0.0",
    "[::2]",
    "[2001:db8::1]:80",
];

#[track_caller]
fn answers(config: &HttpConfig, peer: Peer, host: &str, fields: &str) -> u16 {
    let input = format!("GET /sse?user=ann HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
    let mut talk = Talk::with(config.clone()).another_from(peer);
    talk.send(input);
    let head = String::from_utf8_lossy(&talk.received).into_owned();
    head[9..12].parse().unwrap()
}

#[test]
fn a_server_on_loopback_addresses_answers_to_names_of_this_machine() {
    let config = HttpConfig::default().loopback_only(true);
    for host in LOOPBACK {
        assert_eq!(answers(&config, at("127.0.0.1"), host, ""), 200, "{host}");
    }
    for host in OTHERS {
        assert_eq!(answers(&config, at("127.0.0.1"), host, ""), 421, "{host}");
        assert_eq!(answers(&config, at("::1"), host, ""), 421, "{host}");
        // A page can add this to a request to its own host, and to that only.
        let forwarded = "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\n";
        assert_eq!(answers(&config, at("127.0.0.1"), host, forwarded), 421);
        // No browser connects to a Unix socket.
        assert_eq!(answers(&config, Peer::Unix, host, ""), 200, "{host}");
    }
    let mut talk = Talk::with(config).another_from(at("127.0.0.1"));
    assert_eq!(ask(&mut talk, "GET /healthz HTTP/1.0\r\n\r\n").status, 200);
    let mut talk = talk.another_from(at("127.0.0.1"));
    let reply = ask(
        &mut talk,
        "POST /events/a HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    );
    assert!(sentence(&reply).contains("--allowed-host"), "{reply:?}");
    assert_eq!(talk.said(), [""; 0]);
}

#[test]
fn names_that_are_given_take_the_place_of_those_of_this_machine() {
    let url = |url: &str| Some(url.to_owned());
    let loopback = || HttpConfig::default().loopback_only(true);
    let public = loopback().public_url(url("https://hub.example:8443"));
    let named = loopback().allowed_hosts(vec!["other.example".parse().unwrap()]);
    let both = named.clone().public_url(url("https://hub.example"));
    let anywhere = HttpConfig::default().public_url(url("https://hub.example"));
    for (config, host, status) in [
        (&public, "hub.example", 200),
        (&public, "hub.example:8443", 200),
        (&public, "localhost", 200),
        (&public, "other.example", 421),
        (&named, "other.example", 200),
        (&named, "localhost", 421),
        (&both, "hub.example", 200),
        (&both, "other.example", 200),
        (&both, "evil.example", 421),
        (&anywhere, "evil.example", 200),
    ] {
        assert_eq!(answers(config, at("127.0.0.1"), host, ""), status, "{host}");
    }
}

#[test]
fn the_admin_site_answers_to_no_foreign_name_either() {
    let asks = |config: &HttpConfig, host: &str| {
        let talk = Talk::new();
        let site = Arc::new(Site::admin(talk.world.hub.clone(), config.clone()));
        let mut admin = Talk::in_world(talk.world.clone(), site);
        let input = format!("GET /readyz HTTP/1.1\r\nHost: {host}\r\n\r\n");
        ask(&mut admin, input).status
    };
    let named = HttpConfig::default().allowed_hosts(vec!["hub.example".parse().unwrap()]);
    let loopback = HttpConfig::default().loopback_only(true);
    for config in [&named, &loopback] {
        for host in LOOPBACK {
            assert_eq!(asks(config, host), 200, "{host}");
        }
        // No name can be bound to an address as it stands.
        for host in ["10.0.0.1:9090", "[2001:db8::1]"] {
            assert_eq!(asks(config, host), 200, "{host}");
        }
        for host in ["evil.example", "localhost.evil.example"] {
            assert_eq!(asks(config, host), 421, "{host}");
        }
    }
    assert_eq!(asks(&named, "hub.example"), 200);
    assert_eq!(asks(&loopback, "hub.example"), 421);
    assert_eq!(asks(&HttpConfig::default(), "evil.example"), 200);
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
