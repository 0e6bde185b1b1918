//! How much memory the bodies of all requests hold together.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// The memory that the request bodies of all connections share. Workers share it.
///
/// ```
/// use ssehub::http::{BodyMemory, HttpConfig};
/// let config = HttpConfig::default().body_memory(BodyMemory::new(16 << 20));
/// assert_eq!((config.body_memory.limit_bytes(), config.body_memory.used_bytes()), (16 << 20, 0));
/// ```
#[derive(Debug)]
pub struct BodyMemory {
    limit_bytes: usize,
    used_bytes: AtomicUsize,
}

impl BodyMemory {
    /// Memory for this many bytes, of which none is used.
    pub fn new(limit_bytes: usize) -> BodyMemory {
        BodyMemory {
            limit_bytes,
            used_bytes: AtomicUsize::new(0),
        }
    }

    /// How many bytes all bodies may hold.
    pub fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// How many bytes they hold now.
    pub fn used_bytes(&self) -> usize {
        self.used_bytes.load(Relaxed)
    }

    fn take(&self, bytes: usize) -> Result<(), OutOfMemory> {
        let add = |used: usize| {
            let sum = used.checked_add(bytes)?;
            (sum <= self.limit_bytes).then_some(sum)
        };
        let taken = self.used_bytes.fetch_update(Relaxed, Relaxed, add);
        taken.map(|_| ()).map_err(|_| OutOfMemory)
    }
}

impl Default for BodyMemory {
    /// 64 MiB.
    fn default() -> BodyMemory {
        BodyMemory::new(64 << 20)
    }
}

/// The bodies of all requests hold as much as they may.
#[derive(Debug)]
pub(super) struct OutOfMemory;

/// The part of a body that has arrived. Its memory is counted until it is dropped.
#[derive(Debug)]
pub(super) struct Body<'m> {
    memory: &'m BodyMemory,
    bytes: Vec<u8>,
    /// As many as `bytes` has room for.
    counted: usize,
}

impl<'m> Body<'m> {
    pub(super) fn new(memory: &'m BodyMemory) -> Body<'m> {
        Body {
            memory,
            bytes: Vec::new(),
            counted: 0,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, with room for `more`. A body grows to `most` bytes at the end; its room is counted as the bytes
    /// arrive, so that a length that is only announced takes nothing.
    pub(super) fn with_room(
        &mut self,
        more: usize,
        most: usize,
    ) -> Result<&mut Vec<u8>, OutOfMemory> {
        let needed = self.bytes.len() + more;
        if needed > self.counted {
            // Twice the room each time, unless only the room that is needed is left.
            let doubled = needed.max((2 * self.counted).min(most));
            self.grow(doubled)
                .or_else(|OutOfMemory| self.grow(needed))?;
        }
        Ok(&mut self.bytes)
    }

    fn grow(&mut self, room: usize) -> Result<(), OutOfMemory> {
        self.memory.take(room - self.counted)?;
        self.counted = room;
        self.bytes.reserve_exact(room - self.bytes.len());
        Ok(())
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        self.memory.used_bytes.fetch_sub(self.counted, Relaxed);
    }
}
