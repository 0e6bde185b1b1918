//! What the threads of one run know of each other.

use std::net::SocketAddr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One run of the test.
pub struct Run {
    pub address: SocketAddr,
    deadline: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    acknowledged: u64,
    publishing: bool,
    failed: bool,
}

impl Run {
    pub fn new(address: SocketAddr, deadline: Instant) -> Run {
        Run {
            address,
            deadline,
            state: Mutex::new(State {
                acknowledged: 0,
                publishing: true,
                failed: false,
            }),
            changed: Condvar::new(),
        }
    }

    /// Counts an event that the server has acknowledged.
    pub fn acknowledge(&self) {
        self.change(|state| state.acknowledged += 1);
    }

    /// Waits until so many more events have been acknowledged.
    pub fn wait_for_more(&self, events: u64) {
        let mut state = self.state();
        let enough = state.acknowledged + events;
        while state.acknowledged < enough {
            let left = self.deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the server acknowledges nothing any more");
            assert!(!state.failed, "a thread of the run has failed");
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn end_publishing(&self) {
        self.change(|state| state.publishing = false);
    }

    pub fn is_publishing(&self) -> bool {
        self.state().publishing && !self.is_over()
    }

    /// Whether there is no use in going on.
    pub fn is_over(&self) -> bool {
        self.state().failed || Instant::now() >= self.deadline
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
