//! What a hub is told once, at its start.

use std::time::Duration;

use crate::options::setters;

/// What a hub is told once, at its start.
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
    /// Pause between two heartbeats to a subscriber that has nothing else to read; zero sends none.
    pub heartbeat: Duration,
    /// Events that wait in a subscriber's channel before it has to read the log instead.
    pub queue_events: usize,
    /// How long clients are asked to wait before they reconnect, on average.
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
