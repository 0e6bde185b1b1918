//! What can go wrong with a log.

use std::fmt;

/// Why an event was not stored.
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageFault(pub(crate) String);

impl fmt::Display for StorageFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the log cannot be used at the moment: {}", self.0)
    }
}

impl std::error::Error for StorageFault {}
