//! One small document, fetched from another server.
//!
//! async-h1 could ask for it, but believes what it is answered. Here an answer is bounded and checked like
//! a request is: httparse reads its head, and `body.rs` its chunks.

use std::fmt;
use std::io;

use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use httparse::{Header, Response, Status};

use super::body::Chunked;
use super::head::Refusal;
use crate::net::Duplex;

/// Largest head of an answer, in bytes.
pub const ANSWER_HEAD_BYTES: usize = 16 << 10;

/// Header fields in an answer.
pub const ANSWER_FIELDS: usize = 100;

/// What one read takes at most.
const READ_BYTES: usize = 8 << 10;

/// Who we say that we are.
const USER_AGENT: &str = concat!("ssehub/", env!("CARGO_PKG_VERSION"));

/// Why there is no document.
#[derive(Debug)]
#[non_exhaustive]
pub enum NoDocument {
    /// The connection has failed, or has taken too long.
    Broken(io::Error),
    /// The answer's status is not 200. Redirects are not followed.
    Status(u16),
    /// The answer breaks the grammar.
    Malformed(&'static str),
    /// The document is longer than it may be.
    TooLong,
}

/// How a document ends (RFC 9112, section 6.3).
enum Framing {
    Chunked(Chunked),
    Length(usize),
    Close,
}

/// Asks for a document of at most so many bytes, on a connection that is closed afterwards.
///
/// `host` is what the field `Host` shall say, and `target` begins with a slash. Whoever calls sees to it
/// that this ends in time.
pub async fn get(
    stream: &mut dyn Duplex,
    host: &str,
    target: &str,
    limit_bytes: usize,
) -> Result<Vec<u8>, NoDocument> {
    let request = format!(
        "GET {target} HTTP/1.1\r\nhost: {host}\r\nuser-agent: {USER_AGENT}\r\n\
         accept: application/jwk-set+json, application/json\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut answer = Answer {
        stream,
        input: Vec::new(),
        scratch: vec![0; READ_BYTES],
    };
    let head_bytes = answer.head().await?;
    let framing = framing(&answer.input[..head_bytes], limit_bytes)?;
    answer.input.drain(..head_bytes);
    answer.body(framing, limit_bytes).await
}

/// An answer, as far as it has arrived.
struct Answer<'s> {
    stream: &'s mut dyn Duplex,
    /// What has arrived and is not yet used.
    input: Vec<u8>,
    scratch: Vec<u8>,
}

impl Answer<'_> {
    /// Reads until the head is complete, and returns its length.
    async fn head(&mut self) -> Result<usize, NoDocument> {
        const END: &[u8] = b"\r\n\r\n";
        let mut searched = 0;
        loop {
            let mut windows = self.input[searched..].windows(END.len());
            if let Some(at) = windows.position(|window| window == END) {
                return Ok(searched + at + END.len());
            }
            if self.input.len() > ANSWER_HEAD_BYTES {
                return Err(NoDocument::Malformed("its head is too long"));
            }
            searched = self.input.len().saturating_sub(END.len() - 1);
            if self.fill().await? == 0 {
                return Err(NoDocument::Malformed("it ends before its head does"));
            }
        }
    }

    /// Reads what follows the head.
    async fn body(
        mut self,
        mut framing: Framing,
        limit_bytes: usize,
    ) -> Result<Vec<u8>, NoDocument> {
        let mut body = Vec::new();
        loop {
            match &mut framing {
                Framing::Chunked(decoder) => {
                    let progress = decoder.decode(&self.input, &mut body)?;
                    if progress.ended {
                        return Ok(body);
                    }
                    self.input.drain(..progress.consumed);
                }
                Framing::Length(bytes) if self.input.len() >= *bytes => {
                    self.input.truncate(*bytes);
                    return Ok(self.input);
                }
                Framing::Close if self.input.len() > limit_bytes => {
                    return Err(NoDocument::TooLong);
                }
                Framing::Length(_) | Framing::Close => {}
            }
            if self.fill().await? == 0 {
                return match framing {
                    Framing::Close => Ok(self.input),
                    _ => Err(NoDocument::Malformed("it ends too early")),
                };
            }
        }
    }

    /// Waits for more bytes, and returns how many have come; none, at the end.
    async fn fill(&mut self) -> Result<usize, NoDocument> {
        let bytes = self.stream.read(&mut self.scratch).await?;
        self.input.extend_from_slice(&self.scratch[..bytes]);
        Ok(bytes)
    }
}

/// Checks a complete head, and says how what follows it ends.
fn framing(head: &[u8], limit_bytes: usize) -> Result<Framing, NoDocument> {
    let mut fields = [httparse::EMPTY_HEADER; ANSWER_FIELDS];
    let mut answer = Response::new(&mut fields);
    match answer.parse(head) {
        Ok(Status::Complete(bytes)) if bytes == head.len() => {}
        _ => return Err(NoDocument::Malformed("this is not HTTP")),
    }
    match answer.code {
        Some(200) => {}
        status => return Err(NoDocument::Status(status.unwrap_or_default())),
    }
    let codings = values(answer.headers, "transfer-encoding");
    let lengths = values(answer.headers, "content-length");
    match (&codings[..], &lengths[..]) {
        ([], []) => Ok(Framing::Close),
        ([coding], []) if coding.eq_ignore_ascii_case(b"chunked") => {
            Ok(Framing::Chunked(Chunked::new(limit_bytes)))
        }
        ([], [length]) => match number(length) {
            Some(bytes) if bytes <= limit_bytes => Ok(Framing::Length(bytes)),
            Some(_) => Err(NoDocument::TooLong),
            None => Err(NoDocument::Malformed("its length is no number")),
        },
        // Whoever reads it in another way would read another document.
        _ => Err(NoDocument::Malformed("it is not clear where it ends")),
    }
}

fn values<'h>(fields: &[Header<'h>], name: &str) -> Vec<&'h [u8]> {
    let named = fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case(name));
    named.map(|field| field.value.trim_ascii()).collect()
}

fn number(digits: &[u8]) -> Option<usize> {
    let text = str::from_utf8(digits).ok()?;
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    text.parse().ok().filter(|_| all_digits)
}

impl From<io::Error> for NoDocument {
    fn from(error: io::Error) -> NoDocument {
        NoDocument::Broken(error)
    }
}

impl From<Refusal> for NoDocument {
    fn from(refusal: Refusal) -> NoDocument {
        match refusal.status {
            413 => NoDocument::TooLong,
            _ => NoDocument::Malformed(refusal.reason),
        }
    }
}

impl fmt::Display for NoDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoDocument::Broken(error) if error.kind() == io::ErrorKind::TimedOut => {
                f.write_str("it takes too long")
            }
            NoDocument::Broken(error) => error.fmt(f),
            NoDocument::Status(status @ 300..400) => {
                write!(f, "the answer is {status}, and redirects are not followed")
            }
            NoDocument::Status(status) => write!(f, "the answer is {status}"),
            NoDocument::Malformed(what) => write!(f, "the answer is wrong: {what}"),
            NoDocument::TooLong => f.write_str("the answer is too long"),
        }
    }
}

impl std::error::Error for NoDocument {}
