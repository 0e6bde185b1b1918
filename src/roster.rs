//! The roster: who is subscribed to what, as the Mercure protocol tells of it (section "Active Subscriptions").
//!
//! * **Who is on it.** Each subscriber of the Mercure protocol's endpoint, from the moment when its stream is live
//!   until its connection is gone, under an id that the hub makes by chance. Whoever reads the native endpoints is
//!   not.
//! * **What is told.** A private event for each of its subscriptions when it begins, and one when it ends, on a
//!   topic below [`OWN_TOPICS`](crate::topic::OWN_TOPICS), in the shape of each draft that can say it. These
//!   go into the log like any others.
//! * **Who tells.** A connection that is dropped cannot wait for a log. So changes are put into a queue, and one
//!   [`Announcer`] publishes them in their order. A log that is busy or has failed holds it up, and loses none. The
//!   end of a subscription never comes before its beginning.
//! * **Bounds.** While more than [`UNTOLD`] events wait, newcomers wait, too, and then are refused. Ends are never
//!   refused: there are no more of them than subscriptions.
//! * **The end.** [`Roster::close`] tells that all of them end, while the log still takes events. After a crash
//!   nobody has told that: what the log says of subscriptions from before is not true any more, and
//!   the list is.
//! * **Other hubs.** Those that share a log show each other their subscribers, on a [`Board`], and so list the same
//!   ones; each tells of its own. Of those of a hub that has died, the one tells that finds that.
//!
//! Without a roster nothing of this is kept, told or asked for.

mod announcer;
mod changes;
mod elsewhere;
mod shape;
mod subscriber;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event_listener::Event as Bell;
use futures_lite::FutureExt as _;

use crate::auth::Grant;
use crate::board::{Audience, Board};
use crate::hub::Hub;
use crate::topic::Interest;
use changes::Changes;

pub use announcer::Announcer;
pub(crate) use shape::{CONTEXT, Document, Shape};
pub use subscriber::SUBSCRIPTIONS;
pub(crate) use subscriber::{MATCH_TYPES, Subscriber, Told};

/// Events about subscriptions that may wait to be published before newcomers have to wait for them.
pub const UNTOLD: usize = 65_536;

/// How long a newcomer waits for that before it is told to come back later.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handle on the roster of a hub; clones are handles on the same.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::http::{HttpConfig, Site};
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig, Roster};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, pump) = Hub::new(log, HubConfig::default());
/// let (roster, announcer) = Roster::new(hub.clone());
/// let site = Site::new(hub, HttpConfig::default().roster(roster.clone()));
/// # futures_lite::future::block_on(async {
/// let stop = async {
///     // First it is told that all subscriptions end, as long as the log takes it.
///     roster.close().await;
///     site.close();
/// };
/// // Any executor runs these, with the connections that the site serves.
/// futures_lite::future::zip(stop, futures_lite::future::zip(pump.run(), announcer.run())).await;
/// # });
/// ```
#[derive(Clone)]
pub struct Roster(Arc<Shared>);

struct Shared {
    hub: Hub,
    changes: Mutex<Changes>,
    /// Rung when there is something to tell.
    changed: Bell,
    /// Rung when something has been told.
    told: Bell,
}

impl Roster {
    /// Makes the roster of a hub, and the announcer that must run for anybody to be told.
    pub fn new(hub: Hub) -> (Roster, Announcer) {
        let shared = Arc::new(Shared {
            changes: Mutex::new(Changes::by(hub.fork_chance())),
            hub,
            changed: Bell::new(),
            told: Bell::new(),
        });
        let roster = Roster(shared.clone());
        if let Some(board) = roster.board() {
            let audience: Arc<dyn Audience> = shared;
            board.attend(&elsewhere::KINDS, Arc::downgrade(&audience));
        }
        (roster.clone(), Announcer::of(roster))
    }

    /// Who is subscribed at the moment, in the order in which they came; then those of other hubs.
    ///
    /// A client that reads the log's end first, and then goes on from there by events, misses nothing: whoever comes
    /// or goes is here before it is told. Of other hubs that is so but for the time between two messages of Redis.
    #[doc(hidden)]
    pub fn snapshot(&self) -> Vec<Arc<Subscriber>> {
        self.lock().live()
    }

    /// A number that is another one after each change.
    pub(crate) fn version(&self) -> u64 {
        self.lock().version()
    }

