//! Where a server is, and asking it for a stream by HTTP/1.0, whose bodies have no chunks.

use std::fmt;
use std::io::{self, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::str::FromStr;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustix::net::sockopt;
use serde::Deserialize;
use ssehub::{Start, Topic};

use super::stream::EventStream;
use crate::cli::log::lines::read_line;

/// How long the server may take to connect, and for each part of its answer's head.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection may be silent before the system asks whether the server is still there,
/// and then how often it asks.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(30);
#[cfg(target_os = "linux")]
const ASK_EVERY: Duration = Duration::from_secs(5);

/// The port where a server listens unless it is told otherwise.
const DEFAULT_PORT: u16 = 8080;

/// Largest head and largest error that are read of an answer, in bytes.
const ANSWER_BYTES: u64 = 64 << 10;

/// Who we say that we are: the server wants a name.
const USER: &str = "ssehub-log";

pub(super) type Stream = EventStream<BufReader<TcpStream>>;

/// A server's URL: `http://IP:PORT` or `http://localhost:PORT`, which nobody has to look up.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    authority: String,
    /// Tried in this order.
    addresses: Vec<SocketAddr>,
}

/// Why there is no stream.
#[derive(Debug)]
pub(super) enum Lost {
    /// It may be there later.
    ForNow(String),
    /// To ask again is of no use.
    ForGood(String),
    /// The topic has ended, and everything on it has been read.
    Ended,
}

/// The body of an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    error_message: String,
}

impl FromStr for Server {
    type Err = String;

    fn from_str(url: &str) -> Result<Server, String> {
        let wrong = || "a server's URL reads http://IP:PORT or http://localhost:PORT".to_owned();
        let authority = url.strip_prefix("http://").ok_or_else(wrong)?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let addresses = match authority.strip_prefix("localhost:") {
            Some(port) => localhost(port.parse().map_err(|_| wrong())?),
            None => vec![authority.parse().map_err(|_| wrong())?],
        };
        Ok(Server {
            authority: authority.to_owned(),
            addresses,
        })
    }
}

impl Default for Server {
    fn default() -> Server {
        Server {
            authority: format!("localhost:{DEFAULT_PORT}"),
            addresses: localhost(DEFAULT_PORT),
        }
    }
}

fn localhost(port: u16) -> Vec<SocketAddr> {
    let (four, six) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    vec![(four, port).into(), (six, port).into()]
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

impl Server {
    /// Opens a stream of a topic.
    pub(super) fn stream(&self, topic: &Topic, start: &Start) -> Result<Stream, Lost> {
        let request = self.request(topic, start);
        let answer = self.connect().and_then(|socket| ask(socket, &request));
        let (status, mut input) =
            answer.map_err(|error| Lost::ForNow(format!("cannot read from {self}: {error}")))?;
        if status == 200 {
            return Ok(EventStream::new(input));
        }
        let said = format!("{self} answers {status}{}", complaint(&mut input));
        Err(match status {
            // WHATWG HTML, section 9.2.3: who is answered this does not connect again.
            204 => Lost::Ended,
            // RFC 9110, sections 15.5.9 and 15.6: later may be better. RFC 6585, section 4, too.
            408 | 429 | 500.. => Lost::ForNow(said),
            _ => Lost::ForGood(said),
        })
    }

    /// The status with which it answers for a path.
    pub(in crate::cli) fn status_of(&self, path: &str) -> io::Result<u16> {
        let authority = &self.authority;
        let request = format!("GET {path} HTTP/1.0\r\nHost: {authority}\r\n\r\n");
        let socket = self.connect()?;
        send(&socket, &request)?;
        let mut line = Vec::new();
        read_line(&mut BufReader::new(socket).take(ANSWER_BYTES), &mut line)?;
        status(&line).ok_or_else(|| wrong("this is not HTTP"))
    }

    /// The id goes into the target, where every id can be written; a header field cannot begin or
    /// end with a space.
    fn request(&self, topic: &Topic, start: &Start) -> String {
        let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let topic = escaped(topic.as_str());
        let after = match start {
            Start::Now => String::new(),
            Start::Earliest => "&last_event_id=earliest".to_owned(),
            Start::After(id) => format!("&last_event_id={}", escaped(id)),
        };
        format!(
            "GET /sse?user={USER}&format=json&topic={topic}{after} HTTP/1.0\r\n\
             Host: {}\r\n\
             Accept: text/event-stream\r\n\r\n",
            self.authority
        )
    }

    /// Connects to the first address that answers; what is wrong with the first of all counts.
    fn connect(&self) -> io::Result<TcpStream> {
        let mut failed = None;
        for address in &self.addresses {
            match TcpStream::connect_timeout(address, PATIENCE) {
                Ok(socket) => return Ok(socket),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into()))
    }
}

/// Sends a request, and returns the status of the answer and what follows its head.
fn ask(socket: TcpStream, request: &str) -> io::Result<(u16, BufReader<TcpStream>)> {
    notice_loss(&socket)?;
    send(&socket, request)?;
    let mut input = BufReader::new(socket);
    let status = read_head(&mut input)?;
    if status == 200 {
        input.get_ref().set_read_timeout(None)?;
    }
    Ok((status, input))
}

fn send(mut socket: &TcpStream, request: &str) -> io::Result<()> {
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    socket.write_all(request.as_bytes())
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// A server that is gone without a word must not look like one that has nothing to say.
fn notice_loss(socket: &TcpStream) -> io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    #[cfg(target_os = "linux")]
    {
        sockopt::set_tcp_keepidle(socket, SILENCE)?;
        sockopt::set_tcp_keepintvl(socket, ASK_EVERY)?;
    }
    Ok(())
}

/// Reads up to the blank line behind the head, and returns the status.
fn read_head(input: &mut BufReader<TcpStream>) -> io::Result<u16> {
    let mut head = input.take(ANSWER_BYTES);
    let mut line = Vec::new();
    read_line(&mut head, &mut line)?;
    let status = status(&line).ok_or_else(|| wrong("this is not HTTP"))?;
    let mut is_stream = false;
    while read_line(&mut head, &mut line)? {
        if line.is_empty() {
            return match status == 200 && !is_stream {
                true => Err(wrong("this is no event stream")),
                false => Ok(status),
            };
        }
        is_stream |= is_event_stream(&line);
    }
    Err(ErrorKind::UnexpectedEof.into())
}

/// Whether a field says that an event stream follows.
fn is_event_stream(field: &[u8]) -> bool {
    let field = String::from_utf8_lossy(field).to_ascii_lowercase();
    let (name, value) = field.split_once(':').unwrap_or_default();
    name == "content-type" && value.trim_start().starts_with("text/event-stream")
}

/// The status in a status line (RFC 9112, section 4).
fn status(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line).ok()?;
    let (_, rest) = line.strip_prefix("HTTP/1.")?.split_once(' ')?;
    rest.get(..3)?.parse().ok()
}

/// What an error says, as the end of a sentence.
fn complaint(input: &mut BufReader<TcpStream>) -> String {
    let mut body = Vec::new();
    _ = input.take(ANSWER_BYTES).read_to_end(&mut body);
    let said = serde_json::from_slice::<Complaint>(&body);
    said.map_or(String::new(), |said| format!(": {}", said.error_message))
}
