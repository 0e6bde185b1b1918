//! A log read from front to back, page by page, so that memory stays bounded.

use std::sync::Arc;

use ssehub::store::{Budget, ReadError};
use ssehub::{Event, EventId, Interest, Log, Selector, Start};

/// What is in memory at a time.
const PAGE: Budget = Budget {
    events: 1_024,
    bytes: 4 << 20,
};

/// The events that somebody asks for, from some position on.
pub(super) struct Pages<'l> {
    log: &'l Log,
    interest: Interest,
    after: EventId,
}

impl<'l> Pages<'l> {
    /// Begins at `start`. Who has the file sees what is private.
    pub(super) async fn new(
        log: &'l Log,
        interest: Interest,
        start: &Start,
    ) -> Result<Pages<'l>, String> {
        let interest = interest.and_private([Selector::All].into());
        let after = log.locate(start, &interest).await.map_err(explain)?;
        Ok(Pages {
            log,
            interest,
            after,
        })
    }

    /// The next events; none at the log's end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Arc<Event>>>, String> {
        while self.after < self.log.tail() {
            let page = self.log.read(self.after, &self.interest, PAGE);
            let page = page.await.map_err(explain)?;
            if page.upto <= self.after {
                return Err(format!("the log cannot be read beyond {}", self.after));
            }
            self.after = page.upto;
            if !page.events.is_empty() {
                return Ok(Some(page.events));
            }
        }
        Ok(None)
    }
}

fn explain(error: ReadError) -> String {
    match error {
        ReadError::Trimmed(trimmed) => format!(
            "the log does not know that id, or no longer keeps what follows it; it begins after {}",
            trimmed.kept_after
        ),
        other => other.to_string(),
    }
}
