//! A response that goes on for ever: one subscriber's event stream.

use std::future::poll_fn;
use std::io::{self, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::future::yield_now;

use super::Site;
use super::deadline::Late;
use super::head::Version;
use super::lease::Pace;
use super::mercure::{LINK, Resumed};
use super::quota::Places;
use super::reply::Reply;
use super::visit::Visit;
use super::wire::Broken;
use crate::event::{Event, Format, Frame, Notice};
use crate::hub::{Next, Offered, Outlet, Reading, Subscription};
use crate::metrics::{Sent, Via};
use crate::roster::Newcomer;
use crate::store::Start;
use crate::topic::Interest;

/// Frames that go into one system call.
const GATHERED_FRAMES: usize = 64;

/// What a client may send after its request, in bytes; nobody reads it.
const IGNORED_BYTES: u32 = 16 << 10;

/// What ends a chunked body (RFC 9112, section 7.1).
const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// What a subscriber asks for.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) interest: Interest,
    pub(super) start: Start,
    pub(super) reading: Reading,
    pub(super) format: Format,
    /// Who asks, if they say it.
    pub(super) user: Option<Arc<str>>,
    /// Whether they want to know who comes and goes.
    pub(super) presence: bool,
    /// Until when on the clock they may read, if that is bounded.
    pub(super) until: Option<Duration>,
    /// The names of parameters that mean nothing here.
    pub(super) unknown: Vec<String>,
    /// For a client of the Mercure protocol: what its head says of where it begins.
    pub(super) mercure: Option<Resumed>,
    /// For such a client, if others are told of its subscriptions.
    pub(super) newcomer: Option<Box<Newcomer>>,
    /// What it takes of what its client or its credential may have.
    pub(super) places: Places,
}

impl Opening {
    /// The head of the response.
    pub(super) fn reply(&self) -> Reply {
        let reply = head(self.format).field("vary", "Accept");
        match &self.mercure {
            Some(resumed) => resumed.tell(reply).field("link", LINK),
            None => reply,
        }
    }

    /// What the stream begins with: among others, which parameters mean nothing. They may be a library's or a cache's
    /// own, but they may also be misspelt.
    pub(super) fn prelude(&self, site: &Site) -> Frame {
        let comment = match &self.unknown[..] {
            [] => String::new(),
            unknown => format!(" these parameters are not known: {}", unknown.join(", ")),
        };
        Frame::prelude_saying(&comment, site.hub.retry(), self.format)
    }

    /// How its subscriber is counted.
    pub(super) fn via(&self) -> Via {
        match (&self.mercure, self.format) {
            (Some(_), _) => Via::Mercure,
            (None, Format::Text) => Via::Text,
            (None, Format::Json) => Via::Json,
            (None, Format::Lines) => Via::Lines,
        }
    }

    /// What is answered instead, if all topics have ended and nothing is left to read of them.
    pub(super) fn over(&self) -> Reply {
        Reply::new(204)
            .field("cache-control", "no-store")
            .field("vary", "Accept")
    }
}

/// The head of a response that goes on for ever.
pub(super) fn head(format: Format) -> Reply {
    let kind = match format {
        Format::Text | Format::Json => "text/event-stream; charset=utf-8",
        Format::Lines => "application/x-ndjson",
    };
    // A copy that somebody keeps or changes on the way is no stream; `X-Accel-Buffering` asks
    // nginx not to collect it.
    Reply::new(200)
        .field("content-type", kind)
        .field("cache-control", "no-cache, no-store, no-transform")
        .field("x-accel-buffering", "no")
        .field("connection", "close")
}

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its topics have ended, or the hub closes.
    Over,
    /// Its own time, or its credential's, is over.
    Time,
    /// Something is missing, of which only the head of the next one may tell.
    Gap,
    /// Its client has taken nothing for too long.
    Stalled,
    /// Its client has gone.
    Gone,
}

