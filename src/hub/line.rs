//! The line between the pump and one subscriber, and who may write to its stream at the moment.
//!
//! A subscriber with nothing left to write *lends* its stream to the pump, which writes each new
//! event straight through. When the stream would block, the pump opens a bounded channel, puts
//! there what could not be written, and the subscriber's task takes its stream back and writes at
//! its peer's pace. When the channel is full the pump *cuts* the line: the subscriber drains what
//! it has, then reads on from the log, and joins again once it has caught up. Nobody waits.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::ending::until_end;
use super::queue::{Receiver, Sender, queue};
use crate::event::{Event, EventId};
use crate::metrics::Sent;
use crate::topic::Interest;

/// A subscriber's stream, as far as the pump knows it. No method waits. One that panics counts as gone.
pub trait Outlet: Any + Send {
    /// Writes as many of `events` as the stream takes at once, and adds to `sent` what that was.
    fn offer(&mut self, events: &[Arc<Event>], sent: &mut Sent) -> Offered;

    /// Writes a heartbeat, if the stream takes it at once.
    fn heartbeat(&mut self, sent: &mut Sent) -> Offered;

    /// Completes when the peer has gone.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()>;
}

/// What became of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// Everything has been written.
    Written,
    /// The stream would block. So many events were taken; of the last one the outlet may still
    /// hold a part that it has not written.
    Blocked(usize),
    /// The stream is broken.
    Gone,
}

/// What the pump and one subscriber share.
pub(super) struct Line {
    pub(super) interest: Interest,
    state: Mutex<State>,
}

struct State {
    feed: Feed,
    /// The lent stream on its way back to its task.
    returned: Option<Box<Return>>,
    /// Up to here the subscriber has read the log by itself, and from here it reads on once it has
    /// drained its channel and the line is cut.
    resume: EventId,
    /// The pump's number for this line, while it has one.
    slot: Option<u32>,
    /// The task that has lent its stream.
    waker: Option<Waker>,
}

/// How events reach the subscriber.
enum Feed {
    /// Written by the pump, to the stream it was lent.
    Lent(Box<dyn Outlet>),
    /// Through a channel.
    Queue(Sender),
    /// From the log, by the subscriber itself.
    Cut,
}

/// What a task gets back that had lent its stream.
pub(super) struct Return {
    pub(super) outlet: Box<dyn Outlet>,
    /// The channel that the pump has opened. Without one, nothing is missing before `resume`.
    pub(super) queue: Option<Receiver>,
    pub(super) gone: bool,
}

/// Whether a line still feeds its subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fed {
    Yes,
    No,
}

impl Line {
    pub(super) fn new(interest: Interest) -> Line {
        Line {
            interest,
            state: Mutex::new(State {
                feed: Feed::Cut,
                returned: None,
                resume: EventId::ZERO,
                slot: None,
                waker: None,
            }),
        }
    }

    // The subscriber's side.

    /// Asks for a channel of so many events, those after `read`.
    pub(super) fn open_queue(&self, events: usize, read: EventId) -> Receiver {
        let (sender, receiver) = queue(events);
        self.begin(Feed::Queue(sender), read);
        receiver
    }

    /// Lends the stream, before the line is joined to the pump, for the events after `read`.
    pub(super) fn lend(&self, outlet: Box<dyn Outlet>, read: EventId) {
        self.begin(Feed::Lent(outlet), read);
    }

    fn begin(&self, feed: Feed, read: EventId) {
        let mut state = self.lock();
        state.feed = feed;
        state.resume = read;
    }

    /// Lends the stream again in place of a drained channel; gives it back if there is more to
    /// read first.
    pub(super) fn lend_again(
        &self,
        outlet: Box<dyn Outlet>,
        drained: &Receiver,
    ) -> Result<(), Box<dyn Outlet>> {
        let mut state = self.lock();
        if !drained.is_empty() || !matches!(state.feed, Feed::Queue(_)) {
            return Err(outlet);
        }
        state.feed = Feed::Lent(outlet);
        Ok(())
    }

