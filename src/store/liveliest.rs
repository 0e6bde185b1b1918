//! The topics with most events lately.
//!
//! Nothing is counted when an event is published: the newest events are in memory anyway, and are looked at when
//! somebody asks.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::time::Duration;

use serde::Serialize;

use super::Log;
use crate::topic::Topic;

/// Topics that are listed.
pub(crate) const LIVELIEST_TOPICS: usize = 20;

/// Events that are looked at. Nothing is published meanwhile, so it has to be over in less than a millisecond.
pub(crate) const EVENTS_LOOKED_AT: usize = 4_096;

/// How old they may be.
pub(crate) const LATELY: Duration = Duration::from_secs(10);

/// The topics with most events among those that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Liveliest {
    /// The first [`LIVELIEST_TOPICS`], each with its events; the one with most comes first. An event on several topics
    /// counts for its first.
    topics: Vec<(Topic, usize)>,
    /// How many events were looked at: all of [`LATELY`], or the newest [`EVENTS_LOOKED_AT`].
    events: usize,
    /// The time in which they came, in milliseconds.
    span_ms: u64,
}

impl Log {
    /// The topics with most events lately.
    pub(crate) fn liveliest(&self) -> Liveliest {
        let now_ms = self.clock().unix_ms();
        let since_ms = now_ms.saturating_sub(LATELY.as_millis() as u64);
        let window = self.read_window();
        let recent = window.backwards().take_while(|it| it.id().ms > since_ms);
        let (mut by_topic, mut events, mut oldest_ms) = (HashMap::new(), 0, since_ms);
        for event in recent.take(EVENTS_LOOKED_AT) {
            *by_topic.entry(event.topic()).or_insert(0) += 1;
            (events, oldest_ms) = (events + 1, event.id().ms);
        }
        let mut topics: Vec<(Topic, usize)> = by_topic
            .into_iter()
            .map(|(topic, count)| (topic.clone(), count))
            .collect();
        drop(window);
        topics.sort_unstable_by(|(a, few), (b, many)| (Reverse(few), a).cmp(&(Reverse(many), b)));
        topics.truncate(LIVELIEST_TOPICS);
        let begin_ms = match events == EVENTS_LOOKED_AT {
            true => oldest_ms,
            false => since_ms,
        };
        Liveliest {
            topics,
            events,
            span_ms: now_ms.saturating_sub(begin_ms).max(1),
        }
    }
}
