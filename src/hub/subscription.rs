//! One subscriber: a cursor in the log. Replay, live, behind, live again, ended.

mod conflate;
mod lending;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_channel::TryRecvError;
use futures_lite::future::yield_now;

use super::Hub;
use super::line::Line;
use super::pump::NotJoined;
use super::queue::Receiver;
use crate::event::{Event, EventId};
use crate::metrics::Via;
use crate::store::{Budget, Loss, Page, ReadError, Start, StorageFault};
use crate::topic::Interest;
use conflate::Gathered;

pub use conflate::Reading;

/// What a subscriber takes from the log or its channel at once.
const BITE: Budget = Budget {
    events: 256,
    bytes: 256 << 10,
};

/// How long a subscriber waits before it tries again to read a log that has failed.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// What comes next in a subscription.
///
/// ```
/// use ssehub::{Next, Subscription};
/// # async fn example(mut subscription: Subscription) {
/// loop {
///     match subscription.next().await {
///         Next::Events(events) => events.iter().for_each(|event| println!("{}", event.data())),
///         Next::Gap { after, resumed } => println!("lost between {after} and {resumed}"),
///         Next::Ended => break,
///     }
/// }
/// # }
/// ```
#[derive(Debug)]
pub enum Next {
    /// At least one event, in the log's order.
    Events(Vec<Arc<Event>>),
    /// Some events are no longer kept, or lost. The stream goes on with what there is after `resumed`.
    Gap {
        /// The id after which something is missing: where the subscriber was, or before, if what it has got
        /// since then was found to be incomplete.
        after: String,
        /// Whatever stands after this position follows.
        resumed: EventId,
    },
    /// Nothing more will come, and everything that the log holds has been read: the hub has closed,
    /// or every topic asked for has ended. [`Hub::has_ended`] tells which.
    Ended,
}

/// Reads a hub's events from a place in its log on, for ever.
///
/// ```
/// use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let topic = Topic::parse("chat").unwrap();
/// let first = hub.publish(Draft::new(topic.clone(), "first")).await.unwrap();
/// hub.publish(Draft::new(topic.clone(), "second")).await.unwrap();
///
/// // Where Ann has stopped; as long as it lives, she is there.
/// let start = Start::After(first.id.to_string());
/// let mut ann = hub.subscribe(Interest::topic(topic.clone()), start).named("ann");
/// let Next::Events(events) = ann.next().await else { panic!() };
/// assert_eq!(events[0].data(), "second");
/// assert_eq!(hub.presence().roll(&topic).users.len(), 1);
/// # });
/// ```
pub struct Subscription {
    hub: Hub,
    line: Arc<Line>,
    state: State,
    /// What it has read and not passed on, of one that wants the newest of each topic only.
    gathered: Option<Box<Gathered>>,
    /// Size of other events that the log was looked through for it, in bytes.
    searched: usize,
    /// Who is there with it, on each topic asked for by name.
    user: Option<Arc<str>>,
    /// How it is counted.
    via: Via,
}

enum State {
    /// To begin there, wherever that is.
    Starting(Start),
    /// Something after the event with the id `missed` is no longer kept: that is to be told, and then
    /// what comes after `after` to be read.
    Fallen {
        missed: String,
        after: EventId,
    },
    /// Everything up to `after` has been read, and the subscriber knows of what its topics, or the log, have
    /// lost up to `told`; with `None`, of what topics have lost by the next read. More may be in the log.
    Reading {
        after: EventId,
        told: Option<EventId>,
    },
    /// The pump fills a channel.
    Live(Receiver),
    /// The pump writes to the stream that it was lent.
    Lent,
    Ended,
}

impl Subscription {
    pub(super) fn new(
        hub: Hub,
        interest: Interest,
        start: Start,
        reading: Reading,
    ) -> Subscription {
        hub.tally().subscribers(Via::Embedded).up();
        hub.0.presence.subscribed(&interest);
        let state = match start {
            Start::Now => State::Reading {
                after: hub.0.log.tail(),
                told: Some(EventId::ZERO),
            },
            // Who asks for what there is, is not told of what there is not.
            Start::Earliest => State::Reading {
                told: Some(hub.0.log.newest_loss()).filter(|loss| *loss > EventId::ZERO),
                after: hub.0.log.kept_after(),
            },
            after @ Start::After(_) => State::Starting(after),
        };
        Subscription {
            line: Arc::new(Line::new(interest)),
            state,
            gathered: reading.latest.then(Box::default),
            searched: 0,
            user: None,
            via: Via::Embedded,
            hub,
        }
    }

