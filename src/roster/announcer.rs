//! The announcer: publishes who has come and who has gone.

use std::fmt;
use std::time::Duration;

use futures_lite::FutureExt as _;

use super::Roster;
use super::changes::Change;
use crate::event::Draft;
use crate::hub::{EVENTS_AT_ONCE, PublishError};

/// How long it waits before it tries again what a log has not taken.
const FAULT_PAUSE: Duration = Duration::from_secs(1);

/// How long it waits until other hubs list what it is about to tell.
const LIST_PATIENCE: Duration = Duration::from_secs(1);

/// Publishes what changes on a roster. The hub's user runs it, once, beside the pump.
///
/// ```
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig, Roster};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, pump) = Hub::new(log, HubConfig::default());
/// let (roster, announcer) = Roster::new(hub);
/// let beside_the_pump = std::thread::spawn(|| futures_lite::future::block_on(announcer.run()));
/// futures_lite::future::block_on(roster.close());
/// ```
pub struct Announcer(Roster);

/// The hub takes no events any more.
struct Closed;

impl Announcer {
    pub(super) fn of(roster: Roster) -> Announcer {
        Announcer(roster)
    }

    /// Runs until the roster is closed and everything has been told, or until the hub is closed.
    pub async fn run(self) {
        loop {
            let changed = self.0.0.changed.listen();
            let (changes, is_closed) = self.oldest();
            match (changes.as_slice(), is_closed) {
                ([], true) => return,
                ([], false) => changed.await,
                (changes, _) => {
                    self.await_lists().await;
                    let told = self.tell(changes).await;
                    let mut all = self.0.lock();
                    match told {
                        Ok(()) => all.told(changes.len()),
                        Err(Closed) => all.give_up(),
                    }
                    drop(all);
                    self.0.0.told.notify(usize::MAX);
                }
            }
        }
    }

    fn oldest(&self) -> (Vec<Change>, bool) {
        let all = self.0.lock();
        (all.oldest(EVENTS_AT_ONCE), all.is_closed())
    }

    /// Waits until those who hear of a change can find it in the list of any hub.
    async fn await_lists(&self) {
        if let Some(board) = self.0.board() {
            let late = self.0.0.hub.clock().sleep(LIST_PATIENCE);
            board.carried().or(late).await;
        }
    }

    /// Publishes events for all of these changes, however long that takes.
    async fn tell(&self, changes: &[Change]) -> Result<(), Closed> {
        let drafts = changes.iter().flat_map(Change::drafts);
        let mut left: Vec<Draft> = drafts.collect();
        loop {
            let answers = self.0.0.hub.publish_all(left.clone()).await;
            let mut answers = answers.into_iter();
            let mut failed = None;
            let mut is_closed = false;
            left.retain(|draft| match answers.next() {
                Some(Ok(_)) => false,
                Some(Err(PublishError::TooLarge)) => {
                    log::warn!(
                        "nobody is told of {}: it is larger than the log",
                        draft.topic()
                    );
                    false
                }
                Some(Err(error)) => {
                    is_closed |= error == PublishError::Closed;
                    failed = Some(error);
                    true
                }
                None => true,
            });
            match failed {
                _ if is_closed => return Err(Closed),
                _ if left.is_empty() => return Ok(()),
                None => {}
                Some(error) => {
                    log::warn!("subscriptions are told of later: {error}");
                    self.0.0.hub.clock().sleep(FAULT_PAUSE).await;
                }
            }
        }
    }
}

impl Change {
    /// A private event for each subscription in each shape.
    fn drafts(&self) -> impl Iterator<Item = Draft> {
        let told = self.subscriber.all_told();
        told.filter_map(|it| it.draft(self.active))
    }
}

impl fmt::Debug for Announcer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Announcer").field(&self.0).finish()
    }
}
