//! The recent past, in memory: bounded, ordered, indexed by topic.

mod newest;
mod own_ids;

use std::collections::btree_map::Range;
use std::collections::{BTreeMap, HashMap, VecDeque, vec_deque};
use std::convert::Infallible;
use std::hash::Hash;
use std::ops::Bound;
use std::sync::Arc;

use super::ages::{Ages, Moment};
use super::losses::Losses;
use super::merge::Merged;
use super::room::{Amount, LEAD};
use super::{Budget, Page, Retention, Size, Trimmed};
use crate::event::{Event, EventId};
use crate::topic::{Interest, Topic};
pub(crate) use newest::Latest;
use own_ids::OwnIds;

/// How far the window may exceed its retention for the sake of readers that are behind. Publishers keep to
/// [`LEAD`]. What is appended past the hub may be more, and so may what still waits for a file when its publisher
/// has gone: as much as waits there at most.
const HELD: Amount = Amount {
    events: 8 * LEAD.events,
    bytes: 8 * LEAD.bytes,
};

/// What a topic takes of the index, in bytes: its entry in a table that may be [sparse](shrink), and its list.
const TOPIC_ENTRY_BYTES: usize = 440;

/// What a publisher's id takes of the index, in bytes, without its text.
const ID_ENTRY_BYTES: usize = 208;

/// The newest events of a log.
#[derive(Debug)]
pub(crate) struct Window {
    retention: Retention,
    ages: Ages,
    events: BTreeMap<EventId, Arc<Event>>,
    /// What the events take, the index aside.
    bytes: usize,
    /// What has come in.
    entered: Amount,
    /// Every event after this position is still here, but for what single topics have lost.
    kept_after: EventId,
    tail: EventId,
    /// What the log has lost.
    losses: Losses,
    /// The topics that have events here.
    topics: HashMap<Topic, Kept>,
    /// Topics with more events than they may have, each as often as it has too many, or more often.
    surplus: VecDeque<Topic>,
    /// The newest event that was dropped because its topic had too many.
    topics_kept_after: EventId,
    /// The newest event that ended its topic, here or not; zero if none ever has.
    newest_end: EventId,
    /// Publishers' own ids.
    own_ids: OwnIds,
}

/// Events that are looked at, in turn, for what a pattern asks for.
const SCANNED: Budget = Budget {
    events: 1_024,
    bytes: usize::MAX,
};

/// What a read has to look at.
#[derive(Debug)]
pub(crate) enum Found {
    /// All that is asked for, with what may not be seen among it.
    Asked(Page),
    /// Something else, too.
    Mixed(Page),
}

/// What is here of one topic.
#[derive(Debug, Default)]
struct Kept {
    positions: VecDeque<EventId>,
    /// Positions of events that are on other topics, too. No limit by topic counts them, so that
    /// one topic's limit does not take events from another.
    shared: VecDeque<EventId>,
    /// Every event of the topic after this position is still here.
    after: EventId,
    /// The newest event that does not end the topic, here or not.
    said: EventId,
    /// The same of those that have it for their first topic.
    said_first: EventId,
}

impl Window {
    /// A window that begins, empty, after `kept_after`.
    pub(super) fn new(
        kept_after: EventId,
        tail: EventId,
        retention: Retention,
        ages: Ages,
    ) -> Window {
        Window {
            retention,
            ages,
            events: BTreeMap::new(),
            bytes: 0,
            entered: Amount::default(),
            kept_after,
            tail,
            losses: Losses::default(),
            topics: HashMap::new(),
            surplus: VecDeque::new(),
            topics_kept_after: EventId::ZERO,
            newest_end: EventId::ZERO,
            own_ids: OwnIds::default(),
        }
    }

    #[cfg(feature = "redis")]
    pub(crate) fn retention(&self) -> &Retention {
        &self.retention
    }

    #[cfg(any(feature = "disk", feature = "redis"))]
    pub(super) fn ages(&self) -> &Ages {
        &self.ages
    }

    pub(crate) fn size(&self) -> Size {
        Size {
            events: self.events.len() as u64,
            bytes: self.counted().bytes,
        }
    }

    /// What is here, with the memory that events and index take at most.
    fn counted(&self) -> Amount {
        let index = self.topics.len() * TOPIC_ENTRY_BYTES + self.own_ids.entries() * ID_ENTRY_BYTES;
        Amount {
            events: self.events.len() as u64,
            bytes: (self.bytes + index) as u64,
        }
    }

    /// Whether an event would be kept if it were the only one.
    pub(crate) fn has_room_for(&self, event: &Event) -> bool {
        let index = event.topics().count() * TOPIC_ENTRY_BYTES;
        let index = index + usize::from(event.own_id().is_some()) * ID_ENTRY_BYTES;
        event.bytes() + index <= self.retention.bytes
    }

    pub(crate) fn tail(&self) -> EventId {
        self.tail
    }

    pub(crate) fn kept_after(&self) -> EventId {
        self.kept_after
    }

    /// What has come in since this window began.
    pub(crate) fn entered(&self) -> Amount {
        self.entered
    }

