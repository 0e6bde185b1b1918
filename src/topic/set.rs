//! Several selectors, each once, and found by their texts.

use super::{Probe, Selector, Topic};

/// More selectors than these are found by halving, not one after the other.
const FEW_SELECTORS: usize = 8;

/// Several selectors, each once, in the order in which they came.
#[derive(Debug)]
pub(super) struct SelectorSet {
    selectors: Box<[Selector]>,
    /// The places of all, in the order of their texts; empty if they are few.
    order: Box<[u32]>,
    /// The places of those that are no plain names.
    patterns: Box<[u32]>,
}

impl SelectorSet {
    /// Takes each selector once, where it comes first.
    pub(super) fn of(mut selectors: Vec<Selector>) -> SelectorSet {
        let order = match selectors.len() <= FEW_SELECTORS {
            true => {
                keep_first(&mut selectors);
                Box::default()
            }
            false => sort(&mut selectors),
        };
        let patterns = (0..).zip(&selectors);
        let patterns = patterns.filter(|(_, selector)| !selector.is_exact());
        SelectorSet {
            patterns: patterns.map(|(place, _)| place).collect(),
            selectors: selectors.into(),
            order,
        }
    }

    pub(super) fn as_slice(&self) -> &[Selector] {
        &self.selectors
    }

    /// Those that are no plain names.
    pub(super) fn patterns(&self) -> impl Iterator<Item = &Selector> {
        let places = self.patterns.iter();
        places.filter_map(|place| self.selectors.get(*place as usize))
    }

    /// Where a selector stands.
    pub(super) fn place_of(&self, wanted: &Selector) -> Option<usize> {
        self.of_text(wanted.as_str())
            .find(|(_, selector)| *selector == wanted)
            .map(|(place, _)| place)
    }

    /// Whether a topic is named.
    pub(super) fn names(&self, topic: &Topic) -> bool {
        self.of_text(topic.as_str())
            .any(|(_, selector)| selector.is_exact())
    }

    pub(super) fn fits(&self, probe: &Probe<'_>) -> bool {
        self.names(probe.topic()) || self.patterns().any(|selector| selector.fits(probe))
    }

    /// The selectors with this text, and where they stand: at most one of each kind.
    fn of_text<'s>(&'s self, text: &'s str) -> impl Iterator<Item = (usize, &'s Selector)> {
        let text_of = |place: &u32| self.selectors[*place as usize].as_str();
        let begin = self.order.partition_point(|place| text_of(place) < text);
        let sorted = self.order[begin..].iter().map(|place| *place as usize);
        let all = match self.order.is_empty() {
            true => 0..self.selectors.len(),
            false => 0..0,
        };
        let places = all
            .filter(move |place| self.selectors[*place].as_str() == text)
            .chain(sorted.take_while(move |place| self.selectors[*place].as_str() == text));
        places.map(|place| (place, &self.selectors[place]))
    }
}

fn keep_first(selectors: &mut Vec<Selector>) {
    let mut kept: Vec<Selector> = Vec::with_capacity(selectors.len());
    for selector in selectors.drain(..) {
        if !kept.contains(&selector) {
            kept.push(selector);
        }
    }
    *selectors = kept;
}

/// Takes out what comes again, and tells the order of the texts of the rest.
fn sort(selectors: &mut Vec<Selector>) -> Box<[u32]> {
    let order = |selectors: &[Selector]| {
        let mut order: Vec<u32> = (0..selectors.len() as u32).collect();
        order.sort_by_key(|place| selectors[*place as usize].as_str());
        order
    };
    let sorted = order(selectors);
    let mut comes_again = vec![false; selectors.len()];
    // Of equal ones, the first has the lowest place; those with the same text stand side by side.
    let mut firsts: Vec<u32> = Vec::new();
    for place in sorted {
        let selector = &selectors[place as usize];
        firsts.retain(|first| selectors[*first as usize].as_str() == selector.as_str());
        if firsts.iter().any(|it| selectors[*it as usize] == *selector) {
            comes_again[place as usize] = true;
        } else {
            firsts.push(place);
        }
    }
    let mut comes_again = comes_again.into_iter();
    selectors.retain(|_| !comes_again.next().unwrap_or_default());
    selectors.shrink_to_fit();
    order(selectors).into()
}
