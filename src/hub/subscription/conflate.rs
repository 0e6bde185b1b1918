//! Conflation: one who is behind skips what a newer event of the same topic has made old.

use std::sync::Arc;

use super::{BITE, Next, State, Subscription};
use crate::event::{Event, EventId};
use crate::hub::Hub;
use crate::options::setters;
use crate::store::{Budget, Newest, Page, ReadError, SEARCHED_BYTES, Start, Trimmed};
use crate::topic::Interest;

/// What is gathered for one subscriber before it is passed on: more topics than most ask for, and
/// no more memory than a connection may hold for a while. With more topics than these, one whose
/// event has been passed on may have a newer one in the next lot.
const GATHERED: Budget = Budget {
    events: 4_096,
    bytes: 4 << 20,
};

/// How a subscriber reads.
///
/// ```
/// use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Reading, Start, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let gauge = Topic::parse("temperature").unwrap();
/// for degrees in ["20", "21", "22"] {
///     hub.publish(Draft::new(gauge.clone(), degrees)).await.unwrap();
/// }
/// let reading = Reading::default().latest(true);
/// let mut reader = hub.subscribe_with(Interest::topic(gauge), Start::Earliest, reading);
/// let Next::Events(events) = reader.next().await else { panic!() };
/// assert_eq!((events.len(), events[0].data()), (1, "22"));
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reading {
    /// Of what it has missed, it gets the newest event of each topic only: of what the log holds
    /// when it joins, of what waits in its channel, and of all that it has to catch up with. One
    /// that keeps up gets every event.
    pub latest: bool,
}

setters!(Reading { latest: bool });

impl Hub {
    /// Begins to read, in a way of one's own.
    ///
    /// With [`Reading::latest`], [`Start::Earliest`] and a topic for each gauge, a subscriber gets
    /// the state of every gauge once, and then each change.
    pub fn subscribe_with(
        &self,
        interest: Interest,
        start: Start,
        reading: Reading,
    ) -> Subscription {
        Subscription::new(self.clone(), interest, start, reading)
    }
}

/// The newest unread event of each topic, on its way to a subscriber.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    newest: Newest,
    /// Where the log ended when the gathering began: further than there, the subscriber keeps up.
    goal: Option<EventId>,
}

impl Gathered {
    pub(super) fn is_empty(&self) -> bool {
        self.newest.is_empty()
    }
}

impl Subscription {
    /// Reads on in the log; what is far away in one without an index counts as no longer kept.
    pub(super) async fn read(&mut self, after: EventId) -> Result<Page, ReadError> {
        let (log, interest) = (&self.hub.0.log, &self.line.interest);
        let kept_after = log.in_memory_after();
        if after >= kept_after {
            self.searched = 0;
        } else if self.searched >= SEARCHED_BYTES {
            return Err(Trimmed { kept_after }.into());
        }
        let page = match self.gathered {
            Some(_) => log.read_latest(after, interest, GATHERED).await,
            None => log.read(after, interest, BITE).await,
        }?;
        self.searched += page.searched;
        Ok(page)
    }

    /// Takes what waits in the channel, of which it has the first.
    pub(super) fn take_waiting(&mut self, first: Arc<Event>) -> Option<Next> {
        let State::Live(queue) = &self.state else {
            return None;
        };
        let waiting = std::iter::from_fn(|| queue.try_recv().ok());
        let events = std::iter::once(first).chain(waiting.take(BITE.events - 1));
        let events: Vec<_> = events.collect();
        let upto = events.last()?.id();
        self.pass_on(events, upto)
    }

    /// Passes on events that it has read, or gathers them until it has read everything.
    pub(super) fn pass_on(&mut self, events: Vec<Arc<Event>>, upto: EventId) -> Option<Next> {
        let Some(gathered) = &mut self.gathered else {
            return (!events.is_empty()).then_some(Next::Events(events));
        };
        let goal = *gathered.goal.get_or_insert_with(|| self.hub.0.log.tail());
        for event in events {
            gathered.newest.take(event, &self.line.interest);
        }
        match upto >= goal || gathered.newest.fills(GATHERED) {
            true => self.gathered(),
            false => None,
        }
    }

    /// What has been gathered, if anything.
    pub(super) fn gathered(&mut self) -> Option<Next> {
        let gathered = std::mem::take(&mut **self.gathered.as_mut()?);
        let events = gathered.newest.into_events();
        (!events.is_empty()).then_some(Next::Events(events))
    }
}
