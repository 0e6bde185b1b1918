//! Addresses to listen on, and sockets set up for many long connections.

use std::fmt;
use std::fs::Permissions;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use async_io::Async;
use rustix::net::{
    AddressFamily, SocketAddrUnix, SocketFlags, SocketType, acceptfrom_with, bind, listen,
    socket_with, sockopt,
};

use super::socket;
use crate::limits::Peer;

/// Connections that may wait to be accepted. With the usual 128 a storm of clients overflows the
/// queue, and each handshake that is lost there costs its client a second.
const BACKLOG: i32 = 4_096;

/// How long what was sent may stay unacknowledged before a peer counts as lost, at least and at most.
/// Between them it is a heartbeat's time, so that the loss is noticed within two heartbeats.
const PEER_TIMEOUT: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(30)];

/// Permissions of a Unix socket unless they are chosen: every user of the machine may connect, as to a port of
/// `localhost`. A proxy is another user, and the umask, which keeps others from files, would keep it from connecting.
pub const SOCKET_MODE: u32 = 0o666;

/// Where to listen.
///
/// ```
/// use ssehub::server::{Address, InvalidAddress};
/// assert_eq!("localhost:8080".parse(), Ok(Address::Localhost(8080)));
/// assert_eq!("unix:/run/hub.sock".parse(), Ok(Address::Unix("/run/hub.sock".into())));
/// assert_eq!("8080".parse::<Address>(), Err(InvalidAddress));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `ADDRESS:PORT`.
    Tcp(SocketAddr),
    /// `localhost:PORT`: this machine only, by IPv4 and, where there is one, by IPv6.
    Localhost(u16),
    /// `unix:PATH`.
    Unix(PathBuf),
}

/// The text is no address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAddress;

impl fmt::Display for InvalidAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an address reads IP:PORT, localhost:PORT or unix:PATH")
    }
}

impl std::error::Error for InvalidAddress {}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Address, InvalidAddress> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Address::Unix(path.into()));
        }
        if let Some(port) = text.strip_prefix("localhost:") {
            return port.parse().map(Address::Localhost).or(Err(InvalidAddress));
        }
        text.parse().map(Address::Tcp).or(Err(InvalidAddress))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Localhost(port) => write!(f, "localhost:{port}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A socket that takes connections.
///
/// ```
/// use std::time::Duration;
/// use ssehub::server::{Address, Listener};
/// let address: Address = "127.0.0.1:0".parse().unwrap();
/// let listeners = Listener::bind(&address, Duration::from_secs(15))?;
/// let Address::Tcp(bound) = listeners[0].address()? else { panic!() };
/// assert_ne!(bound.port(), 0);
///
/// // One that a service manager has bound.
/// let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
/// let listener = Listener::of_tcp(socket, Duration::from_secs(15))?;
/// assert!(!listener.is_unix());
/// # let folder = std::env::temp_dir().join(format!("ssehub-doc-listener-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let socket = std::os::unix::net::UnixListener::bind(folder.join("hub.sock"))?;
/// assert!(Listener::of_unix(socket)?.is_unix());
/// # std::fs::remove_dir_all(&folder)?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Listener(Socket);

#[derive(Debug)]
enum Socket {
    /// On an address.
    Tcp(Async<TcpListener>),
    /// At a path, whose file is removed at the end, if it is ours.
    Unix(
        Async<UnixListener>,
        #[expect(dead_code, reason = "it is there to be dropped")] Option<SocketFile>,
    ),
}

impl Listener {
    /// Binds every socket that an address stands for. A peer that acknowledges nothing of what is sent
    /// to it, such as a heartbeat, is lost after about the time between two `heartbeat`s. A Unix socket has the
    /// permissions [`SOCKET_MODE`].
    pub fn bind(address: &Address, heartbeat: Duration) -> io::Result<Vec<Listener>> {
        match address {
            Address::Tcp(address) => {
                let socket = TcpListener::bind(address)?;
                Ok(vec![Listener::of_tcp(socket, heartbeat)?])
            }
            Address::Localhost(port) => bind_localhost(*port, heartbeat),
            Address::Unix(path) => Ok(vec![Listener::bind_unix(path, SOCKET_MODE)?]),
        }
    }

    /// Binds a Unix socket. Who may connect, `mode` says, whatever the umask is: the permissions to read and write
    /// of its user, its group and others, such as `0o660`. Its group is that of the process, or of its folder if that
    /// passes its own on (setgid).
    ///
    /// ```
    /// use ssehub::server::Listener;
    /// # let folder = std::env::temp_dir().join(format!("ssehub-doc-mode-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let path = folder.join("hub.sock");
    /// let listener = Listener::bind_unix(&path, 0o660)?;
    /// # use std::os::unix::fs::PermissionsExt;
    /// assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o660);
    /// # drop(listener);
    /// # std::fs::remove_dir_all(&folder)?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn bind_unix(path: &Path, mode: u32) -> io::Result<Listener> {
        let socket = match bind_at(path, mode) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && is_abandoned(path) => {
                std::fs::remove_file(path)?;
                bind_at(path, mode)?
            }
            bound => bound?,
        };
        let file = SocketFile(path.into());
        Ok(Listener(Socket::Unix(Async::new(socket)?, Some(file))))
    }

    /// Takes a socket that somebody else has bound. Heartbeats are what they are to [`bind`](Listener::bind).
    ///
    /// What is set on the listening socket, Linux passes on to each connection.
    pub fn of_tcp(socket: TcpListener, heartbeat: Duration) -> io::Result<Listener> {
        sockopt::set_tcp_nodelay(&socket, true)?;
        #[cfg(target_os = "linux")]
        sockopt::set_tcp_user_timeout(&socket, peer_timeout(heartbeat).as_millis() as u32)?;
        listen(&socket, BACKLOG)?;
        Ok(Listener(Socket::Tcp(Async::new(socket)?)))
    }

    /// Takes a Unix socket that somebody else has bound, and leaves its file to them.
    pub fn of_unix(socket: UnixListener) -> io::Result<Listener> {
        listen(&socket, BACKLOG)?;
        Ok(Listener(Socket::Unix(Async::new(socket)?, None)))
    }

    /// The address in full, with the port that the system has chosen if it was asked to.
    pub fn address(&self) -> io::Result<Address> {
        match &self.0 {
            Socket::Tcp(tcp) => tcp.get_ref().local_addr().map(Address::Tcp),
            Socket::Unix(unix, _) => {
                let address = unix.get_ref().local_addr()?;
                let path = address.as_pathname().unwrap_or(Path::new(""));
                Ok(Address::Unix(path.to_owned()))
            }
        }
    }

    /// Whether it takes programs on this machine, through a Unix socket.
    pub fn is_unix(&self) -> bool {
        matches!(self.0, Socket::Unix(..))
    }

    /// Takes the next connection, and tells whose it is.
    pub(super) async fn accept(&self) -> io::Result<(socket::Socket, Peer)> {
        match &self.0 {
            Socket::Tcp(tcp) => accept(tcp).await,
            Socket::Unix(unix, _) => {
                let (socket, _) = accept(unix).await?;
                Ok((socket, Peer::Unix))
            }
        }
    }
}