/// One subscriber's stream.
pub(super) struct EventStream<S> {
    stream: S,
    format: Format,
    chunked: bool,
    /// Whether a gap is told on the stream. Else it ends the stream, and the next head tells.
    tells_gaps: bool,
    /// A frame of which only so many bytes have been written.
    partial: Option<(Frame, usize)>,
    ignored_bytes: u32,
    /// For the access log, if there is one: told when the stream is dropped.
    visit: Option<Box<Visit>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> EventStream<S> {
    pub(super) fn new(
        stream: S,
        opening: &Opening,
        version: Version,
        visit: Option<Box<Visit>>,
    ) -> EventStream<S> {
        let mut stream = EventStream::of_notices(stream, opening.format, version, visit);
        stream.tells_gaps = opening.mercure.is_none();
        stream
    }

    /// A stream of nothing but notices.
    pub(super) fn of_notices(
        stream: S,
        format: Format,
        version: Version,
        visit: Option<Box<Visit>>,
    ) -> EventStream<S> {
        EventStream {
            stream,
            format,
            chunked: version == Version::Http11,
            tells_gaps: true,
            partial: None,
            ignored_bytes: 0,
            visit,
        }
    }

    /// Writes until there is nothing left to write for now, or, `false`, for ever.
    pub(super) async fn catch_up(
        &mut self,
        subscription: &mut Subscription,
        pace: &mut Pace,
    ) -> Result<bool, Broken> {
        self.send(&[], pace).await?;
        while let Some(next) = subscription.catch_up().await {
            if !self.write(next, pace).await? {
                return Ok(false);
            }
            yield_now().await;
        }
        Ok(true)
    }

    /// Writes what comes next; `false` if that was all.
    pub(super) async fn write(&mut self, next: Next, pace: &mut Pace) -> Result<bool, Broken> {
        match next {
            Next::Gap { .. } if !self.tells_gaps => {
                self.finish(End::Gap, pace).await?;
                return Ok(false);
            }
            _ if pace.is_over() => {
                self.finish(End::Time, pace).await?;
                return Ok(false);
            }
            Next::Events(events) => self.send(&events, pace).await?,
            Next::Gap { after, resumed } => {
                self.partial = Some((Frame::gap(&after, resumed, self.format), 0));
                self.send(&[], pace).await?;
            }
            Next::Ended => {
                self.finish(End::Over, pace).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes a notice.
    pub(super) async fn tell(&mut self, notice: &Notice, pace: &mut Pace) -> Result<(), Broken> {
        self.partial = Some((notice.frame(self.format).clone(), 0));
        self.send(&[], pace).await
    }

    /// Writes a heartbeat.
    pub(super) async fn beat(&mut self, pace: &mut Pace) -> Result<(), Broken> {
        self.partial = Some((Frame::heartbeat(self.format).clone(), 0));
        self.send(&[], pace).await
    }

    /// Writes events, after what is left of the last ones, and lets nothing wait behind the stream's
    /// own doors; gives up when nothing has moved for too long, however many events have come in
    /// meanwhile.
    async fn send(&mut self, events: &[Arc<Event>], pace: &mut Pace) -> Result<(), Broken> {
        let mut rest = events;
        loop {
            let mut sent = Sent::default();
            let step = poll_fn(|cx| self.poll_some(cx, rest, &mut sent));
            let step = pace.bound(step).await;
            pace.count(sent);
            self.note_late(&step, pace);
            match step?? {
                0 if rest.is_empty() && self.partial.is_none() => break,
                taken => rest = &rest[taken..],
            }
        }
        let flush = poll_fn(|cx| Pin::new(&mut self.stream).poll_flush(cx));
        let flush = pace.bound(flush).await;
        self.note_late(&flush, pace);
        Ok(flush??)
    }

    /// Ends the body as it should end, after what is left of the last event, and the connection.
    pub(super) async fn finish(&mut self, why: End, pace: &mut Pace) -> Result<(), Broken> {
        self.note_end(why);
        pace.grant_a_last_word();
        self.send(&[], pace).await?;
        if self.chunked {
            self.write_last_chunk(pace).await?;
        }
        let close = poll_fn(|cx| Pin::new(&mut self.stream).poll_close(cx));
        Ok(pace.bound(close).await??)
    }

    async fn write_last_chunk(&mut self, pace: &mut Pace) -> Result<(), Broken> {
        let mut rest = LAST_CHUNK;
        while !rest.is_empty() {
            let stream = &mut self.stream;
            let write = poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, rest));
            let written = progress(pace.bound(write).await?)?;
            rest = &rest[written..];
        }
        Ok(())
    }

    fn note_late<T>(&mut self, step: &Result<T, Late>, pace: &Pace) {
        if step.is_err() {
            self.note_end(match pace.is_over() {
                true => End::Time,
                false => End::Stalled,
            });
        }
    }

    fn note_end(&mut self, why: End) {
        if let Some(visit) = &mut self.visit {
            visit.end = why;
        }
    }

    /// Makes one write, and tells how many of `events` it took, the last perhaps in part.
    fn poll_some(
        &mut self,
        cx: &mut Context<'_>,
        events: &[Arc<Event>],
        sent: &mut Sent,
    ) -> Poll<io::Result<usize>> {
        if let Some((frame, done)) = self.partial.take() {
            let bytes = self.bytes(&frame);
            let write = Pin::new(&mut self.stream).poll_write(cx, &bytes[done..]);
            let done = done
                + if let Poll::Ready(Ok(written)) = write {
                    written
                } else {
                    0
                };
            if done < bytes.len() {
                self.partial = Some((frame, done));
            }
            return write.map(|written| {
                self.note(0, progress(written)?, sent);
                Ok(0)
            });
        }
        let gathered = &events[..events.len().min(GATHERED_FRAMES)];
        let write = match gathered {
            [] => return Poll::Ready(Ok(0)),
            [event] => {
                let bytes = slice(event.frame(self.format), self.chunked);
                Pin::new(&mut self.stream).poll_write(cx, bytes)
            }
            _ => {
                let mut slices = [IoSlice::new(&[]); GATHERED_FRAMES];
                for (slot, event) in slices.iter_mut().zip(gathered) {
                    *slot = IoSlice::new(slice(event.frame(self.format), self.chunked));
                }
                let slices = &slices[..gathered.len()];
                Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
            }
        };
        let written = progress(ready!(write))?;
        let taken = self.account(gathered, written);
        self.note(taken, written, sent);
        Poll::Ready(Ok(taken))
    }

    /// Counts what was written.
    fn note(&mut self, events: usize, bytes: usize, sent: &mut Sent) {
        sent.events += events as u64;
        sent.bytes += bytes as u64;
        if let Some(visit) = &mut self.visit {
            visit.sent.events += events as u64;
            visit.sent.bytes += bytes as u64;
        }
    }

    /// How many events lie in the first `written` bytes; the rest of the last one is kept.
    fn account(&mut self, events: &[Arc<Event>], written: usize) -> usize {
        let mut left = written;
        for (index, event) in events.iter().enumerate() {
            let frame = event.frame(self.format);
            let bytes = self.bytes(frame).len();
            if left < bytes {
                if left > 0 {
                    self.partial = Some((frame.clone(), left));
                }
                return index + usize::from(left > 0);
            }
            left -= bytes;
        }
        events.len()
    }

    fn bytes<'f>(&self, frame: &'f Frame) -> &'f [u8] {
        slice(frame, self.chunked)
    }

