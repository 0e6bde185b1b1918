//! A running server that a command asks something, by HTTP/1.0, whose bodies have no chunks.

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use async_io::Async;
use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use rustix::net::sockopt;
use ssehub::Clock;
use ssehub::net::{CA_FILE_BYTES, Duplex, Patience, Place, Roots, Tls, connect};

use super::token::source::read_file;

/// Where a server listens unless it is told otherwise.
const DEFAULT_URL: &str = "http://localhost:8080";

/// How long the server may take to connect, by TLS if need be, and then for its answer's head.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a connection may be silent before the system asks whether the server is still there,
/// and then how often it asks.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(30);
#[cfg(target_os = "linux")]
const ASK_EVERY: Duration = Duration::from_secs(5);

/// Largest head and largest error that are read of an answer, in bytes.
pub(super) const ANSWER_BYTES: u64 = 64 << 10;

/// What comes from a server.
pub(super) type Input = BufReader<Box<dyn Duplex>>;

/// A server, and who vouches for it.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    place: Place,
    /// Those who vouch for it, in place of those that the system trusts. Read for each connection, since
    /// they may be replaced meanwhile.
    ca: Option<PathBuf>,
}

/// An answer whose body has not been read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) is_stream: bool,
    pub(super) body: Input,
}

impl Server {
    /// The server at a URL, or where one listens unless it is told otherwise.
    pub(super) fn new(url: Option<&str>, ca: Option<&str>) -> Result<Server, String> {
        let url = url.unwrap_or(DEFAULT_URL);
        let place: Place = url.parse().map_err(|error| format!("{url}: {error}"))?;
        match ca.is_some() && !place.is_https {
            true => Err(format!("{url}: --ca is for a URL with https")),
            false => Ok(Server {
                place,
                ca: ca.map(Into::into),
            }),
        }
    }

    /// Asks for a target, with these fields beside `Host`.
    pub(super) async fn get(&self, target: &str, fields: &str) -> io::Result<Answer> {
        let host = &self.place.authority;
        let request = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\n{fields}\r\n");
        let mut stream = self.connect().await?;
        let answer = async {
            stream.write_all(request.as_bytes()).await?;
            stream.flush().await?;
            read_head(BufReader::new(stream)).await
        };
        patience().wait(answer).await
    }

    async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        let Place { host, port, .. } = &self.place;
        let patience = patience();
        let socket = connect(host, *port, &patience).await?;
        notice_loss(&socket)?;
        if !self.place.is_https {
            return Ok(Box::new(socket));
        }
        let tls = Tls::client(self.roots()?)?;
        Ok(Box::new(tls.connect(host, socket, &patience).await?))
    }

    fn roots(&self) -> io::Result<Roots> {
        let Some(path) = &self.ca else {
            return Roots::of_system();
        };
        let text = read_file(path, CA_FILE_BYTES).map_err(io::Error::other)?;
        Roots::from_pem(&text)
            .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

/// The patience for one step, from now on.
pub(super) fn patience() -> Patience {
    Patience::new(Clock::system(), PATIENCE)
}

/// A server that is gone without a word must not look like one that has nothing to say.
fn notice_loss(socket: &Async<TcpStream>) -> io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    #[cfg(target_os = "linux")]
    {
        sockopt::set_tcp_keepidle(socket, SILENCE)?;
        sockopt::set_tcp_keepintvl(socket, ASK_EVERY)?;
    }
    Ok(())
}

/// Reads up to the blank line behind the head.
async fn read_head(mut body: Input) -> io::Result<Answer> {
    let mut head = (&mut body).take(ANSWER_BYTES);
    let mut line = Vec::new();
    let no_http = || io::Error::new(ErrorKind::InvalidData, "this is not HTTP");
    head.read_until(b'\n', &mut line).await?;
    let status = status(&line).ok_or_else(no_http)?;
    let mut is_stream = false;
    loop {
        line.clear();
        if head.read_until(b'\n', &mut line).await? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if line.trim_ascii_end().is_empty() {
            return Ok(Answer {
                status,
                is_stream,
                body,
            });
        }
        is_stream |= is_event_stream(&line);
    }
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
