//! Several events at once: the log is given them all before the first is waited for, so that one commit takes
//! them.

use futures_lite::future::poll_once;

use super::{Hub, PublishError};
use crate::event::Draft;
use crate::store::Stored;

/// Events of one batch that wait for the log at the same time. Its queue has room for those of many
/// batches, and refuses what exceeds it.
pub(crate) const EVENTS_AT_ONCE: usize = 256;

impl Hub {
    /// Publishes events in their order, up to those among which the first is refused: for what follows these
    /// there is no answer.
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
        let mut drafts = drafts.into_iter().peekable();
        while drafts.peek().is_some() && answers.iter().all(Result::is_ok) {
            let some = drafts.by_ref().take(EVENTS_AT_ONCE);
            self.publish_together(some, &mut answers).await;
        }
        answers
    }

    async fn publish_together(
        &self,
        drafts: impl Iterator<Item = Draft>,
        answers: &mut Vec<Result<Stored, PublishError>>,
    ) {
        let mut given = Vec::with_capacity(EVENTS_AT_ONCE);
        for draft in drafts {
            // Its place in the log's queue is that of its first poll.
            let mut publishing = Box::pin(self.publish(draft));
            let answer = poll_once(&mut publishing).await;
            let refused = matches!(answer, Some(Err(_)));
            given.push((publishing, answer));
            if refused {
                break;
            }
        }
        for (publishing, answer) in given {
            answers.push(match answer {
                Some(answer) => answer,
                None => publishing.await,
            });
        }
    }
}
