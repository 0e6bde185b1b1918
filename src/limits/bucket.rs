//! How many events somebody may publish: a bucket for each, which holds some events and fills up again.
//!
//! A bucket is one time, that at which it is full: an event that is taken out of it moves that time on. One
//! that is full is as good as none, so it can be forgotten.

use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Key;

/// Buckets that are not full at one time; each takes about 40 bytes.
pub const BUCKETS: usize = 65_536;

/// Buckets that all others share while there are so many, by chance. So a flood of new addresses neither
/// takes more memory nor gets more than these let through, and whoever was there before notices nothing.
pub const SHARED_BUCKETS: u64 = 1_024;

/// Most events in a second, and at once.
pub const RATE_EVENTS: u32 = 1_000_000;

/// How many events may be published in a second, and how many at once after a pause.
///
/// ```
/// use ssehub::limits::{InvalidRate, Rate};
/// assert_eq!("10:100".parse(), Ok(Rate::new(10, 100).unwrap()));
/// assert_eq!("10".parse(), Ok(Rate::new(10, 10).unwrap()));
/// assert_eq!("ten".parse::<Rate>(), Err(InvalidRate));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// In each second, in the long run.
    pub(super) per_second: u32,
    /// At once.
    pub(super) burst: u32,
}

impl Rate {
    /// A rate; `None` if one of the two is zero or more than [`RATE_EVENTS`].
    pub fn new(per_second: u32, burst: u32) -> Option<Rate> {
        let fits = |events| (1..=RATE_EVENTS).contains(&events);
        (fits(per_second) && fits(burst)).then_some(Rate { per_second, burst })
    }

    /// The time after which there is one event more.
    fn interval(self) -> Duration {
        Duration::from_secs(1) / self.per_second
    }

    /// The time after which an empty bucket is full.
    fn depth(self) -> Duration {
        self.interval() * self.burst
    }
}

/// The text is no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRate;

impl fmt::Display for InvalidRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "events per second are expected, 1 to {RATE_EVENTS}, and perhaps how many at once: 10 or 10:100"
        )
    }
}

impl std::error::Error for InvalidRate {}

impl FromStr for Rate {
    type Err = InvalidRate;

    /// `10:100` is ten events per second, and a hundred at once; `10` is `10:10`.
    fn from_str(text: &str) -> Result<Rate, InvalidRate> {
        let (per_second, burst) = text.split_once(':').unwrap_or((text, text));
        let number = |digits: &str| match digits.bytes().all(|byte| byte.is_ascii_digit()) {
            true => digits.parse().map_err(|_| InvalidRate),
            false => Err(InvalidRate),
        };
        Rate::new(number(per_second)?, number(burst)?).ok_or(InvalidRate)
    }
}

/// There are not enough events in the bucket.
///
/// ```
/// use std::time::Duration;
/// use ssehub::limits::Exceeded;
/// let exceeded = Exceeded::For(Duration::from_secs(1));
/// assert_eq!(exceeded.to_string(), "there will be room for these events in 1s");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Exceeded {
    /// There will be, after this time.
    For(Duration),
    /// It never holds more than these.
    TooMany(u32),
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exceeded::For(wait) => write!(f, "there will be room for these events in {wait:?}"),
            Exceeded::TooMany(events) => write!(f, "{events} events at once are the most"),
        }
    }
}

impl std::error::Error for Exceeded {}

/// Everybody's buckets, at one rate.
pub(super) struct Buckets {
    rate: Rate,
    halves: Mutex<Halves>,
}

/// The buckets that are not full, by the time at which they will be. Those that were used lately are in
/// the new half, which becomes the old one after the time in which a bucket fills up. What is in the old
/// one by then has been left alone for so long, and is full.
#[derive(Default)]
struct Halves {
    new: HashMap<Key, Duration>,
    old: HashMap<Key, Duration>,
    /// When the new half began.
    since: Duration,
}

impl Buckets {
    pub(super) fn new(rate: Rate) -> Buckets {
        Buckets {
            rate,
            halves: Mutex::default(),
        }
    }

    /// Takes events out of somebody's bucket: all of them or none.
    pub(super) fn take(&self, key: Key, events: usize, now: Duration) -> Result<(), Exceeded> {
        let (key, full_at, mut halves) = self.after(key, events, now)?;
        halves.put(key, full_at);
        Ok(())
    }

    /// Whether these events could be taken.
    pub(super) fn check(&self, key: Key, events: usize, now: Duration) -> Result<(), Exceeded> {
        self.after(key, events, now).map(drop)
    }

    /// The bucket that counts, and when it will be full once these events are taken.
    fn after(
        &self,
        key: Key,
        events: usize,
        now: Duration,
    ) -> Result<(Key, Duration, MutexGuard<'_, Halves>), Exceeded> {
        let Rate { burst, .. } = self.rate;
        let Some(events) = u32::try_from(events).ok().filter(|it| *it <= burst) else {
            return Err(Exceeded::TooMany(burst));
        };
        let depth = self.rate.depth();
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.turn(depth, now);
        let key = halves.known(key);
        let full_at = halves.full_at(key).max(now) + self.rate.interval() * events;
        match full_at.checked_sub(now + depth) {
            None | Some(Duration::ZERO) => Ok((key, full_at, halves)),
            Some(wait) => Err(Exceeded::For(wait)),
        }
    }
}

impl Halves {
    /// Forgets the buckets that are full.
    fn turn(&mut self, depth: Duration, now: Duration) {
        if now < self.since + depth {
            return;
        }
        self.old = mem::take(&mut self.new);
        if now >= self.since + 2 * depth {
            self.old = HashMap::new();
        }
        self.since = now;
    }

    /// Whose bucket counts: one's own, if there is one or room for it.
    fn known(&self, key: Key) -> Key {
        let has_room = self.new.len() + self.old.len() < BUCKETS;
        match has_room || self.new.contains_key(&key) || self.old.contains_key(&key) {
            true => key,
            false => Key(key.0 % SHARED_BUCKETS),
        }
    }

    fn full_at(&self, key: Key) -> Duration {
        let found = self.new.get(&key).or_else(|| self.old.get(&key));
        found.copied().unwrap_or_default()
    }

    fn put(&mut self, key: Key, full_at: Duration) {
        self.old.remove(&key);
        self.new.insert(key, full_at);
    }
}
