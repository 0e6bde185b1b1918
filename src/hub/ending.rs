//! The end of topics: the marker cuts the lines of those who asked for the topic by name, and they
//! find out from the log whether there is anything left to wait for.

use std::sync::Arc;

use super::{Hub, Reading};
use crate::event::{Event, EventId};
use crate::store::{Budget, Start};
use crate::topic::Interest;

/// Enough to be told what topics have lost.
const A_LOOK: Budget = Budget {
    events: 1,
    bytes: 1,
};

impl Hub {
    /// Whether a subscriber that begins at `start` would get nothing but [`Next::Ended`]: each of
    /// its topics is asked for by name, has an end for its newest event, and nothing that comes
    /// before this is left to read, nor a gap to be told.
    ///
    /// An `EventSource` that is answered 204 does not come back (WHATWG HTML, section 9.2.3).
    ///
    /// [`Next::Ended`]: super::Next::Ended
    ///
    /// ```
    /// use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Reading, Start, Topic};
    /// # futures_lite::future::block_on(async {
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let (hub, _pump) = Hub::new(log, HubConfig::default());
    /// let topic = Topic::parse("race").unwrap();
    /// hub.publish(Draft::new(topic.clone(), "the winner is Ann")).await.unwrap();
    /// hub.publish(Draft::end(topic.clone())).await.unwrap();
    /// let race = Interest::topic(topic);
    /// assert!(hub.has_ended(&race, &Start::Now, Reading::default()).await);
    /// assert!(!hub.has_ended(&race, &Start::Earliest, Reading::default()).await);
    /// # });
    /// ```
    pub async fn has_ended(&self, interest: &Interest, start: &Start, reading: Reading) -> bool {
        let log = self.log();
        let is_over = async |after| matches!(log.ended(interest, after).await, Ok(true));
        // Most topics go on; then the start need not be found.
        if !is_over(log.tail()).await {
            return false;
        }
        let Ok(after) = log.locate(start, interest).await else {
            return false;
        };
        if !is_over(after).await {
            return false;
        }
        match start {
            // Who wants the newest alone, or what there is, is not told of what topics have lost.
            _ if reading.latest => true,
            Start::Now | Start::Earliest => true,
            Start::After(_) => {
                let page = log.read(after, interest, A_LOOK).await;
                page.is_ok_and(|page| page.lost.max(log.newest_loss()) <= after)
            }
        }
    }
}

/// Whether a topic ends among these events.
pub(super) fn has_end(events: &[Arc<Event>]) -> bool {
    events.iter().any(|event| event.is_end())
}

/// Events up to the first end, and where that is.
pub(super) fn until_end(events: &[Arc<Event>]) -> (&[Arc<Event>], Option<EventId>) {
    match events.iter().position(|event| event.is_end()) {
        Some(end) => (&events[..end], Some(events[end].id())),
        None => (events, None),
    }
}
