//! Room for new events: publishers take turns for it while the log's readers are behind.
//!
//! What publishers have reserved and what the slowest reader has still to read stay together within [`LEAD`].
//! A publisher that finds no room waits in one of two queues, for small and for large requests, each first come,
//! first served. The queues alternate, so that a publisher of single events never waits for all the bodies
//! that others send, and a large body never waits for all single events.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::Log;

/// How far publishers may be ahead of the slowest reader: events, and their size in memory in bytes.
///
/// One request that is larger than this gets room once nothing else is on its way.
pub(crate) const LEAD: Amount = Amount {
    events: 1_024,
    bytes: 8 << 20,
};

/// The largest request that waits in the queue for small ones.
const SMALL: Amount = Amount {
    events: 1,
    bytes: 64 << 10,
};

/// Small requests that are served in a row while a large one waits.
const SMALL_IN_A_ROW: u32 = 256;

/// A number of events, and their size in memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) events: u64,
    pub(crate) bytes: u64,
}

impl Amount {
    pub(crate) fn plus(self, other: Amount) -> Amount {
        Amount {
            events: self.events.saturating_add(other.events),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn less(self, other: Amount) -> Amount {
        Amount {
            events: self.events.saturating_sub(other.events),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// Of each number the greater.
    pub(crate) fn max(self, other: Amount) -> Amount {
        Amount {
            events: self.events.max(other.events),
            bytes: self.bytes.max(other.bytes),
        }
    }

    /// Whether neither number exceeds the other's.
    pub(crate) fn is_within(self, most: Amount) -> bool {
        self.events <= most.events && self.bytes <= most.bytes
    }
}

/// The requests that wait, and what is reserved.
#[derive(Debug, Default)]
pub(super) struct Room {
    reserved: Amount,
    small: BTreeMap<u64, Waiting>,
    large: BTreeMap<u64, Waiting>,
    /// Requests that have got room and do not know it yet.
    granted: BTreeMap<u64, Amount>,
    last_number: u64,
    small_in_a_row: u32,
}

#[derive(Debug)]
struct Waiting {
    asked: Amount,
    waker: Option<Waker>,
}

impl Room {
    /// Reserves room at once, unless there is none or others wait.
    fn reserve(&mut self, asked: Amount, behind: Amount) -> bool {
        let free = !self.is_awaited() && self.fits(asked, behind);
        if free {
            self.reserved = self.reserved.plus(asked);
        }
        free
    }

    /// Joins the end of a queue.
    fn enqueue(&mut self, asked: Amount) -> u64 {
        self.last_number += 1;
        let waiting = Waiting { asked, waker: None };
        match asked.is_within(SMALL) {
            true => self.small.insert(self.last_number, waiting),
            false => self.large.insert(self.last_number, waiting),
        };
        self.last_number
    }

    /// Gives room to the requests whose turn it is, and returns the tasks to wake.
    pub(super) fn serve(&mut self, behind: Amount) -> Vec<Waker> {
        let mut woken = Vec::new();
        loop {
            let takes_small = self.small_in_a_row < SMALL_IN_A_ROW || self.large.is_empty();
            let queue = match takes_small && !self.small.is_empty() {
                true => &self.small,
                false => &self.large,
            };
            let Some((&number, waiting)) = queue.first_key_value() else {
                return woken;
            };
            let asked = waiting.asked;
            if !self.fits(asked, behind) {
                return woken;
            }
            self.small_in_a_row = match self.small.contains_key(&number) {
                true => self.small_in_a_row.saturating_add(1),
                false => 0,
            };
            self.reserved = self.reserved.plus(asked);
            self.granted.insert(number, asked);
            woken.extend(self.remove(number).and_then(|waiting| waiting.waker));
        }
    }

    fn fits(&self, asked: Amount, behind: Amount) -> bool {
        let ahead = self.reserved.plus(behind);
        ahead.events == 0 || ahead.plus(asked).is_within(LEAD)
    }

    /// Whether a request waits.
    pub(super) fn is_awaited(&self) -> bool {
        !self.small.is_empty() || !self.large.is_empty()
    }

    fn waiting(&mut self, number: u64) -> Option<&mut Waiting> {
        let small = self.small.get_mut(&number);
        small.or_else(|| self.large.get_mut(&number))
    }

    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let small = self.small.remove(&number);
        small.or_else(|| self.large.remove(&number))
    }
}

/// Room in the log that a publisher has reserved. Dropped once the events are in the log, or are not to be.
#[derive(Debug)]
pub(crate) struct Permit {
    log: Log,
    reserved: Amount,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let is_awaited = {
            let mut flow = self.log.0.flow.lock();
            flow.room.reserved = flow.room.reserved.less(self.reserved);
            flow.room.is_awaited()
        };
        if is_awaited {
            self.log.serve_waiting();
        }
    }
}

impl Log {
    /// Reserves room for events if there is some and no one else waits for it.
    pub(crate) fn try_reserve(&self, asked: Amount) -> Option<Permit> {
        let window = self.read_window();
        let mut flow = self.0.flow.lock();
        let behind = flow.behind(window.entered());
        flow.room.reserve(asked, behind).then(|| Permit {
            log: self.clone(),
            reserved: asked,
        })
    }

    /// Reserves room for events, once it is this request's turn.
    pub(crate) fn reserve(&self, asked: Amount) -> Reserving<'_> {
        let number = self.0.flow.lock().room.enqueue(asked);
        // There may be room by now, and no reader on its way that would find the request.
        self.serve_waiting();
        Reserving { log: self, number }
    }

    /// Gives room to the requests whose turn it is.
    pub(super) fn serve_waiting(&self) {
        let woken = {
            let window = self.read_window();
            let mut flow = self.0.flow.lock();
            let behind = flow.behind(window.entered());
            flow.room.serve(behind)
        };
        woken.into_iter().for_each(Waker::wake);
    }
}

/// A request that waits for its turn, and gives it up when it is dropped.
#[derive(Debug)]
pub(crate) struct Reserving<'l> {
    log: &'l Log,
    number: u64,
}

