//! The plain data: who is subscribed, and what has changed and has not been told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use fastrand::Rng;

use super::{Subscriber, UNTOLD};

/// Whoever comes and goes.
pub(super) struct Changes {
    /// By number, and so in the order in which they came.
    live: BTreeMap<u64, Arc<Subscriber>>,
    /// Those of other hubs, by these and their ids.
    elsewhere: BTreeMap<(String, u128), Arc<Subscriber>>,
    /// In the order in which it happened.
    queue: VecDeque<Change>,
    /// How many events those in the queue are.
    untold: usize,
    version: u64,
    next_number: u64,
    chance: Rng,
    is_closed: bool,
}

/// A subscriber that has come or gone.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) subscriber: Arc<Subscriber>,
    pub(super) active: bool,
}

impl Changes {
    /// Nobody is there yet. Ids are made by this chance.
    pub(super) fn by(mut chance: Rng) -> Changes {
        Changes {
            live: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            queue: VecDeque::new(),
            untold: 0,
            // Another one than before a restart.
            version: chance.u64(..),
            next_number: 0,
            chance,
            is_closed: false,
        }
    }

    /// A number and an id for a subscriber, which nobody has had.
    pub(super) fn name(&mut self) -> (u64, u128) {
        self.next_number += 1;
        (self.next_number, self.chance.u128(..))
    }

    /// Whether it is on the roster now.
    pub(super) fn begin(&mut self, subscriber: Arc<Subscriber>) -> bool {
        if self.is_closed {
            return false;
        }
        self.live.insert(subscriber.number(), subscriber.clone());
        self.push(subscriber, true);
        true
    }

    /// Whoever was on the roster with this number.
    pub(super) fn end(&mut self, number: u64) -> Option<Arc<Subscriber>> {
        let subscriber = self.live.remove(&number)?;
        if !self.is_closed {
            self.push(subscriber.clone(), false);
        }
        Some(subscriber)
    }

    /// Ends them all, in the order in which they came; who they were.
    pub(super) fn end_all(&mut self) -> Vec<Arc<Subscriber>> {
        self.elsewhere.clear();
        let ended: Vec<_> = std::mem::take(&mut self.live).into_values().collect();
        if !self.is_closed {
            let told = ended.iter().cloned();
            told.for_each(|subscriber| self.push(subscriber, false));
        }
        self.is_closed = true;
        ended
    }

    /// Tells once more that those who are there have come: somebody may have said that they have gone.
    pub(super) fn tell_again(&mut self) {
        if self.is_closed {
            return;
        }
        for subscriber in self.live.values().cloned().collect::<Vec<_>>() {
            self.push(subscriber, true);
        }
    }

    /// Takes note of one of another hub, which tells of it itself.
    pub(super) fn begin_elsewhere(&mut self, hub: &str, subscriber: Arc<Subscriber>) {
        self.version = self.version.wrapping_add(1);
        let key = (hub.to_owned(), subscriber.bare_id());
        self.elsewhere.insert(key, subscriber);
    }

    /// Takes note that one has gone; if its hub has died, and this one is the heir, that is told here.
    pub(super) fn end_elsewhere(&mut self, hub: &str, id: u128, is_heir: bool) {
        self.version = self.version.wrapping_add(1);
        let gone = self.elsewhere.remove(&(hub.to_owned(), id));
        if let Some(subscriber) = gone
            && is_heir
            && !self.is_closed
        {
            self.push(subscriber, false);
        }
    }

    fn push(&mut self, subscriber: Arc<Subscriber>, active: bool) {
        self.version = self.version.wrapping_add(1);
        self.untold += subscriber.events();
        self.queue.push_back(Change { subscriber, active });
    }

    /// The oldest changes, of about so many events together, and of each subscriber one: while its beginning is not in
    /// the log, its end must not be. They stay in the queue until they are [told](Changes::told).
    pub(super) fn oldest(&self, events: usize) -> Vec<Change> {
        let mut oldest: Vec<Change> = Vec::new();
        let mut left = events;
        for change in &self.queue {
            let number = change.subscriber.number();
            let is_there = |it: &Change| it.subscriber.number() == number;
            let too_many = change.subscriber.events() > left && !oldest.is_empty();
            if too_many || (!change.active && oldest.iter().any(is_there)) {
                break;
            }
            left = left.saturating_sub(change.subscriber.events());
            oldest.push(change.clone());
        }
        oldest
    }

    /// Forgets so many of the oldest changes.
    pub(super) fn told(&mut self, changes: usize) {
        for change in self.queue.drain(..changes.min(self.queue.len())) {
            self.untold -= change.subscriber.events();
        }
    }

    /// From now on nobody comes or goes.
    pub(super) fn close(&mut self) {
        self.is_closed = true;
    }

    /// Nothing can be told any more.
    pub(super) fn give_up(&mut self) {
        self.close();
        self.told(usize::MAX);
    }

    /// Whether newcomers can be told of. Once the roster is closed, they are not told of at all.
    pub(super) fn has_room(&self) -> bool {
        self.is_closed || self.untold < UNTOLD
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn live(&self) -> Vec<Arc<Subscriber>> {
        let all = self.live.values().chain(self.elsewhere.values());
        all.cloned().collect()
    }

    pub(super) fn subscribers(&self) -> usize {
        self.live.len()
    }

    pub(super) fn untold(&self) -> usize {
        self.untold
    }

    pub(super) fn version(&self) -> u64 {
        self.version
    }
}
