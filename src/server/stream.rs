//! A connection's stream: its socket, or TLS on it. One type, so that all that serves it exists once.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_lite::{AsyncRead, AsyncWrite};

use super::socket::Socket;
use crate::tls::TlsStream;

/// What a client and the server speak through.
pub(super) enum Stream {
    Plain(Socket),
    /// In a box, so that it takes no room in the others.
    Tls(Box<TlsStream<Socket>>),
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

impl Stream {
    fn io(&mut self) -> Pin<&mut dyn Io> {
        match self {
            Stream::Plain(socket) => Pin::new(socket),
            Stream::Tls(tls) => Pin::new(&mut **tls),
        }
    }
}

impl Drop for Stream {
    /// A peer that is told of no end would have to take it for one that somebody on the way has made
    /// (RFC 8446, section 6.1). What cannot be said at once is not said.
    fn drop(&mut self) {
        if let Stream::Tls(tls) = self {
            _ = Pin::new(&mut **tls).poll_close(&mut Context::from_waker(Waker::noop()));
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_close(cx)
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stream::Plain(_) => "Stream(plain)",
            Stream::Tls(_) => "Stream(TLS)",
        })
    }
}
