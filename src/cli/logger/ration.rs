//! How many lines of the log one place in the source may write.
//!
//! Most lines tell of what a client has done, and a client may do it a million times. So each place has a bucket of
//! lines. A warning or an error that is repeated word for word is written at longer and longer intervals instead.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use log::{Level, Record};

/// Lines of one place that may come at once.
pub(super) const BURST_LINES: u32 = 200;

/// The time after which a place may write one line more: ten lines in a second.
const LINE_INTERVAL: Duration = Duration::from_millis(100);

/// How often a warning or an error is written word for word, one right after the other: an operator may ask again.
const SAME_LINES: u32 = 4;

/// The time after these within which it is not repeated; it doubles with each repetition.
const FIRST_SILENCE: Duration = Duration::from_secs(1);

/// The longest such time: what goes on is told once a minute.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// The shortest time between two lines that tell how many were left out.
const SUMMARY_INTERVAL: Duration = Duration::from_secs(5);

/// What becomes of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is written; these like it were left out before.
    Write { repeated: u64 },
    /// It is left out.
    LeaveOut,
}

/// What the places have written. There are as many as the source has statements that log.
#[derive(Default)]
pub(super) struct Ration {
    places: HashMap<(&'static str, u32), Place>,
    /// Lines that found their place's bucket empty, and were not told of.
    left_out: u64,
    /// When it was last told.
    summed_up: Duration,
}

#[derive(Default)]
struct Place {
    /// When its bucket will be full.
    full_at: Duration,
    /// The last warning or error.
    last: Option<Said>,
}

struct Said {
    /// A hash of its words.
    words: u64,
    at: Duration,
    /// How often it was written.
    written: u32,
    /// How often it was left out since.
    repeated: u64,
}

impl Ration {
    /// Decides about a line with these words. A record without a place in the source is one of the access log, of
    /// which the operator wants every line.
    pub(super) fn judge(&mut self, record: &Record<'_>, words: &str, now: Duration) -> Verdict {
        let (Some(module), Some(line)) = (record.module_path_static(), record.line()) else {
            return Verdict::Write { repeated: 0 };
        };
        let place = self.places.entry((module, line)).or_default();
        let is_grave = record.level() <= Level::Warn;
        let repeated = match is_grave.then(|| place.say(words, now)) {
            Some(Verdict::LeaveOut) => return Verdict::LeaveOut,
            Some(Verdict::Write { repeated }) => repeated,
            None => 0,
        };
        let full_at = place.full_at.max(now) + LINE_INTERVAL;
        if full_at > now + LINE_INTERVAL * BURST_LINES {
            self.left_out += 1;
            return Verdict::LeaveOut;
        }
        place.full_at = full_at;
        Verdict::Write { repeated }
    }

