//! One who publishes numbers, one after the other, and each until it is stored.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use smol::Timer;
use smol::io::{AsyncReadExt as _, AsyncWriteExt as _};
use smol::net::TcpStream;

pub const TOPIC: &str = "numbers";

/// Pause between two events.
const PAUSE: Duration = Duration::from_millis(5);

pub struct Publisher {
    address: SocketAddr,
    stored: AtomicU64,
    pub is_over: AtomicBool,
    /// Connections that could not be made.
    pub refused: AtomicU64,
    /// Connections that ended without an answer.
    pub broken: AtomicU64,
    /// Answers that it should come back, as a server gives that stops.
    pub busy: AtomicU64,
}

impl Publisher {
    pub fn new(address: SocketAddr) -> Publisher {
        Publisher {
            address,
            stored: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            refused: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }

    pub fn stored(&self) -> u64 {
        self.stored.load(Relaxed)
    }

    /// Publishes until it is over; how many are stored.
    pub async fn publish(self: Arc<Publisher>) -> u64 {
        while !self.is_over.load(Relaxed) {
            match TcpStream::connect(self.address).await {
                Err(_) => _ = self.refused.fetch_add(1, Relaxed),
                Ok(stream) => match self.say(stream).await {
                    Ok(200) => _ = self.stored.fetch_add(1, Relaxed),
                    Ok(503) => _ = self.busy.fetch_add(1, Relaxed),
                    Ok(other) => panic!("the publisher is answered {other}"),
                    Err(_) => _ = self.broken.fetch_add(1, Relaxed),
                },
            }
            Timer::after(PAUSE).await;
        }
        self.stored()
    }

    /// Says the next number under an id of its own, so that it is stored once.
    async fn say(&self, mut stream: TcpStream) -> io::Result<u16> {
        let number = self.stored().to_string();
        let request = format!(
            "POST /events/{TOPIC}?id=n{number} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{number}",
            number.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let status = answer.split(' ').nth(1).and_then(|text| text.parse().ok());
        status.ok_or(io::ErrorKind::UnexpectedEof.into())
    }
}