impl Future for Reserving<'_> {
    type Output = Permit;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        let mut flow = self.log.0.flow.lock();
        if let Some(reserved) = flow.room.granted.remove(&self.number) {
            let log = self.log.clone();
            return Poll::Ready(Permit { log, reserved });
        }
        if let Some(waiting) = flow.room.waiting(self.number) {
            waiting.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl Drop for Reserving<'_> {
    fn drop(&mut self) {
        let mut flow = self.log.0.flow.lock();
        let was_waiting = flow.room.remove(self.number).is_some();
        let granted = flow.room.granted.remove(&self.number);
        if let Some(reserved) = granted {
            flow.room.reserved = flow.room.reserved.less(reserved);
        }
        drop(flow);
        // The one behind it in the queue may fit.
        if was_waiting || granted.is_some() {
            self.log.serve_waiting();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Amount = Amount {
        events: 0,
        bytes: 0,
    };

    fn events(events: u64) -> Amount {
        let bytes = events * 600;
        Amount { events, bytes }
    }

    /// Serves with a reader that takes one request after the other, and returns their numbers.
    fn served(room: &mut Room) -> Vec<u64> {
        let mut order = Vec::new();
        while room.is_awaited() {
            room.reserved = NONE;
            room.serve(NONE);
            order.extend(std::mem::take(&mut room.granted).into_keys());
        }
        order
    }

    #[test]
    fn a_small_request_waits_for_the_large_one_in_front_alone() {
        let mut room = Room::default();
        let bodies: Vec<_> = (0..100).map(|_| room.enqueue(events(256))).collect();
        let calm = room.enqueue(events(1));
        let order = served(&mut room);
        let before = order.iter().position(|number| *number == calm);
        assert!(before.is_some_and(|before| before <= 4), "{before:?}");
        let large: Vec<_> = order.into_iter().filter(|it| *it != calm).collect();
        assert_eq!(large, bodies);
    }

    #[test]
    fn a_large_request_waits_for_a_bounded_number_of_small_ones() {
        let mut room = Room::default();
        let small: Vec<_> = (0..10_000).map(|_| room.enqueue(events(1))).collect();
        let body = room.enqueue(events(256));
        room.serve(NONE);
        let granted = |room: &Room, number| room.granted.contains_key(&number);
        assert!(granted(&room, body));
        assert_eq!(room.reserved.events, 1_024);
        assert!(granted(&room, small[767]) && !granted(&room, small[768]));
    }

    #[test]
    fn what_is_larger_than_the_lead_gets_room_when_nothing_else_is_on_its_way() {
        let mut room = Room::default();
        let huge = Amount {
            events: 1,
            bytes: LEAD.bytes * 5,
        };
        assert!(room.reserve(events(1), NONE));
        let number = room.enqueue(huge);
        room.serve(NONE);
        assert!(!room.granted.contains_key(&number));
        assert!(!room.reserve(events(1), NONE), "nobody passes it");
        room.reserved = NONE;
        room.serve(events(1));
        assert!(!room.granted.contains_key(&number));
        room.serve(NONE);
        assert!(room.granted.contains_key(&number));
        assert!(!room.reserve(events(1), NONE));
    }
}