    /// Writes what can be written at once. A stream that has taken everything and cannot send all of it
    /// on, as one by TLS may, would block as well: its task has to flush it.
    fn write_now(&mut self, events: &[Arc<Event>], sent: &mut Sent) -> Offered {
        let mut cx = Context::from_waker(Waker::noop());
        let mut taken = 0;
        loop {
            match self.poll_some(&mut cx, &events[taken..], sent) {
                Poll::Ready(Ok(0)) if taken == events.len() && self.partial.is_none() => break,
                Poll::Ready(Ok(more)) => taken += more,
                Poll::Ready(Err(_)) => return Offered::Gone,
                Poll::Pending => return Offered::Blocked(taken),
            }
        }
        match Pin::new(&mut self.stream).poll_flush(&mut cx) {
            Poll::Ready(Ok(())) => Offered::Written,
            Poll::Ready(Err(_)) => Offered::Gone,
            Poll::Pending => Offered::Blocked(taken),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Outlet for EventStream<S> {
    fn offer(&mut self, events: &[Arc<Event>], sent: &mut Sent) -> Offered {
        self.write_now(events, sent)
    }

    fn heartbeat(&mut self, sent: &mut Sent) -> Offered {
        self.partial = Some((Frame::heartbeat(self.format).clone(), 0));
        self.write_now(&[], sent)
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scratch = [0; 512];
        loop {
            match ready!(Pin::new(&mut self.stream).poll_read(cx, &mut scratch)) {
                Ok(0) | Err(_) => return Poll::Ready(()),
                Ok(bytes) => self.ignored_bytes += bytes as u32,
            }
            if self.ignored_bytes > IGNORED_BYTES {
                return Poll::Ready(());
            }
        }
    }
}

impl<S> Drop for EventStream<S> {
    fn drop(&mut self) {
        if let Some(visit) = &self.visit {
            visit.ended();
        }
    }
}

fn slice(frame: &Frame, chunked: bool) -> &[u8] {
    match chunked {
        true => frame.chunked(),
        false => frame.plain(),
    }
}

/// A stream that takes nothing although it says that it has room is broken.
fn progress(written: io::Result<usize>) -> io::Result<usize> {
    match written? {
        0 => Err(ErrorKind::WriteZero.into()),
        written => Ok(written),
    }
}
