//! Attempts to connect: pauses between them that grow, and are never the same for two hubs.

use std::time::Duration;

use super::health::Role;

/// The pause after a connection that did not last.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);

/// The longest pause, before chance.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One connection's attempts.
#[derive(Debug)]
pub(super) struct Attempts {
    role: Role,
    chance: fastrand::Rng,
    pause: Duration,
    /// When the latest began, on the log's clock.
    begun: Option<Duration>,
}

impl Attempts {
    pub(super) fn new(role: Role, seed: u64) -> Attempts {
        Attempts {
            role,
            chance: fastrand::Rng::with_seed(seed.wrapping_add(role as u64)),
            pause: SHORTEST_PAUSE,
            begun: None,
        }
    }

    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// How long to wait before the next one: half as long to half as long again as the one before
    /// last, doubled. Nothing before the first.
    pub(super) fn pause(&mut self) -> Option<Duration> {
        self.begun?;
        let pause = self.pause.mul_f64(0.5 + self.chance.f64());
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Some(pause)
    }

    pub(super) fn begin(&mut self, now: Duration) {
        self.begun = Some(now);
    }

    /// A connection that has lasted starts the pauses anew.
    pub(super) fn end(&mut self, now: Duration) {
        if self.begun.is_some_and(|begun| now - begun > LONGEST_PAUSE) {
            self.pause = SHORTEST_PAUSE;
        }
    }
}
