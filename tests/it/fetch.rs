//! Documents from other servers: what is taken for an answer, and what is not.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_lite::{AsyncRead, AsyncWrite, future::block_on};
use ssehub::http::fetch::{ANSWER_FIELDS, ANSWER_HEAD_BYTES, NoDocument, get};

const LIMIT_BYTES: usize = 1_000;

/// A server that says what it has been told to, whatever it is asked.
struct Server {
    asked: Vec<u8>,
    pieces: VecDeque<Vec<u8>>,
    /// Says the last piece again and again.
    endless: bool,
    read: usize,
}

impl Server {
    fn saying(pieces: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Server {
        Server {
            asked: Vec::new(),
            pieces: pieces.into_iter().map(Into::into).collect(),
            endless: false,
            read: 0,
        }
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Some(mut piece) = self.pieces.pop_front() else {
            return Poll::Ready(Ok(0));
        };
        let bytes = piece.len().min(buffer.len());
        buffer[..bytes].copy_from_slice(&piece[..bytes]);
        self.read += bytes;
        if self.endless && self.pieces.is_empty() {
            self.pieces.push_front(piece);
        } else if bytes < piece.len() {
            self.pieces.push_front(piece.split_off(bytes));
        }
        Poll::Ready(Ok(bytes))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.asked.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn fetch(server: &mut Server) -> Result<String, NoDocument> {
    let document = block_on(get(server, "keys.example", "/jwks", LIMIT_BYTES))?;
    Ok(String::from_utf8(document).unwrap())
}

/// The document, or why there is none, however the answer is cut into pieces.
#[track_caller]
fn answer(answer: &str) -> String {
    let told = |result: Result<String, NoDocument>| match result {
        Ok(document) => document,
        Err(error) => format!("! {error}"),
    };
    let whole = told(fetch(&mut Server::saying([answer])));
    let bytes = answer.bytes().map(|byte| vec![byte]);
    assert_eq!(told(fetch(&mut Server::saying(bytes))), whole, "{answer}");
    whole
}

#[test]
fn the_request() {
    let mut server = Server::saying(["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]);
    assert_eq!(fetch(&mut server).unwrap(), "{}");
    let expected = format!(
        "GET /jwks HTTP/1.1\r\nhost: keys.example\r\nuser-agent: ssehub/{}\r\n\
         accept: application/jwk-set+json, application/json\r\nconnection: close\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(String::from_utf8(server.asked).unwrap(), expected);
}

#[test]
fn by_its_length() {
    let ok = "HTTP/1.1 200 OK\r\n";
    assert_eq!(
        answer(&format!("{ok}Content-Length: 5\r\n\r\nhello")),
        "hello"
    );
    assert_eq!(
        answer(&format!("{ok}content-length:5 \r\n\r\nhello, world")),
        "hello"
    );
    assert_eq!(answer(&format!("{ok}content-length: 0\r\n\r\n")), "");
    assert_eq!(
        answer(&format!("{ok}content-length: 6\r\n\r\nhello")),
        "! the answer is wrong: it ends too early"
    );
    for length in [
        "",
        "+5",
        "-5",
        "5 5",
        "0x5",
        "5, 5",
        "five",
        "99999999999999999999999",
    ] {
        assert_eq!(
            answer(&format!("{ok}content-length: {length}\r\n\r\nhello")),
            "! the answer is wrong: its length is no number",
            "{length}"
        );
    }
}

#[test]
fn chunk_by_chunk() {
    let ok = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n";
    assert_eq!(answer(&format!("{ok}5\r\nhello\r\n0\r\n\r\n")), "hello");
    assert_eq!(
        answer(&format!(
            "{ok}3;a=b\r\nhel\r\n2\r\nlo\r\n0\r\ntrailer: 1\r\n\r\nmore"
        )),
        "hello"
    );
    for body in ["5\r\nhello\r\n", "5\r\nhel", "", "0\r\n"] {
        assert_eq!(
            answer(&format!("{ok}{body}")),
            "! the answer is wrong: it ends too early"
        );
    }
    assert_eq!(
        answer(&format!("{ok}x\r\nhello\r\n0\r\n\r\n")),
        "! the answer is wrong: a chunk size is not a number"
    );
}

#[test]
fn by_the_end_of_the_connection() {
    assert_eq!(answer("HTTP/1.0 200 OK\r\n\r\nhello"), "hello");
    assert_eq!(answer("HTTP/1.1 200 \r\nserver: x\r\n\r\n"), "");
}

#[test]
fn an_end_that_is_not_clear() {
    for fields in [
        "transfer-encoding: chunked\r\ncontent-length: 5",
        "transfer-encoding: gzip, chunked",
        "transfer-encoding: identity",
        "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        "content-length: 5\r\ncontent-length: 5",
    ] {
        assert_eq!(
            answer(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\nhello")),
            "! the answer is wrong: it is not clear where it ends",
            "{fields}"
        );
    }
}

#[test]
fn another_status() {
    for (status, said) in [
        (301, "the answer is 301, and redirects are not followed"),
        (302, "the answer is 302, and redirects are not followed"),
        (100, "the answer is 100"),
        (204, "the answer is 204"),
        (404, "the answer is 404"),
        (500, "the answer is 500"),
    ] {
        let head =
            format!("HTTP/1.1 {status} X\r\nlocation: /there\r\ncontent-length: 2\r\n\r\n{{}}");
        assert_eq!(answer(&head), format!("! {said}"));
    }
}

#[test]
fn what_is_no_head() {
    for head in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 two hundred\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno field\r\n\r\n",
        "HTTP/1.1 200 OK\r\nname : value\r\n\r\n",
        "\r\n\r\n",
        &format!(
            "HTTP/1.1 200 OK\r\n{}\r\n",
            "a: b\r\n".repeat(ANSWER_FIELDS + 1)
        ),
    ] {
        assert_eq!(
            answer(head),
            "! the answer is wrong: this is not HTTP",
            "{head:.60}"
        );
    }
    for head in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\n\n"] {
        assert_eq!(
            answer(head),
            "! the answer is wrong: it ends before its head does"
        );
    }
    let fields = "a: b\r\n".repeat(ANSWER_FIELDS);
    assert_eq!(
        answer(&format!("HTTP/1.1 200 OK\r\n{fields}\r\nhello")),
        "hello"
    );
}

#[test]
fn what_is_too_long() {
    let most = "x".repeat(LIMIT_BYTES);
    let (length, more) = (LIMIT_BYTES, LIMIT_BYTES + 1);
    let ok = "HTTP/1.1 200 OK\r\n";
    assert_eq!(
        answer(&format!("{ok}content-length: {length}\r\n\r\n{most}")),
        most
    );
    assert_eq!(
        answer(&format!(
            "{ok}transfer-encoding: chunked\r\n\r\n{length:x}\r\n{most}\r\n0\r\n\r\n"
        )),
        most
    );
    assert_eq!(answer(&format!("{ok}\r\n{most}")), most);
    for long in [
        format!("content-length: {more}\r\n\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{more:x}\r\n"),
        format!("transfer-encoding: chunked\r\n\r\n{length:x}\r\n{most}\r\n1\r\n"),
        format!("\r\n{most}x"),
    ] {
        assert_eq!(answer(&format!("{ok}{long}")), "! the answer is too long");
    }
}

#[test]
fn what_never_ends() {
    let ok = "HTTP/1.1 200 OK\r\n";
    let chunked = format!("{ok}transfer-encoding: chunked\r\n\r\n");
    for (head, piece) in [
        (ok, "name: value\r\n".repeat(100)),
        ("", "x".repeat(5_000)),
        (&format!("{ok}\r\n"), "x".repeat(5_000)),
        (&chunked, "1\r\nx\r\n".to_owned()),
        (&chunked, format!("1;{}", "x".repeat(5_000))),
        (&format!("{chunked}0\r\n"), "trailer: value\r\n".repeat(100)),
    ] {
        let mut server = Server::saying([head, &piece]);
        server.endless = true;
        fetch(&mut server).unwrap_err();
        assert!(
            server.read < 2 * ANSWER_HEAD_BYTES,
            "{head}: {}",
            server.read
        );
    }
}
