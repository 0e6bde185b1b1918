//! One's own side: what this hub shows, and what of it the others do not know yet.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::{BYTES, BYTES_AT_ONCE, ENTRIES, ENTRIES_AT_ONCE, KEY_BYTES, VALUE_BYTES, log_seldom};

/// What this hub shows.
#[derive(Default)]
pub(super) struct Own {
    entries: HashMap<Arc<str>, Entry>,
    /// The keys of what may have to be carried, in the order in which that came up.
    queue: VecDeque<Arc<str>>,
    /// Keys and values that are to be shown.
    bytes: usize,
    /// How often something was queued.
    posted: u64,
    /// Of these, the first so many are with the others.
    carried: u64,
    refused: u64,
    standing: Standing,
    is_closing: bool,
}

/// What the others know of this hub as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    /// They have never heard of it.
    #[default]
    New,
    /// They do not know everything that it shows.
    Partial,
    Whole,
}

struct Entry {
    wanted: Option<Arc<str>>,
    shown: Shown,
    is_queued: bool,
}

/// What the others know of an entry.
#[derive(PartialEq, Eq)]
enum Shown {
    Value(Option<Arc<str>>),
    /// It is on its way, or lost.
    Unsure,
}

impl Entry {
    fn is_settled(&self) -> bool {
        matches!(&self.shown, Shown::Value(shown) if *shown == self.wanted)
    }
}

/// What goes to the others at once.
#[derive(Debug)]
pub struct Posting {
    /// Keys with their values, or without if there is none any more.
    pub entries: Vec<(Arc<str>, Option<Arc<str>>)>,
    /// With these, the others know everything that this hub shows, and have perhaps not before.
    pub is_whole: bool,
    /// Nothing comes after this.
    pub is_last: bool,
    /// How much has been carried once this is.
    upto: Option<u64>,
}

impl Own {
    /// Whether there is something to carry.
    pub(super) fn post(&mut self, key: String, value: Option<String>) -> bool {
        let key: Arc<str> = key.into();
        let value = value.and_then(|value| self.check(&key, value.into()));
        if value.is_none() && !self.entries.contains_key(&key) {
            return false;
        }
        let entry = self.entries.entry(key.clone()).or_insert(Entry {
            wanted: None,
            shown: Shown::Value(None),
            is_queued: false,
        });
        self.bytes += cost(&key, value.as_ref());
        self.bytes -= cost(&key, entry.wanted.as_ref());
        entry.wanted = value;
        if entry.is_settled() || entry.is_queued {
            return false;
        }
        entry.is_queued = true;
        self.queue.push_back(key);
        self.posted += 1;
        true
    }

    /// A value, if there is room to show it.
    fn check(&mut self, key: &Arc<str>, value: Arc<str>) -> Option<Arc<str>> {
        let known = self.entries.get(key);
        let freed = known.map_or(0, |entry| cost(key, entry.wanted.as_ref()));
        let is_full = known.is_none() && self.entries.len() >= ENTRIES
            || self.bytes - freed + cost(key, Some(&value)) > BYTES;
        if key.len() > KEY_BYTES || value.len() > VALUE_BYTES {
            const REASON: &str = "other hubs are not shown what is too long";
            log_seldom(&mut self.refused, REASON);
            return None;
        }
        if is_full {
            const REASON: &str = "other hubs are not shown everything: it is too much";
            log_seldom(&mut self.refused, REASON);
            return None;
        }
        Some(value)
    }

    pub(super) fn has_news(&self) -> bool {
        !self.queue.is_empty() || self.standing != Standing::Whole || self.is_closing
    }

    pub(super) fn take(&mut self) -> Posting {
        let mut entries = Vec::new();
        let mut bytes = 0;
        while entries.len() < ENTRIES_AT_ONCE && bytes < BYTES_AT_ONCE {
            let Some(key) = self.queue.pop_front() else {
                break;
            };
            let Some(entry) = self.entries.get_mut(&key) else {
                continue;
            };
            entry.is_queued = false;
            if entry.is_settled() {
                self.forget(&key);
                continue;
            }
            entry.shown = Shown::Unsure;
            bytes += cost(&key, entry.wanted.as_ref());
            entries.push((key, entry.wanted.clone()));
        }
        let is_all = self.queue.is_empty();
        Posting {
            entries,
            is_whole: is_all && self.standing != Standing::Whole,
            is_last: is_all && self.is_closing,
            upto: is_all.then_some(self.posted),
        }
    }

    pub(super) fn got_through(&mut self, posting: Posting) {
        for (key, value) in posting.entries {
            if let Some(entry) = self.entries.get_mut(&key) {
                entry.shown = Shown::Value(value);
                self.forget(&key);
            }
        }
        if posting.is_whole {
            self.standing = Standing::Whole;
        }
        self.carried = self.carried.max(posting.upto.unwrap_or_default());
    }

    pub(super) fn got_stuck(&mut self, posting: Posting) {
        for (key, _) in posting.entries {
            if let Some(entry) = self.entries.get_mut(&key)
                && !entry.is_queued
            {
                entry.is_queued = true;
                self.queue.push_back(key);
            }
        }
    }

    /// Whether the others have known this hub before.
    pub(super) fn begin_again(&mut self) -> bool {
        let was_known = self.standing != Standing::New;
        self.standing = Standing::Partial;
        self.entries.retain(|_, entry| entry.wanted.is_some());
        self.queue.clear();
        for (key, entry) in &mut self.entries {
            entry.shown = Shown::Value(None);
            entry.is_queued = true;
            self.queue.push_back(key.clone());
        }
        was_known
    }

    /// Keeps nothing of what is not shown and is known not to be.
    fn forget(&mut self, key: &Arc<str>) {
        let is_over = |entry: &Entry| entry.wanted.is_none() && entry.is_settled();
        if self.entries.get(key).is_some_and(is_over) {
            self.entries.remove(key);
        }
    }

    pub(super) fn close(&mut self) {
        self.is_closing = true;
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing
    }

    pub(super) fn posted(&self) -> u64 {
        self.posted
    }

    pub(super) fn carried(&self) -> u64 {
        self.carried
    }

    pub(super) fn entries(&self) -> usize {
        self.entries.len()
    }
}

/// What an entry that is shown takes, in bytes.
fn cost(key: &str, value: Option<&Arc<str>>) -> usize {
    value.map_or(0, |value| key.len() + value.len())
}
