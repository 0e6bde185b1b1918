//! What a hub is told once, at its start.

use std::time::Duration;

use crate::clock::LONGEST;
use crate::event::RETRY;
use crate::options::setters;

/// Most events that may wait in a subscriber's channel.
pub const QUEUE_EVENTS: usize = 65_536;

/// The shortest pause between two heartbeats.
const HEARTBEAT_LEAST: Duration = Duration::from_millis(10);

/// What a hub is told once, at its start. A value outside of its field's limits counts as the nearest
/// within; no time is longer than [`LONGEST`].
///
/// ```
/// use std::time::Duration;
/// use ssehub::HubConfig;
/// let config = HubConfig::default().heartbeat(Duration::from_secs(30)).queue_events(256);
/// assert_eq!(config.retry, Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HubConfig {
    /// Pause between two heartbeats to a subscriber that has nothing else to read, 10 ms or more; zero
    /// sends none.
    pub heartbeat: Duration,
    /// Events that wait in a subscriber's channel before it has to read the log instead: 1 to
    /// [`QUEUE_EVENTS`].
    pub queue_events: usize,
    /// How long clients are asked to wait before they reconnect, on average: a time within [`RETRY`].
    pub retry: Duration,
    /// How long a user without a connection is still present, and may come back unnoticed.
    pub presence_grace: Duration,
    /// Within which time subscribers are told, one after the other, that the hub is closed; zero tells all
    /// of them at once.
    pub drain_spread: Duration,
    /// Where chance comes from.
    pub seed: u64,
}

impl Default for HubConfig {
    fn default() -> HubConfig {
        HubConfig {
            heartbeat: Duration::from_secs(15),
            queue_events: 64,
            retry: Duration::from_secs(2),
            presence_grace: Duration::from_secs(3),
            drain_spread: Duration::ZERO,
            seed: fastrand::u64(..),
        }
    }
}

setters!(HubConfig {
    heartbeat: Duration,
    queue_events: usize,
    retry: Duration,
    presence_grace: Duration,
    drain_spread: Duration,
    seed: u64,
});

impl HubConfig {
    /// Every field within its limits.
    pub(super) fn within_limits(self) -> HubConfig {
        let heartbeat = match self.heartbeat {
            Duration::ZERO => Duration::ZERO,
            heartbeat => heartbeat.clamp(HEARTBEAT_LEAST, LONGEST),
        };
        HubConfig {
            heartbeat,
            queue_events: self.queue_events.clamp(1, QUEUE_EVENTS),
            retry: self.retry.clamp(*RETRY.start(), *RETRY.end()),
            presence_grace: self.presence_grace.min(LONGEST),
            drain_spread: self.drain_spread.min(LONGEST),
            seed: self.seed,
        }
    }
}
