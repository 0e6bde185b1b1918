//! What one read of the log asks for, and what it finds.

use std::sync::Arc;

use crate::event::{Event, EventId};

/// What one subscriber has a shared log look through in vain, in bytes of memory: behind the window, such a log has
/// no index by topic. What is further away is a gap.
pub(crate) const SEARCHED_BYTES: usize = 64 << 20;

/// The answer to a read: what was found, and how far the log has been looked through.
///
/// ```
/// use ssehub::store::{Budget, Page};
/// use ssehub::{Clock, EventId, Interest, Log, LogConfig, Selector, Topic, Draft};
/// # futures_lite::future::block_on(async {
/// # let log = Log::memory(LogConfig::default(), Clock::system());
/// # log.append(Draft::new(Topic::parse("news").unwrap(), "hello")).await.unwrap();
/// // Everything in a log, piece by piece.
/// let (everything, budget) = (Interest::any([Selector::All]), Budget { events: 100, bytes: 1 << 20 });
/// let mut after: EventId = log.kept_after();
/// while after < log.tail() {
///     let Page { events, upto, .. } = log.read(after, &everything, budget).await.unwrap();
///     events.iter().for_each(|event| println!("{} {}", event.id(), event.data()));
///     after = upto;
/// }
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Page {
    /// Events asked for, in the log's order.
    pub events: Vec<Arc<Event>>,
    /// Nothing else that was asked for stands at or before this position.
    pub upto: EventId,
    /// A topic that was asked for has lost events up to here for having too many; zero if none has.
    pub lost: EventId,
    /// Size in memory of other events that were looked at to find these, in bytes; 0 if an index has led to
    /// them.
    pub searched: usize,
}

impl Page {
    /// The same for one that sees nothing private.
    pub(super) fn without_private(mut self) -> Page {
        self.events.retain(|event| !event.is_private());
        self
    }
}

/// How much one read returns at most.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Number of events.
    pub events: usize,
    /// Their size in memory, in bytes; the first event is returned whatever its size.
    pub bytes: usize,
}

impl Budget {
    /// Makes room for one more event, unless the budget is used up.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        if self.events == 0 || self.bytes == 0 {
            return false;
        }
        self.events -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        true
    }
}
