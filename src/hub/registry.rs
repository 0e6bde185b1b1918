//! The lines that one pump feeds, found by topic.

use std::collections::HashMap;
use std::sync::Arc;

use super::line::{Fed, Line};
use crate::event::EventId;
use crate::topic::{Selector, Topic};

/// One line among those that a pump feeds.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) line: Arc<Line>,
    /// The subscriber has read the log up to here by itself.
    pub(super) after: EventId,
    /// The last batch that was offered to it as a whole.
    pub(super) batch: u64,
}

/// All lines of one pump. A line's number is its place in `slots`.
#[derive(Debug, Default)]
pub(super) struct Registry {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// For each topic, the lines that name it.
    by_topic: HashMap<Topic, Vec<u32>>,
    /// Lines with a selector that is no plain name.
    patterns: Vec<u32>,
}

impl Registry {
    /// Takes a line in, unless its subscriber has left meanwhile.
    pub(super) fn insert(&mut self, line: Arc<Line>, after: EventId) {
        let number = self.free.pop().unwrap_or(self.slots.len() as u32);
        if line.install(number) == Fed::No {
            self.release(number);
            return;
        }
        self.each_list(&line, |list| list.push(number));
        let slot = Some(Slot {
            line,
            after,
            batch: 0,
        });
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
        self.each_list(&slot.line, |list| {
            if let Some(at) = list.iter().position(|listed| *listed == number) {
                list.swap_remove(at);
            }
        });
        for selector in slot.line.interest.selectors() {
            if let Selector::Exact(topic) = selector
                && self.by_topic.get(topic).is_some_and(Vec::is_empty)
            {
                self.by_topic.remove(topic);
            }
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

    /// One more than the highest number in use.
    pub(super) fn end(&self) -> u32 {
        self.slots.len() as u32
    }

    /// Cuts every line where its subscriber or the pump is, whoever is further, and keeps none.
    pub(super) fn cut_all(&mut self, reached: EventId) {
        for slot in std::mem::take(self).slots.into_iter().flatten() {
            slot.line.cut(reached.max(slot.after));
        }
    }

    fn release(&mut self, number: u32) {
        if (number as usize) < self.slots.len() {
            self.free.push(number);
        }
    }

    /// Visits every list that the line stands in, each once.
    fn each_list(&mut self, line: &Line, mut visit: impl FnMut(&mut Vec<u32>)) {
        let mut pattern = false;
        for selector in line.interest.selectors() {
            match selector {
                Selector::Exact(topic) => {
                    visit(self.by_topic.entry(topic.clone()).or_default());
                }
                Selector::All | Selector::Template(_) => pattern = true,
            }
        }
        if pattern {
            visit(&mut self.patterns);
        }
    }
}
