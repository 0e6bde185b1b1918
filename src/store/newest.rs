//! What the newest events of topics tell: that a topic has ended.

use super::{Log, ReadError};
use crate::event::EventId;
use crate::topic::Interest;

impl Log {
    /// Whether there is nothing more to wait for: every topic asked for is named, the newest event
    /// of each that is kept is its end, and none of another kind follows a position.
    ///
    /// A topic without events has not ended: nothing is known of it.
    pub(crate) async fn ended(
        &self,
        interest: &Interest,
        after: EventId,
    ) -> Result<bool, ReadError> {
        let Some(mut names) = interest.names() else {
            return Ok(false);
        };
        if names.next().is_none() {
            return Ok(false);
        }
        let in_window = self.ended_in_window(interest, after);
        #[cfg(feature = "disk")]
        if let (None, super::Backend::Disk(group)) = (in_window, &self.0.backend) {
            let interest = interest.clone();
            let ended = move |disk: &super::disk::Disk| disk.ended(&interest, after);
            return group.ask(self, ended).await;
        }
        Ok(in_window == Some(true))
    }

    fn ended_in_window(&self, interest: &Interest, after: EventId) -> Option<bool> {
        let kept_after = self.kept_after();
        let window = self.read_window();
        // Most logs have no ends, and then no file has to be asked.
        if window.newest_end() <= kept_after {
            return Some(false);
        }
        window.ended(interest.names()?, after)
    }
}
