//! A watcher: someone who is told who comes and goes.

use std::fmt;
use std::future::pending;
use std::sync::Arc;

use async_channel::Receiver;

use super::Presence;
use super::roll::Share;
use crate::event::Notice;
use crate::topic::{Interest, Topic};

/// Notices that wait for a watcher before it gets the whole roll instead. All watchers share a notice, which has the
/// bytes of a name and of a topic.
pub const WATCHER_NOTICES: usize = 64;

/// Tells who comes to some topics and who goes.
///
/// ```
/// use std::time::Duration;
/// use ssehub::{Clock, Interest, Presence, Topic};
/// # futures_lite::future::block_on(async {
/// let presence = Presence::new(Clock::system(), Duration::ZERO);
/// let chat = Interest::topic(Topic::parse("chat").unwrap());
/// let mut watcher = presence.watch(&chat);
/// assert_eq!(watcher.next().await.kind(), "presence");
/// let _seat = presence.seat("ann", &chat);
/// assert_eq!(watcher.next().await.kind(), "join");
/// # });
/// ```
pub struct Watcher {
    presence: Presence,
    number: u64,
    topics: Vec<Topic>,
    notices: Receiver<Arc<Notice>>,
}

impl Watcher {
    pub(super) fn new(presence: Presence, interest: &Interest) -> Watcher {
        let (sender, notices) = async_channel::bounded(WATCHER_NOTICES);
        let topics: Vec<_> = interest.exact().cloned().collect();
        let share = Share::of(topics.len());
        let mut rooms = presence.now();
        let number = rooms.number();
        for topic in &topics {
            rooms.listen(number, topic, share, sender.clone());
        }
        drop(rooms);
        Watcher {
            presence,
            number,
            topics,
            notices,
        }
    }

    /// Waits for the next notice: at first the roll of each topic, then every `join` and `leave`, and
    /// the roll again after more of them than a watcher can take.
    ///
    /// May be dropped and called again; nothing is lost.
    pub async fn next(&mut self) -> Arc<Notice> {
        loop {
            if let Ok(notice) = self.notices.try_recv() {
                return notice;
            }
            if let Some(roll) = self.make_up() {
                return roll;
            }
            match self.notices.recv().await {
                Ok(notice) => return notice,
                // There is no topic to watch.
                Err(_) => pending().await,
            }
        }
    }

    /// The roll of a topic on which something was missed.
    fn make_up(&self) -> Option<Arc<Notice>> {
        let mut rooms = self.presence.now();
        let mut topics = self.topics.iter();
        topics.find_map(|topic| rooms.make_up(self.number, topic))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let mut rooms = self.presence.now();
        for topic in &self.topics {
            rooms.unlisten(self.number, topic);
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher")
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}
