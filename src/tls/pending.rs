//! Handshakes under way: in all, and of each client.
//!
//! Where there is no room for one more, the oldest one that waits for its client gives way. So silent connections
//! keep nobody out for long; and those of one client keep out no other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_channel::{Receiver, Sender};

use crate::limits::Peer;

/// Handshakes that may be under way at one time. Each may hold 64 KiB.
pub const HANDSHAKES: usize = 4_096;

/// Handshakes of one client that may be under way at one time, if it is told apart: an office that comes back at
/// once has as many a few times a second.
pub const CLIENT_HANDSHAKES: usize = 128;

/// Handshakes that are looked at to find one that gives way.
const LOOKED_AT: usize = 64;

/// All handshakes under way.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    /// By their numbers, which grow.
    all: BTreeMap<u64, Entry>,
    /// The numbers of each client's.
    by_client: HashMap<Peer, BTreeSet<u64>>,
    latest: u64,
}

#[derive(Debug)]
struct Entry {
    client: Peer,
    /// Whether it waits for its client, and not for a turn.
    waits: Arc<AtomicBool>,
    /// Its drop tells the handshake to give way.
    #[expect(dead_code, reason = "it is held for its drop")]
    way: Sender<()>,
}

/// A handshake that is under way.
pub(super) struct Handshake<'a> {
    pending: &'a Pending,
    number: u64,
    /// How many there were before it.
    pub(super) before: usize,
    waits: Arc<AtomicBool>,
    way: Receiver<()>,
}

impl Pending {
    /// One more of this client; `None` if there is no room, and none that waits for its client gives way. Those of
    /// [`Peer::Unknown`] count in all alone.
    pub(super) fn begin(&self, client: Peer) -> Option<Handshake<'_>> {
        let mut table = self.lock();
        let before = table.all.len();
        let own = table.by_client.get(&client);
        if own.is_some_and(|own| own.len() >= CLIENT_HANDSHAKES) {
            let mut own = own.into_iter().flatten().copied();
            let first = table.first_waiting(&mut own)?;
            table.remove(first);
        } else if before >= HANDSHAKES {
            let first = table.first_waiting(&mut table.all.keys().copied())?;
            table.remove(first);
        }
        table.latest += 1;
        let number = table.latest;
        let (sender, way) = async_channel::bounded(1);
        let waits = Arc::new(AtomicBool::new(true));
        let entry = Entry {
            client,
            waits: waits.clone(),
            way: sender,
        };
        table.all.insert(number, entry);
        if client != Peer::Unknown {
            table.by_client.entry(client).or_default().insert(number);
        }
        Some(Handshake {
            pending: self,
            number,
            before,
            waits,
            way,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn first_waiting(&self, numbers: &mut dyn Iterator<Item = u64>) -> Option<u64> {
        let waits = |number: &u64| {
            let entry = self.all.get(number);
            entry.is_some_and(|entry| entry.waits.load(Ordering::Relaxed))
        };
        numbers.take(LOOKED_AT).find(waits)
    }

    fn remove(&mut self, number: u64) {
        let Some(entry) = self.all.remove(&number) else {
            return;
        };
        if let Some(own) = self.by_client.get_mut(&entry.client) {
            own.remove(&number);
            if own.is_empty() {
                self.by_client.remove(&entry.client);
            }
        }
    }
}

impl Handshake<'_> {
    /// Whether it waits for its client from now on.
    pub(super) fn waits(&self, waits: bool) {
        self.waits.store(waits, Ordering::Relaxed);
    }

    /// Completes when it has to give way.
    pub(super) async fn displaced(&self) {
        _ = self.way.recv().await;
    }
}

impl Drop for Handshake<'_> {
    fn drop(&mut self) {
        self.pending.lock().remove(self.number);
    }
}
