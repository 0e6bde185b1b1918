//! What the newest events of topics tell: how things stand, and that a topic has ended.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{Budget, Log, Page, ReadError};
use crate::event::{Event, EventId};
use crate::topic::{Interest, Topic};

impl Log {
    /// Of the events after a position, the newest of each topic, ends aside.
    ///
    /// A page that does not reach the log's tail may have an event whose topic has a newer one
    /// behind the page. What topics have lost for having too many events is never the newest.
    ///
    /// ```
    /// use ssehub::store::Budget;
    /// use ssehub::{Clock, Draft, Interest, Log, LogConfig, Topic};
    /// # futures_lite::future::block_on(async {
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let gauge = Topic::parse("temperature").unwrap();
    /// log.append(Draft::new(gauge.clone(), "20")).await.unwrap();
    /// log.append(Draft::new(gauge.clone(), "21")).await.unwrap();
    /// let budget = Budget { events: 100, bytes: 1 << 20 };
    /// let page = log.read_latest(log.kept_after(), &Interest::topic(gauge), budget).await.unwrap();
    /// assert_eq!((page.events.len(), page.events[0].data()), (1, "21"));
    /// # });
    /// ```
    pub async fn read_latest(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let page = self.read_window().read_latest(after, interest, budget);
        #[cfg(feature = "disk")]
        if let (Err(_), super::Backend::Disk(group)) = (&page, &self.0.backend) {
            let interest = interest.clone();
            let read = move |disk: &super::disk::Disk| disk.read_latest(after, &interest, budget);
            return group.ask(self, read).await;
        }
        #[cfg(feature = "redis")]
        if let (Err(_), super::Backend::Redis(redis)) = (&page, &self.0.backend) {
            return redis.read_latest(self, after, interest, budget).await;
        }
        Ok(page?)
    }

    /// Whether there is nothing more to wait for: every topic asked for is named, the newest event
    /// of each that is kept is its end, and none of another kind follows a position.
    ///
    /// A topic without events has not ended: nothing is known of it.
    pub(crate) async fn ended(
        &self,
        interest: &Interest,
        after: EventId,
    ) -> Result<bool, ReadError> {
        let Some(mut names) = interest.names() else {
            return Ok(false);
        };
        if names.next().is_none() {
            return Ok(false);
        }
        let in_window = self.ended_in_window(interest, after);
        #[cfg(feature = "disk")]
        if let (None, super::Backend::Disk(group)) = (in_window, &self.0.backend) {
            let interest = interest.clone();
            let ended = move |disk: &super::disk::Disk| disk.ended(&interest, after);
            return group.ask(self, ended).await;
        }
        #[cfg(feature = "redis")]
        if let (None, super::Backend::Redis(redis)) = (in_window, &self.0.backend) {
            return match redis.ended(self, interest, after).await {
                // A stream goes on for as long as nobody knows better.
                Err(ReadError::Fault(_)) => Ok(false),
                ended => ended,
            };
        }
        Ok(in_window == Some(true))
    }

    fn ended_in_window(&self, interest: &Interest, after: EventId) -> Option<bool> {
        let kept_after = self.kept_after();
        let window = self.read_window();
        // Most logs have no ends, and then no file has to be asked.
        if window.newest_end() <= kept_after {
            return Some(false);
        }
        window.ended(interest.names()?, after)
    }
}

/// The newest event of each topic, of those that have been shown.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    by_topic: HashMap<Topic, Arc<Event>>,
    bytes: usize,
}

impl Newest {
    /// Takes an event; those of its topic must come in the log's order.
    pub(crate) fn take(&mut self, event: Arc<Event>) {
        self.bytes += event.bytes();
        match self.by_topic.entry(event.topic().clone()) {
            Entry::Vacant(place) => _ = place.insert(event),
            Entry::Occupied(mut place) => self.bytes -= place.insert(event).bytes(),
        }
    }

    /// Whether no more should be taken, to keep to a budget.
    pub(crate) fn fills(&self, budget: Budget) -> bool {
        self.by_topic.len() >= budget.events || self.bytes >= budget.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_topic.is_empty()
    }

    /// The events in the log's order. Nothing of them stays.
    pub(crate) fn into_events(self) -> Vec<Arc<Event>> {
        let mut events: Vec<_> = self.by_topic.into_values().collect();
        events.sort_unstable_by_key(|event| event.id());
        events
    }
}