#[cfg(target_os = "linux")]
fn peer_timeout(heartbeat: Duration) -> Duration {
    let [least, most] = PEER_TIMEOUT;
    match heartbeat.is_zero() {
        true => most,
        false => heartbeat.clamp(least, most),
    }
}

fn bind_localhost(port: u16, heartbeat: Duration) -> io::Result<Vec<Listener>> {
    let four = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let four = Listener::of_tcp(four, heartbeat)?;
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Ok(six) => Ok(vec![four, Listener::of_tcp(six, heartbeat)?]),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error),
        // A machine without IPv6.
        Err(_) => Ok(vec![four]),
    }
}

/// Nobody can connect before the permissions are what they are to be, because the socket does not listen before.
fn bind_at(path: &Path, mode: u32) -> io::Result<UnixListener> {
    let address = SocketAddrUnix::new(path)?;
    let socket = socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    bind(&socket, &address)?;
    let ready = std::fs::set_permissions(path, Permissions::from_mode(mode))
        .and_then(|()| Ok(listen(&socket, BACKLOG)?));
    match ready {
        Ok(()) => Ok(socket.into()),
        Err(error) => {
            _ = std::fs::remove_file(path);
            Err(error)
        }
    }
}

/// Whether a socket's file has outlived its server.
fn is_abandoned(path: &Path) -> bool {
    let is_socket = std::fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    let refused = |error: io::Error| error.kind() == ErrorKind::ConnectionRefused;
    is_socket && UnixStream::connect(path).is_err_and(refused)
}

/// Takes the next connection; one system call more sets nothing that this one has not.
async fn accept<L: AsFd>(listener: &Async<L>) -> io::Result<(socket::Socket, Peer)> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let (socket, address) = listener
        .read_with(|listener| acceptfrom_with(listener, flags).map_err(io::Error::from))
        .await?;
    let address = address.and_then(|address| SocketAddr::try_from(address).ok());
    let peer = address.map_or(Peer::Unknown, |address| address.ip().into());
    let socket = Async::new_nonblocking(TcpStream::from(socket))?;
    Ok((socket::Socket(socket), peer))
}

/// The file of a Unix socket, removed when dropped.
#[derive(Debug)]
struct SocketFile(PathBuf);

impl Drop for SocketFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            log::warn!("cannot remove {}: {error}", self.0.display());
        }
    }
}
