//! The others' side: what they show, and who is told of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Weak};

use super::{Audience, Change, ENTRIES, HUBS, KEY_BYTES, VALUE_BYTES, log_seldom};

/// What other hubs show, each by its keys.
#[derive(Default)]
pub(super) struct Mirror {
    hubs: BTreeMap<String, Entries>,
    audiences: Vec<(&'static [&'static str], Weak<dyn Audience>)>,
    skipped: u64,
}

type Entries = HashMap<Arc<str>, Arc<str>>;

impl Mirror {
    pub(super) fn attend(&mut self, kinds: &'static [&'static str], audience: Weak<dyn Audience>) {
        self.audiences.retain(|(_, it)| it.strong_count() > 0);
        if let Some(audience) = audience.upgrade() {
            for (hub, entries) in &self.hubs {
                let asked = entries.iter().filter(|(key, _)| kinds.contains(&kind(key)));
                for (key, value) in asked {
                    let change = Change {
                        hub,
                        key,
                        before: None,
                        after: Some(value),
                        is_heir: false,
                    };
                    if let Err(reason) = audience.hear(&change) {
                        log_seldom(&mut self.skipped, odd(hub, reason));
                    }
                }
            }
        }
        self.audiences.push((kinds, audience));
    }

    pub(super) fn set(&mut self, hub: &str, key: &str, value: Option<&str>) {
        let is_long = value.is_some_and(|value| value.len() > VALUE_BYTES);
        if is_long || key.len() > KEY_BYTES {
            return self.skip(&odd(hub, "it is too long"));
        }
        if !self.hubs.contains_key(hub) {
            if value.is_none() {
                return;
            }
            if self.hubs.len() >= HUBS {
                return self.skip(&odd(hub, "there are too many hubs"));
            }
            self.hubs.insert(hub.to_owned(), Entries::new());
        }
        let Some(entries) = self.hubs.get_mut(hub) else {
            return;
        };
        let key: Arc<str> = key.into();
        let before = match value {
            Some(_) if entries.len() >= ENTRIES && !entries.contains_key(&key) => {
                return self.skip(&odd(hub, "it has too many entries"));
            }
            Some(value) => entries.insert(key.clone(), value.into()),
            None => entries.remove(&key),
        };
        if entries.is_empty() {
            self.hubs.remove(hub);
        }
        if before.as_deref() != value {
            self.tell(&Change {
                hub,
                key: &key,
                before: before.as_deref(),
                after: value,
                is_heir: false,
            });
        }
    }

    pub(super) fn replace(&mut self, hub: &str, entries: &HashMap<String, String>) {
        let known = self.hubs.get(hub).into_iter().flat_map(HashMap::keys);
        let over = known.filter(|key| !entries.contains_key(&***key));
        for key in over.cloned().collect::<Vec<_>>() {
            self.set(hub, &key, None);
        }
        for (key, value) in entries {
            self.set(hub, key, Some(value));
        }
    }

    pub(super) fn remove(&mut self, hub: &str, is_heir: bool) {
        for (key, value) in self.hubs.remove(hub).unwrap_or_default() {
            self.tell(&Change {
                hub,
                key: &key,
                before: Some(&value),
                after: None,
                is_heir,
            });
        }
    }

    /// Hands a difference to those who understand it. What nobody does may be of a later version.
    fn tell(&mut self, change: &Change<'_>) {
        let kind = kind(change.key);
        let attending = self.audiences.iter().filter(|(it, _)| it.contains(&kind));
        let attending = attending.filter_map(|(_, audience)| audience.upgrade());
        let failed = attending.filter_map(|audience| audience.hear(change).err());
        for reason in failed.collect::<Vec<_>>() {
            self.skip(&odd(change.hub, reason));
        }
    }

    pub(super) fn tell_of_burial(&self) {
        let attending = self.audiences.iter();
        let attending = attending.filter_map(|(_, audience)| audience.upgrade());
        attending.for_each(|audience| audience.was_buried());
    }

    pub(super) fn skip(&mut self, reason: &str) {
        log_seldom(&mut self.skipped, reason);
    }

    pub(super) fn hubs(&self) -> Vec<String> {
        self.hubs.keys().cloned().collect()
    }

    pub(super) fn value(&self, hub: &str, key: &str) -> Option<String> {
        self.hubs.get(hub)?.get(key).map(|value| value.to_string())
    }

    pub(super) fn entries(&self) -> usize {
        self.hubs.values().map(HashMap::len).sum()
    }
}

/// What kind of key this is.
fn kind(key: &str) -> &str {
    key.split('\n').next().unwrap_or_default()
}

fn odd(hub: &str, reason: &str) -> String {
    format!("something that the hub {hub} shows is passed over: {reason}")
}