    /// Completes when the pump has given the stream back or its peer has gone.
    pub(super) fn poll_return(&self, cx: &mut Context<'_>) -> Poll<Box<Return>> {
        let mut state = self.lock();
        if let Some(returned) = state.returned.take() {
            return Poll::Ready(returned);
        }
        if let Feed::Lent(outlet) = &mut state.feed
            && guarded(Poll::Ready(()), || outlet.poll_gone(cx)).is_ready()
        {
            state.cut(true);
            if let Some(returned) = state.returned.take() {
                return Poll::Ready(returned);
            }
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// Takes the line back from the pump: its number there, and the stream if it was lent.
    pub(super) fn leave(&self) -> (Option<u32>, Option<Box<Return>>) {
        let mut state = self.lock();
        state.cut(false);
        (state.slot.take(), state.returned.take())
    }

    /// Where to read on after a cut.
    pub(super) fn resume(&self) -> EventId {
        self.lock().resume
    }

    // The pump's side.

    /// Accepts the line's number, unless the subscriber has already left.
    pub(super) fn install(&self, slot: u32) -> Fed {
        let mut state = self.lock();
        if matches!(state.feed, Feed::Cut) {
            return Fed::No;
        }
        state.slot = Some(slot);
        Fed::Yes
    }

    pub(super) fn is_cut(&self) -> bool {
        matches!(self.lock().feed, Feed::Cut)
    }

    /// Brings events to the subscriber, less what it has read by itself, or cuts the line if it cannot
    /// take them all, or at the end of a topic: its subscriber reads on from there, and finds out
    /// whether that was all.
    pub(super) fn offer(
        &self,
        events: &[Arc<Event>],
        ends: bool,
        queue_events: usize,
        sent: &mut Sent,
    ) -> Fed {
        let mut state = self.lock();
        if matches!(state.feed, Feed::Cut) {
            return Fed::No;
        }
        let read = match events.first() {
            Some(first) if first.id() > state.resume => 0,
            _ => events.partition_point(|event| event.id() <= state.resume),
        };
        let (events, end) = match ends {
            true => until_end(&events[read..]),
            false => (&events[read..], None),
        };
        let mut fed = state.offer(events, queue_events, sent);
        if let (Fed::Yes, Some(end)) = (fed, end) {
            state.resume = end;
            state.cut(false);
            fed = Fed::No;
        }
        if state.returned.is_some() {
            wake(state);
        }
        fed
    }

    /// Shows the subscriber that its stream is alive, if it has nothing else to read.
    pub(super) fn heartbeat(&self, queue_events: usize, sent: &mut Sent) -> Fed {
        let mut state = self.lock();
        let fed = match &mut state.feed {
            Feed::Lent(outlet) => match guarded(Offered::Gone, || outlet.heartbeat(sent)) {
                Offered::Written => return Fed::Yes,
                Offered::Blocked(_) => {
                    state.hand_over(queue_events);
                    Fed::Yes
                }
                Offered::Gone => {
                    state.cut(true);
                    Fed::No
                }
            },
            Feed::Queue(_) => return Fed::Yes,
            Feed::Cut => return Fed::No,
        };
        wake(state);
        fed
    }

    /// Ends the feed after everything up to `reached` has been offered. The subscriber may have read
    /// further by itself.
    pub(super) fn cut(&self, reached: EventId) {
        let mut state = self.lock();
        if !matches!(state.feed, Feed::Cut) {
            state.resume = state.resume.max(reached);
        }
        state.cut(false);
        state.slot = None;
        wake(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn offer(&mut self, events: &[Arc<Event>], queue_events: usize, sent: &mut Sent) -> Fed {
        if events.is_empty() {
            return Fed::Yes;
        }
        match &mut self.feed {
            Feed::Lent(outlet) => match guarded(Offered::Gone, || outlet.offer(events, sent)) {
                Offered::Written => Fed::Yes,
                Offered::Gone => {
                    self.cut(true);
                    Fed::No
                }
                Offered::Blocked(taken) => {
                    self.hand_over(queue_events);
                    self.enqueue(&events[taken.min(events.len())..])
                }
            },
            Feed::Queue(_) => self.enqueue(events),
            Feed::Cut => Fed::No,
        }
    }

    /// Opens a channel and gives the lent stream back to its task.
    fn hand_over(&mut self, queue_events: usize) {
        let (sender, receiver) = queue(queue_events);
        if let Feed::Lent(outlet) = std::mem::replace(&mut self.feed, Feed::Queue(sender)) {
            self.returned = Some(Box::new(Return {
                outlet,
                queue: Some(receiver),
                gone: false,
            }));
        }
    }

    /// Fills the channel; at the first event that does not fit, the log takes over.
    fn enqueue(&mut self, events: &[Arc<Event>]) -> Fed {
        let Feed::Queue(queue) = &self.feed else {
            return Fed::No;
        };
        let Some(refused) = events.iter().find(|event| !queue.try_send(event)) else {
            return Fed::Yes;
        };
        self.resume = refused.id().previous();
        self.cut(false);
        Fed::No
    }

    /// Stops the feed: a channel is closed, a lent stream goes back.
    fn cut(&mut self, gone: bool) {
        if let Feed::Lent(outlet) = std::mem::replace(&mut self.feed, Feed::Cut) {
            self.returned = Some(Box::new(Return {
                outlet,
                queue: None,
                gone,
            }));
        }
    }
}

/// Calls an outlet, so that a panic of it ends one subscriber and not the pump.
fn guarded<T>(panicked: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or(panicked)
}

/// Wakes the task once the lock is free, so that it does not run into it.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("interest", &self.interest)
            .finish_non_exhaustive()
    }
}
