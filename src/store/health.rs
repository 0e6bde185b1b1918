//! What a log tells of itself.

use std::fmt;

#[cfg(feature = "redis")]
use super::Mishaps;
use super::{Backend, Log, StorageFault};
#[cfg(feature = "disk")]
use crate::metrics::Histogram;

/// How much a log keeps.
///
/// ```
/// use ssehub::store::Size;
/// use ssehub::{Clock, Draft, Log, LogConfig, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// assert_eq!(log.size(), Size::default());
/// log.append(Draft::new(Topic::parse("news").unwrap(), "hello")).await.unwrap();
/// assert_eq!(log.size().events, 1);
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// Number of events.
    pub events: u64,
    /// Their size in memory, or for a log on disk that of their records, in bytes. For a log in Redis that
    /// of the stream; both are looked at once a minute.
    pub bytes: u64,
}

/// Whether a log can be used.
///
/// ```
/// use ssehub::{Clock, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// assert!(log.health().is_well());
/// assert_eq!(log.health().to_string(), "the log can be used");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// As far as it is known.
    Well,
    /// Not since it has failed last; it is tried again.
    Failing(StorageFault),
}

impl Health {
    /// Whether the log can be used.
    pub fn is_well(&self) -> bool {
        *self == Health::Well
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Health::Well => f.write_str("the log can be used"),
            Health::Failing(fault) => fault.fmt(f),
        }
    }
}

impl Log {
    /// Whether the log can be used. A log that fails is tried again for having been asked.
    pub fn health(&self) -> Health {
        match &self.0.backend {
            Backend::Nowhere => Health::Well,
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.health(self),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => redis.health(),
        }
    }

    /// How much is kept.
    pub fn size(&self) -> Size {
        match &self.0.backend {
            Backend::Nowhere => self.window_size(),
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.size(),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => redis.size(),
        }
    }

    /// How much of it is in memory.
    pub fn window_size(&self) -> Size {
        self.read_window().size()
    }

    /// How long commits to a disk take; `None` for a log that makes none.
    #[cfg(feature = "disk")]
    pub fn commits(&self) -> Option<&Histogram> {
        match &self.0.backend {
            Backend::Nowhere => None,
            Backend::Disk(group) => Some(group.commits()),
            #[cfg(feature = "redis")]
            Backend::Redis(_) => None,
        }
    }

    /// How often the storage has failed.
    pub fn faults(&self) -> u64 {
        match &self.0.backend {
            Backend::Nowhere => 0,
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.faults(),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => redis.faults(),
        }
    }

    /// What has gone wrong with a log that others write to, too; `None` for one that is this hub's own.
    #[cfg(feature = "redis")]
    pub fn mishaps(&self) -> Option<Mishaps> {
        match &self.0.backend {
            Backend::Redis(redis) => Some(redis.mishaps()),
            _ => None,
        }
    }
}
