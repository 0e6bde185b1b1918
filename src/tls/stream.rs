//! A stream by TLS.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::session::{PLAIN_BYTES, RECORDS_BYTES, Session};

/// What one read takes from the socket at most, in bytes.
const READ_BYTES: usize = 16 << 10;

/// What every stream of a thread uses for a moment, so that none holds a buffer.
struct Scratch {
    read: Vec<u8>,
    gathered: Vec<u8>,
    records: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        read: vec![0; READ_BYTES],
        gathered: Vec::new(),
        records: vec![0; RECORDS_BYTES],
    });
}

/// A stream whose bytes go over another one in records.
///
/// A write takes what one record holds, and makes one write of it. What the other stream does not take of
/// that is kept, and goes first the next time: whoever has nothing more to write has to flush. To close it
/// tells the peer that nothing more will come.
pub struct TlsStream<S> {
    io: S,
    pub(super) session: Session,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream<S> {
    pub(super) fn new(io: S, session: Session) -> TlsStream<S> {
        TlsStream { io, session }
    }

    pub(super) fn into_inner(self) -> S {
        self.io
    }

    /// Reads once, and takes in what has come without looking at it; the first byte of all that waits.
    pub(super) fn poll_arrive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Option<u8>>> {
        SCRATCH.with_borrow_mut(|scratch| {
            let room = self.session.room()?.min(READ_BYTES);
            let read = Pin::new(&mut self.io).poll_read(cx, &mut scratch.read[..room]);
            let bytes = ready!(read)?;
            if bytes == 0 {
                self.session.ended = true;
                return Poll::Ready(Ok(None));
            }
            Poll::Ready(Ok(self.session.arrive(&scratch.read[..bytes])))
        })
    }

    /// Sends the records that wait.
    pub(super) fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let unsent = &mut self.session.unsent;
        while !unsent.is_empty() {
            match ready!(Pin::new(&mut self.io).poll_write(cx, unsent))? {
                0 => return Poll::Ready(Err(ErrorKind::WriteZero.into())),
                all if all == unsent.len() => *unsent = Vec::new(),
                part => _ = unsent.drain(..part),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Makes records of plain text and writes them once; what is left of them waits.
    fn send(
        &mut self,
        cx: &mut Context<'_>,
        plain: &[u8],
        records: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let bytes = self.session.encrypt(plain, records)?;
        // A change of keys may have been answered meanwhile, and goes first.
        if self.session.unsent.is_empty() {
            let sent = match Pin::new(&mut self.io).poll_write(cx, &records[..bytes]) {
                Poll::Ready(sent) => sent?,
                Poll::Pending => 0,
            };
            self.session.unsent.extend_from_slice(&records[sent..bytes]);
        } else {
            self.session.unsent.extend_from_slice(&records[..bytes]);
        }
        Poll::Ready(Ok(plain.len()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            let session = &mut self.session;
            if !session.said.is_empty() {
                let bytes = buffer.len().min(session.said.len());
                buffer[..bytes].copy_from_slice(&session.said[..bytes]);
                match bytes == session.said.len() {
                    true => session.said = Vec::new(),
                    false => _ = session.said.drain(..bytes),
                }
                return Poll::Ready(Ok(bytes));
            }
            // One who goes without a word has gone, too: what HTTP says tells whether that was all.
            if session.ended {
                return Poll::Ready(Ok(0));
            }
            ready!(self.poll_arrive(cx))?;
            let advanced = self.session.advance();
            if let Poll::Ready(sent) = self.poll_send(cx) {
                sent?;
            }
            advanced?;
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        let plain = &bytes[..bytes.len().min(PLAIN_BYTES)];
        SCRATCH.with_borrow_mut(|scratch| self.send(cx, plain, &mut scratch.records))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.gathered.clear();
            for slice in slices {
                let room = PLAIN_BYTES - scratch.gathered.len();
                let part = &slice[..slice.len().min(room)];
                scratch.gathered.extend_from_slice(part);
            }
            self.send(cx, &scratch.gathered, &mut scratch.records)
        })
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.session.close()?;
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_close(cx)
    }
}

impl<S: fmt::Debug> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("io", &self.io)
            .finish_non_exhaustive()
    }
}
