//! The lines that one pump feeds, found by topic and by pattern.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::line::{Fed, Line};
use crate::event::EventId;
use crate::topic::{Selector, Topic};

/// A list gives memory back once it uses less than this part of it.
const USED_PART: usize = 4;

/// One line among those that a pump feeds.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) line: Arc<Line>,
    places: Places,
}

/// Where a line stands in its lists: there is one for each of its selectors, in the same order. Nearly always there
/// is one.
#[derive(Debug)]
enum Places {
    One(u32),
    Many(Box<Many>),
}

#[derive(Debug)]
struct Many {
    places: Vec<u32>,
    /// What was found in the batch that is being offered.
    noted: Vec<u32>,
}

/// All lines of one pump. A line's number is its place in `slots`.
#[derive(Debug, Default)]
pub(super) struct Registry {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    by_topic: HashMap<Topic, Vec<u32>>,
    /// By the selectors that are no plain names.
    patterns: HashMap<Selector, Vec<u32>>,
}

impl Registry {
    /// Takes a line in, unless its subscriber has left meanwhile.
    pub(super) fn insert(&mut self, line: Arc<Line>) {
        let number = self.free.pop().unwrap_or(self.slots.len() as u32);
        if line.install(number) == Fed::No {
            self.release(number);
            return;
        }
        let selectors = line.interest.selectors().iter();
        let places = selectors.map(|selector| self.enlist(selector, number));
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
        for (index, selector) in slot.line.interest.selectors().iter().enumerate() {
            self.strike(selector, slot.places.get(index));
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

    /// The patterns that topics have to be compared with, and the lines that ask for each.
    pub(super) fn patterns(&self) -> impl Iterator<Item = (&Selector, &[u32])> {
        let patterns = self.patterns.iter();
        patterns.map(|(selector, lines)| (selector, lines.as_slice()))
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

    /// Puts a number at the end of a selector's list, and tells its place.
    fn enlist(&mut self, selector: &Selector, number: u32) -> u32 {
        let numbers = match selector {
            Selector::Exact(topic) => self.by_topic.entry(topic.clone()).or_default(),
            pattern => self.patterns.entry(pattern.clone()).or_default(),
        };
        numbers.push(number);
        (numbers.len() - 1) as u32
    }

    /// Takes the number at `place` out of a selector's list; the last one takes that place.
    fn strike(&mut self, selector: &Selector, place: u32) {
        let last = match selector {
            Selector::Exact(topic) => strike(self.by_topic.entry(topic.clone()), place),
            pattern => strike(self.patterns.entry(pattern.clone()), place),
        };
        if let Some(slot) = last.and_then(|last| self.get_mut(last)) {
            slot.moved(selector, place);
        }
    }
}

impl Slot {
    /// Takes note of a set of events that is for the line; whether it is the first in a batch.
    pub(super) fn note(&mut self, set: u32) -> bool {
        match &mut self.places {
            // It is found once.
            Places::One(_) => true,
            Places::Many(many) => {
                many.noted.push(set);
                many.noted.len() == 1
            }
        }
    }

    /// What was noted of this batch; nothing for a line that is found once.
    pub(super) fn noted(&mut self) -> Vec<u32> {
        match &mut self.places {
            Places::One(_) => Vec::new(),
            Places::Many(many) => std::mem::take(&mut many.noted),
        }
    }

    fn moved(&mut self, selector: &Selector, to: u32) {
        match &mut self.places {
            Places::One(place) => *place = to,
            Places::Many(many) => {
                let index = self.line.interest.place_of(selector);
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
                noted: Vec::new(),
            })),
        }
    }
}

/// Takes a number out of a list, which goes with the last one, and tells what stands in its place now.
fn strike<K>(list: Entry<'_, K, Vec<u32>>, place: u32) -> Option<u32> {
    match list {
        Entry::Vacant(_) => None,
        Entry::Occupied(mut entry) => {
            let last = swap_remove(entry.get_mut(), place);
            if entry.get().is_empty() {
                entry.remove();
            }
            last
        }
    }
}

/// Takes out what stands at `place`, and tells what stands there now.
fn swap_remove(numbers: &mut Vec<u32>, place: u32) -> Option<u32> {
    numbers.swap_remove(place as usize);
    if numbers.len() < numbers.capacity() / USED_PART {
        numbers.shrink_to(numbers.len() * 2);
    }
    numbers.get(place as usize).copied()
}
