//! What can go wrong with a log.

use std::fmt;

use crate::event::EventId;

/// Why an event was not stored.
///
/// ```
/// use ssehub::store::AppendError;
/// use ssehub::{Clock, Draft, Log, LogConfig, Retention, Topic};
/// # futures_lite::future::block_on(async {
/// let small = LogConfig::default().retention(Retention::default().bytes(1_000));
/// let log = Log::memory(small, Clock::system());
/// let draft = Draft::new(Topic::parse("news").unwrap(), "x".repeat(1_000));
/// assert_eq!(log.append(draft).await, Err(AppendError::TooLarge));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendError {
    /// It would not fit into the log even alone.
    TooLarge,
    /// Too many events wait to be stored.
    Busy,
    /// The storage has failed; it may work again later.
    Fault(StorageFault),
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::TooLarge => f.write_str("the event is larger than the whole log may be"),
            AppendError::Busy => f.write_str("too many events wait to be stored"),
            AppendError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for AppendError {}

/// The storage under a log has failed.
///
/// ```
/// use ssehub::store::{Health, StorageFault};
/// # fn page(fault: &StorageFault) {}
/// # fn watch(log: &ssehub::Log) {
/// if let Health::Failing(fault) = log.health() {
///     eprintln!("{fault}");
/// #   page(&fault);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageFault(pub(crate) String);

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log cannot be used at the moment: {}", self.0)
    }
}

impl std::error::Error for StorageFault {}

/// Events after the position asked for are no longer kept.
///
/// ```
/// use ssehub::store::{ReadError, Trimmed};
/// # fn told(error: ReadError) -> String {
/// match error {
///     ReadError::Trimmed(Trimmed { kept_after, .. }) => format!("read on from {kept_after}"),
///     other => other.to_string(),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trimmed {
    /// Every event after this position is still kept.
    pub kept_after: EventId,
}

/// Why a read has no page to return.
///
/// ```
/// use ssehub::store::{Budget, ReadError};
/// use ssehub::{Clock, EventId, Interest, Log, LogConfig, Selector};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let everything = Interest::any([Selector::All]);
/// let budget = Budget { events: 100, bytes: 1 << 20 };
/// // A log in memory begins when it is made.
/// let Err(ReadError::Trimmed(trimmed)) = log.read(EventId::ZERO, &everything, budget).await else {
///     panic!()
/// };
/// assert_eq!(trimmed.kept_after, log.kept_after());
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ReadError {
    /// What was asked for is no longer kept.
    Trimmed(Trimmed),
    /// The storage has failed; it may work again later.
    Fault(StorageFault),
}

impl fmt::Display for Trimmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Trimmed { kept_after } = self;
        write!(
            f,
            "the log begins after {kept_after}, or does not know this place"
        )
    }
}

impl std::error::Error for Trimmed {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Trimmed(trimmed) => trimmed.fmt(f),
            ReadError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<Trimmed> for ReadError {
    fn from(trimmed: Trimmed) -> ReadError {
        ReadError::Trimmed(trimmed)
    }
}
