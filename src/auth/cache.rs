//! The tokens that were verified already.

use std::collections::HashMap;
use std::mem;
use std::sync::{Mutex, PoisonError};

use super::digest::Digest;
use super::grant::Grant;

/// Verified tokens that are remembered.
pub const CACHED_TOKENS: usize = 8_192;

/// Selectors in all grants that are remembered; they are what takes memory, about 100 bytes each.
pub const CACHED_SELECTORS: usize = 65_536;

/// Grants by the digest of their tokens. The tokens themselves are not kept. One that is over stays: its token is
/// refused without another check of its signature. Tokens that were never good are not remembered.
///
/// There are two halves: what is used goes into the new one, and when that is full, it becomes the old
/// one, and what was old is forgotten. So nothing that is in use is lost, and there is no list to keep.
#[derive(Default)]
pub(super) struct Cache(Mutex<Halves>);

#[derive(Default)]
struct Halves {
    new: HashMap<Digest, Grant>,
    old: HashMap<Digest, Grant>,
    /// Selectors in the new half.
    weight: usize,
}

impl Cache {
    pub(super) fn get(&self, digest: &Digest) -> Option<Grant> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(grant) = halves.new.get(digest) {
            return Some(grant.clone());
        }
        let grant = halves.old.remove(digest)?;
        halves.put(*digest, grant.clone());
        Some(grant)
    }

    pub(super) fn put(&self, digest: Digest, grant: Grant) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        halves.put(digest, grant);
    }
}

impl Halves {
    fn put(&mut self, digest: Digest, grant: Grant) {
        let weight = grant.weight();
        let is_full =
            self.new.len() >= CACHED_TOKENS / 2 || self.weight + weight > CACHED_SELECTORS / 2;
        if is_full {
            self.old = mem::take(&mut self.new);
            self.weight = 0;
        }
        self.remove(&digest);
        self.weight += weight;
        self.new.insert(digest, grant);
    }

    fn remove(&mut self, digest: &Digest) {
        self.old.remove(digest);
        if let Some(grant) = self.new.remove(digest) {
            self.weight -= grant.weight();
        }
    }
}
