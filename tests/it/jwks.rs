//! Keys that are fetched: from a real server on this machine, with a clock moved by hand.

mod issuer;
mod places;
mod refreshed;

use std::io::ErrorKind;
use std::time::Duration;

use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _, FutureExt as _, future};
use serde_json::{Value, json};
use smol::block_on;
use ssehub::Clock;
use ssehub::auth::{Bell, InvalidKey, KEY_FILE_BYTES};
use ssehub::http::fetch::NoDocument;
use ssehub::jwks::{ANSWER_DEADLINE, CONNECT_DEADLINE, Jwks, NoKeys};

use crate::net::server::{Ca, Server, Stream};
use issuer::Issuer;

const REFRESH: Duration = Duration::from_secs(600);

fn jwks(url: &str) -> Jwks {
    Jwks::new(url.parse().unwrap(), Bell::default(), Clock::manual(1_000)).refresh(REFRESH)
}

/// Keys by TLS.
fn secret_jwks(host: &str, ca: &Ca, server: &Server) -> Jwks {
    let jwks = jwks(&format!("https://{host}:{}/keys", server.port()));
    jwks.roots(Some(ca.roots()))
}

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

/// A good answer with this body.
fn ok(body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Reads one request, and returns it.
async fn asked(stream: &mut dyn Stream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        request.push(byte[0]);
    }
    String::from_utf8(request).unwrap()
}

/// Answers one request, and returns it.
async fn answer(server: &Server, answer: &str) -> String {
    let mut stream = server.accept().await.unwrap();
    let request = asked(&mut *stream).await;
    // A client that has seen enough may be gone.
    _ = stream.write_all(answer.as_bytes()).await;
    _ = stream.close().await;
    request
}

/// Fetches once from a server that gives this answer, and returns how many keys there are.
fn fetch(jwks: &Jwks, server: &Server, says: &str) -> Result<usize, NoKeys> {
    let serving = async {
        answer(server, says).await;
        future::pending().await
    };
    block_on(jwks.fetch().or(serving)).map(|(_, keys)| keys.count())
}

#[test]
fn by_tls() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["localhost", "127.0.0.1"]);
    let body = set(&[Issuer::new("a").jwk()]);
    for host in ["localhost", "127.0.0.1"] {
        let jwks = secret_jwks(host, &ca, &server);
        assert_eq!(fetch(&jwks, &server, &ok(&body)).unwrap(), 1);
        let chunked = format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        assert_eq!(fetch(&jwks, &server, &chunked).unwrap(), 1);
        let until_end = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        assert_eq!(fetch(&jwks, &server, &until_end).unwrap(), 1);
    }
}

/// What goes wrong with TLS before anything is asked.
fn tls_error(jwks: &Jwks, server: &Server) -> String {
    let serving = async {
        while server.accept().await.is_err() {}
        panic!("the client likes the server");
    };
    match block_on(jwks.fetch().or(serving)) {
        Err(NoKeys::Document(NoDocument::Broken(error))) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_certificate_of_another_host() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["keys.example"]);
    let error = tls_error(&secret_jwks("localhost", &ca, &server), &server);
    assert!(
        error.contains("not valid for name \"localhost\""),
        "{error}"
    );
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let server = Server::tls(&Ca::new(), &["localhost"]);
    let error = tls_error(&secret_jwks("localhost", &Ca::new(), &server), &server);
    assert!(error.contains("certificate"), "{error}");
    let itself = Server::self_signed(&["localhost"]);
    let error = tls_error(&secret_jwks("localhost", &Ca::new(), &itself), &itself);
    assert!(error.contains("certificate"), "{error}");
}

#[test]
fn a_server_that_speaks_no_tls() {
    let server = Server::plain();
    let jwks = secret_jwks("localhost", &Ca::new(), &server);
    let serving = async {
        let mut stream = server.accept().await.unwrap();
        _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        future::pending().await
    };
    let error = block_on(jwks.fetch().or(serving)).unwrap_err();
    assert!(
        matches!(error, NoKeys::Document(NoDocument::Broken(_))),
        "{error:?}"
    );
}

