//! Positions in the log.

use std::fmt;
use std::str::FromStr;

/// A position in the log: milliseconds of the log's clock and a counter within them.
///
/// It has the shape of a Redis stream entry's id, and its order is the log's order. On the wire
/// it reads `#1795361274000-0`; the `#`, which makes it a relative IRI, may be missing in what
/// clients send.
///
/// ```
/// use ssehub::EventId;
/// let id: EventId = "#1795361274000-7".parse().unwrap();
/// assert!(id < id.next());
/// assert_eq!(id.to_string(), "#1795361274000-7");
/// assert_eq!(id.following(1795361274001).to_string(), "#1795361274001-0");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId {
    /// Milliseconds since the Unix epoch, never going back within one log.
    pub ms: u64,
    /// Counts the events of one millisecond.
    pub seq: u64,
}

impl EventId {
    /// Before every event.
    pub const ZERO: EventId = EventId { ms: 0, seq: 0 };

    /// After every event.
    pub(crate) const MAX: EventId = EventId {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// The position right after this one.
    pub fn next(self) -> EventId {
        match self.seq.checked_add(1) {
            Some(seq) => EventId { ms: self.ms, seq },
            None => EventId {
                ms: self.ms.saturating_add(1),
                seq: 0,
            },
        }
    }

    /// The position right before this one; nothing comes before zero.
    pub fn previous(self) -> EventId {
        match (self.ms.checked_sub(1), self.seq.checked_sub(1)) {
            (_, Some(seq)) => EventId { ms: self.ms, seq },
            (Some(ms), None) => EventId { ms, seq: u64::MAX },
            (None, None) => EventId::ZERO,
        }
    }

    /// The position of an event that follows this one and happens at `unix_ms`.
    ///
    /// A clock that went back does not take the log with it.
    pub fn following(self, unix_ms: u64) -> EventId {
        if unix_ms > self.ms {
            return EventId {
                ms: unix_ms,
                seq: 0,
            };
        }
        self.next()
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}-{}", self.ms, self.seq)
    }
}

/// The text is not a position.
///
/// ```
/// use ssehub::EventId;
/// use ssehub::event::InvalidEventId;
/// assert_eq!("yesterday".parse::<EventId>(), Err(InvalidEventId));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEventId;

impl fmt::Display for InvalidEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a position reads #MILLISECONDS-COUNTER")
    }
}

impl std::error::Error for InvalidEventId {}

impl FromStr for EventId {
    type Err = InvalidEventId;

    fn from_str(text: &str) -> Result<EventId, InvalidEventId> {
        let (ms, seq) = text
            .strip_prefix('#')
            .unwrap_or(text)
            .split_once('-')
            .ok_or(InvalidEventId)?;
        Ok(EventId {
            ms: number(ms)?,
            seq: number(seq)?,
        })
    }
}

/// Digits only: `u64::from_str` alone would take `+1`.
fn number(digits: &str) -> Result<u64, InvalidEventId> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(InvalidEventId);
    }
    digits.parse().map_err(|_| InvalidEventId)
}
