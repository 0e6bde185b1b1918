//! The board: what each of several hubs that share a log shows to the others.
//!
//! * **What is on it.** Values by key. A key says of what kind it is, up to its first line feed; whoever
//!   understands that kind [attends](Board::attend) to it. Values go with the hub that has posted them.
//! * **One's own.** [`Board::post`] never waits. What has changed is queued, and of each key the latest value
//!   counts: a carrier takes so much at once, tells the others, and says whether it got through.
//! * **Those of others.** The carrier says what it hears, and each difference is handed on at once, in order:
//!   whoever attends late is first handed all that is there.
//! * **Bounds.** A hub shows so many [entries](ENTRIES) of so many [bytes](BYTES), of so many [hubs](HUBS) as
//!   much is known, and what exceeds that is not shown, counted and logged.
//!
//! The carrier is the log: one in memory or in a file has no board, because no other hub shares it.
//!
//! ```
//! use std::time::Duration;
//! use ssehub::board::Board;
//! use ssehub::{Clock, Interest, Presence, Topic};
//! let topic = Topic::parse("chat").unwrap();
//! let [here, there] = [(); 2].map(|()| Presence::new(Clock::system(), Duration::from_secs(3)));
//! let [one, other] = ["one", "other"].map(Board::new);
//! here.show_on(&one);
//! there.show_on(&other);
//! let _seat = here.seat("ann", &Interest::topic(topic.clone()));
//! // What a carrier does:
//! let posting = one.take();
//! for (key, value) in &posting.entries {
//!     other.hear(one.hub(), key, value.as_deref());
//! }
//! one.got_through(posting);
//! assert_eq!(&*there.roll(&topic).users[0].user, "ann");
//! ```

mod mirror;
mod own;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use event_listener::Event as Bell;

use mirror::Mirror;
use own::Own;
pub use own::Posting;

/// Entries that one hub shows at most.
pub const ENTRIES: usize = 100_000;

/// Their keys and values, in bytes.
pub const BYTES: usize = 64 << 20;

/// Longest key, in bytes.
pub const KEY_BYTES: usize = 1_024;

/// Longest value, in bytes.
pub const VALUE_BYTES: usize = 128 << 10;

/// Other hubs that are known at most.
pub const HUBS: usize = 256;

/// Entries that are told to the others at once.
pub const ENTRIES_AT_ONCE: usize = 500;

/// Their keys and values, in bytes; one entry goes whatever its size.
pub const BYTES_AT_ONCE: usize = 256 << 10;

/// A handle on a board; clones are handles on the same.
#[derive(Clone)]
pub struct Board(Arc<Shared>);

struct Shared {
    hub: String,
    own: Mutex<Own>,
    /// Held while differences are handed on, because their order counts. Whoever attends may post.
    mirror: Mutex<Mirror>,
    /// Rung when there is something to carry.
    changed: Bell,
    /// Rung when something has been carried.
    carried: Bell,
}

/// Who is told of what other hubs show.
pub trait Audience: Send + Sync {
    /// Takes a difference, or says why it understands none.
    fn hear(&self, change: &Change<'_>) -> Result<(), &'static str>;

    /// The others have taken this hub for dead, and are shown everything again.
    fn was_buried(&self) {}
}

/// What has become of an entry of another hub.
#[derive(Clone, Copy, Debug)]
pub struct Change<'c> {
    /// The other hub.
    pub hub: &'c str,
    /// The key.
    pub key: &'c str,
    /// The value before, if there was one.
    pub before: Option<&'c str>,
    /// The value that there is now.
    pub after: Option<&'c str>,
    /// The other hub has died, and this one is to see to what it has left behind.
    pub is_heir: bool,
}

impl Board {
    /// The board as a hub of this name sees it, empty.
    pub fn new(hub: &str) -> Board {
        Board(Arc::new(Shared {
            hub: hub.to_owned(),
            own: Mutex::default(),
            mirror: Mutex::default(),
            changed: Bell::new(),
            carried: Bell::new(),
        }))
    }

