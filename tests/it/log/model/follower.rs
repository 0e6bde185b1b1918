//! A subscriber, and what it is owed.

use futures_lite::future::{block_on, poll_once};
use ssehub::{EventId, Next, Start, Subscription};

use super::oracle::{Oracle, Reader, Said};
use crate::world::{World, in_turns};

pub struct Follower {
    subscription: Subscription,
    account: Account,
}

/// What a subscriber is owed, which outlives its connection.
pub struct Account {
    reader: Reader,
    /// What it has to get, unless the log loses it and says so.
    owed: Vec<EventId>,
    /// It has to be told of a gap.
    gap: bool,
    /// What it has read last.
    seen: Option<EventId>,
}

impl Follower {
    pub fn new(world: &World, oracle: &Oracle, reader: Reader, start: Start) -> Follower {
        let interest = reader.interest();
        let mut account = Account {
            reader,
            owed: Vec::new(),
            gap: false,
            seen: None,
        };
        match &start {
            Start::Now => {}
            Start::Earliest => account.owe_all(oracle, oracle.kept_after),
            Start::After(id) => match oracle.locate(id, &account.reader) {
                Some(position) => account.owe_all(oracle, position),
                None => account.owe_gap(oracle),
            },
        }
        let is_now = start == Start::Now;
        let mut follower = Follower {
            subscription: world.hub.subscribe(interest, start),
            account,
        };
        if !is_now {
            // What is there is what is there when it begins to read.
            follower.read(world, oracle);
        }
        follower
    }

    /// A new event.
    pub fn owe(&mut self, said: &Said) {
        self.account.owe(said);
    }

    /// Reads all there is, and settles.
    pub fn read(&mut self, world: &World, oracle: &Oracle) {
        let mut told = false;
        loop {
            world.settle();
            let next = match block_on(self.subscription.catch_up()) {
                Some(next) => Some(next),
                None => block_on(poll_once(in_turns(self.subscription.next()))),
            };
            match next {
                None => break,
                Some(Next::Gap { .. }) => told = true,
                Some(Next::Events(events)) => {
                    for event in events {
                        self.account.got(event.id(), oracle);
                    }
                }
                Some(Next::Ended) => panic!("the hub is open"),
            }
        }
        self.account.settle(told, oracle);
    }

    pub fn leave(self) -> Account {
        self.account
    }

    /// Hangs up and comes back.
    pub fn resume(self, world: &World, oracle: &Oracle) -> Follower {
        self.leave().back(world, oracle)
    }
}

impl Account {
    pub fn back(self, world: &World, oracle: &Oracle) -> Follower {
        let start = match self.seen {
            Some(seen) => Start::After(seen.to_string()),
            None => Start::Now,
        };
        Follower::new(world, oracle, self.reader, start)
    }

    fn owe(&mut self, said: &Said) {
        if self.reader.wants(said) {
            self.owed.push(said.id);
        }
    }

    /// Owes everything after a position that is kept; what is not is a gap.
    fn owe_all(&mut self, oracle: &Oracle, after: EventId) {
        for said in oracle.kept().filter(|said| said.id > after) {
            self.owe(said);
        }
        self.gap = after != oracle.kept_after && oracle.lost(&self.reader) > after;
    }

    fn owe_gap(&mut self, oracle: &Oracle) {
        self.owe_all(oracle, oracle.kept_after);
        self.gap = true;
    }

    /// Takes an event; those owed before it must be gone from the log.
    fn got(&mut self, id: EventId, oracle: &Oracle) {
        let place = self.owed.iter().position(|owed| *owed == id);
        let place = place.unwrap_or_else(|| panic!("{id} is not owed, or came before"));
        for skipped in self.owed.drain(..=place).take(place) {
            assert!(!is_kept(oracle, skipped), "{skipped} was skipped");
            self.gap = true;
        }
        self.seen = Some(id);
    }

    /// All has been read: whatever is still owed must be gone, and a gap have been told.
    fn settle(&mut self, told: bool, oracle: &Oracle) {
        for missing in self.owed.drain(..) {
            assert!(!is_kept(oracle, missing), "{missing} never came");
            self.gap = true;
        }
        assert!(told || !self.gap, "a gap was not told");
        self.gap = false;
    }
}

fn is_kept(oracle: &Oracle, id: EventId) -> bool {
    oracle.kept().any(|said| said.id == id)
}
