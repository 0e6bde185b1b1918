//! A running server that a command asks something, by HTTP/1.0, whose bodies have no chunks.

mod own;

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, TcpStream};
use std::path::PathBuf;
use std::time::Duration;

use async_io::Async;
use futures_lite::io::BufReader;
use futures_lite::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use rustix::net::sockopt;
use ssehub::Clock;
use ssehub::net::{CA_FILE_BYTES, Duplex, Patience, Place, Roots, Tls, connect, connect_unix};

use super::credential::Credential;
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

/// A server, how to reach it, and what it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    way: Way,
    /// The field `Host` of a request.
    authority: String,
    credential: Option<Credential>,
}

/// How to reach a server.
#[derive(Clone, Debug)]
enum Way {
    /// Through the socket at a path.
    Unix(PathBuf),
    /// By HTTP.
    Http { host: String, port: u16 },
    /// By HTTPS.
    Https {
        host: String,
        port: u16,
        trusted: Trusted,
    },
}

/// Which certificates count. Files are read for each connection, since they may be replaced meanwhile.
#[derive(Clone, Debug)]
enum Trusted {
    /// Those for which the system's roots vouch.
    System,
    /// Those for which the roots in a file vouch.
    File(PathBuf),
    /// All of them.
    Any,
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
        let (way, authority) = match url.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            Some(path) => (Way::Unix(path.into()), "localhost".to_owned()),
            None => {
                let place: Place = url
                    .parse()
                    .map_err(|error| format!("{url}: {error}, or unix:PATH"))?;
                let trusted = ca.map_or(Trusted::System, |path| Trusted::File(path.into()));
                (
                    Way::to(place.is_https, place.host, place.port, trusted),
                    place.authority,
                )
            }
        };
        match ca.is_some() && !matches!(way, Way::Https { .. }) {
            true => Err(format!("{url}: --ca is for a URL with https")),
            false => Ok(Server {
                way,
                authority,
                credential: None,
            }),
        }
    }

    /// Shows this with every request.
    pub(super) fn showing(self, credential: Option<Credential>) -> Server {
        Server { credential, ..self }
    }

    pub(super) fn has_credential(&self) -> bool {
        self.credential.is_some()
    }

    /// Whether a credential crosses a network in the open.
    pub(super) fn is_overheard(&self) -> bool {
        match &self.way {
            _ if !self.has_credential() => false,
            Way::Http { host, .. } => {
                let address = host.parse::<IpAddr>();
                host != "localhost" && !address.is_ok_and(|address| address.is_loopback())
            }
            Way::Unix(_) | Way::Https { .. } => false,
        }
    }

    /// Asks for a target, with these fields beside `Host`.
    pub(super) async fn get(&self, target: &str, fields: &str) -> io::Result<Answer> {
        let host = &self.authority;
        let credential = match &self.credential {
            None => String::new(),
            Some(credential) => format!(
                "Authorization: Bearer {}\r\n",
                credential.read().map_err(io::Error::other)?
            ),
        };
        let request = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\n{credential}{fields}\r\n");
        let mut stream = self.connect().await?;
        let answer = async {
            stream.write_all(request.as_bytes()).await?;
            stream.flush().await?;
            read_head(BufReader::new(stream)).await
        };
        patience().wait(answer).await
    }

    async fn connect(&self) -> io::Result<Box<dyn Duplex>> {
        let patience = patience();
        match &self.way {
            Way::Unix(path) => Ok(Box::new(connect_unix(path, &patience).await?)),
            Way::Http { host, port } => {
                let socket = connect(host, *port, &patience).await?;
                notice_loss(&socket)?;
                Ok(Box::new(socket))
            }
            Way::Https {
                host,
                port,
                trusted,
            } => {
                let socket = connect(host, *port, &patience).await?;
                notice_loss(&socket)?;
                Ok(Box::new(
                    trusted.tls()?.connect(host, socket, &patience).await?,
                ))
            }
        }
    }
}

impl Way {
    fn to(is_https: bool, host: String, port: u16, trusted: Trusted) -> Way {
        match is_https {
            true => Way::Https {
                host,
                port,
                trusted,
            },
            false => Way::Http { host, port },
        }
    }
}

impl Trusted {
    fn tls(&self) -> io::Result<Tls> {
        let roots = match self {
            Trusted::Any => return Tls::without_verification(),
            Trusted::System => Roots::of_system()?,
            Trusted::File(path) => {
                let text = read_file(path, CA_FILE_BYTES).map_err(io::Error::other)?;
                Roots::from_pem(&text)
                    .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?
            }
        };
        Tls::client(roots)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Unix(path) => write!(f, "unix:{}", path.display()),
            Way::Http { .. } => write!(f, "http://{}", self.authority),
            Way::Https { .. } => write!(f, "https://{}", self.authority),
        }
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
