//! Client sockets from many loopback addresses, closed without leaving anything behind.
//!
//! One source address has some 28,000 ports, and a port that was closed in good order cannot be
//! used again for a minute. So each run takes addresses of its own from 127.0.0.0/8, and every
//! socket resets its connection when it is closed.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Subscribers that share one source address.
const PER_SOURCE: usize = 4_000;
/// Addresses set aside for one run.
const RUN_ADDRESSES: u32 = 64;

static NEXT_RUN: AtomicU32 = AtomicU32::new(0);

/// The source addresses of one run.
#[derive(Clone, Copy)]
pub struct Sources {
    first: u32,
}

impl Sources {
    /// Addresses that no earlier run of this process has used, nor, most likely, one before it.
    pub fn fresh() -> Sources {
        let run = NEXT_RUN.fetch_add(1, Ordering::Relaxed);
        let start = std::process::id().wrapping_mul(61);
        let block = start.wrapping_add(run) % (0x00FF_0000 / RUN_ADDRESSES);
        Sources {
            first: 0x7F00_0002 + 0x100 + block * RUN_ADDRESSES,
        }
    }

    pub fn address(&self, client: usize) -> Ipv4Addr {
        Ipv4Addr::from(self.first + (client / PER_SOURCE) as u32 % RUN_ADDRESSES)
    }
}

/// Begins to connect and does not wait; `receive_buffer` in bytes, if not the system's own.
pub fn begin_connect(
    source: Ipv4Addr,
    target: SocketAddr,
    receive_buffer: Option<usize>,
) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_linger(Some(Duration::ZERO))?;
    socket.set_tcp_nodelay(true)?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes)?;
    }
    socket.bind(&SocketAddr::from((source, 0)).into())?;
    socket.set_nonblocking(true)?;
    match socket.connect(&target.into()) {
        Err(e) if e.raw_os_error() != Some(rustix::io::Errno::INPROGRESS.raw_os_error()) => Err(e),
        _ => Ok(socket.into()),
    }
}
