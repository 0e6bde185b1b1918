//! HTTPS in memory: handshakes, records, and what becomes of them when a peer stands still.

pub mod client;
mod expiry;
mod hostile;
mod leaving;
mod names;
mod raw;

use std::time::Duration;

use client::{Certificate, Server, Speaks};
use futures_lite::AsyncWriteExt as _;
use ssehub::tls::{Identity, TlsStream};

use crate::pipe::Duplex;

/// What a pipe holds for those who read.
const ROOM: usize = 64 << 10;

fn server() -> (Server, Certificate) {
    let certificate = Certificate::of(&["hub.example"]);
    (Server::new(&certificate), certificate)
}

#[test]
fn both_versions_are_spoken() {
    for old in [false, true] {
        let (server, certificate) = server();
        let speaks = Speaks {
            old,
            ..Speaks::default()
        };
        let mut talk = server.shake(ROOM, &certificate, speaks).unwrap();
        talk.send("GET /healthz HTTP/1.1\r\nHost: hub.example\r\n\r\n");
        let reply = talk.read();
        assert!(reply.starts_with("HTTP/1.1 200 OK\r\n"), "{reply}");
        assert!(reply.ends_with(r#"{"status":"ok"}"#), "{reply}");
        let head = talk.subscribe("x");
        assert!(head.contains("text/event-stream"), "{head}");
        server.world.publish("x", "hello");
        assert!(talk.read().contains("data: hello\n\n"));
    }
}

#[test]
fn nothing_but_http_1_is_spoken_inside() {
    let (server, certificate) = server();
    let speaks = Speaks {
        alpn: b"h2",
        ..Speaks::default()
    };
    assert!(server.shake(ROOM, &certificate, speaks).is_err());
}

#[test]
fn what_a_stream_has_taken_goes_out_without_another_event() {
    let (server, certificate) = server();
    // So small that no record of the event fits.
    let mut talk = server.shake(512, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    let data = "d".repeat(5_000);
    server.world.publish("x", &data);
    let got = talk.read();
    assert!(
        got.contains(&format!("data: {data}\n\n")),
        "{} bytes",
        got.len()
    );
    // And it is lent again: an event later comes by itself.
    server.world.publish("x", "later");
    assert!(talk.read().contains("data: later\n\n"));
}

#[test]
fn one_who_stands_still_gets_everything_in_order_once_it_goes_on() {
    let (server, certificate) = server();
    let mut talk = server.shake(512, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    for part in 0..20 {
        server.world.publish_all("x", part * 50..part * 50 + 50);
        server.world.settle();
    }
    let got = talk.read();
    let heard: Vec<u32> = got
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!(heard, (0..1_000).collect::<Vec<_>>());
}

#[test]
fn one_who_takes_nothing_is_given_up() {
    let (server, certificate) = server();
    let mut talk = server.shake(512, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    server.world.publish("x", &"d".repeat(5_000));
    server.world.settle();
    assert!(!talk.is_over());
    // The default of --stall.
    server.world.pass(Duration::from_secs(31));
    assert!(talk.is_over());
}

#[test]
fn a_body_of_many_records() {
    let (server, certificate) = server();
    let mut talk = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
    let body = "b".repeat(300_000);
    talk.send(&format!(
        "POST /events/x HTTP/1.1\r\nHost: hub.example\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
    assert!(talk.read().starts_with("HTTP/1.1 200 OK\r\n"));
    talk.send("GET /events/x?last_event_id=earliest HTTP/1.1\r\nHost: hub.example\r\n\r\n");
    assert!(talk.read().contains(&format!("data: {body}\n\n")));
}

#[test]
fn a_server_that_stops_says_so_inside() {
    let (server, certificate) = server();
    let mut talk = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
    talk.subscribe("x");
    server.world.publish("x", "last words");
    server.site.close();
    let got = talk.read();
    // The client's library would call an end without a word an error.
    assert!(got.ends_with("0\r\n\r\n[end]"), "{got}");
    assert!(got.contains("data: last words"), "{got}");
}

#[test]
fn a_client_that_leaves_is_noticed() {
    let (server, certificate) = server();
    for says_so in [true, false] {
        let mut talk = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
        talk.subscribe("x");
        assert!(!talk.is_over());
        match says_so {
            true => server.wait(talk.stream.close()).unwrap().unwrap(),
            false => {
                let (pipe, _) = talk.stream.into_inner();
                drop::<Duplex>(pipe);
                server.world.settle();
                assert!(talk.serving.is_finished());
                continue;
            }
        }
        assert!(talk.is_over());
    }
}

#[test]
fn another_certificate_is_for_those_who_come_later() {
    let (server, certificate) = server();
    let mut early = server.shake(ROOM, &certificate, Speaks::default()).unwrap();
    early.subscribe("x");
    let renewed = Certificate::of(&["hub.example"]);
    server.acceptor.replace(renewed.identity());
    assert!(server.shake(ROOM, &certificate, Speaks::default()).is_err());
    let mut late = server.shake(ROOM, &renewed, Speaks::default()).unwrap();
    late.subscribe("x");
    server.world.publish("x", "to both");
    assert!(early.read().contains("data: to both"));
    assert!(late.read().contains("data: to both"));
}

#[test]
fn an_identity_is_a_certificate_and_its_own_key() {
    let (one, other) = (
        Certificate::of(&["a.example"]),
        Certificate::of(&["b.example"]),
    );
    let wrong = |chain: &str, key: &str| Identity::from_pem(chain, key).unwrap_err().to_string();
    assert_eq!(
        wrong(&one.pem(), &other.key_pem()),
        "the key is not that of the certificate"
    );
    assert_eq!(wrong("", &one.key_pem()), "there is no certificate in PEM");
    assert_eq!(
        wrong(&one.key_pem(), &one.key_pem()),
        "there is no certificate in PEM"
    );
    assert_eq!(
        wrong(&one.pem(), &one.pem()),
        "there is no private key in PEM"
    );
    let cut = one.pem().replace("-----END CERTIFICATE-----", "");
    assert!(wrong(&cut, &one.key_pem()).starts_with("the certificate: "));
}

#[test]
fn an_acceptor_knows_its_names() {
    let certificate =
        Certificate::of(&["hub.example", "*.hub.example", "192.0.2.1", "2001:db8::1"]);
    let (server, _) = server();
    server.acceptor.replace(certificate.identity());
    for host in [
        "hub.example",
        "Hub.Example",
        "a.hub.example",
        "192.0.2.1",
        "[2001:db8::1]",
    ] {
        assert!(server.acceptor.is_for(host), "{host}");
    }
    for host in [
        "",
        "example",
        "a.b.hub.example",
        "hub.example.evil.example",
        "192.0.2.2",
        "[::1]",
    ] {
        assert!(!server.acceptor.is_for(host), "{host}");
    }
}

#[test]
fn a_stream_is_no_larger_than_it_was() {
    // Beside the 1.1 kB of the library, nothing but where buffers would be.
    assert!(
        size_of::<TlsStream<Duplex>>() <= 1_240,
        "{}",
        size_of::<TlsStream<Duplex>>()
    );
}