    /// What of it is no longer here.
    pub(crate) fn gone(&self) -> Amount {
        self.entered.less(self.held())
    }

    /// The events that are here, the index aside.
    fn held(&self) -> Amount {
        Amount {
            events: self.events.len() as u64,
            bytes: self.bytes as u64,
        }
    }

    /// Moves the tail past events that are no longer here.
    #[cfg(any(feature = "disk", feature = "redis"))]
    pub(crate) fn advance(&mut self, tail: EventId) {
        self.tail = self.tail.max(tail);
    }

    /// Forgets everything up to a position, all events that are here among it.
    #[cfg(feature = "redis")]
    pub(crate) fn reset(&mut self, upto: EventId) {
        self.events.clear();
        self.topics.clear();
        self.surplus.clear();
        self.own_ids = OwnIds::default();
        self.bytes = 0;
        self.kept_after = self.kept_after.max(upto);
        self.tail = self.tail.max(upto);
    }

    /// What the log has lost.
    pub(crate) fn losses(&self) -> &Losses {
        &self.losses
    }

    /// Takes note of a loss that stands at the tail, or before it.
    #[cfg(any(feature = "disk", feature = "redis"))]
    pub(crate) fn lose(&mut self, loss: super::losses::Loss) {
        self.losses.push(loss);
    }

    /// An event that is here.
    #[cfg(feature = "redis")]
    pub(crate) fn get(&self, id: EventId) -> Option<&Arc<Event>> {
        self.events.get(&id)
    }

    /// All events that are here.
    #[cfg(feature = "redis")]
    pub(crate) fn events(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.events.values()
    }

    /// All events that are here, the newest first.
    pub(crate) fn backwards(&self) -> impl Iterator<Item = &Arc<Event>> {
        self.events.values().rev()
    }

    /// Takes the next event; its position lies after the tail.
    pub(crate) fn push(&mut self, event: Arc<Event>) {
        let id = event.id();
        self.tail = id;
        let bytes = event.bytes();
        self.bytes += bytes;
        self.entered = self.entered.plus(Amount {
            events: 1,
            bytes: bytes as u64,
        });
        if event.is_end() {
            self.newest_end = id;
        }
        self.own_ids.insert(&event, &self.events);
        match event.alternates() {
            [] => self.enlist(&event),
            _ => {
                for topic in event.topics() {
                    let kept = self.topics.entry(topic.clone()).or_default();
                    kept.shared.push_back(id);
                    kept.note(&event, topic);
                }
            }
        }
        self.events.insert(id, event);
    }

    /// Adds an event to the only topic it is on, which may have too many then.
    fn enlist(&mut self, event: &Event) {
        let topic = event.topic();
        let kept = self.topics.entry(topic.clone()).or_default();
        kept.positions.push_back(event.id());
        kept.note(event, topic);
        let most = self.retention.topic_events;
        if most.is_some_and(|most| kept.positions.len() > most) {
            self.surplus.push_back(topic.clone());
        }
    }

    /// Drops the oldest events until the rest is within the retention. What stands after `read` has still to
    /// be read, and goes only once the window exceeds its retention by [`HELD`].
    ///
    /// Returns whether something is kept for that alone.
    pub(super) fn trim(&mut self, now: Moment, read: EventId) -> bool {
        let holds = self.trim_topics(read);
        self.ages.note(now, self.tail);
        let outdated = self.ages.outdated(now.passed, self.retention.age);
        while let Some((&id, event)) = self.events.first_key_value() {
            let kept = Amount {
                events: self.retention.events as u64,
                bytes: self.retention.bytes as u64,
            };
            if self.counted().is_within(kept) && id > outdated {
                return holds;
            }
            if id > read && self.counted().is_within(kept.plus(HELD)) {
                return true;
            }
            // What single topics had lost before a log was opened again counts as gone already.
            self.kept_after = self.kept_after.max(id);
            let event = event.clone();
            for topic in event.topics() {
                self.strike(topic, &event);
            }
            self.forget(id);
        }
        holds
    }

    /// Drops the oldest events of topics that have too many, and returns whether some are yet to be read.
    fn trim_topics(&mut self, read: EventId) -> bool {
        let most = self.retention.topic_events.unwrap_or(usize::MAX);
        while let Some(topic) = self.surplus.front() {
            let kept = self.topics.get_mut(topic);
            let kept = kept.filter(|kept| kept.positions.len() > most);
            let oldest = kept
                .as_ref()
                .and_then(|kept| kept.positions.front().copied());
            if let (Some(kept), Some(oldest)) = (kept, oldest) {
                if oldest > read {
                    return true;
                }
                kept.positions.pop_front();
                kept.after = oldest;
                self.topics_kept_after = self.topics_kept_after.max(oldest);
                self.forget(oldest);
            }
            self.surplus.pop_front();
        }
        false
    }

