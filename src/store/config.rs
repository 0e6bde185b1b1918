//! What a log is told once, at its start, and what it keeps.

use std::time::Duration;

use crate::clock::LONGEST;
use crate::options::setters;

/// Most events that a log may keep.
pub const KEPT_EVENTS: usize = 1_000_000_000;

/// What a log keeps; whatever exceeds any of these goes, oldest first. A value outside of its field's limits
/// counts as the nearest within.
///
/// ```
/// use std::time::Duration;
/// use ssehub::Retention;
/// let kept = Retention::default()
///     .events(100_000)
///     .bytes(256 << 20)
///     .age(Duration::from_secs(7 * 24 * 60 * 60))
///     .topic_events(Some(100));
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Retention {
    /// Number of events: 1 to [`KEPT_EVENTS`].
    pub events: usize,
    /// Memory for events and their encodings, or for a log on disk the size of its records, in
    /// bytes.
    pub bytes: usize,
    /// Time since an event was appended, up to [`LONGEST`].
    pub age: Duration,
    /// Number of events of any one topic, 1 or more.
    pub topic_events: Option<usize>,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            events: 10_000,
            bytes: 64 << 20,
            age: Duration::from_secs(24 * 60 * 60),
            topic_events: None,
        }
    }
}

setters!(Retention {
    events: usize,
    bytes: usize,
    age: Duration,
    topic_events: Option<usize>,
});

/// What a log is told once, at its start.
///
/// ```
/// use ssehub::{Clock, Log, LogConfig, Retention};
/// let config = LogConfig::default().retention(Retention::default().events(100)).deduplicate(false);
/// let log = Log::memory(config, Clock::system());
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LogConfig {
    /// What the log keeps.
    pub retention: Retention,
    /// What of a log on disk is also in memory.
    pub window: Retention,
    /// Whether an event whose publisher brings an id that the log knows, on the same topic, is
    /// taken for a repetition and not stored again.
    pub deduplicate: bool,
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            retention: Retention::default(),
            window: Retention::default(),
            deduplicate: true,
        }
    }
}

setters!(LogConfig {
    retention: Retention,
    window: Retention,
    deduplicate: bool,
});

impl Retention {
    fn within_limits(self) -> Retention {
        Retention {
            events: self.events.clamp(1, KEPT_EVENTS),
            bytes: self.bytes,
            age: self.age.min(LONGEST),
            topic_events: self.topic_events.map(|events| events.max(1)),
        }
    }
}

impl LogConfig {
    /// Every field within its limits.
    pub(super) fn within_limits(self) -> LogConfig {
        LogConfig {
            retention: self.retention.within_limits(),
            window: self.window.within_limits(),
            ..self
        }
    }
}
