//! What the newest events of topics tell: how things stand, and that a topic has ended.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

#[cfg(feature = "disk")]
use super::disk::Disk;
use super::window::Latest;
use super::{Backend, Budget, Log, Page, ReadError, sift};
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
        let latest = self.read_window().find_latest(after, interest, budget);
        match (latest, &self.0.backend) {
            (Ok(Latest::Known(page)), _) => Ok(page),
            (Ok(Latest::Among(found)), _) => {
                Ok(Box::pin(sift::pick_latest(found, interest, budget)).await)
            }
            #[cfg(feature = "disk")]
            (Err(_), Backend::Disk(group)) => {
                let interest = interest.clone();
                let read = move |disk: &Disk| disk.read_latest(after, &interest, budget);
                group.ask(self, read).await
            }
            #[cfg(feature = "redis")]
            (Err(_), Backend::Redis(redis)) => {
                redis.read_latest(self, after, interest, budget).await
            }
            (Err(trimmed), Backend::Nowhere) => Err(trimmed.into()),
        }
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
        if let (None, Backend::Disk(group)) = (in_window, &self.0.backend) {
            let interest = interest.clone();
            let ended = move |disk: &Disk| disk.ended(&interest, after);
            return group.ask(self, ended).await;
        }
        #[cfg(feature = "redis")]
        if let (None, Backend::Redis(redis)) = (in_window, &self.0.backend) {
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
    /// Takes an event that `interest` asks for; those of its topics must come in the log's order. It counts for each
    /// of its topics that is named, or else for its first.
    pub(crate) fn take(&mut self, event: Arc<Event>, interest: &Interest) {
        if interest.names().is_none() || event.alternates().is_empty() {
            return self.put(event.topic(), &event);
        }
        for topic in event.topics().filter(|topic| interest.matches(topic)) {
            self.put(topic, &event);
        }
    }

    fn put(&mut self, topic: &Topic, event: &Arc<Event>) {
        self.bytes += event.bytes();
        match self.by_topic.entry(topic.clone()) {
            Entry::Vacant(place) => _ = place.insert(event.clone()),
            Entry::Occupied(mut place) => self.bytes -= place.insert(event.clone()).bytes(),
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
        events.dedup_by_key(|event| event.id());
        events
    }
}
