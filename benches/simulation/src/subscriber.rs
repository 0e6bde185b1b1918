//! One simulated subscriber, as its server sees it: hands in one request, then reads for ever.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::crowd::{Checks, Crowd};
use crate::text;

/// The server's end of a subscriber's connection.
///
/// As small as can be, because it is part of what a subscriber takes in memory. A write is taken
/// whole or not at all: half frames are what the hub's own tests are about.
#[derive(Debug)]
pub struct Subscriber {
    crowd: Arc<Crowd>,
    seat: u32,
    /// The number of the event that has to come next.
    next: u32,
    taken_bytes: u32,
    has_asked: bool,
}

impl Subscriber {
    pub fn new(crowd: Arc<Crowd>, seat: u32) -> Subscriber {
        Subscriber {
            crowd,
            seat,
            next: 0,
            taken_bytes: 0,
            has_asked: false,
        }
    }

    /// Writes the request into `place`.
    fn ask(&mut self, mut place: &mut [u8]) -> io::Result<usize> {
        let room = place.len();
        let (seat, topic) = (self.seat, self.crowd.topic_of(self.seat));
        write!(
            place,
            "GET /sse?user=u{seat}&topic=t{topic} HTTP/1.1\r\nHost: simulation\r\n\r\n"
        )?;
        self.has_asked = true;
        Ok(room - place.len())
    }

    /// Makes sure that a stream may be written to now.
    fn poll_room(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        if self.crowd.is_gone() {
            return Poll::Ready(Err(ErrorKind::BrokenPipe.into()));
        }
        if !self.crowd.has_room(self.taken_bytes) {
            self.crowd.wait(self.seat, cx.waker());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn take(&mut self, bytes: &[u8]) {
        self.taken_bytes = self.taken_bytes.wrapping_add(bytes.len() as u32);
        if self.crowd.checks == Checks::Order
            && let Some(sequence) = text::sequence(bytes)
        {
            self.check(sequence);
        }
    }

    fn check(&mut self, sequence: u32) {
        match sequence.checked_sub(self.next) {
            Some(0) => {}
            Some(lost) => _ = self.crowd.lost.fetch_add(lost.into(), Relaxed),
            None => {
                self.crowd.twice.fetch_add(1, Relaxed);
                return;
            }
        }
        self.next = sequence + 1;
    }
}

impl AsyncRead for Subscriber {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if !self.has_asked {
            return Poll::Ready(self.ask(buffer));
        }
        if self.crowd.is_gone() {
            return Poll::Ready(Ok(0));
        }
        self.crowd.wait(self.seat, cx.waker());
        Poll::Pending
    }
}

impl AsyncWrite for Subscriber {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let room = self.poll_room(cx);
        room.map_ok(|()| {
            self.take(bytes);
            self.crowd.bytes.fetch_add(bytes.len() as u64, Relaxed);
            bytes.len()
        })
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let room = self.poll_room(cx);
        room.map_ok(|()| {
            let mut taken = 0;
            for slice in slices {
                if !self.crowd.has_room(self.taken_bytes) {
                    break;
                }
                self.take(slice);
                taken += slice.len();
            }
            self.crowd.bytes.fetch_add(taken as u64, Relaxed);
            taken
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.crowd.leave(self.next);
    }
}
