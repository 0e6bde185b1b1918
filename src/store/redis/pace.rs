//! How many entries to ask for, so that they take about so much memory.

use super::entry::Entry;
use crate::event::EventId;

/// Entries that are asked for at first: they may be as large as a body.
const FIRST_ENTRIES: usize = 16;

/// Fewest and most that are asked for after that.
const ENTRIES: (usize, usize) = (1, 1_024);

/// Goes by the size of what came last.
#[derive(Debug)]
pub(super) struct Pace {
    /// What the entries should take, in bytes.
    bytes: usize,
    entries: usize,
}

impl Pace {
    pub(super) fn new(bytes: usize) -> Pace {
        Pace {
            bytes,
            entries: FIRST_ENTRIES,
        }
    }

    /// How many to ask for.
    pub(super) fn entries(&self) -> usize {
        self.entries
    }

    /// Takes note of what has come.
    pub(super) fn note(&mut self, entries: &[(EventId, Entry)]) {
        let sizes = entries.iter().map(|(_, entry)| entry.bytes());
        let usual = sizes.sum::<usize>() / entries.len().max(1);
        self.entries = (self.bytes / usual.max(1)).clamp(ENTRIES.0, ENTRIES.1);
    }
}
