//! The newest events of each topic.

use std::sync::Arc;

use super::{Kept, Window};
use crate::event::{Event, EventId};
use crate::topic::Topic;

impl Window {
    /// The newest event that ended its topic; zero if none ever has.
    pub(crate) fn newest_end(&self) -> EventId {
        self.newest_end
    }

    /// Remembers an end that is not here.
    #[cfg(feature = "disk")]
    pub(crate) fn note_end(&mut self, id: EventId) {
        self.newest_end = self.newest_end.max(id);
    }

    /// Whether the newest event of each of these topics is its end, with nothing else after a
    /// position. `None` says that this cannot be told from what is here.
    pub(crate) fn ended<'n>(
        &self,
        mut names: impl Iterator<Item = &'n Topic>,
        after: EventId,
    ) -> Option<bool> {
        let mut known = after >= self.kept_after;
        let over = names.all(|name| match self.topics.get(name) {
            Some(kept) => self.is_over(kept, after),
            None => {
                known = false;
                true
            }
        });
        match over {
            true => known.then_some(true),
            false => Some(false),
        }
    }

    fn is_over(&self, kept: &Kept, after: EventId) -> bool {
        let mut newest = self.newest_first(kept).peekable();
        newest.peek().is_some_and(|event| event.is_end())
            && newest
                .take_while(|event| event.id() > after)
                .all(|event| event.is_end())
    }

    fn newest_first(&self, kept: &Kept) -> impl Iterator<Item = &Arc<Event>> {
        kept.positions
            .iter()
            .rev()
            .filter_map(|id| self.events.get(id))
    }
}
