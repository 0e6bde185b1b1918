//! What the threads of one run know of each other.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::connection::Head;

/// One run of a test.
pub struct Run {
    plan: Plan,
    state: Mutex<State>,
    changed: Condvar,
}

/// What a run is like.
pub struct Plan {
    /// The nodes. Any of them does for any client.
    pub nodes: Vec<SocketAddr>,
    /// When the run ends, whatever has become of it.
    pub deadline: Instant,
    /// Longest pause of a publisher between two events.
    pub pause: Duration,
    /// Whether a node may answer that something is not there at the moment.
    pub may_refuse: bool,
}

#[derive(Default)]
struct State {
    acknowledged: u64,
    /// Subscribers that have heard something.
    listening: usize,
    published: bool,
    failed: bool,
}

impl Run {
    pub fn new(plan: Plan) -> Run {
        Run {
            plan,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// Some node.
    pub fn node(&self, chance: &mut Rng) -> SocketAddr {
        self.plan.nodes[chance.usize(..self.plan.nodes.len())]
    }

    /// How long a publisher pauses this time.
    pub fn pause(&self, chance: &mut Rng) -> Duration {
        self.plan.pause.mul_f32(chance.f32())
    }

    /// Whether that is the answer to what was asked for; a node that may refuse it answers 503.
    pub fn is_granted(&self, head: &Head) -> bool {
        match head.status() {
            "200" => true,
            "503" if self.plan.may_refuse => false,
            status => panic!("an answer of status {status}"),
        }
    }

    /// Counts an event that a node has acknowledged.
    pub fn acknowledge(&self) {
        self.change(|state| state.acknowledged += 1);
    }

    /// Counts a subscriber that has heard something.
    pub fn listens(&self) {
        self.change(|state| state.listening += 1);
    }

    /// Waits until so many more events have been acknowledged, not longer than `patience`.
    pub fn wait_for_more(&self, events: u64, patience: Duration) {
        let enough = self.state().acknowledged + events;
        self.wait_until(patience, "nothing is acknowledged any more", |state| {
            state.acknowledged >= enough
        });
    }

    /// Waits until so many subscribers have heard something, not longer than `patience`.
    pub fn wait_for_listeners(&self, subscribers: usize, patience: Duration) {
        self.wait_until(patience, "subscribers hear nothing", |state| {
            state.listening >= subscribers
        });
    }

    fn wait_until(&self, patience: Duration, complaint: &str, enough: impl Fn(&State) -> bool) {
        let until = self.plan.deadline.min(Instant::now() + patience);
        let mut state = self.state();
        while !enough(&state) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{complaint}: waited for {patience:?}");
            assert!(!state.failed, "a thread of the run has failed");
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn end_publishing(&self) {
        self.change(|state| state.published = true);
    }

    pub fn is_publishing(&self) -> bool {
        !self.state().published && !self.is_over()
    }

    /// Whether there is no use in going on.
    pub fn is_over(&self) -> bool {
        self.state().failed || Instant::now() >= self.plan.deadline
    }

    /// Ends the run if the thread that holds this panics.
    pub fn alarm(&self) -> Alarm<'_> {
        Alarm(self)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct Alarm<'r>(&'r Run);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.change(|state| state.failed = true);
        }
    }
}
