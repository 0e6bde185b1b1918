//! For how long a stream may go on, and how long each write of it may take.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::Site;
use super::deadline::{Deadline, Late};
use crate::clock::{Clock, Sleep};
use crate::metrics::{Sent, Tally};

/// What a stream that has to end may still take to say so.
const LAST_WORD: Duration = Duration::from_secs(1);

/// How fast a stream has to go on: each write within the stall limit, and none after its time.
pub(super) struct Pace {
    deadline: Deadline,
    stall: Duration,
    until: Duration,
    tally: Arc<Tally>,
}

impl Pace {
    pub(super) fn new(site: &Site, until: Option<Duration>) -> Pace {
        Pace {
            deadline: Deadline::new(site.hub.clock().clone()),
            stall: site.config.stall,
            until: until.unwrap_or(Duration::MAX),
            tally: site.hub.tally().clone(),
        }
    }

    /// Counts what was written.
    pub(super) fn count(&self, sent: Sent) {
        self.tally.count(sent);
    }

    /// Whether the stream's time is over.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.clock().now() >= self.until
    }

    /// Waits for one step of a write.
    pub(super) async fn bound<T>(&mut self, step: impl Future<Output = T>) -> Result<T, Late> {
        let at = self.deadline.clock().now().saturating_add(self.stall);
        self.deadline.bound(at.min(self.until), step).await
    }

    /// Waits for something to do, but no longer than `delay`, nor past the stream's time.
    pub(super) async fn within<T>(
        &mut self,
        delay: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Late> {
        let at = self.deadline.clock().now().saturating_add(delay);
        self.deadline.bound(at.min(self.until), work).await
    }

    /// Lets a stream whose time is over end as it should.
    pub(super) fn grant_a_last_word(&mut self) {
        let now = self.deadline.clock().now();
        self.until = self.until.max(now.saturating_add(LAST_WORD));
    }
}

/// The time for which a stream that is lent to the pump may go on.
pub(super) struct Lease {
    pub(super) until: Duration,
    over: Sleep,
}

impl Lease {
    pub(super) fn new(clock: &Clock, until: Duration) -> Lease {
        let left = until.saturating_sub(clock.now());
        Lease {
            until,
            over: clock.sleep(left),
        }
    }

    /// Completes when it is over.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.over).poll(cx)
    }
}
