//! The codec of records, for the fuzz targets.

use super::record;
use crate::event::Event;

/// Reads the record of an event at position 1-2.
pub fn decode(bytes: &[u8]) -> Option<Event> {
    record::decode((1, 2), bytes)
}

/// Writes the record of an event.
pub fn encode(event: &Event) -> Vec<u8> {
    record::encode(event)
}
