//! One connection's stream, with the bytes that have arrived and are not yet used.

use std::cell::RefCell;
use std::convert::Infallible;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::future::yield_now;

use super::deadline::{Deadline, Late};
use crate::clock::Clock;
use crate::limits::Peer;

/// What one read of a body takes from the kernel at most, in bytes.
const READ_BYTES: usize = 64 << 10;

/// What any other read takes at most, in bytes: a head fits, and what a client sends ahead of an answer
/// stays with the kernel.
const AHEAD_BYTES: usize = 16 << 10;

/// How long a peer that was refused may go on sending, and how long it may pause.
const LINGER: Duration = Duration::from_secs(30);
const LINGER_PAUSE: Duration = Duration::from_secs(2);

/// How many bytes of what it sends are thrown away at most, and how many before other tasks get a turn.
const LINGER_BYTES: usize = 64 << 20;
const LINGER_BYTES_PER_TURN: usize = 1 << 20;

thread_local! {
    /// Read into by every connection of the thread, so that an idle one holds no buffer.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

/// A stream and its unread bytes.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub(super) stream: S,
    /// Bytes that have arrived and are not yet used.
    pub(super) buffer: Vec<u8>,
    /// Who is at the other end.
    pub(super) peer: Peer,
    deadline: Deadline,
}

/// Why a read or write did not succeed.
#[derive(Debug)]
pub(super) enum Broken {
    /// It took too long.
    Late,
    /// The peer has closed the connection or it has failed.
    Gone,
}

impl From<Late> for Broken {
    fn from(Late: Late) -> Broken {
        Broken::Late
    }
}

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Broken {
        Broken::Gone
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    pub(super) fn new(stream: S, peer: Peer, clock: Clock) -> Wire<S> {
        Wire {
            stream,
            buffer: Vec::new(),
            peer,
            deadline: Deadline::new(clock),
        }
    }

    /// The point in time `after` from now.
    pub(super) fn in_time(&self, after: Duration) -> Duration {
        self.deadline.clock().now() + after
    }

    /// Waits for more bytes, until `at`.
    pub(super) async fn fill(&mut self, at: Duration) -> Result<(), Broken> {
        self.fill_up_to(at, AHEAD_BYTES).await
    }

    /// Waits for more bytes of a body of which these are missing, until `at`.
    pub(super) async fn fill_body(&mut self, at: Duration, missing: u64) -> Result<(), Broken> {
        let bytes = missing.clamp(1, READ_BYTES as u64) as usize;
        self.fill_up_to(at, bytes).await
    }

    async fn fill_up_to(&mut self, at: Duration, most: usize) -> Result<(), Broken> {
        self.read(at, most, true).await.map(|_| ())
    }

    /// Waits for up to `most` bytes, until `at`, and returns how many have come; unless they are kept, they are gone.
    async fn read(&mut self, at: Duration, most: usize, kept: bool) -> Result<usize, Broken> {
        let Wire {
            stream,
            buffer,
            deadline,
            ..
        } = self;
        let read = poll_fn(|cx| {
            SCRATCH.with_borrow_mut(|scratch| {
                let room = &mut scratch[..most];
                let bytes = ready!(Pin::new(&mut *stream).poll_read(cx, room))?;
                if kept {
                    buffer.extend_from_slice(&scratch[..bytes]);
                }
                Poll::Ready(io::Result::Ok(bytes))
            })
        });
        match deadline.bound(at, read).await?? {
            0 => Err(Broken::Gone),
            bytes => Ok(bytes),
        }
    }

    /// Gives back most of a buffer whose bytes are used, before a wait. What a short request takes stays, so
    /// that the next one allocates nothing.
    pub(super) fn give_back(&mut self) {
        const SHORT_BYTES: usize = 512;
        self.buffer.shrink_to(SHORT_BYTES);
    }

    /// Waits for the peer to close its side, until `at`. What it sends meanwhile is kept; of one that
    /// sends much, the end is noticed later.
    pub(super) async fn watch(&mut self, at: Duration) -> Broken {
        self.give_back();
        while self.buffer.len() < AHEAD_BYTES {
            let room = AHEAD_BYTES - self.buffer.len();
            if let Err(broken) = self.fill_up_to(at, room).await {
                return broken;
            }
        }
        self.give_back();
        let never = pending::<Infallible>();
        match self.deadline.bound(at, never).await {
            Err(Late) => Broken::Late,
            Ok(never) => match never {},
        }
    }

    /// Writes all of `bytes`, through the stream's own buffers; gives up once nothing has moved for `stall`.
    pub(super) async fn write(&mut self, bytes: &[u8], stall: Duration) -> Result<(), Broken> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let at = self.in_time(stall);
            let stream = &mut self.stream;
            let write = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, rest));
            match self.deadline.bound(at, write).await?? {
                0 => return Err(Broken::Gone),
                written => rest = &rest[written..],
            }
        }
        let at = self.in_time(stall);
        let stream = &mut self.stream;
        let flush = poll_fn(|cx| Pin::new(&mut *stream).poll_flush(cx));
        Ok(self.deadline.bound(at, flush).await??)
    }

    /// Ends the connection so that the peer gets to read what was last written: says that nothing
    /// more will come, and throws away what the peer is still sending, within bounds. A socket
    /// closed with unread bytes would reset the connection (RFC 9112, section 9.6), and many clients
    /// read no answer before they have sent their whole body.
    pub(super) async fn linger(&mut self) {
        let over = self.in_time(LINGER);
        let stream = &mut self.stream;
        let close = poll_fn(|cx| Pin::new(&mut *stream).poll_close(cx));
        if !matches!(self.deadline.bound(over, close).await, Ok(Ok(()))) {
            return;
        }
        self.buffer = Vec::new();
        let (mut seen, mut turn) = (0, 0);
        while seen < LINGER_BYTES {
            let at = self.in_time(LINGER_PAUSE).min(over);
            let Ok(bytes) = self.read(at, READ_BYTES, false).await else {
                return;
            };
            seen += bytes;
            turn += bytes;
            if turn >= LINGER_BYTES_PER_TURN {
                turn = 0;
                yield_now().await;
            }
        }
    }
}
