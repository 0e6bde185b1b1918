//! How many connections or subscriptions somebody may have at a time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Key;

/// Everybody's places. Who has none is not in it, so it is no larger than the number of connections.
#[derive(Clone)]
pub(super) struct Places(Arc<Shared>);

struct Shared {
    limit: usize,
    taken: Mutex<HashMap<Key, usize>>,
}

impl Places {
    pub(super) fn new(limit: usize) -> Places {
        Places(Arc::new(Shared {
            limit,
            taken: Mutex::default(),
        }))
    }

    /// One place more for somebody; `None` if they have as many as they may.
    pub(super) fn take(&self, key: Key) -> Option<Place> {
        let mut taken = self.0.lock();
        let count = taken.entry(key).or_default();
        if *count >= self.0.limit {
            return None;
        }
        *count += 1;
        Some(Place {
            places: self.clone(),
            key,
        })
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is taken, given back when dropped.
///
/// ```
/// use ssehub::limits::{LimitConfig, Limits, Peer, Place};
/// let limits = Limits::new(LimitConfig::default().address_connections(1));
/// let peer = Peer::Ip([192, 0, 2, 1].into());
/// let place: Option<Place> = limits.connect(peer).unwrap();
/// assert!(place.is_some() && limits.connect(peer).is_err());
/// ```
pub struct Place {
    places: Places,
    key: Key,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock();
        if let Entry::Occupied(mut count) = taken.entry(self.key) {
            match *count.get() {
                0 | 1 => _ = count.remove(),
                _ => *count.get_mut() -= 1,
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Place")
    }
}
