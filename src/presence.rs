//! Who is on which topic, by user name and number of connections.
//!
//! * **Who is there.** Whoever has a subscription [with a name](crate::Subscription::named) or holds a
//!   [`Seat`], as a long poll does between its looks at the log: on every topic that is asked for by its
//!   exact name. A subscription without a name is anonymous: it counts. Patterns make nobody present.
//! * **Leaving.** A user whose last connection goes stays for a grace, with no connections. Who comes
//!   back meanwhile has never been away, so a page that is reloaded does not flap. Then it has left.
//! * **Being told.** A [`Watcher`] gets [`Notice`]s of type `join` and `leave`, through a
//!   bounded channel of its own. They are not in the log and bear no id. What does not fit into the channel is
//!   made up for by a notice of type `presence`, the whole [`Roll`] of the topic; a watcher begins with
//!   one for the same reason. Between two rolls of a topic nothing is missing and nothing comes twice.
//! * **The time.** There is no timer for each user. Departures wait in one queue, which every look at
//!   presence clears of those that are due; and one of the watchers, for all of them, sleeps until the
//!   next is ([`Presence::keep_time`]).
//! * **Other hubs.** Those that share a log show each other who is there, on a [`Board`]. A user comes with the
//!   first hub that it is at and leaves with the last, so whoever changes hubs within the grace has never been
//!   away. Those of a hub that has died leave when the others notice.
//! * **The end.** A hub that closes tells of nobody leaving. The end of a topic removes nobody: their
//!   connections end by themselves.
//! * **How much is told.** A notice and a roll are made once for all who are told. The rolls that one watcher or one
//!   poll gets list together what [`FULL_ROLLS`] of them may.
//! * **Memory.** A topic costs something while someone is on it or watches it, and a subscriber without
//!   a name nothing of its own. Names are bounded by connections and by [`DEPARTURES`].
//!
//! A user name is whatever the client says it is.

mod busiest;
mod elsewhere;
mod roll;
mod rooms;
mod watcher;

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};
use event_listener::Event as Bell;

use crate::board::{Audience, Board};
use crate::clock::Clock;
use crate::event::Notice;
use crate::topic::{Interest, Topic};
use roll::Share;
use rooms::Rooms;

pub(crate) use busiest::Busiest;
pub use roll::{Attendee, FULL_ROLLS, ROLL_BYTES, ROLL_USERS, Roll};
pub use rooms::DEPARTURES;
pub use watcher::{WATCHER_NOTICES, Watcher};

/// A handle on who is there; clones are handles on the same.
///
/// ```
/// use ssehub::{Clock, Hub, HubConfig, Interest, Log, LogConfig, Start, Topic};
///
/// let (hub, _pump) = Hub::new(Log::memory(LogConfig::default(), Clock::system()), HubConfig::default());
/// let topic = Topic::parse("chat").unwrap();
/// let interest = Interest::topic(topic.clone());
/// let _reader = hub.subscribe(interest.clone(), Start::Now).named("ann");
/// let _another = hub.subscribe(interest, Start::Now);
/// let roll = hub.presence().roll(&topic);
/// assert_eq!((&*roll.users[0].user, roll.anonymous), ("ann", 1));
/// ```
#[derive(Clone)]
pub struct Presence(Arc<Shared>);

struct Shared {
    clock: Clock,
    grace: Duration,
    rooms: Mutex<Rooms>,
    /// Rung when somebody departs.
    departed: Bell,
    /// Carries the one baton: who holds it keeps the time.
    baton: (Sender<()>, Receiver<()>),
}

impl Presence {
    /// Nobody is there yet. Who has no connection for `grace` has left.
    pub fn new(clock: Clock, grace: Duration) -> Presence {
        let baton = async_channel::bounded(1);
        _ = baton.0.try_send(());
        Presence(Arc::new(Shared {
            clock,
            grace,
            rooms: Mutex::default(),
            departed: Bell::new(),
            baton,
        }))
    }

    /// Makes a user present, with one connection more, on each topic that is asked for by name,
    /// until the seat is dropped.
    pub fn seat(&self, user: impl Into<Arc<str>>, interest: &Interest) -> Seat {
        let user = user.into();
        self.sit(&user, interest);
        Seat {
            presence: self.clone(),
            user,
            interest: interest.clone(),
        }
    }

    /// Who is on a topic; nobody is there as well on one that nobody has heard of.
    pub fn roll(&self, topic: &Topic) -> Roll {
        self.now().roll(topic, Share::FULL)
    }

    /// Who is on each topic that is asked for by name, in JSON: what [`FULL_ROLLS`] rolls may list, in all. Whoever
    /// asks for the same before something changes gets the same bytes.
    pub(crate) fn rolls(&self, interest: &Interest) -> Vec<Arc<Notice>> {
        let share = Share::of(interest.exact().count());
        let mut rooms = self.now();
        let topics = interest.exact();
        topics
            .map(|topic| rooms.shared_roll(topic, share))
            .collect()
    }