    /// Counts it among those who get their events like this.
    pub(crate) fn via(mut self, via: Via) -> Subscription {
        let tally = self.hub.tally();
        tally.subscribers(via).up();
        tally.subscribers(self.via).down();
        self.via = via;
        self
    }

    /// Makes a user [present](crate::presence), with one connection more, for as long as the
    /// subscription lives.
    pub fn named(mut self, user: impl Into<Arc<str>>) -> Subscription {
        let user = user.into();
        self.hub.0.presence.sit(&user, &self.line.interest);
        if let Some(before) = self.user.replace(user) {
            self.hub.0.presence.stand(&before, &self.line.interest);
        }
        self
    }

    /// Waits for what comes next.
    ///
    /// May be dropped and called again; nothing is lost.
    pub async fn next(&mut self) -> Next {
        loop {
            if let Some(next) = self.catch_up().await {
                return next;
            }
            match &mut self.state {
                State::Reading { after, .. } => {
                    let after = *after;
                    let queue = self.line.open_queue(self.hub.0.config.queue_events, after);
                    self.join(after, State::Live(queue));
                }
                State::Live(queue) => match queue.recv().await {
                    Ok(first) => {
                        if let Some(next) = self.take_waiting(first) {
                            return next;
                        }
                    }
                    Err(_) => self.state = self.cut(),
                },
                State::Starting(_) | State::Fallen { .. } | State::Lent | State::Ended => {
                    return Next::Ended;
                }
            }
        }
    }

    /// What can be had without waiting for a publisher, if anything.
    ///
    /// May be dropped and called again, as [`next`](Subscription::next) may.
    pub async fn catch_up(&mut self) -> Option<Next> {
        loop {
            match &mut self.state {
                State::Starting(start) => {
                    let found = self.hub.0.log.locate(start, &self.line.interest).await;
                    self.start_at(found).await;
                }
                State::Fallen { after, .. } | State::Reading { after, .. } => {
                    let after = *after;
                    let page = self.read(after).await;
                    if let Some(next) = self.turn(page, after).await {
                        return Some(next);
                    }
                    if !self.is_at_tail() {
                        // There is more to look at than others should wait for.
                        yield_now().await;
                    } else if !self.end_if_over().await {
                        return None;
                    }
                }
                State::Live(queue) => match queue.try_recv() {
                    Ok(first) => {
                        if let Some(next) = self.take_waiting(first) {
                            return Some(next);
                        }
                    }
                    Err(TryRecvError::Closed) => self.state = self.cut(),
                    Err(TryRecvError::Empty) => return self.gathered(),
                },
                State::Lent => return None,
                State::Ended => return Some(Next::Ended),
            }
        }
    }

    /// Begins where `found` says.
    async fn start_at(&mut self, found: Result<EventId, ReadError>) {
        let told = Some(EventId::ZERO);
        match found {
            Ok(after) => self.state = State::Reading { after, told },
            Err(ReadError::Trimmed(trimmed)) => {
                let after = trimmed.kept_after;
                let missed = self.missed_by(after);
                self.state = State::Fallen { missed, after };
            }
            Err(ReadError::Fault(fault)) => self.wait_out(&fault).await,
        }
    }

    /// The id after which something is missing to one who wants to begin where nothing is kept any more.
    fn missed_by(&self, after: EventId) -> String {
        let State::Starting(Start::After(id)) = &self.state else {
            return after.to_string();
        };
        let read = id.parse().unwrap_or_default();
        let missing = self.hub.0.log.missing_after(read, after);
        match missing < read {
            true => missing.to_string(),
            false => id.clone(),
        }
    }

    /// Turns to what a read has found.
    async fn turn(&mut self, page: Result<Page, ReadError>, from: EventId) -> Option<Next> {
        match page {
            Ok(page) => return self.take(page, from),
            Err(ReadError::Trimmed(trimmed)) => {
                let after = trimmed.kept_after;
                let missed = match &mut self.state {
                    State::Fallen { missed, .. } => std::mem::take(missed),
                    _ => self.hub.0.log.missing_after(from, after).to_string(),
                };
                self.state = State::Fallen { missed, after };
                return self.gathered();
            }
            Err(ReadError::Fault(fault)) => self.wait_out(&fault).await,
        }
        None
    }

