//! Matching: a template walks over a topic, in all possible ways at once.
//!
//! There may be very many ways to share a topic out among variables, but only as many places where
//! a variable can begin or end as the topic has bytes. So each part of a template turns the set of
//! places where it may begin into the set of places where it may end, in one pass over the topic.
//! No way is tried twice, and none has to be taken back.

#[cfg(test)]
use std::cell::Cell;

use super::{Expression, Modifier, Operator, Part, Variable};
use crate::topic::{OWN_TOPIC_BYTES, TOPIC_BYTES, Topic};

/// Places in a topic that is no longer than most may be.
pub(super) const PLACES: usize = TOPIC_BYTES + 1;

/// Places in any topic.
pub(super) const OWN_PLACES: usize = OWN_TOPIC_BYTES + 1;

/// A topic that is walked over, with at most so many places.
pub(super) struct Walk<'t, const N: usize> {
    topic: &'t [u8],
    /// Places looked at.
    #[cfg(test)]
    pub(super) steps: Cell<usize>,
}

/// Places in a topic: before its first byte, between two, or behind the last.
#[derive(Clone)]
struct Places<const N: usize>([bool; N]);

/// What may stand in a value.
struct Allowed {
    reserved: bool,
    /// In addition.
    more: [u8; 3],
}

impl<'t, const N: usize> Walk<'t, N> {
    pub(super) fn over(topic: &'t Topic) -> Walk<'t, N> {
        Walk {
            topic: topic.as_str().as_bytes(),
            #[cfg(test)]
            steps: Cell::new(0),
        }
    }

    /// Whether the parts, one after the other, can lead to the end of the topic.
    pub(super) fn arrives(&self, parts: &[Part]) -> bool {
        // Most topics differ at once, and need no set.
        let (begin, parts) = match parts {
            [Part::Literal(text), rest @ ..] if self.topic.starts_with(text.as_bytes()) => {
                (text.len(), rest)
            }
            [Part::Literal(_), ..] => return false,
            parts => (0, parts),
        };
        let mut places = Places::none();
        places.0[begin] = true;
        for part in parts {
            if !places.0.contains(&true) {
                return false;
            }
            places = match part {
                Part::Literal(text) => self.literal(&places, text),
                Part::Expression(expression) => self.expression(&places, expression),
            };
        }
        places.0[self.topic.len()]
    }

    fn literal(&self, from: &Places<N>, text: &str) -> Places<N> {
        let mut to = Places::none();
        for at in self.those(from) {
            if self.topic[at..].starts_with(text.as_bytes()) {
                to.0[at + text.len()] = true;
            }
        }
        to
    }

    /// RFC 6570, section 3.2.1: what is undefined is left out, be it all.
    fn expression(&self, from: &Places<N>, expression: &Expression) -> Places<N> {
        let operator = expression.operator;
        let mut to = from.clone();
        let mut ready = self.literal(from, operator.first);
        for variable in &expression.variables {
            let ended = self.variable(&ready, operator, variable);
            ready.add(&self.literal(&ended, operator.separator));
            to.add(&ended);
        }
        to
    }

    fn variable(&self, from: &Places<N>, operator: &Operator, variable: &Variable) -> Places<N> {
        let nameless = matches!(variable.modifier, Modifier::Explode | Modifier::Loose(_));
        let named = operator.named && !nameless;
        if !named {
            return self.value(from, operator, variable.modifier);
        }
        let name = self.literal(from, &variable.name);
        let begin = self.literal(&name, "=");
        let mut to = self.value(&begin, operator, variable.modifier);
        if operator.bare_names {
            to.add(&name);
        }
        to
    }

    /// RFC 6570, section 3.2.1, and 2.4 for the modifiers.
    fn value(&self, from: &Places<N>, operator: &Operator, modifier: Modifier) -> Places<N> {
        let separator = operator.separator.as_bytes()[0];
        let (more, most) = match modifier {
            Modifier::Nothing => ([b','; 3], u16::MAX),
            Modifier::Prefix(most) => ([b'-'; 3], most),
            Modifier::Explode => ([separator, b'=', b'='], u16::MAX),
            Modifier::Loose(more) => (more, u16::MAX),
        };
        let reserved = operator.reserved;
        self.run(from, &Allowed { reserved, more }, most)
    }

    /// Where up to `most` allowed characters can lead.
    ///
    /// Of several ways to a place the one with the fewest characters counts: it leads furthest.
    fn run(&self, from: &Places<N>, allowed: &Allowed, most: u16) -> Places<N> {
        let mut to = Places::none();
        let mut fewest = [u16::MAX; N];
        for at in 0..=self.topic.len() {
            self.count_step();
            if from.0[at] {
                fewest[at] = 0;
            }
            let used = fewest[at];
            if used == u16::MAX {
                continue;
            }
            to.0[at] = true;
            if let Some((bytes, characters)) = allowed.step(&self.topic[at..])
                && used + characters <= most
            {
                fewest[at + bytes] = fewest[at + bytes].min(used + characters);
            }
        }
        to
    }

    fn those(&self, places: &Places<N>) -> impl Iterator<Item = usize> {
        (0..=self.topic.len()).filter(|at| {
            self.count_step();
            places.0[*at]
        })
    }

    fn count_step(&self) {
        #[cfg(test)]
        self.steps.set(self.steps.get() + 1);
    }
}

impl<const N: usize> Places<N> {
    fn none() -> Places<N> {
        Places([false; N])
    }

    fn add(&mut self, others: &Places<N>) {
        for (here, there) in self.0.iter_mut().zip(others.0) {
            *here |= there;
        }
    }
}

impl Allowed {
    /// How many bytes, and how many characters, lie in the first step of `rest`, if it is allowed.
    fn step(&self, rest: &[u8]) -> Option<(usize, u16)> {
        match *rest {
            [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                // The second and later bytes of a character in UTF-8: 0x80 to 0xBF.
                let continues = matches!(high, b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
                Some((3, u16::from(!continues)))
            }
            [byte, ..] => self.takes(byte).then_some((1, 1)),
            [] => None,
        }
    }

    fn takes(&self, byte: u8) -> bool {
        // RFC 3986, sections 2.3 and 2.2.
        let unreserved = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let reserved = self.reserved && b":/?#[]@!$&'()*+,;=".contains(&byte);
        unreserved || reserved || self.more.contains(&byte)
    }
}
