//! One subscriber: a cursor in the log. Replay, live, behind, live again, ended.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_channel::{Receiver, TryRecvError};

use super::Hub;
use super::line::{Line, Outlet};
use super::pump::NotJoined;
use crate::event::{Event, EventId};
use crate::store::{Budget, Start};
use crate::topic::Interest;

/// What a subscriber takes from the log or its channel at once.
const BITE: Budget = Budget {
    events: 256,
    bytes: 256 << 10,
};

/// What comes next in a subscription.
#[derive(Debug)]
pub enum Next {
    /// At least one event, in the log's order.
    Events(Vec<Arc<Event>>),
    /// Some events are no longer kept. The stream goes on with those after `resumed`.
    Gap {
        /// The id after which something is missing.
        after: String,
        /// Everything after this position follows.
        resumed: EventId,
    },
    /// The hub has closed and everything that its log holds has been read.
    Ended,
}

/// Reads a hub's events from a place in its log on, for ever.
pub struct Subscription {
    hub: Hub,
    line: Arc<Line>,
    state: State,
}

enum State {
    /// The log no longer has what comes after this id.
    Gap {
        after: String,
        resumed: EventId,
    },
    /// Everything up to here has been read; more is in the log.
    Reading(EventId),
    /// The pump fills a channel.
    Live(Pin<Box<Receiver<Arc<Event>>>>),
    /// The pump writes to the stream that it was lent.
    Lent,
    Ended,
}

impl Subscription {
    pub(super) fn new(hub: Hub, interest: Interest, start: Start) -> Subscription {
        hub.0.subscribers.fetch_add(1, Ordering::Relaxed);
        let state = match (hub.0.log.locate(&start), start) {
            (Err(trimmed), Start::After(after)) => State::Gap {
                after,
                resumed: trimmed.kept_after,
            },
            (Ok(position), _) => State::Reading(position),
            (Err(trimmed), _) => State::Reading(trimmed.kept_after),
        };
        Subscription {
            line: Arc::new(Line::new(interest)),
            state,
            hub,
        }
    }

    /// Waits for what comes next.
    ///
    /// May be dropped and called again; nothing is lost.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(next) = self.ready() {
                return next;
            }
            match &mut self.state {
                State::Reading(after) => {
                    let after = *after;
                    let queue = self.line.open_queue(self.hub.0.config.queue_events);
                    self.join(after, State::Live(Box::pin(queue)));
                }
                State::Live(queue) => match queue.recv().await {
                    Ok(first) => return Next::Events(with_waiting(first, queue)),
                    Err(_) => self.state = State::Reading(self.line.resume()),
                },
                State::Gap { .. } | State::Lent | State::Ended => return Next::Ended,
            }
        }
    }

    /// What can be had without waiting, if anything.
    pub fn ready(&mut self) -> Option<Next> {
        loop {
            match &mut self.state {
                State::Gap { after, resumed } => {
                    let (after, resumed) = (std::mem::take(after), *resumed);
                    self.state = State::Reading(resumed);
                    return Some(Next::Gap { after, resumed });
                }
                State::Reading(after) => {
                    let after = *after;
                    match self.hub.0.log.read(after, &self.line.interest, BITE) {
                        Ok(page) => {
                            self.state = State::Reading(page.upto);
                            return (!page.events.is_empty()).then_some(Next::Events(page.events));
                        }
                        Err(trimmed) => {
                            self.state = State::Gap {
                                after: after.to_string(),
                                resumed: trimmed.kept_after,
                            };
                        }
                    }
                }
                State::Live(queue) => match queue.try_recv() {
                    Ok(first) => return Some(Next::Events(with_waiting(first, queue))),
                    Err(TryRecvError::Closed) => {
                        self.state = State::Reading(self.line.resume());
                    }
                    Err(TryRecvError::Empty) => return None,
                },
                State::Lent => return None,
                State::Ended => return Some(Next::Ended),
            }
        }
    }

    /// Lends the stream to the pump, which writes each event to it as it comes. Returns the stream
    /// when there is something that its owner has to do: write what the stream would not take at
    /// once, read on, or end. `None` says that the peer has gone.
    ///
    /// To be called when [`ready`](Subscription::ready) has nothing more.
    pub async fn lend<O: Outlet>(&mut self, outlet: Box<O>) -> Option<Box<O>> {
        let outlet = match self.try_lend(outlet) {
            Ok(()) => self.returned().await?,
            Err(outlet) => outlet,
        };
        let outlet: Box<dyn Any> = outlet;
        outlet.downcast().ok()
    }

    /// Waits until the pump returns the stream.
    async fn returned(&mut self) -> Option<Box<dyn Outlet>> {
        let returned = *poll_fn(|cx| self.line.poll_return(cx)).await;
        self.state = match returned.queue {
            Some(queue) => State::Live(Box::pin(queue)),
            None => State::Reading(self.line.resume()),
        };
        (!returned.gone).then_some(returned.outlet)
    }

    fn try_lend(&mut self, outlet: Box<dyn Outlet>) -> Result<(), Box<dyn Outlet>> {
        match &self.state {
            State::Live(queue) => {
                self.line.lend_again(outlet, queue)?;
                self.state = State::Lent;
            }
            State::Reading(after) => {
                let after = *after;
                self.line.lend(outlet);
                self.join(after, State::Lent);
                if !matches!(self.state, State::Lent)
                    && let (_, Some(returned)) = self.line.leave()
                {
                    return Err(returned.outlet);
                }
            }
            State::Gap { .. } | State::Lent | State::Ended => return Err(outlet),
        }
        Ok(())
    }

    /// Goes live after having read the log up to `after`, or finds that there is more to read, or
    /// that this was all.
    fn join(&mut self, after: EventId, joined: State) {
        self.state = match self.hub.join(&self.line, after) {
            Ok(()) => joined,
            Err(NotJoined::Behind) => State::Reading(after),
            // A closed hub takes no more events, but the last ones may have come in since.
            Err(NotJoined::Closed) if after < self.hub.0.log.tail() => State::Reading(after),
            Err(NotJoined::Closed) => State::Ended,
        };
    }
}

/// One event and those that wait behind it.
fn with_waiting(first: Arc<Event>, queue: &Receiver<Arc<Event>>) -> Vec<Arc<Event>> {
    let waiting = std::iter::from_fn(|| queue.try_recv().ok());
    std::iter::once(first)
        .chain(waiting.take(BITE.events - 1))
        .collect()
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.0.subscribers.fetch_sub(1, Ordering::Relaxed);
        if let (Some(number), _) = self.line.leave() {
            self.hub.left(number);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("interest", &self.line.interest)
            .finish_non_exhaustive()
    }
}
