//! The newest events of topics, of which the window has too little.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use redis::Pipeline;

use super::entry::Entry;
use super::pace::Pace;
use super::read::{PAGE_BYTES, SCANNED_BYTES, SCANNED_ENTRIES, Scan, empty, searched};
use super::{Redis, value};
use crate::event::{Event, EventId, Sieve};
use crate::store::{Budget, Log, Newest, Page, ReadError};
use crate::topic::{Interest, Topic};

impl Redis {
    /// Of the events after a position that `interest` asks for, the newest of each topic, ends
    /// aside.
    pub(in crate::store) async fn read_latest(
        &self,
        log: &Log,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let _place = self.place().await;
        let mut seen = 0;
        if let Some(names) = interest.names() {
            let names = names.cloned().collect();
            let latest = self.latest_of(log, names, interest, after, budget, &mut seen);
            if let Some(page) = latest.await? {
                return Ok(page);
            }
        }
        let mut page = self.latest_among(log, interest, after, budget).await?;
        page.searched += seen;
        Ok(page)
    }

    /// Looks at every event, up to a number of them.
    async fn latest_among(
        &self,
        log: &Log,
        interest: &Interest,
        after: EventId,
        budget: Budget,
    ) -> Result<Page, ReadError> {
        let (mut newest, mut page) = (Newest::default(), empty(after));
        let (mut scan, mut sieve) = (Scan::new(log, after), Sieve::new(interest));
        'scan: while let Some(entries) = self.next_page(log, &mut scan).await? {
            for (id, entry) in entries.entries {
                if newest.fills(budget) {
                    break 'scan;
                }
                page.upto = id;
                let bytes = searched(&entry);
                match entry {
                    Entry::Event(event)
                        if !event.is_end() && sieve.wants_in_turns(&event).await =>
                    {
                        newest.take(event, interest);
                    }
                    _ => page.searched += bytes,
                }
            }
            page.upto = entries.upto;
        }
        page.events = newest.into_events();
        Ok(page)
    }

    /// Goes back until every topic has been found; of more than the budget allows, the oldest come
    /// first. `None` says that this would take too long; `seen` is the size of what was looked at, in bytes.
    async fn latest_of(
        &self,
        log: &Log,
        names: HashSet<Topic>,
        interest: &Interest,
        after: EventId,
        budget: Budget,
        seen: &mut usize,
    ) -> Result<Option<Page>, ReadError> {
        let tail = log.tail();
        let (mut found, mut before) = (BTreeMap::new(), tail.next());
        let (mut missing, mut scanned) = (names, 0);
        let (mut sieve, mut pace) = (Sieve::new(interest), Pace::new(PAGE_BYTES));
        while !missing.is_empty() {
            if scanned >= SCANNED_ENTRIES || *seen >= SCANNED_BYTES {
                return Ok(None);
            }
            let entries = self.page_back(log, after, before, &pace).await?;
            scanned += entries.len();
            *seen += entries.iter().map(|(_, it)| searched(it)).sum::<usize>();
            let is_last = entries.len() < pace.entries();
            pace.note(&entries);
            for (id, entry) in entries {
                before = id;
                let Entry::Event(event) = entry else { continue };
                if event.is_end() || !sieve.wants_in_turns(&event).await {
                    continue;
                }
                let before = missing.len();
                for topic in event.topics() {
                    missing.remove(topic);
                }
                if missing.len() < before {
                    found.insert(id, event);
                }
            }
            if is_last {
                break;
            }
        }
        let mut page = empty(tail.max(after));
        let mut left = budget;
        for event in found.into_values() {
            if !left.take(event.bytes()) {
                page.upto = page
                    .events
                    .last()
                    .map_or(after, |last: &Arc<Event>| last.id());
                break;
            }
            page.events.push(event);
        }
        Ok(Some(page))
    }

    /// Entries between two positions, the newest first.
    async fn page_back(
        &self,
        log: &Log,
        after: EventId,
        before: EventId,
        pace: &Pace,
    ) -> Result<Vec<(EventId, Entry)>, ReadError> {
        let mut pipeline = Pipeline::with_capacity(3);
        let range = pipeline.cmd("XREVRANGE").arg(&self.keys.log);
        range.arg(format!("({}", value::redis_id(before)));
        range.arg(format!("({}", value::redis_id(after)));
        range.arg("COUNT").arg(pace.entries());
        self.read_range(log, pipeline, after).await
    }

    /// Whether the newest event of each topic that is named is its end, with nothing else after a
    /// position. If too much has to be looked at, they count as not ended.
    pub(in crate::store) async fn ended(
        &self,
        log: &Log,
        interest: &Interest,
        after: EventId,
    ) -> Result<bool, ReadError> {
        let names: Vec<_> = interest.names().into_iter().flatten().cloned().collect();
        let _place = self.place().await;
        let mut pipeline = Pipeline::with_capacity(names.len());
        for name in &names {
            pipeline
                .cmd("ZSCORE")
                .arg(&self.keys.ends)
                .arg(name.as_str());
        }
        let mut begin = after;
        let mut scores = self.ask(log, &pipeline).await?.into_iter();
        for _ in &names {
            let score = value::text(self.next_reply(&mut scores)?);
            let score = score.and_then(|score| score.parse::<f64>().ok());
            let Some(ms) = score else {
                return Ok(false);
            };
            let end = EventId {
                ms: ms as u64,
                seq: 0,
            };
            begin = begin.min(end.previous());
        }
        let mut looks: HashMap<_, _> = names.iter().map(|name| (name, Look::default())).collect();
        let begin = begin.max(self.kept_after(log));
        let mut scan = Scan::new(log, begin);
        while let Some(entries) = self.next_page(log, &mut scan).await? {
            for (_, entry) in entries.entries {
                let Entry::Event(event) = entry else { continue };
                for topic in event.topics() {
                    if let Some(look) = looks.get_mut(topic) {
                        look.take(&event, after);
                    }
                }
            }
        }
        Ok(scan.is_over() && looks.values().all(|look| look.is_end && !look.goes_on))
    }
}

/// What is known of one topic.
#[derive(Default)]
struct Look {
    /// Its newest event is its end.
    is_end: bool,
    /// Something else than an end follows the position that was asked for.
    goes_on: bool,
}

impl Look {
    fn take(&mut self, event: &Event, after: EventId) {
        self.is_end = event.is_end();
        self.goes_on |= !event.is_end() && event.id() > after;
    }
}
