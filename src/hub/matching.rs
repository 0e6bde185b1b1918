//! Which events of a batch are for which lines: each topic is compared with each pattern once, however many
//! events are on it and however many subscribers ask for the pattern.

use std::collections::HashMap;
use std::sync::Arc;

use super::ending::has_end;
use super::line::Line;
use super::pump::Round;
use super::registry::Registry;
use crate::event::{Event, Sieve};
use crate::topic::{Probe, Topic};

/// The events that the pump has read at once, by topic and by pattern.
pub(super) struct Batch<'e> {
    events: &'e [Arc<Event>],
    topics: Vec<&'e Topic>,
    /// The events on each topic, in the same order, and behind them those of each pattern.
    sets: Vec<Set>,
}

/// Some events of a batch, in its order.
#[derive(Clone, Default)]
pub(super) struct Set {
    pub(super) events: Vec<Arc<Event>>,
    /// There is a private one among them.
    pub(super) private: bool,
    /// A topic ends among them.
    pub(super) ends: bool,
}

impl Set {
    fn of(events: Vec<Arc<Event>>) -> Set {
        Set {
            private: events.iter().any(|event| event.is_private()),
            ends: has_end(&events),
            events,
        }
    }
}

impl<'e> Batch<'e> {
    pub(super) fn of(events: &'e [Arc<Event>]) -> Batch<'e> {
        // On a calm hub every batch is like this.
        if let [only] = events
            && only.alternates().is_empty()
        {
            return Batch {
                events,
                topics: vec![only.topic()],
                sets: vec![Set::of(vec![only.clone()])],
            };
        }
        let mut by_topic: HashMap<&Topic, Vec<Arc<Event>>> = HashMap::new();
        for event in events {
            for topic in event.topics() {
                by_topic.entry(topic).or_default().push(event.clone());
            }
        }
        let (topics, lists): (Vec<_>, Vec<_>) = by_topic.into_iter().unzip();
        Batch {
            events,
            topics,
            sets: lists.into_iter().map(Set::of).collect(),
        }
    }

    /// The topics, each with the number of its events' set.
    pub(super) fn topics(&self) -> impl Iterator<Item = (u32, &'e Topic)> {
        (0..).zip(self.topics.iter().copied())
    }

    pub(super) fn set(&self, number: u32) -> &Set {
        &self.sets[number as usize]
    }

    /// Compares every topic with every pattern, and tells the lines that ask for what was found, each with the
    /// number of a set.
    pub(super) async fn match_patterns(
        &mut self,
        registry: &Registry,
        round: &mut Round,
    ) -> Vec<(u32, u32)> {
        let patterns: Vec<_> = registry.patterns().collect();
        let mut found = vec![Vec::new(); patterns.len()];
        for (set, topic) in self.topics().filter(|_| !patterns.is_empty()) {
            let probe = Probe::new(topic);
            for ((pattern, _), found) in patterns.iter().zip(&mut found) {
                if pattern.fits(&probe) {
                    found.push(set);
                }
                round.work(pattern.steps()).await;
            }
        }
        let mut asking = Vec::new();
        for ((_, lines), found) in patterns.into_iter().zip(found) {
            if found.is_empty() {
                continue;
            }
            let set = match found.len() == self.topics.len() {
                true => Set::of(self.events.to_vec()),
                false => self.union(&found),
            };
            let number = self.sets.len() as u32;
            self.sets.push(set);
            asking.extend(lines.iter().map(|line| (*line, number)));
            round.work(lines.len() + found.len()).await;
        }
        asking
    }

    /// What lies in any of these sets.
    fn union(&self, sets: &[u32]) -> Set {
        if let [only] = sets {
            return self.set(*only).clone();
        }
        let mut is_in = vec![false; self.events.len()];
        for event in sets.iter().flat_map(|set| &self.set(*set).events) {
            if let Ok(place) = self.events.binary_search_by_key(&event.id(), |it| it.id()) {
                is_in[place] = true;
            }
        }
        let events = self.events.iter().zip(is_in).filter(|(_, is_in)| *is_in);
        Set::of(events.map(|(event, _)| event.clone()).collect())
    }

    /// What a line gets that asks for some sets.
    pub(super) async fn for_line(&self, line: &Line, sets: &[u32], round: &mut Round) -> Set {
        let interest = &line.interest;
        let mut found = self.union(sets);
        // Ends are for those who know all their topics by name.
        if found.ends && interest.names().is_none() {
            found.events.retain(|event| !event.is_end());
            found.ends = false;
        }
        if found.private {
            let mut sieve = Sieve::new(interest);
            let events = std::mem::take(&mut found.events);
            for event in events.into_iter() {
                if !event.is_private() || sieve.wants_in_turns(&event).await {
                    found.events.push(event);
                }
            }
            found.ends = has_end(&found.events);
        }
        round.work(found.events.len()).await;
        found
    }
}