    /// The name of this hub, which no other has.
    pub fn hub(&self) -> &str {
        &self.0.hub
    }

    /// Shows a value to the others, or nothing any more.
    pub fn post(&self, key: String, value: Option<String>) {
        if self.own().post(key, value) {
            self.0.changed.notify(usize::MAX);
        }
    }

    /// Completes when everything that has been posted by now has been carried.
    pub async fn carried(&self) {
        let posted = self.own().posted();
        loop {
            let carried = self.0.carried.listen();
            if self.own().carried() >= posted {
                return;
            }
            carried.await;
        }
    }

    /// Hands on all differences of these kinds, and first all that is there.
    pub fn attend(&self, kinds: &'static [&'static str], audience: Weak<dyn Audience>) {
        self.mirror().attend(kinds, audience);
    }

    /// Completes when there is something to carry.
    pub async fn changed(&self) {
        loop {
            let changed = self.0.changed.listen();
            if self.own().has_news() {
                return;
            }
            changed.await;
        }
    }

    /// What to carry next.
    pub fn take(&self) -> Posting {
        self.own().take()
    }

    /// The others know this now.
    pub fn got_through(&self, posting: Posting) {
        self.own().got_through(posting);
        self.0.carried.notify(usize::MAX);
    }

    /// Nobody knows whether the others know this.
    pub fn got_stuck(&self, posting: Posting) {
        self.own().got_stuck(posting);
        self.0.changed.notify(usize::MAX);
    }

    /// The others have forgotten this hub: everything is to be carried again.
    pub fn begin_again(&self) {
        let was_known = self.own().begin_again();
        if was_known {
            self.mirror().tell_of_burial();
        }
        self.0.changed.notify(usize::MAX);
    }

    /// Wants the last of it to be carried: what comes after that will not be.
    pub fn close(&self) {
        self.own().close();
        self.0.changed.notify(usize::MAX);
    }

    /// Completes when that is wanted.
    pub async fn closing(&self) {
        loop {
            let changed = self.0.changed.listen();
            if self.own().is_closing() {
                return;
            }
            changed.await;
        }
    }

    /// Another hub shows a value, or nothing any more.
    pub fn hear(&self, hub: &str, key: &str, value: Option<&str>) {
        self.mirror().set(hub, key, value);
    }

    /// Another hub shows this and nothing else. Only differences are handed on.
    pub fn hear_all(&self, hub: &str, entries: &HashMap<String, String>) {
        self.mirror().replace(hub, entries);
    }

    /// Another hub has gone, and all that it has shown.
    pub fn hear_gone(&self, hub: &str, is_heir: bool) {
        self.mirror().remove(hub, is_heir);
    }

    /// Passes over something that no hub can have shown; counted and logged.
    pub fn skip(&self, reason: &str) {
        self.mirror().skip(reason);
    }

    /// The other hubs, of which something is known, in the order of their names.
    pub fn others(&self) -> Vec<String> {
        self.mirror().hubs()
    }

    /// What another hub shows under a key.
    pub fn value(&self, hub: &str, key: &str) -> Option<String> {
        self.mirror().value(hub, key)
    }

    /// How many entries this hub shows, and how many it knows of others.
    pub fn entries(&self) -> (usize, usize) {
        let own = self.own().entries();
        (own, self.mirror().entries())
    }

    fn own(&self) -> MutexGuard<'_, Own> {
        self.0.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mirror(&self) -> MutexGuard<'_, Mirror> {
        self.0.mirror.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that this is so for the first, second, fourth, eighth… time.
fn log_seldom(count: &mut u64, what: impl fmt::Display) {
    *count += 1;
    if count.is_power_of_two() {
        log::warn!("{what}; {count} in all");
    }
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board")
            .field("hub", &self.0.hub)
            .finish_non_exhaustive()
    }
}