#[test]
fn a_document_that_tls_did_not_end() {
    let ca = Ca::new();
    let server = Server::tls(&ca, &["localhost"]);
    let serving = async {
        let mut stream = server.accept().await.unwrap();
        asked(&mut *stream).await;
        let body = set(&[Issuer::new("a").jwk()]);
        let says = format!("HTTP/1.1 200 OK\r\n\r\n{body}");
        stream.write_all(says.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        drop(stream);
        future::pending().await
    };
    let jwks = secret_jwks("localhost", &ca, &server);
    match block_on(jwks.fetch().or(serving)) {
        Err(NoKeys::Document(NoDocument::Broken(error))) => {
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn documents_that_are_no_keys() {
    let server = Server::plain();
    let jwks = jwks(&format!("http://127.0.0.1:{}/", server.port()));
    let secret = json!({ "kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0" });
    let invalid = |says: &str| match fetch(&jwks, &server, says) {
        Err(NoKeys::Keys(error)) => error,
        other => panic!("{other:?}"),
    };
    for garbage in ["", "nonsense", "{", "[]", "{\"keys\": 7}", "<html>"] {
        assert_eq!(invalid(&ok(garbage)), InvalidKey::Jwks, "{garbage}");
    }
    // What else a file of keys may be, a document may not.
    assert_eq!(invalid(&ok(&"a secret".repeat(8))), InvalidKey::Jwks);
    assert_eq!(
        invalid(&ok(include_str!("auth/keys/p256.pem"))),
        InvalidKey::Jwks
    );
    assert_eq!(invalid(&ok("{\"keys\": []}")), InvalidKey::NoKey);
    assert_eq!(
        invalid(&ok(&set(std::slice::from_ref(&secret)))),
        InvalidKey::NoKey
    );
    let both = set(&[secret, Issuer::new("a").jwk()]);
    assert_eq!(fetch(&jwks, &server, &ok(&both)).unwrap(), 1);
}

#[test]
fn documents_of_the_largest_size_and_beyond() {
    let server = Server::plain();
    let jwks = jwks(&format!("http://127.0.0.1:{}/", server.port()));
    let keys = set(&[Issuer::new("a").jwk()]);
    let padded = |bytes: usize| format!("{keys}{}", " ".repeat(bytes - keys.len()));
    assert_eq!(
        fetch(&jwks, &server, &ok(&padded(KEY_FILE_BYTES))).unwrap(),
        1
    );
    let long = fetch(&jwks, &server, &ok(&padded(KEY_FILE_BYTES + 1))).unwrap_err();
    assert!(
        matches!(long, NoKeys::Document(NoDocument::TooLong)),
        "{long:?}"
    );
}

/// What comes of a server that says this and then nothing, once so much time has passed.
fn slow(says: Option<&str>, time: Duration) -> ErrorKind {
    let server = Server::plain();
    let jwks = match says {
        None => secret_jwks("localhost", &Ca::new(), &server),
        Some(_) => jwks(&format!("http://localhost:{}/", server.port())),
    };
    let clock = jwks.clock.clone();
    let serving = async {
        let mut stream = server.accept().await.unwrap();
        match says {
            None => _ = stream.read(&mut [0; 1_000]).await.unwrap(),
            Some(says) => {
                asked(&mut *stream).await;
                stream.write_all(says.as_bytes()).await.unwrap();
            }
        }
        clock.advance(time);
        future::pending().await
    };
    match block_on(jwks.fetch().or(serving)) {
        Err(NoKeys::Document(NoDocument::Broken(error))) => error.kind(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn servers_that_take_their_time() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n";
    assert_eq!(slow(None, CONNECT_DEADLINE), ErrorKind::TimedOut);
    assert_eq!(slow(Some(""), ANSWER_DEADLINE), ErrorKind::TimedOut);
    assert_eq!(slow(Some(head), ANSWER_DEADLINE), ErrorKind::TimedOut);
    let body = format!("{head}\r\n{{");
    assert_eq!(slow(Some(&body), ANSWER_DEADLINE), ErrorKind::TimedOut);
}
