//! Signs of life on standard error during long runs.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Between two lines of the same step.
const EVERY: Duration = Duration::from_secs(5);

/// Says where the run is.
pub struct Progress {
    began: Instant,
    last: Cell<Instant>,
    steps: usize,
    step: Cell<usize>,
}

impl Progress {
    pub fn new(steps: usize) -> Progress {
        let now = Instant::now();
        Progress {
            began: now,
            last: Cell::new(now),
            steps,
            step: Cell::new(0),
        }
    }

    /// Begins the next step.
    pub fn step(&self, what: &str) {
        self.step.set(self.step.get() + 1);
        self.say(what);
    }

    /// Says something about the step, but not too often.
    pub fn tick(&self, what: impl FnOnce() -> String) {
        if self.last.get().elapsed() >= EVERY {
            self.say(&format!("  … {}", what()));
        }
    }

    pub fn say(&self, what: &str) {
        self.last.set(Instant::now());
        let elapsed = self.began.elapsed().as_secs();
        let (minutes, seconds) = (elapsed / 60, elapsed % 60);
        eprintln!(
            "[{}/{} {minutes}:{seconds:02}] {what}",
            self.step.get(),
            self.steps
        );
    }
}