    /// Takes the oldest of all events from one of its topics, of which it is the oldest, too.
    fn strike(&mut self, topic: &Topic, event: &Event) {
        let Some(kept) = self.topics.get_mut(topic) else {
            return;
        };
        match event.alternates() {
            [] => kept.positions.pop_front(),
            _ => kept.shared.pop_front(),
        };
        if kept.positions.is_empty() && kept.shared.is_empty() {
            self.topics.remove(topic);
            shrink(&mut self.topics);
        }
    }

    fn forget(&mut self, id: EventId) {
        let Some(event) = self.events.remove(&id) else {
            return;
        };
        self.bytes -= event.bytes();
        self.own_ids.remove(&event);
    }

    /// The events that brought this id, the earliest first, as far as `interest` may ask for them.
    pub(crate) fn with_own_id(&self, own_id: &str, interest: &Interest) -> Vec<Arc<Event>> {
        let positions = self.own_ids.find(own_id, interest);
        let events = positions.filter_map(|id| self.events.get(&id).cloned());
        events.take(SCANNED.events).collect()
    }

    /// The position of an event that says the same: same id, same topic.
    pub(crate) fn repeated(&self, own_id: &str, topic: &Topic) -> Option<EventId> {
        self.own_ids.repeated(own_id, topic, &self.events)
    }

    /// The events after a position that may be what `interest` asks for: by the names of their topics, as many
    /// as `budget` allows; or some of all, where a pattern has to be compared with each topic.
    pub(crate) fn find(
        &self,
        after: EventId,
        interest: &Interest,
        budget: Budget,
    ) -> Result<Found, Trimmed> {
        self.check(after)?;
        if let Some(names) = interest.names() {
            let kept: Vec<_> = names.filter_map(|name| self.topics.get(name)).collect();
            let lost = kept.iter().map(|kept| kept.after).max();
            let lost = lost.unwrap_or(EventId::ZERO);
            let named = self.indexed(&kept, after);
            return Ok(Found::Asked(self.collect(named, after, budget, lost)));
        }
        let all = self.after(after).map(|(_, event)| event);
        Ok(match interest.is_for_all() {
            true => Found::Asked(self.collect(all, after, budget, self.topics_kept_after)),
            false => Found::Mixed(self.collect(all, after, SCANNED, self.topics_kept_after)),
        })
    }

    /// All events after a position.
    pub(crate) fn read_all(&self, after: EventId, budget: Budget) -> Result<Page, Trimmed> {
        self.check(after)?;
        let all = self.after(after).map(|(_, event)| event);
        Ok(self.collect(all, after, budget, self.topics_kept_after))
    }

    /// Refuses a position whose followers are not all here.
    fn check(&self, after: EventId) -> Result<(), Trimmed> {
        match after < self.kept_after {
            true => Err(Trimmed {
                kept_after: self.kept_after,
            }),
            false => Ok(()),
        }
    }

    fn after(&self, after: EventId) -> Range<'_, EventId, Arc<Event>> {
        self.events
            .range((Bound::Excluded(after), Bound::Unbounded))
    }

    /// The events of some topics after a position, in the log's order, each once.
    fn indexed<'a>(
        &'a self,
        topics: &[&'a Kept],
        after: EventId,
    ) -> impl Iterator<Item = &'a Arc<Event>> {
        let lists = topics
            .iter()
            .flat_map(|kept| [&kept.positions, &kept.shared])
            .filter(|positions| positions.back().is_some_and(|newest| *newest > after))
            .map(|positions| positions.range(positions.partition_point(|id| *id <= after)..));
        in_order(lists.collect()).filter_map(|id| self.events.get(&id))
    }

    fn collect<'a>(
        &self,
        found: impl Iterator<Item = &'a Arc<Event>>,
        after: EventId,
        budget: Budget,
        lost: EventId,
    ) -> Page {
        let mut page = Page {
            events: Vec::new(),
            // One who has read the newest events in the file is ahead of the window.
            upto: self.tail.max(after),
            lost,
            searched: 0,
        };
        let mut left = budget;
        for event in found {
            if !left.take(event.bytes()) {
                page.upto = page.events.last().map_or(after, |last| last.id());
                return page;
            }
            page.events.push(event.clone());
        }
        page
    }
}

impl Kept {
    /// Takes note of the newest event on this topic.
    fn note(&mut self, event: &Event, topic: &Topic) {
        if event.is_end() {
            return;
        }
        self.said = event.id();
        if event.topic() == topic {
            self.said_first = event.id();
        }
    }
}

/// The positions of several lists in the log's order, each once.
fn in_order(lists: Vec<vec_deque::Iter<'_, EventId>>) -> impl Iterator<Item = EventId> {
    let lists = lists.into_iter();
    let lists = lists.map(|list| list.copied().map(Ok::<_, Infallible>));
    Merged::of(lists.collect()).map(|Ok(id)| id)
}

/// Gives back what a table has to spare that has room for more than two and a half times its entries. One whose
/// entries come and go doubles its room though their number stays.
fn shrink<K: Eq + Hash, V>(table: &mut HashMap<K, V>) {
    const LEAST_ENTRIES: usize = 64;
    if 2 * table.capacity() > 5 * table.len().max(LEAST_ENTRIES) {
        table.shrink_to(table.len());
    }
}
