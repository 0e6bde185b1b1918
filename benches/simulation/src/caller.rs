//! A keep-alive connection over which requests are made one at a time.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_io::{AsyncRead, AsyncWrite};

/// The client's end.
#[derive(Debug)]
pub struct Caller(Arc<Mutex<Talk>>);

/// The server's end.
#[derive(Debug)]
pub struct Called(Arc<Mutex<Talk>>);

#[derive(Debug, Default)]
struct Talk {
    /// What the server has not yet read.
    request: Vec<u8>,
    /// What the client has not yet read.
    answer: Vec<u8>,
    reader: Option<Waker>,
}

/// A connection with nothing on it yet.
pub fn connection() -> (Caller, Called) {
    let talk = Arc::default();
    (Caller(Arc::clone(&talk)), Called(talk))
}

impl Caller {
    /// Sends a request; the server notices when it runs next.
    pub fn send(&self, request: &[u8]) {
        let reader = {
            let mut talk = lock(&self.0);
            talk.request.extend_from_slice(request);
            talk.reader.take()
        };
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    /// Takes what the server has answered, and tells whether it is one `200`.
    pub fn is_ok(&self) -> bool {
        let mut talk = lock(&self.0);
        let is_ok = talk.answer.starts_with(b"HTTP/1.1 200 ");
        talk.answer.clear();
        is_ok
    }
}

impl AsyncRead for Called {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut talk = lock(&self.0);
        if talk.request.is_empty() {
            talk.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let bytes = buffer.len().min(talk.request.len());
        for (place, byte) in buffer.iter_mut().zip(talk.request.drain(..bytes)) {
            *place = byte;
        }
        Poll::Ready(Ok(bytes))
    }
}

impl AsyncWrite for Called {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        lock(&self.0).answer.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn lock(talk: &Mutex<Talk>) -> MutexGuard<'_, Talk> {
    talk.lock().unwrap_or_else(PoisonError::into_inner)
}
