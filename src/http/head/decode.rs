//! Has async-h1 decode a head that lies in memory.

use super::Refusal;
use futures_io::{AsyncRead, AsyncWrite};
use http_types::Request;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Decodes a canonical head. One poll is enough, for memory is always ready.
pub(super) fn request(head: Vec<u8>) -> Result<Request, Refusal> {
    let decode = || {
        let decoding = pin!(async_h1::server::decode(Memory::new(head)));
        decoding.poll(&mut Context::from_waker(Waker::noop()))
    };
    // No head is known that gets past the checks and panics; if there is one, it costs a 400.
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(Poll::Ready(Ok(Some((request, _no_body))))) => Ok(request),
        Ok(Poll::Pending) => Err(Refusal::new(500, "the head could not be decoded")),
        Ok(Poll::Ready(_)) | Err(_) => Err(Refusal::bad_request("the head could not be decoded")),
    }
}

/// A connection that has received a head and will never receive more.
#[derive(Clone)]
struct Memory {
    bytes: Arc<Vec<u8>>,
    read: usize,
}

impl Memory {
    fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Arc::new(bytes),
            read: 0,
        }
    }
}

impl AsyncRead for Memory {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut rest = self.bytes.get(self.read..).unwrap_or_default();
        let read = io::Read::read(&mut rest, buffer);
        self.read += read.as_ref().unwrap_or(&0);
        Poll::Ready(read)
    }
}

/// async-h1 writes only `100 Continue`, which is the connection's to send.
impl AsyncWrite for Memory {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(ErrorKind::Unsupported.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
