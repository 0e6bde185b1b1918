//! A connection's one timer.
//!
//! To set a timer costs two system calls, and a busy connection would set one for each request.
//! So a timer that is due too early is left alone: when it fires, it is set again.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::clock::{Clock, Sleep};

/// Tells when a deadline has passed.
#[derive(Debug)]
pub(super) struct Deadline {
    clock: Clock,
    timer: Option<(Duration, Sleep)>,
}

/// The deadline has passed.
#[derive(Debug)]
pub(super) struct Late;

impl Deadline {
    pub(super) fn new(clock: Clock) -> Deadline {
        Deadline { clock, timer: None }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Waits for `work`, but not past `at` on the clock.
    pub(super) async fn bound<T>(
        &mut self,
        at: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, Late> {
        let mut work = pin!(work);
        poll_fn(|cx| {
            if let Poll::Ready(output) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(output));
            }
            self.poll(at, cx).map(|()| Err(Late))
        })
        .await
    }

    fn poll(&mut self, at: Duration, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let now = self.clock.now();
            let timer = match &mut self.timer {
                Some((due, timer)) if *due <= at => timer,
                _ => {
                    let timer = self.clock.sleep(at.saturating_sub(now));
                    &mut self.timer.insert((at, timer)).1
                }
            };
            if Pin::new(timer).poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.timer = None;
            if now >= at {
                return Poll::Ready(());
            }
        }
    }
}
