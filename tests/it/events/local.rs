//! What counts as a request from this machine, which may publish without a credential by default.

use ssehub::auth::{Auth, Rights};
use ssehub::http::HttpConfig;
use ssehub::limits::{LimitConfig, Limits, Peer};

use super::{ask, post, post_lines, request};
use crate::talk::Talk;

const ELSEWHERE: &str = "a credential is needed: without one only this machine may publish, \
     under a name such as localhost and not through a proxy";

/// As a server does by default that listens on a loopback address.
fn local() -> Talk {
    let auth = Auth::new(Rights::to_read()).with_this_machine(Rights::everything());
    let limits = LimitConfig::default().trusted_proxies(vec!["127.0.0.2".parse().unwrap()]);
    Talk::with(
        HttpConfig::default()
            .auth(auth)
            .limits(Limits::new(limits))
            .loopback_only(true)
            .allowed_hosts(vec![
                "example.org".parse().unwrap(),
                "localhost".parse().unwrap(),
            ]),
    )
}

fn ip(text: &str) -> Peer {
    Peer::Ip(text.parse().unwrap())
}

/// What a publisher at this place gets that sends this head, and whether the event is there.
#[track_caller]
fn publishes(peer: Peer, version: &str, host: &str, fields: &str, may: bool) {
    let talk = local();
    let input = format!(
        "POST /events/a HTTP/{version}\r\nHost: {host}\r\n{fields}Content-Length: 1\r\n\r\nx"
    );
    let reply = ask(&mut talk.another_from(peer), &input);
    let expected = if may { 200 } else { 401 };
    assert_eq!(reply.status, expected, "{peer:?} {input}: {reply:?}");
    assert_eq!(talk.said().len(), usize::from(may), "{peer:?} {input}");
    if !may {
        let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
        assert_eq!(body["errorMessage"], ELSEWHERE);
        assert_eq!(reply.field("www-authenticate"), Some("bearer"));
    }
}

#[test]
fn a_program_on_this_machine_publishes() {
    publishes(ip("127.0.0.1"), "1.1", "localhost:8080", "", true);
    publishes(ip("127.9.9.9"), "1.1", "localhost", "Accept: */*\r\n", true);
    publishes(ip("::1"), "1.1", "LOCALHOST.:8080", "", true);
    publishes(ip("::ffff:127.0.0.1"), "1.1", "localhost", "", true);
}

#[test]
fn a_page_on_this_machine_publishes() {
    let fields = "Origin: http://localhost:8080\r\nSec-Fetch-Site: same-origin\r\n\
                  Referer: http://localhost:8080/\r\nContent-Type: text/plain\r\n\
                  X-Requested-With: fetch\r\nTraceparent: 00-0-0-00\r\n";
    publishes(ip("127.0.0.1"), "1.1", "localhost:8080", fields, true);
}

#[test]
fn a_request_that_a_proxy_has_passed_on_does_not() {
    for field in [
        "Forwarded: for=127.0.0.1",
        "forwarded: ",
        "Via: 1.1 proxy",
        "X-Forwarded-For: 127.0.0.1",
        "X-FORWARDED-HOST: localhost",
        "X-Forwarded-Proto: http",
        "X-Forwarded-Port: 80",
        "X-Forwarded-Server: a",
        "X-Real-IP: 127.0.0.1",
        "CF-Connecting-IP: 127.0.0.1",
        "True-Client-IP: 127.0.0.1",
        "X-Client-IP: 127.0.0.1",
    ] {
        publishes(
            ip("127.0.0.1"),
            "1.1",
            "localhost",
            &format!("{field}\r\n"),
            false,
        );
    }
    // The public name, as a proxy passes it on.
    publishes(ip("127.0.0.1"), "1.1", "example.org", "", false);
    // As nginx does that has nothing but proxy_pass.
    publishes(
        ip("127.0.0.1"),
        "1.0",
        "localhost:8080",
        "Connection: close\r\n",
        false,
    );
}

#[test]
fn a_request_from_elsewhere_does_not() {
    for peer in [
        ip("192.0.2.1"),
        ip("2001:db8::1"),
        Peer::Unix,
        Peer::Unknown,
    ] {
        publishes(peer, "1.1", "localhost", "", false);
    }
    // By way of a trusted proxy.
    publishes(
        ip("127.0.0.2"),
        "1.1",
        "localhost",
        "X-Forwarded-For: 127.0.0.1\r\n",
        false,
    );
}

/// By every way to publish.
#[test]
fn a_proxy_is_noticed_whatever_it_passes_on() {
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let local_host = |input: Vec<u8>, fields: &str| {
        let text = String::from_utf8(input).unwrap();
        text.replacen("Host: h\r\n", &format!("Host: localhost\r\n{fields}"), 1)
    };
    for input in [
        post("/events/a", "", "x"),
        post_lines("/events", r#"{"topic":"a","data":"x"}"#),
        post("/sse/message", "", r#"{"message":"x","user":"ann"}"#),
        post("/.well-known/mercure", form, "topic=a&data=x"),
        request("DELETE", "/events/a", "").into_bytes(),
    ] {
        let talk = local();
        let asks = |fields| {
            let input = local_host(input.clone(), fields);
            ask(&mut talk.another_from(ip("127.0.0.1")), input).status
        };
        assert_eq!(asks("X-Forwarded-For: 192.0.2.1\r\n"), 401);
        assert_eq!(talk.said().len(), 0);
        assert_eq!(asks(""), 200);
        assert_eq!(talk.said().len(), 1);
    }
}
