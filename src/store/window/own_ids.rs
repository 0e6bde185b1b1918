//! Publishers' own ids, and where their events are.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::in_order;
use crate::event::{Event, EventId};
use crate::topic::{Interest, Topic};

/// The positions of the events that bring ids of their publishers, found by id, and by id and topic.
#[derive(Debug, Default)]
pub(super) struct OwnIds {
    by_id: HashMap<Box<str>, Brought>,
    /// Places in lists of ids that several events have brought, one for each topic of an event.
    listed: usize,
}

/// The events that have brought one id. Nearly always there is one.
#[derive(Debug)]
enum Brought {
    Once(EventId),
    Often(Box<Often>),
}

/// Positions of several events with the same id, in the log's order.
#[derive(Debug, Default)]
struct Often {
    all: VecDeque<EventId>,
    /// By the topic that is the event's first.
    first: HashMap<Topic, VecDeque<EventId>>,
    /// By the others that it is on.
    alternate: HashMap<Topic, VecDeque<EventId>>,
}

type Events = BTreeMap<EventId, Arc<Event>>;

impl OwnIds {
    /// How many entries there are: one for each id, and one for each place in a list.
    pub(super) fn entries(&self) -> usize {
        self.by_id.len() + self.listed
    }

    /// Takes in an event, which comes after all `events`.
    pub(super) fn insert(&mut self, event: &Event, events: &Events) {
        let Some(own_id) = event.own_id() else { return };
        match self.by_id.entry(own_id.into()) {
            Entry::Vacant(place) => _ = place.insert(Brought::Once(event.id())),
            Entry::Occupied(mut place) => {
                if let Brought::Once(id) = place.get() {
                    let mut often = Box::<Often>::default();
                    if let Some(first) = events.get(id) {
                        often.push(first);
                        self.listed += first.topics().count();
                    }
                    place.insert(Brought::Often(often));
                }
                if let Brought::Often(often) = place.get_mut() {
                    often.push(event);
                    self.listed += event.topics().count();
                }
            }
        }
    }

    pub(super) fn remove(&mut self, event: &Event) {
        let Some(own_id) = event.own_id() else { return };
        let is_last = match self.by_id.get_mut(own_id) {
            None => false,
            Some(Brought::Once(_)) => true,
            Some(Brought::Often(often)) => {
                often.remove(event);
                self.listed -= event.topics().count();
                often.all.is_empty()
            }
        };
        if is_last {
            self.by_id.remove(own_id);
        }
    }

    /// The position of the earliest event with this id and this first topic.
    pub(super) fn repeated(&self, own_id: &str, topic: &Topic, events: &Events) -> Option<EventId> {
        match self.by_id.get(own_id)? {
            Brought::Once(id) => {
                Some(*id).filter(|id| events.get(id).is_some_and(|event| event.topic() == topic))
            }
            Brought::Often(often) => often.first.get(topic)?.front().copied(),
        }
    }

    /// Where the events with this id are, but for those that `interest` does not ask for by the names of topics.
    pub(super) fn find(&self, own_id: &str, interest: &Interest) -> impl Iterator<Item = EventId> {
        let brought = self.by_id.get(own_id);
        let once = match brought {
            Some(Brought::Once(id)) => Some(*id),
            _ => None,
        };
        let often = match brought {
            Some(Brought::Often(often)) => often.find(interest),
            _ => Vec::new(),
        };
        let often = often.into_iter().map(VecDeque::iter);
        once.into_iter().chain(in_order(often.collect()))
    }
}

impl Often {
    fn push(&mut self, event: &Event) {
        let id = event.id();
        self.all.push_back(id);
        let first = self.first.entry(event.topic().clone());
        first.or_default().push_back(id);
        for topic in event.alternates() {
            let alternate = self.alternate.entry(topic.clone());
            alternate.or_default().push_back(id);
        }
    }

    fn remove(&mut self, event: &Event) {
        let id = event.id();
        strike(&mut self.all, id);
        strike_of(&mut self.first, event.topic(), id);
        for topic in event.alternates() {
            strike_of(&mut self.alternate, topic, id);
        }
    }

    /// Lists of positions, in which all are that may be asked for.
    fn find(&self, interest: &Interest) -> Vec<&VecDeque<EventId>> {
        match interest.names() {
            None => vec![&self.all],
            Some(names) => names
                .flat_map(|name| [self.first.get(name), self.alternate.get(name)])
                .flatten()
                .collect(),
        }
    }
}

fn strike_of(lists: &mut HashMap<Topic, VecDeque<EventId>>, topic: &Topic, id: EventId) {
    if let Some(positions) = lists.get_mut(topic) {
        strike(positions, id);
        if positions.is_empty() {
            lists.remove(topic);
        }
    }
}

/// Takes a position out of a list; mostly it is the first.
fn strike(positions: &mut VecDeque<EventId>, id: EventId) {
    if let Ok(place) = positions.binary_search(&id) {
        positions.remove(place);
    }
}