    /// How many lines were left out since this was told last, if there are some and it is time to tell.
    pub(super) fn sum_up(&mut self, now: Duration) -> Option<u64> {
        if self.left_out == 0 || now < self.summed_up + SUMMARY_INTERVAL {
            return None;
        }
        self.summed_up = now;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Place {
    /// Whether a warning or an error is to be written again.
    fn say(&mut self, words: &str, now: Duration) -> Verdict {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        let words = hasher.finish();
        let (mut written, mut repeated) = (1, 0);
        if let Some(last) = self.last.as_mut().filter(|last| last.words == words) {
            if now < last.at + silence(last.written) {
                last.repeated += 1;
                return Verdict::LeaveOut;
            }
            // What was not said for long begins anew.
            if now < last.at + 2 * LONGEST_SILENCE {
                written += last.written;
            }
            repeated = last.repeated;
        }
        self.last = Some(Said {
            words,
            at: now,
            written,
            repeated: 0,
        });
        Verdict::Write { repeated }
    }
}

/// How long words are not repeated that were written so often.
fn silence(written: u32) -> Duration {
    match written.checked_sub(SAME_LINES) {
        None => Duration::ZERO,
        Some(doubled) => (FIRST_SILENCE * 2_u32.saturating_pow(doubled)).min(LONGEST_SILENCE),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use log::{Level, Record};

    use super::{BURST_LINES, Ration, SAME_LINES, SUMMARY_INTERVAL, Verdict};

    const WRITTEN: Verdict = Verdict::Write { repeated: 0 };
    const BURST: usize = BURST_LINES as usize;

    fn judge(ration: &mut Ration, level: Level, line: u32, words: &str, ms: u64) -> Verdict {
        let record = Record::builder()
            .level(level)
            .module_path_static(Some("ssehub::here"))
            .line(Some(line))
            .build();
        ration.judge(&record, words, Duration::from_millis(ms))
    }

    /// How many of these lines are written.
    fn written(ration: &mut Ration, line: u32, lines: usize, ms: u64) -> usize {
        let judged = (0..lines).map(|it| judge(ration, Level::Info, line, &it.to_string(), ms));
        judged.filter(|it| *it == WRITTEN).count()
    }

    #[test]
    fn a_place_has_a_burst_and_then_a_rate() {
        let mut ration = Ration::default();
        assert_eq!(written(&mut ration, 1, 100_000, 10_000), BURST);
        assert_eq!(written(&mut ration, 1, 100_000, 10_099), 0);
        assert_eq!(written(&mut ration, 1, 100_000, 10_100), 1);
        assert_eq!(written(&mut ration, 1, 100_000, 11_100), 10);
        assert_eq!(written(&mut ration, 2, 10, 11_100), 10, "another place");
        assert_eq!(written(&mut ration, 1, 100_000, 100_000), BURST);
    }

    #[test]
    fn what_was_left_out_is_counted() {
        let mut ration = Ration::default();
        assert_eq!(ration.sum_up(SUMMARY_INTERVAL), None);
        written(&mut ration, 1, BURST + 142, 10_000);
        assert_eq!(ration.sum_up(Duration::from_secs(10)), Some(142));
        assert_eq!(ration.sum_up(Duration::from_secs(20)), None);
        written(&mut ration, 1, 8, 10_000);
        assert_eq!(ration.sum_up(Duration::from_secs(14)), None, "too soon");
        assert_eq!(ration.sum_up(Duration::from_secs(15)), Some(8));
    }

    #[test]
    fn a_warning_that_is_repeated_is_told_ever_more_rarely() {
        let mut ration = Ration::default();
        let mut told = Vec::new();
        // Five times a second, for five minutes.
        for ms in (0..300_000).step_by(200) {
            match judge(&mut ration, Level::Warn, 1, "it is away", ms) {
                Verdict::Write { repeated } => told.push((ms, repeated)),
                Verdict::LeaveOut => {}
            }
        }
        let expected = [
            (0, 0),
            (200, 0),
            (400, 0),
            (600, 0),
            (1_600, 4),
            (3_600, 9),
            (7_600, 19),
            (15_600, 39),
            (31_600, 79),
            (63_600, 159),
            (123_600, 299),
            (183_600, 299),
            (243_600, 299),
        ];
        assert_eq!(told, expected);
        assert_eq!(
            ration.sum_up(Duration::from_secs(300)),
            None,
            "they were told"
        );
    }

    #[test]
    fn another_warning_and_a_later_one_are_told_at_once() {
        let mut ration = Ration::default();
        let mut warn = |words: &str, ms| judge(&mut ration, Level::Error, 1, words, ms);
        for _ in 0..SAME_LINES {
            assert_eq!(warn("one", 0), WRITTEN);
        }
        assert_eq!(warn("one", 1), Verdict::LeaveOut);
        assert_eq!(warn("other", 2), WRITTEN);
        for _ in 0..SAME_LINES {
            assert_eq!(warn("one", 3), WRITTEN);
        }
        assert_eq!(warn("one", 4), Verdict::LeaveOut);
        assert_eq!(warn("one", 200_000), Verdict::Write { repeated: 1 });
        assert_eq!(warn("one", 200_000), WRITTEN);
    }

    #[test]
    fn warnings_that_differ_have_the_same_bound() {
        let mut ration = Ration::default();
        let judged = (0..1_000).map(|it| judge(&mut ration, Level::Warn, 1, &it.to_string(), 0));
        assert_eq!(judged.filter(|it| *it == WRITTEN).count(), BURST);
    }

    #[test]
    fn the_access_log_is_written_as_it_is() {
        let mut ration = Ration::default();
        let record = Record::builder().target("ssehub::access").build();
        let judge = |_| ration.judge(&record, "request", Duration::ZERO);
        assert!((0..1_000).map(judge).all(|it| it == WRITTEN));
    }
}