    /// Tells that every subscription ends, and waits until that is in the log. From now on nobody is told of any
    /// more, and the list is empty.
    ///
    /// Waits for as long as the log takes; to be called before the hub is closed.
    pub async fn close(&self) {
        self.end_all();
        loop {
            let told = self.0.told.listen();
            if self.lock().untold() == 0 {
                return;
            }
            told.await;
        }
    }

    fn end_all(&self) {
        let mut changes = self.lock();
        let ended = changes.end_all();
        ended.iter().for_each(|it| self.show(it, false));
        drop(changes);
        self.0.changed.notify(usize::MAX);
    }

    /// Tells of nobody any more, because the hub closes.
    pub(crate) fn stop(&self) {
        self.lock().close();
        self.0.changed.notify(usize::MAX);
    }

    /// Lets somebody in who is about to subscribe, once there is room to tell it.
    pub(crate) async fn admit(
        &self,
        interest: &Interest,
        grant: &Grant,
    ) -> Result<Newcomer, NotAdmitted> {
        let (number, id) = self.lock().name();
        let subscriber = Subscriber::new(number, id, interest.clone(), grant.clone())?;
        self.room().await?;
        Ok(Newcomer {
            roster: self.clone(),
            subscriber: Arc::new(subscriber),
        })
    }

    async fn room(&self) -> Result<(), NotAdmitted> {
        let enough = async {
            loop {
                let told = self.0.told.listen();
                if self.lock().has_room() {
                    return Ok(());
                }
                told.await;
            }
        };
        let patience = async {
            self.0.hub.clock().sleep(PATIENCE).await;
            Err(NotAdmitted::Busy)
        };
        enough.or(patience).await
    }

    /// What other hubs are shown on.
    fn board(&self) -> Option<&Board> {
        self.0.hub.log().board()
    }

    /// Shows other hubs a subscriber, or that it has gone: before the lock is given back, so that it is shown
    /// when it is told.
    fn show(&self, subscriber: &Subscriber, is_there: bool) {
        if let Some(board) = self.board() {
            let value = is_there.then(|| elsewhere::value(subscriber));
            board.post(elsewhere::key(subscriber), value);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.0.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Changes> {
        let changes = self.changes.lock();
        changes.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who may subscribe, and has not yet.
#[derive(Debug)]
pub(crate) struct Newcomer {
    roster: Roster,
    subscriber: Arc<Subscriber>,
}

impl Newcomer {
    /// How many events tell that it has come, and later that it has gone.
    pub(crate) fn events(&self) -> usize {
        2 * self.subscriber.events()
    }

    /// Puts it on the roster. It hears of itself if its own subscription has begun.
    pub(crate) fn arrive(self) -> Attendance {
        let mut changes = self.roster.lock();
        if changes.begin(self.subscriber.clone()) {
            self.roster.show(&self.subscriber, true);
        }
        drop(changes);
        self.roster.0.changed.notify(usize::MAX);
        Attendance {
            roster: self.roster,
            number: self.subscriber.number(),
        }
    }
}

/// A subscriber's place on the roster; dropping it tells that its subscriptions have ended.
pub(crate) struct Attendance {
    roster: Roster,
    number: u64,
}

impl Drop for Attendance {
    fn drop(&mut self) {
        let mut changes = self.roster.lock();
        if let Some(subscriber) = changes.end(self.number) {
            self.roster.show(&subscriber, false);
        }
        drop(changes);
        self.roster.0.changed.notify(usize::MAX);
    }
}

/// Why somebody may not subscribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAdmitted {
    /// It has more than [`SUBSCRIPTIONS`].
    TooMany,
    /// What it asks for is too long to be told.
    TooLong,
    /// Too many others come and go; try again later.
    Busy,
}

impl fmt::Display for NotAdmitted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotAdmitted::TooMany => {
                write!(f, "a subscriber has at most {SUBSCRIPTIONS} subscriptions")
            }
            NotAdmitted::TooLong => {
                f.write_str("this is too long for a subscription to be told of")
            }
            NotAdmitted::Busy => f.write_str("too many come and go at the moment"),
        }
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes = self.lock();
        f.debug_struct("Roster")
            .field("subscribers", &changes.subscribers())
            .field("untold", &changes.untold())
            .finish_non_exhaustive()
    }
}