    /// How many of the topics that are asked for by name a user would be new on: one that has left within the grace
    /// is not.
    pub(crate) fn joins(&self, user: &str, interest: &Interest) -> usize {
        self.now().joins(interest.exact(), user)
    }

    /// Tells who comes to and goes from each topic that is asked for by name.
    pub fn watch(&self, interest: &Interest) -> Watcher {
        Watcher::new(self.clone(), interest)
    }

    /// How many topics someone is on, or watches: for no other is anything kept.
    pub fn topics(&self) -> usize {
        self.now().topics()
    }

    /// The topics with most subscriptions, as far as a short look at them tells.
    pub(crate) fn busiest(&self) -> Busiest {
        self.lock().busiest()
    }

    /// Tells of those who have left when their grace is over; otherwise that is told at the next
    /// look. Who watches runs this beside it. However many run it, one does it for all.
    pub async fn keep_time(&self) -> Infallible {
        let _baton = Baton::take(self).await;
        loop {
            let departed = self.0.departed.listen();
            let due = self.now().next_departure();
            match due {
                Some(due) => {
                    let left = due.saturating_sub(self.0.clock.now());
                    self.0.clock.sleep(left).await;
                }
                None => departed.await,
            }
        }
    }

    /// Shows other hubs who is here, and takes note of who is there. A [`Hub`](crate::Hub) whose log has a
    /// board does that by itself.
    #[doc(hidden)]
    pub fn show_on(&self, board: &Board) {
        self.now().show_on(board);
        let shared: Arc<dyn Audience> = self.0.clone();
        board.attend(&elsewhere::KINDS, Arc::downgrade(&shared));
    }

    /// Shows other hubs who is due to have left, though nobody looks. To be called about once a second.
    #[doc(hidden)]
    pub fn keep_shown(&self) {
        if self.lock().is_shown() {
            drop(self.now());
        }
    }

    /// Tells nobody anything any more.
    pub(crate) fn close(&self) {
        self.lock().silence();
    }

    /// Adds a connection of a user to each topic that is asked for by name.
    pub(crate) fn sit(&self, user: &Arc<str>, interest: &Interest) {
        let mut rooms = self.now();
        interest.exact().for_each(|topic| rooms.sit(topic, user));
    }

    /// Takes such a connection away.
    pub(crate) fn stand(&self, user: &Arc<str>, interest: &Interest) {
        let grace = self.0.grace;
        let mut rooms = self.now();
        interest
            .exact()
            .for_each(|topic| rooms.stand(topic, user, grace));
        drop(rooms);
        self.0.departed.notify(usize::MAX);
    }

    /// Counts a subscription.
    pub(crate) fn subscribed(&self, interest: &Interest) {
        let mut rooms = self.now();
        interest.exact().for_each(|topic| rooms.subscribed(topic));
    }

    /// Counts a subscription no more.
    pub(crate) fn unsubscribed(&self, interest: &Interest) {
        let mut rooms = self.now();
        interest.exact().for_each(|topic| rooms.unsubscribed(topic));
    }

    fn now(&self) -> MutexGuard<'_, Rooms> {
        self.0.now()
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.0.lock()
    }
}

impl Shared {
    /// The rooms as they are at this moment: who is due to have left has left.
    fn now(&self) -> MutexGuard<'_, Rooms> {
        let mut rooms = self.lock();
        // Read under the lock, so that departures are queued in the order of their time.
        rooms.pass(self.clock.now());
        rooms
    }

    fn lock(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of a user to some topics; dropping it leaves them.
///
/// ```
/// use std::time::Duration;
/// use ssehub::{Clock, Interest, Presence, Topic};
/// let presence = Presence::new(Clock::system(), Duration::ZERO);
/// let topic = Topic::parse("chat").unwrap();
/// let seat = presence.seat("ann", &Interest::topic(topic.clone()));
/// assert_eq!(presence.roll(&topic).users[0].connections, 1);
/// drop(seat);
/// assert!(presence.roll(&topic).users.is_empty());
/// ```
pub struct Seat {
    presence: Presence,
    user: Arc<str>,
    interest: Interest,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.presence.stand(&self.user, &self.interest);
    }
}

/// The right, and the duty, to keep the time. Passes to another when it is dropped.
struct Baton<'p>(&'p Presence);

impl Baton<'_> {
    async fn take(presence: &Presence) -> Baton<'_> {
        // The channel is never closed: `presence` holds both its ends.
        _ = presence.0.baton.1.recv().await;
        Baton(presence)
    }
}

impl Drop for Baton<'_> {
    fn drop(&mut self) {
        _ = self.0.0.baton.0.try_send(());
    }
}

impl fmt::Debug for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence")
            .field("grace", &self.0.grace)
            .field("topics", &self.topics())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seat")
            .field("user", &self.user)
            .field("interest", &self.interest)
            .finish_non_exhaustive()
    }
}
