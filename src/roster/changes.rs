//! The plain data: who is subscribed, and what has changed and has not been told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use fastrand::Rng;

use super::{Subscriber, UNTOLD};

/// Whoever comes and goes.
pub(super) struct Changes {
    /// By number, and so in the order in which they came.
    live: BTreeMap<u64, Arc<Subscriber>>,
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

    pub(super) fn begin(&mut self, subscriber: Arc<Subscriber>) {
        if self.is_closed {
            return;
        }
        self.live.insert(subscriber.number(), subscriber.clone());
        self.push(subscriber, true);
    }

    pub(super) fn end(&mut self, number: u64) {
        if let Some(subscriber) = self.live.remove(&number)
            && !self.is_closed
        {
            self.push(subscriber, false);
        }
    }

    /// Ends them all, in the order in which they came.
    pub(super) fn end_all(&mut self) {
        if self.is_closed {
            return;
        }
        for subscriber in std::mem::take(&mut self.live).into_values() {
            self.push(subscriber, false);
        }
        self.is_closed = true;
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
        self.live.values().cloned().collect()
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
