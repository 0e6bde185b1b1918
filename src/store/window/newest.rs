//! The newest events of each topic.

use std::sync::Arc;

use super::{Found, Kept, SCANNED, Window};
use crate::event::{Event, EventId};
use crate::store::{Budget, Page, Trimmed};
use crate::topic::{Interest, Topic};

/// What a read has to look at for the newest event of each topic.
#[derive(Debug)]
pub(crate) enum Latest {
    /// This is what is asked for.
    Known(Page),
    /// What is asked for is to be found among this.
    Among(Found),
}

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

    /// Of the events after a position that `interest` asks for, the newest of each topic, ends aside; or events
    /// in turn, among which they are.
    pub(crate) fn find_latest(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Latest, Trimmed> {
        self.check(after)?;
        let Some(mut latest) = self.latest_public(after, interest) else {
            let mut found = self.find(after, interest, SCANNED)?;
            if interest.names().is_none() {
                let (Found::Asked(page) | Found::Mixed(page)) = &mut found;
                page.events.retain(|event| !self.is_outdated(event));
            }
            return Ok(Latest::Among(found));
        };
        latest.sort_unstable_by_key(|event| event.id());
        latest.dedup_by_key(|event| event.id());
        let none_lost = EventId::ZERO;
        let page = self.collect(latest.into_iter(), after, budget, none_lost);
        Ok(Latest::Known(page))
    }

    /// The newest event after a position of each topic that is named, ends aside; `None` if one of them is private
    /// or no longer here, so that another may be the newest that can be seen.
    fn latest_public(&self, after: EventId, interest: &Interest) -> Option<Vec<&Arc<Event>>> {
        let mut latest = Vec::new();
        for name in interest.names()? {
            let said = self.topics.get(name).map(|kept| kept.said);
            if let Some(said) = said.filter(|said| *said > after) {
                let event = self.events.get(&said)?;
                if event.is_private() {
                    return None;
                }
                latest.push(event);
            }
        }
        Some(latest)
    }

    /// Whether everyone can see a newer event that has the same first topic.
    fn is_outdated(&self, event: &Event) -> bool {
        let kept = self.topics.get(event.topic());
        let newest = kept.and_then(|kept| self.events.get(&kept.said_first));
        newest.is_some_and(|newest| newest.id() > event.id() && !newest.is_private())
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
        let newest = kept.positions.back().max(kept.shared.back());
        // What the topic has lost for having too many does not count.
        newest.is_some_and(|newest| *newest > kept.said) && kept.said <= after.max(kept.after)
    }
}
