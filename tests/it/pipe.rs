//! An in-memory connection whose writes block once so many bytes are unread.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use futures_io::{AsyncRead, AsyncWrite};

/// One end of a connection; dropping it closes both directions.
pub struct Duplex {
    pub reader: Reader,
    pub writer: Option<Writer>,
}

/// A connection that holds up to `capacity` unread bytes in each direction.
pub fn duplex(capacity: usize) -> (Duplex, Duplex) {
    let (near_reader, far_writer) = pipe(capacity);
    let (far_reader, near_writer) = pipe(capacity);
    let end = |reader, writer| Duplex {
        reader,
        writer: Some(writer),
    };
    (end(near_reader, near_writer), end(far_reader, far_writer))
}

impl Duplex {
    /// How many bytes of what was written the other end has not read.
    pub fn unread(&self) -> usize {
        let writer = self.writer.as_ref();
        writer.map_or(0, |writer| writer.0.lock().unwrap().bytes.len())
    }
}

/// The end of a pipe that bytes come out of.
pub struct Reader(Arc<Mutex<Pipe>>);

/// The end of a pipe that bytes go into.
pub struct Writer(Arc<Mutex<Pipe>>);

struct Pipe {
    bytes: VecDeque<u8>,
    capacity: usize,
    closed: bool,
    /// Whoever waits at the other end.
    waiting: Option<Waker>,
}

fn pipe(capacity: usize) -> (Reader, Writer) {
    let pipe = Arc::new(Mutex::new(Pipe {
        bytes: VecDeque::new(),
        capacity,
        closed: false,
        waiting: None,
    }));
    (Reader(pipe.clone()), Writer(pipe))
}

impl Pipe {
    fn wake(&mut self) {
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        self.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    fn close(&mut self) {
        self.closed = true;
        self.wake();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.lock().unwrap().close();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.lock().unwrap().close();
    }
}

impl AsyncRead for Duplex {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut pipe = self.reader.0.lock().unwrap();
        if pipe.bytes.is_empty() && !pipe.closed {
            return pipe.wait(cx);
        }
        let count = buffer.len().min(pipe.bytes.len());
        for (slot, byte) in buffer.iter_mut().zip(pipe.bytes.drain(..count)) {
            *slot = byte;
        }
        pipe.wake();
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Duplex {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(writer) = &self.writer else {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        };
        let mut pipe = writer.0.lock().unwrap();
        if pipe.closed {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        let count = bytes.len().min(pipe.capacity - pipe.bytes.len());
        if count == 0 && !bytes.is_empty() {
            return pipe.wait(cx);
        }
        pipe.bytes.extend(&bytes[..count]);
        pipe.wake();
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Says that nothing more will come; the other direction stays open.
    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.writer = None;
        Poll::Ready(Ok(()))
    }
}
