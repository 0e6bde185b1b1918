//! How old events are, whatever the machine's clock says.
//!
//! A position has the milliseconds of a clock that an operator or NTP may set, so it does not tell an age.
//! While the log is open, ages go by the time that has passed: a mark says when the log ended where. An event
//! from before the log was opened is as old as its position says, by the clock as it was then; one whose
//! position lies in that clock's future counts as appended when the log was opened.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Clock;
use crate::event::EventId;

/// Marks within the longest age: an event may stay for this part of it longer.
const MARKS: u32 = 1_024;

/// A step of the machine's clock that is logged, in milliseconds.
const LOGGED_STEP_MS: u64 = 60_000;

/// What a clock shows at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Time since the clock was made, which never goes back.
    pub(super) passed: Duration,
    /// What the machine's clock says, which may go anywhere.
    pub(super) unix_ms: u64,
}

impl Moment {
    pub(super) fn of(clock: &Clock) -> Moment {
        Moment {
            passed: clock.now(),
            unix_ms: clock.unix_ms(),
        }
    }
}

/// Where the log ended, and when.
#[derive(Debug)]
struct Mark {
    /// A mark is moved for a while before the next one is made.
    since: Duration,
    at: Duration,
    tail: EventId,
}

/// Tells which events of a log are too old.
#[derive(Debug)]
pub(super) struct Ages {
    /// The longest age that is asked for.
    longest: Duration,
    opened: Moment,
    /// Where the log ended when it was opened.
    opened_tail: EventId,
    latest: Moment,
    /// The oldest first; at least one.
    marks: VecDeque<Mark>,
}

impl Ages {
    /// Those of a log that is opened now and ends at `tail`.
    pub(super) fn new(now: Moment, tail: EventId, longest: Duration) -> Ages {
        Ages {
            longest,
            opened: now,
            opened_tail: tail,
            latest: now,
            marks: VecDeque::from([Mark {
                since: now.passed,
                at: now.passed,
                tail,
            }]),
        }
    }

    /// Goes by another clock, too, for what is older than the log's opening: by the one that is behind, so
    /// that nothing counts as old because either is ahead.
    #[cfg(feature = "redis")]
    pub(super) fn opened_by(mut self, unix_ms: u64) -> Ages {
        self.opened.unix_ms = self.opened.unix_ms.min(unix_ms);
        self
    }

    /// Takes note of where the log ends now.
    pub(super) fn note(&mut self, now: Moment, tail: EventId) {
        self.log_step(now);
        self.latest = now;
        let is_older = |mark: &Mark, age| now.passed.saturating_sub(mark.at) > age;
        while self.marks.len() > 1 && is_older(&self.marks[1], self.longest) {
            self.marks.pop_front();
        }
        match self.marks.back_mut() {
            Some(last) if last.tail == tail => {}
            Some(last) if now.passed.saturating_sub(last.since) <= self.longest / MARKS => {
                (last.at, last.tail) = (now.passed, tail);
            }
            _ => self.marks.push_back(Mark {
                since: now.passed,
                at: now.passed,
                tail,
            }),
        }
    }

    /// Every event up to this position is older than `age`, which is not above the longest.
    pub(super) fn outdated(&self, now: Duration, age: Duration) -> EventId {
        let old = |mark: &Mark| now.saturating_sub(mark.at) > age;
        let marked = match self.marks.partition_point(old) {
            0 => EventId::ZERO,
            old => self.marks[old - 1].tail,
        };
        let passed = now.saturating_sub(self.opened.passed);
        let now_ms = self.opened.unix_ms.saturating_add(millis(passed));
        let oldest = EventId {
            ms: now_ms.saturating_sub(millis(age)),
            seq: 0,
        };
        marked.max(oldest.previous().min(self.opened_tail))
    }

    /// Says that the machine's clock has not gone with the time that has passed.
    fn log_step(&self, now: Moment) {
        let passed = now.passed.saturating_sub(self.latest.passed);
        let expected_ms = self.latest.unix_ms.saturating_add(millis(passed));
        if now.unix_ms.abs_diff(expected_ms) < LOGGED_STEP_MS {
            return;
        }
        log::warn!(
            "the machine's clock was set, or stood still: it went from {} to {} ms since 1970 within {passed:?}; \
             positions never go back, and events are kept for the time that passes",
            self.latest.unix_ms,
            now.unix_ms
        );
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_secs(1_024);

    fn at(seconds: u64) -> Moment {
        let passed = Duration::from_secs(seconds);
        Moment { passed, unix_ms: 0 }
    }

    fn id(ms: u64) -> EventId {
        EventId { ms, seq: 0 }
    }

    #[test]
    fn the_marks_of_a_busy_log_are_bounded_and_late_by_a_part_of_the_age() {
        let mut ages = Ages::new(at(0), id(0), AGE);
        for tenth in 1..=40_000 {
            let passed = Duration::from_millis(tenth * 100);
            ages.note(Moment { passed, unix_ms: 0 }, id(tenth));
            let outdated = ages.outdated(passed, AGE).ms;
            let exact = tenth.saturating_sub(10_240);
            assert!(
                (exact.saturating_sub(12)..=exact).contains(&outdated),
                "{tenth}: {outdated}"
            );
        }
        assert!(
            ages.marks.len() <= MARKS as usize + 2,
            "{}",
            ages.marks.len()
        );
    }

    #[test]
    fn a_log_that_stands_still_grows_old() {
        let mut ages = Ages::new(at(0), id(0), AGE);
        ages.note(at(1), id(7));
        for seconds in 2..5_000 {
            ages.note(at(seconds), id(7));
        }
        assert_eq!(ages.outdated(at(5_000).passed, AGE), id(7));
        assert_eq!(ages.marks.len(), 1);
    }

    #[test]
    fn no_age_and_no_clock_is_too_large() {
        let late = Moment {
            passed: Duration::MAX,
            unix_ms: u64::MAX,
        };
        let mut ages = Ages::new(late, EventId::ZERO, Duration::MAX);
        ages.note(late, id(u64::MAX));
        assert_eq!(ages.outdated(Duration::MAX, Duration::MAX), EventId::ZERO);
        ages.note(at(0), id(u64::MAX).next());
        assert_eq!(ages.outdated(Duration::ZERO, Duration::ZERO).ms, 0);
    }
}
