//! The newest events of each topic.

use std::sync::Arc;

use super::{Kept, Window};
use crate::event::{Event, EventId};
use crate::store::{Budget, Page, Trimmed};
use crate::topic::{Interest, Topic};

impl Window {
    /// The newest event that ended its topic; zero if none ever has.
    pub(crate) fn newest_end(&self) -> EventId {
        self.newest_end
    }

    /// Remembers an end that is not here.
    #[cfg(any(feature = "disk", feature = "redis"))]
    pub(crate) fn note_end(&mut self, id: EventId) {
        self.newest_end = self.newest_end.max(id);
    }

    /// Of the events after a position that `interest` asks for, the newest of each topic, ends aside.
    pub(crate) fn read_latest(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, Trimmed> {
        self.check(after)?;
        let none_lost = EventId::ZERO;
        let Some(names) = interest.names() else {
            let latest = self
                .after(after)
                .map(|(_, event)| event)
                .filter(|event| event.is_for(interest) && self.is_latest(event, interest));
            return Ok(self.collect(latest, after, budget, none_lost));
        };
        let latest = names.filter_map(|name| self.latest(name, interest));
        let mut latest: Vec<_> = latest.filter(|event| event.id() > after).collect();
        latest.sort_unstable_by_key(|event| event.id());
        latest.dedup_by_key(|event| event.id());
        Ok(self.collect(latest.into_iter(), after, budget, none_lost))
    }

    /// Whether it is the newest of those whose first topic is the same.
    fn is_latest(&self, event: &Event, interest: &Interest) -> bool {
        let Some(kept) = self.topics.get(event.topic()) else {
            return false;
        };
        let mut rivals = self.newest_first(kept).filter(|rival| {
            rival.topic() == event.topic() && !rival.is_end() && rival.is_shown_to(interest)
        });
        rivals
            .next()
            .is_some_and(|latest| latest.id() == event.id())
    }

    /// The newest event on a topic that may be seen and does not end it.
    fn latest(&self, name: &Topic, interest: &Interest) -> Option<&Arc<Event>> {
        self.newest_first(self.topics.get(name)?)
            .find(|event| !event.is_end() && event.is_shown_to(interest))
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
        let mut own = kept.positions.iter().rev().peekable();
        let mut shared = kept.shared.iter().rev().peekable();
        std::iter::from_fn(move || {
            let next = match own.peek() > shared.peek() {
                true => own.next(),
                false => shared.next(),
            };
            self.events.get(next?)
        })
    }
}
