//! An event on its way into the log.

use std::ops::Deref;
use std::sync::Arc;

use super::{Draft, Event, EventId};

/// An event that has no position yet. It stays where it is in memory when it gets one.
#[derive(Debug)]
pub(crate) struct Unplaced(Arc<Event>);

impl Unplaced {
    /// Gives it its place in the log.
    pub(crate) fn at(mut self, id: EventId) -> Arc<Event> {
        match Arc::get_mut(&mut self.0) {
            Some(only) => only.id = id,
            None => unreachable!("no clone of it is ever made"),
        }
        self.0
    }
}

impl From<Draft> for Unplaced {
    fn from(draft: Draft) -> Unplaced {
        Unplaced(Arc::new(Event::new(EventId::ZERO, draft)))
    }
}

impl Deref for Unplaced {
    type Target = Event;

    fn deref(&self) -> &Event {
        &self.0
    }
}
