//! Reads and look-ups whose answer has to be picked out of more: without a lock, and in turns with others.

use std::sync::Arc;

use super::window::Found;
use super::{Backend, Budget, Log, Newest, Page, ReadError, Start, Trimmed};
use crate::event::{Event, EventId, Sieve};
use crate::topic::Interest;

impl Log {
    /// Where `start` lies in the log for one that asks for `interest`.
    ///
    /// A publisher's id is looked for among the events that are asked for and may be seen, and if several of them
    /// have brought it, the earliest counts: so nothing is lost, whichever of them is meant. With an id that is
    /// not known, it is an error that says where the log's memory begins.
    ///
    /// ```
    /// use ssehub::{Clock, Draft, Interest, Log, LogConfig, Start, Topic};
    /// # futures_lite::future::block_on(async {
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let rooms = ["room/1", "room/2"].map(|name| Topic::parse(name).unwrap());
    /// for room in &rooms {
    ///     log.append(Draft::new(room.clone(), "hello").own_id("1").unwrap()).await.unwrap();
    /// }
    /// let second = Interest::topic(rooms[1].clone());
    /// let start = Start::After("1".to_owned());
    /// assert_eq!(log.locate(&start, &second).await.unwrap(), log.tail());
    /// # });
    /// ```
    pub async fn locate(&self, start: &Start, interest: &Interest) -> Result<EventId, ReadError> {
        let id = match start {
            Start::Now => return Ok(self.tail()),
            Start::Earliest => return Ok(self.kept_after()),
            Start::After(id) => id,
        };
        let found = match id.parse() {
            Ok(position) => self.locate_position(position).await?,
            Err(_) => self.locate_own(id, interest).await?,
        };
        found.ok_or_else(|| {
            let kept_after = self.kept_after();
            Trimmed { kept_after }.into()
        })
    }

    /// A position, if the log knows what follows it.
    async fn locate_position(&self, position: EventId) -> Result<Option<EventId>, ReadError> {
        #[cfg(feature = "redis")]
        if let Backend::Redis(redis) = &self.0.backend {
            redis.await_arrival(self, position).await?;
        }
        let known = self.kept_after()..=self.tail();
        Ok(Some(position).filter(|position| known.contains(position)))
    }

    async fn locate_own(
        &self,
        id: &str,
        interest: &Interest,
    ) -> Result<Option<EventId>, ReadError> {
        match &self.0.backend {
            // Of equal ids the earliest counts, and that one may be older than the window.
            #[cfg(feature = "disk")]
            Backend::Disk(group) => group.locate(self, id, interest).await,
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => redis.locate(self, id, interest).await,
            Backend::Nowhere => Ok(self.locate_in_window(id, interest).await),
        }
    }

    /// The position of the earliest event in the window with a publisher's id that `interest` asks for.
    pub(super) async fn locate_in_window(&self, id: &str, interest: &Interest) -> Option<EventId> {
        let events = self.read_window().with_own_id(id, interest);
        first_wanted(&events, interest).await
    }
}

/// Picks out of some events what is asked for, up to `budget`, and no further than one turn.
pub(super) async fn pick(found: Found, interest: &Interest, budget: Budget) -> Page {
    let (mut page, is_asked) = match found {
        Found::Asked(page) => (page, true),
        Found::Mixed(page) => (page, false),
    };
    if is_asked && !page.events.iter().any(|event| event.is_private()) {
        return page;
    }
    let looked_at = std::mem::take(&mut page.events);
    let (mut sieve, mut left) = (Sieve::new(interest), budget);
    let mut last = None;
    for event in looked_at {
        let is_over = last.is_some() && sieve.has_had_its_turn();
        let is_wanted = !is_over && sieve.wants_in_turns(&event).await;
        if is_over || is_wanted && !left.take(event.bytes()) {
            page.upto = last.unwrap_or_else(|| event.id().previous());
            break;
        }
        last = Some(event.id());
        page.events.extend(is_wanted.then_some(event));
    }
    page
}

/// Picks the newest event of each topic out of some, ends aside, up to `budget`, and no further than one turn.
pub(super) async fn pick_latest(found: Found, interest: &Interest, budget: Budget) -> Page {
    let (Found::Asked(mut page) | Found::Mixed(mut page)) = found;
    page.lost = EventId::ZERO;
    let looked_at = std::mem::take(&mut page.events);
    let (mut sieve, mut newest) = (Sieve::new(interest), Newest::default());
    let mut last = None;
    for event in looked_at {
        if newest.fills(budget) || last.is_some() && sieve.has_had_its_turn() {
            page.upto = last.unwrap_or_else(|| event.id().previous());
            break;
        }
        last = Some(event.id());
        if !event.is_end() && sieve.wants_in_turns(&event).await {
            newest.take(event, interest);
        }
    }
    page.events = newest.into_events();
    page
}

/// The position of the first of these events that is asked for.
pub(super) async fn first_wanted(events: &[Arc<Event>], interest: &Interest) -> Option<EventId> {
    let mut sieve = Sieve::new(interest);
    for event in events {
        if sieve.wants_in_turns(event).await {
            return Some(event.id());
        }
    }
    None
}