    /// Takes a page, or tells of a gap before it; then it will be read again.
    fn take(&mut self, mut page: Page, from: EventId) -> Option<Next> {
        page.events.retain(|event| !event.is_end());
        if let State::Reading { told, .. } = self.state
            && let Some(loss) = self.hub.0.log.next_loss(from.max(told.unwrap_or_default()))
        {
            if loss.after <= from {
                return Some(self.tell(loss, &page, from));
            }
            // What comes behind the loss is read once it is told.
            page.events.retain(|event| event.id() <= loss.after);
            page.upto = page.upto.min(loss.after);
        }
        let missed = match &mut self.state {
            State::Fallen { missed, .. } => std::mem::take(missed),
            State::Reading { told, .. } if page.lost > from.max(told.unwrap_or(page.lost)) => {
                from.to_string()
            }
            State::Reading { after, told } => {
                *after = page.upto;
                told.get_or_insert(page.lost);
                return self.pass_on(page.events, page.upto);
            }
            _ => return None,
        };
        let resumed = behind_gap(&page, page.lost, from);
        self.state = State::Reading {
            after: resumed,
            told: Some(page.lost),
        };
        self.hub.tally().gaps.add(1);
        Some(Next::Gap {
            after: missed,
            resumed,
        })
    }

    /// Tells of what the log has lost before it goes on from there.
    fn tell(&mut self, loss: Loss, page: &Page, from: EventId) -> Next {
        let mut resumed = behind_gap(page, loss.at, from);
        if let Some(next) = self.hub.0.log.next_loss(loss.at) {
            resumed = resumed.min(next.after.max(from));
        }
        self.state = State::Reading {
            after: resumed,
            told: Some(loss.at),
        };
        self.hub.tally().gaps.add(1);
        Next::Gap {
            after: loss.after.to_string(),
            resumed,
        }
    }

    /// Ends a subscription that has read everything, if all its topics have ended.
    async fn end_if_over(&mut self) -> bool {
        let State::Reading { after, .. } = self.state else {
            return false;
        };
        match self.hub.0.log.ended(&self.line.interest, after).await {
            Ok(false) => return false,
            Ok(true) => self.state = State::Ended,
            Err(ReadError::Trimmed(_)) => {}
            Err(ReadError::Fault(fault)) => self.wait_out(&fault).await,
        }
        true
    }

    /// Where to read on once the pump has cut the line.
    fn cut(&self) -> State {
        State::Reading {
            after: self.line.resume(),
            told: Some(EventId::ZERO),
        }
    }

    /// Up to where it has read the log, unless it is live.
    pub(crate) fn reached(&self) -> Option<EventId> {
        match &self.state {
            State::Reading { after, .. } => Some(*after),
            _ => None,
        }
    }

    async fn wait_out(&self, fault: &StorageFault) {
        log::warn!("a subscriber waits for the log: {fault}");
        self.hub.clock().sleep(FAULT_PAUSE).await;
    }

    fn is_at_tail(&self) -> bool {
        matches!(self.state, State::Reading { after, .. } if after >= self.hub.0.log.tail())
    }

    /// Goes live after having read the log up to `after`, or finds that there is more to read, or
    /// that this was all.
    fn join(&mut self, after: EventId, joined: State) {
        let told = Some(EventId::ZERO);
        self.state = match self.hub.join(&self.line, after) {
            Ok(()) => joined,
            Err(NotJoined::Behind) => State::Reading { after, told },
            // A closed hub takes no more events, but the last ones may have come in since.
            Err(NotJoined::Closed) if after < self.hub.0.log.tail() => {
                State::Reading { after, told }
            }
            Err(NotJoined::Closed) => State::Ended,
        };
    }
}

/// The furthest position that nothing asked for stands before: who resumes with it is not told of the
/// same gap again.
fn behind_gap(page: &Page, lost: EventId, from: EventId) -> EventId {
    match page.events.first() {
        None => page.upto,
        Some(first) if first.id() > lost => from.max(lost),
        Some(_) => from,
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.tally().subscribers(self.via).down();
        let presence = &self.hub.0.presence;
        presence.unsubscribed(&self.line.interest);
        if let Some(user) = &self.user {
            presence.stand(user, &self.line.interest);
        }
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
