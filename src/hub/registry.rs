//! The lines that one pump feeds, found by topic.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::line::{Fed, Line};
use crate::event::EventId;
use crate::topic::{Interest, Selector, Topic};

/// A list gives memory back once it uses less than this part of it.
const USED_PART: usize = 4;

/// One line among those that a pump feeds.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) line: Arc<Line>,
    places: Places,
}

/// Where a line stands in its lists, in the order of [`lists`]. Nearly always there is one.
#[derive(Debug)]
enum Places {
    One(u32),
    Many(Box<Many>),
}

#[derive(Debug)]
struct Many {
    places: Vec<u32>,
    /// The last batch that was offered to the line as a whole.
    batch: u64,
}

/// What a list of lines is found by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List<'a> {
    /// The lines that name this topic.
    Topic(&'a Topic),
    /// The lines with a selector that is no plain name.
    Patterns,
}

/// All lines of one pump. A line's number is its place in `slots`.
#[derive(Debug, Default)]
pub(super) struct Registry {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    by_topic: HashMap<Topic, Vec<u32>>,
    patterns: Vec<u32>,
}

impl Registry {
    /// Takes a line in, unless its subscriber has left meanwhile.
    pub(super) fn insert(&mut self, line: Arc<Line>) {
        let number = self.free.pop().unwrap_or(self.slots.len() as u32);
        if line.install(number) == Fed::No {
            self.release(number);
            return;
        }
        let places = lists(&line.interest).map(|list| self.enlist(list, number));
        let places = places.collect();
        let slot = Some(Slot { line, places });
        match self.slots.get_mut(number as usize) {
            Some(place) => *place = slot,
            None => self.slots.push(slot),
        }
    }

    /// Lets a line go. A number without a line is ignored.
    pub(super) fn remove(&mut self, number: u32) {
        let Some(slot) = self.slots.get_mut(number as usize).and_then(Option::take) else {
            return;
        };
        for (index, list) in lists(&slot.line.interest).enumerate() {
            self.strike(list, slot.places.get(index));
        }
        self.release(number);
    }

    /// Lets a line go whose subscriber says that it has left. Its number may have passed to
    /// another line since: that one is not cut.
    pub(super) fn remove_left(&mut self, number: u32) {
        if self.get(number).is_some_and(|slot| slot.line.is_cut()) {
            self.remove(number);
        }
    }

    pub(super) fn get(&self, number: u32) -> Option<&Slot> {
        self.slots.get(number as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Slot> {
        self.slots.get_mut(number as usize)?.as_mut()
    }

    /// The lines that name a topic.
    pub(super) fn named(&self, topic: &Topic) -> &[u32] {
        self.by_topic.get(topic).map_or(&[], Vec::as_slice)
    }

    /// The lines that have to be asked whether they match.
    pub(super) fn patterns(&self) -> &[u32] {
        &self.patterns
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// One more than the highest number in use.
    pub(super) fn end(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Cuts every line where its subscriber or the pump is, whoever is further, and keeps none.
    pub(super) fn cut_all(&mut self, reached: EventId) {
        for slot in std::mem::take(self).slots.into_iter().flatten() {
            slot.line.cut(reached);
        }
    }

    /// Makes a number free; with nobody left, the memory that many have taken, too.
    fn release(&mut self, number: u32) {
        if (number as usize) < self.slots.len() {
            self.free.push(number);
        }
        if self.free.len() == self.slots.len() {
            *self = Registry::default();
        }
    }

    /// Puts a number at the end of a list, and tells its place.
    fn enlist(&mut self, list: List<'_>, number: u32) -> u32 {
        let numbers = match list {
            List::Topic(topic) => self.by_topic.entry(topic.clone()).or_default(),
            List::Patterns => &mut self.patterns,
        };
        numbers.push(number);
        (numbers.len() - 1) as u32
    }

    /// Takes the number at `place` out of a list; the last one takes that place.
    fn strike(&mut self, list: List<'_>, place: u32) {
        let last = match list {
            List::Patterns => swap_remove(&mut self.patterns, place),
            List::Topic(topic) => match self.by_topic.entry(topic.clone()) {
                Entry::Vacant(_) => None,
                Entry::Occupied(mut entry) => {
                    let last = swap_remove(entry.get_mut(), place);
                    if entry.get().is_empty() {
                        entry.remove();
                    }
                    last
                }
            },
        };
        if let Some(slot) = last.and_then(|last| self.get_mut(last)) {
            slot.moved(list, place);
        }
    }
}

impl Slot {
    /// Whether the line has not been offered this batch as a whole; it has from now on.
    pub(super) fn begins(&mut self, batch: u64) -> bool {
        match &mut self.places {
            Places::One(_) => true,
            Places::Many(many) => std::mem::replace(&mut many.batch, batch) != batch,
        }
    }

    fn moved(&mut self, list: List<'_>, to: u32) {
        match &mut self.places {
            Places::One(place) => *place = to,
            Places::Many(many) => {
                let index = lists(&self.line.interest).position(|own| own == list);
                if let Some(place) = index.and_then(|index| many.places.get_mut(index)) {
                    *place = to;
                }
            }
        }
    }
}

impl Places {
    fn get(&self, index: usize) -> u32 {
        match self {
            Places::One(place) => *place,
            Places::Many(many) => many.places[index],
        }
    }
}

impl FromIterator<u32> for Places {
    fn from_iter<I: IntoIterator<Item = u32>>(places: I) -> Places {
        let mut places = places.into_iter();
        let (first, second) = (places.next(), places.next());
        match (first, second) {
            (Some(only), None) => Places::One(only),
            _ => Places::Many(Box::new(Many {
                places: first.into_iter().chain(second).chain(places).collect(),
                batch: 0,
            })),
        }
    }
}

/// The lists that an interest's line stands in, each once.
fn lists(interest: &Interest) -> impl Iterator<Item = List<'_>> {
    let selectors = interest.selectors();
    let named = selectors.iter().filter_map(|selector| match selector {
        Selector::Exact(topic) => Some(List::Topic(topic)),
        Selector::All | Selector::Template(_) => None,
        #[cfg(feature = "urlpattern")]
        Selector::Pattern(_) => None,
    });
    let patterns = selectors
        .iter()
        .any(|selector| !matches!(selector, Selector::Exact(_)));
    named.chain(patterns.then_some(List::Patterns))
}

/// Takes out what stands at `place`, and tells what stands there now.
fn swap_remove(numbers: &mut Vec<u32>, place: u32) -> Option<u32> {
    numbers.swap_remove(place as usize);
    if numbers.len() < numbers.capacity() / USED_PART {
        numbers.shrink_to(numbers.len() * 2);
    }
    numbers.get(place as usize).copied()
}
