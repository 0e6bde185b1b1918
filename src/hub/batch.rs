//! Several events at once: each part of a batch goes into the log's write queue as one run.

use super::{Hub, PublishError};
use crate::event::{Draft, Unplaced};
use crate::store::Stored;

/// Most events of one run: a run waits for room as a whole, and the log's queue has room for many.
pub(crate) const EVENTS_AT_ONCE: usize = 256;

impl Hub {
    /// Publishes events in their order, up to the first that is refused.
    ///
    /// Each 256 of them stand in the log together, with no other event of this hub between them. They wait
    /// for room together, too: a pump that lags refuses all 256 or none. The answers are those of the
    /// events up to the first 256 among which one is refused.
    ///
    /// ```
    /// use ssehub::{Clock, Draft, Hub, HubConfig, Log, LogConfig, Topic};
    /// # futures_lite::future::block_on(async {
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let (hub, _pump) = Hub::new(log, HubConfig::default());
    /// let topic = Topic::parse("numbers").unwrap();
    /// let drafts = (1..=3).map(|number: u32| Draft::new(topic.clone(), number.to_string()));
    /// let answers = hub.publish_all(drafts.collect()).await;
    /// assert!(answers.len() == 3 && answers.iter().all(Result::is_ok));
    /// # });
    /// ```
    pub async fn publish_all(&self, drafts: Vec<Draft>) -> Vec<Result<Stored, PublishError>> {
        let mut answers = Vec::with_capacity(drafts.len());
        let mut drafts = drafts.into_iter();
        let mut are_stored = true;
        while are_stored && drafts.len() > 0 {
            let began = self.clock().now();
            let run = drafts.by_ref().take(EVENTS_AT_ONCE).collect();
            let part = self.store_run(run).await;
            part.iter().for_each(|answer| self.count(began, answer));
            are_stored = part.iter().all(Result::is_ok);
            answers.extend(part);
        }
        answers
    }

    async fn store_run(&self, run: Vec<Draft>) -> Vec<Result<Stored, PublishError>> {
        let log = &self.0.log;
        let run: Vec<_> = run.into_iter().map(Unplaced::from).collect();
        let fitting = run.iter().take_while(|event| log.check(event).is_ok());
        let (events, bytes) = fitting.fold((0, 0), |(events, bytes), event| {
            (events + 1, bytes + event.bytes())
        });
        let permit = match self.check_open() {
            Ok(()) => self.room(events, bytes).await,
            Err(closed) => Err(closed),
        };
        match permit {
            Ok(_permit) => {
                let answers = log.enqueue_unplaced(run).await.into_iter();
                answers.map(|answer| Ok(answer?)).collect()
            }
            Err(refused) => vec![Err(refused)],
        }
    }
}
