//! Connections to other servers: real ones, on this machine, with a clock moved by hand.

pub mod server;

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::pin::pin;
use std::time::Duration;

use async_io::Async;
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _, future};
use server::{Ca, Server};
use smol::block_on;
use ssehub::Clock;
use ssehub::net::{CA_FILE_BYTES, Patience, Roots, Tls, TlsStream, connect, connect_unix};

const LASTS: Duration = Duration::from_secs(5);

fn patience() -> Patience {
    Patience::new(Clock::manual(1_000), LASTS)
}

/// Connects by TLS, for as long as the server runs.
fn by_tls(ca: &Ca, host: &str, server: &Server) -> std::io::Result<String> {
    let client = async {
        let tls = Tls::client(ca.roots())?;
        let socket = connect("127.0.0.1", server.port(), &patience()).await?;
        let mut stream: TlsStream = tls.connect(host, socket, &patience()).await?;
        stream.write_all(b"hello").await?;
        stream.close().await?;
        let mut said = String::new();
        stream.read_to_string(&mut said).await?;
        Ok(said)
    };
    let echo = async {
        loop {
            if let Ok(mut stream) = server.accept().await {
                let mut heard = Vec::new();
                _ = stream.read_to_end(&mut heard).await;
                _ = stream.write_all(&heard).await;
                _ = stream.close().await;
            }
        }
    };
    block_on(client.or(echo))
}

#[test]
fn a_server_that_is_vouched_for() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["hub.example", "127.0.0.1"]);
    assert_eq!(by_tls(&ca, "hub.example", &server).unwrap(), "hello");
    assert_eq!(by_tls(&ca, "127.0.0.1", &server).unwrap(), "hello");
}

#[test]
fn a_certificate_of_another_host() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["hub.example"]);
    let error = by_tls(&ca, "other.example", &server).unwrap_err();
    assert!(error.to_string().contains("not valid for name"), "{error}");
}

#[test]
fn a_certificate_that_has_expired() {
    let ca = Ca::new();
    let server = Server::expired(&ca, &["hub.example"]);
    let error = by_tls(&ca, "hub.example", &server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("certificate expired"), "{error}");
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let server = Server::tls(&Ca::new(), &["hub.example"]);
    let error = by_tls(&Ca::new(), "hub.example", &server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidData);
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[test]
fn several_who_vouch() {
    let (ca, other) = (Ca::new(), Ca::new());
    let server = Server::tls(&ca, &["hub.example"]);
    let roots = other.roots().and(ca.roots());
    let tls = Tls::client(roots).unwrap();
    let client = async {
        let socket = connect("localhost", server.port(), &patience()).await?;
        tls.connect("hub.example", socket, &patience()).await
    };
    let (client, served) = block_on(future::zip(client, server.accept()));
    client.unwrap();
    assert!(served.is_ok());
}

#[test]
fn a_host_that_is_no_name() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["hub.example"]);
    let error = by_tls(&ca, "no name", &server).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_server_that_says_nothing() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let listener = Async::new(listener).unwrap();
    let clock = Clock::manual(1_000);
    let patience = Patience::new(clock.clone(), LASTS);
    let client = async {
        let socket = connect("127.0.0.1", port, &patience).await?;
        let tls = Tls::client(Ca::new().roots())?;
        tls.connect("hub.example", socket, &patience).await
    };
    let silent = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        clock.advance(LASTS);
        future::pending().await
    };
    let error = block_on(client.or(silent)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn an_address_where_nobody_listens() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for host in ["127.0.0.1", "localhost", "LocalHost"] {
        let error = block_on(connect(host, port, &patience())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{host}");
    }
    let nowhere = std::path::Path::new("/nowhere/at/all");
    let error = block_on(connect_unix(nowhere, &patience())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn patience_ends_at_its_time() {
    let clock = Clock::manual(1_000);
    let patience = Patience::new(clock.clone(), LASTS);
    clock.advance(LASTS / 2);
    let mut wait = pin!(patience.wait(future::pending::<std::io::Result<()>>()));
    let mut has_ended = || block_on(future::poll_once(wait.as_mut()));
    assert!(has_ended().is_none());
    clock.advance(LASTS / 2 - Duration::from_millis(1));
    assert!(has_ended().is_none());
    clock.advance(Duration::from_millis(1));
    let error = has_ended().unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn certificates_that_cannot_be_read() {
    let good = Ca::new().pem();
    let bad = good.replacen("MII", "AAA", 1);
    let long = " ".repeat(CA_FILE_BYTES + 1);
    for text in ["", "nonsense", &bad, &format!("{good}{bad}"), &long] {
        assert!(Roots::from_pem(text).is_err(), "{text:.60}");
    }
    assert!(Roots::from_pem(&good).is_ok());
}
