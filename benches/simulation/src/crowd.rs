//! What all simulated subscribers share: what they were promised, and what they have found.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

/// Whether subscribers look at what they receive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checks {
    /// They count bytes, so that hardly anything but the hub is measured.
    Bytes,
    /// Each checks that it gets every event of its topic once and in order.
    Order,
}

/// A crowd of subscribers, spread over topics.
#[derive(Debug)]
pub struct Crowd {
    size: u32,
    topics: u32,
    pub(crate) checks: Checks,
    /// Bytes that each stream takes before it blocks.
    room_bytes: AtomicU32,
    is_gone: AtomicBool,
    /// Events that each topic has been told.
    published: AtomicU32,
    /// Who waits, by seat; made whole at the start, so that it does not grow while we measure.
    waiting: Mutex<Vec<Option<Waker>>>,
    pub(crate) bytes: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) twice: AtomicU64,
    incomplete: AtomicU64,
    left: AtomicU64,
}

/// What a crowd has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Events that were skipped.
    pub lost: u64,
    /// Events that came again or late.
    pub twice: u64,
    /// Subscribers that left without all events of their topic.
    pub incomplete: u64,
    /// Subscribers that have left.
    pub left: u64,
}

impl Crowd {
    pub fn new(size: u32, topics: u32, checks: Checks) -> Arc<Crowd> {
        Arc::new(Crowd {
            size,
            topics,
            checks,
            room_bytes: AtomicU32::new(u32::MAX),
            is_gone: AtomicBool::new(false),
            published: AtomicU32::new(0),
            waiting: Mutex::new(vec![None; size as usize]),
            bytes: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            twice: AtomicU64::new(0),
            incomplete: AtomicU64::new(0),
            left: AtomicU64::new(0),
        })
    }

    pub fn size(&self) -> u32 {
        self.size
    }

    pub fn topics(&self) -> u32 {
        self.topics
    }

    /// The topic that the subscriber in a seat reads.
    pub fn topic_of(&self, seat: u32) -> u32 {
        seat % self.topics
    }

    /// How many read a topic.
    pub fn readers(&self, topic: u32) -> u64 {
        let (each, rest) = (self.size / self.topics, self.size % self.topics);
        u64::from(each + u32::from(topic < rest))
    }

    /// Bytes that all subscribers have taken, heads of responses included.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    pub fn findings(&self) -> Findings {
        Findings {
            lost: self.lost.load(Relaxed),
            twice: self.twice.load(Relaxed),
            incomplete: self.incomplete.load(Relaxed),
            left: self.left.load(Relaxed),
        }
    }

    /// Every topic is told one more event; the answer is its number.
    pub fn next_event(&self) -> u32 {
        self.published.fetch_add(1, Relaxed)
    }

    /// Lets every stream take so many bytes in all, and wakes those that waited for room.
    pub fn set_room(&self, bytes: u32) {
        self.room_bytes.store(bytes, Relaxed);
        self.wake_all();
    }

    pub(crate) fn has_room(&self, taken_bytes: u32) -> bool {
        taken_bytes < self.room_bytes.load(Relaxed)
    }

    /// Closes every stream from the peer's side.
    pub fn hang_up(&self) {
        self.is_gone.store(true, Relaxed);
        self.wake_all();
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone.load(Relaxed)
    }

    /// Remembers whom to wake.
    pub(crate) fn wait(&self, seat: u32, waker: &Waker) {
        if let Some(place) = self.waiting().get_mut(seat as usize) {
            *place = Some(waker.clone());
        }
    }

    /// Accounts for a subscriber that got every event before `next`, and leaves.
    pub(crate) fn leave(&self, next: u32) {
        self.left.fetch_add(1, Relaxed);
        if self.checks == Checks::Order && next != self.published.load(Relaxed) {
            self.incomplete.fetch_add(1, Relaxed);
        }
    }

    fn wake_all(&self) {
        for seat in 0..self.size as usize {
            let waker = self.waiting().get_mut(seat).and_then(Option::take);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Option<Waker>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
