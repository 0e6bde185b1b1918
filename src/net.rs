//! Connections that the hub opens by itself, to other servers: to a Redis, and to where keys are published.
//!
//! A program says who vouches for these servers (`Roots`). Every step waits until a time on the
//! clock and no longer.

#[cfg(feature = "tls")]
mod place;
#[cfg(feature = "tls")]
mod tls;

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use async_io::Async;
use futures_lite::{AsyncRead, AsyncWrite, FutureExt as _};

use crate::clock::Clock;
#[cfg(feature = "tls")]
#[doc(hidden)]
pub use place::{InvalidPlace, Place};
#[cfg(feature = "tls")]
#[doc(hidden)]
pub use tls::TlsStream;
#[cfg(feature = "tls")]
pub use tls::{CA_FILE_BYTES, Roots, Tls};

/// Addresses of one name that are tried.
#[doc(hidden)]
pub const ADDRESSES: usize = 8;

/// Bytes both ways, by whatever carries them.
#[doc(hidden)]
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// How long somebody waits for another server: until a time on the clock, whatever happens till then.
#[derive(Clone, Debug)]
#[doc(hidden)]
pub struct Patience {
    clock: Clock,
    end: Duration,
}

impl Patience {
    /// Lasts for so long, from now on.
    pub fn new(clock: Clock, lasts: Duration) -> Patience {
        let end = clock.now().saturating_add(lasts);
        Patience { clock, end }
    }

    /// Waits for work, and fails with [`ErrorKind::TimedOut`] once there is no patience left.
    pub async fn wait<T>(&self, work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
        let late = async {
            self.clock.sleep(self.left()).await;
            Err(ErrorKind::TimedOut.into())
        };
        work.or(late).await
    }

    fn left(&self) -> Duration {
        self.end.saturating_sub(self.clock.now())
    }

    /// One of so many parts of what is left.
    fn part(&self, of: usize) -> Patience {
        let parts = u32::try_from(of).unwrap_or(u32::MAX).max(1);
        Patience::new(self.clock.clone(), self.left() / parts)
    }
}

/// Connects to the first address of a name that answers; what is wrong with the first of all counts.
///
/// The name is looked up on a blocking thread. `localhost` is this machine, whatever a name server
/// says (RFC 6761, section 6.3). Small writes are sent at once.
#[doc(hidden)]
pub async fn connect(host: &str, port: u16, patience: &Patience) -> io::Result<Async<TcpStream>> {
    let addresses = patience.wait(addresses(host, port)).await?;
    let mut failed = None;
    for (number, address) in addresses.iter().enumerate() {
        // An address that says nothing leaves time for those after it.
        let patience = patience.part(addresses.len() - number);
        match patience.wait(Async::<TcpStream>::connect(*address)).await {
            Ok(socket) => {
                socket.get_ref().set_nodelay(true)?;
                return Ok(socket);
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    Err(failed.unwrap_or_else(|| ErrorKind::AddrNotAvailable.into()))
}

/// Connects to the socket at a path.
#[doc(hidden)]
pub async fn connect_unix(path: &Path, patience: &Patience) -> io::Result<Async<UnixStream>> {
    patience.wait(Async::<UnixStream>::connect(path)).await
}

async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        let (four, six) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
        return Ok(vec![(four, port).into(), (six, port).into()]);
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let host = host.to_owned();
    let found = blocking::unblock(move || (host, port).to_socket_addrs()).await?;
    Ok(found.take(ADDRESSES).collect())
}
