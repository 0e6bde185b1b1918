//! Matching: a template walks over a topic, in all possible ways at once.
//!
//! There may be very many ways to share a topic out among variables, but only as many places where
//! a variable can begin or end as the topic has bytes. So each part of a template turns the set of
//! places where it may begin into the set of places where it may end. A set is a row of bits, one for
//! each place, and a run of characters is an addition: the carry runs through them.
//! No way is tried twice, and none has to be taken back.

#[cfg(test)]
use std::cell::Cell;
use std::cell::RefCell;

use super::{Expression, Modifier, Operator, Part, Variable};
use crate::topic::{OWN_TOPIC_BYTES, TOPIC_BYTES};

/// Places in one word of a set.
const WORD: usize = u64::BITS as usize;

/// Words of a set of places in a topic that is no longer than most may be.
pub(super) const WORDS: usize = (TOPIC_BYTES + 1).div_ceil(WORD);

/// Words of a set of places in any topic.
pub(super) const OWN_WORDS: usize = (OWN_TOPIC_BYTES + 1).div_ceil(WORD);

/// So few places are looked at one by one.
const FEW_PLACES: usize = 4;

/// A topic that templates walk over, one after the other; places in it fit into `W` words.
#[derive(Debug)]
pub(super) struct Walk<'t, const W: usize> {
    topic: &'t [u8],
    /// How many words the places of this topic take.
    words: usize,
    /// Where characters of a class stand, for each class that was needed: there are few.
    classes: RefCell<Vec<(Class, Places<W>)>>,
    /// Words and bytes looked at.
    #[cfg(test)]
    pub(super) steps: Cell<usize>,
}

/// Places in a topic: before its first byte, between two, or behind the last.
#[derive(Clone, Copy, Debug)]
struct Places<const W: usize>([u64; W]);

/// Characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// This one alone.
    Byte(u8),
    /// What may stand in a value; of `%XX` the `%`.
    Value(Allowed),
    /// The `%` of each `%XX`.
    Escape,
}

/// What may stand in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Allowed {
    reserved: bool,
    /// In addition.
    more: [u8; 3],
}

impl<'t, const W: usize> Walk<'t, W> {
    pub(super) fn over(topic: &'t str) -> Walk<'t, W> {
        Walk {
            topic: topic.as_bytes(),
            words: (topic.len() + 1).div_ceil(WORD).min(W),
            classes: RefCell::default(),
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
        if let [.., Part::Literal(text)] = parts
            && !self.topic[begin..].ends_with(text.as_bytes())
        {
            return false;
        }
        let mut places = Places::none();
        places.insert(begin);
        for part in parts {
            places = match part {
                Part::Literal(text) => self.literal(&places, text),
                Part::Expression(expression) => self.expression(&places, expression),
            };
            if self.is_empty(&places) {
                return false;
            }
        }
        places.contains(self.topic.len())
    }

    fn literal(&self, from: &Places<W>, text: &str) -> Places<W> {
        let (mut here, mut rest) = (*from, text.as_bytes());
        while let [byte, behind @ ..] = rest {
            if self.are_few(&here) {
                return self.each_literal(&here, rest);
            }
            here = self.step(&here, Class::Byte(*byte));
            rest = behind;
        }
        here
    }

    /// The same, place by place.
    fn each_literal(&self, from: &Places<W>, text: &[u8]) -> Places<W> {
        let mut to = Places::none();
        for (number, word) in from.0[..self.words].iter().enumerate() {
            let mut left = *word;
            while left != 0 {
                self.count_steps(1);
                let at = number * WORD + left.trailing_zeros() as usize;
                left &= left - 1;
                if self.topic.get(at..).is_some_and(|it| it.starts_with(text)) {
                    to.insert(at + text.len());
                }
            }
        }
        to
    }

    /// RFC 6570, section 3.2.1: what is undefined is left out, be it all.
    fn expression(&self, from: &Places<W>, expression: &Expression) -> Places<W> {
        let operator = expression.operator;
        let mut to = *from;
        let mut ready = self.literal(from, operator.first);
        let last = expression.variables.len() - 1;
        for (number, variable) in expression.variables.iter().enumerate() {
            let ended = self.variable(&ready, operator, variable);
            if number < last {
                self.add(&mut ready, &self.literal(&ended, operator.separator));
            }
            self.add(&mut to, &ended);
        }
        to
    }

    fn variable(&self, from: &Places<W>, operator: &Operator, variable: &Variable) -> Places<W> {
        let nameless = matches!(variable.modifier, Modifier::Explode | Modifier::Loose(_));
        let named = operator.named && !nameless;
        if !named {
            return self.value(from, operator, variable.modifier);
        }
        let name = self.literal(from, &variable.name);
        let begin = self.literal(&name, "=");
        let mut to = self.value(&begin, operator, variable.modifier);
        if operator.bare_names {
            self.add(&mut to, &name);
        }
        to
    }

    /// RFC 6570, section 3.2.1, and 2.4 for the modifiers.
    fn value(&self, from: &Places<W>, operator: &Operator, modifier: Modifier) -> Places<W> {
        let separator = operator.separator.as_bytes()[0];
        let (more, most) = match modifier {
            Modifier::Nothing => ([b','; 3], None),
            Modifier::Prefix(most) => ([b'-'; 3], Some(most)),
            Modifier::Explode => ([separator, b'=', b'='], None),
            Modifier::Loose(more) => (more, None),
        };
        let reserved = operator.reserved;
        let allowed = Allowed { reserved, more };
        match most.filter(|most| usize::from(*most) < self.topic.len()) {
            Some(most) => self.short_run(from, allowed, most),
            None => self.run(from, allowed),
        }
    }

    /// Where allowed characters can lead.
    fn run(&self, from: &Places<W>, allowed: Allowed) -> Places<W> {
        if self.is_empty(from) {
            return *from;
        }
        let class = self.places_of(Class::Value(allowed));
        let escapes = self.places_of(Class::Escape);
        self.count_steps(self.words);
        let mut to = Places::none();
        // What has been carried over from the word before: of the sum, and of what is within an escape.
        let (mut carry, mut within) = (false, [0_u64; 2]);
        let mut between = 0;
        for word in 0..self.words {
            let (here, class) = (from.0[word], class.0[word]);
            // A place within a class passes the carry on: it stops at the first place beyond, and all on
            // its way have changed.
            let (sum, one) = (here & class).overflowing_add(class);
            let (sum, two) = sum.overflowing_add(u64::from(carry));
            carry = one | two;
            let reached = (sum ^ class) | here;
            // Between the characters of an escape is no place, unless one begins there.
            let first = (escapes.0[word] << 1) | within[0];
            let second = (escapes.0[word] << 2) | within[1];
            within = [escapes.0[word] >> (WORD - 1), escapes.0[word] >> (WORD - 2)];
            let begun = here & first;
            let kept = (here & (first | second)) | (begun << 1 & second) | (between & second);
            between = begun >> (WORD - 1);
            to.0[word] = (reached & !(first | second)) | kept;
        }
        to
    }

    /// Where up to `most` allowed characters can lead.
    ///
    /// Of several ways to a place the one with the fewest characters counts: it leads furthest.
    fn short_run(&self, from: &Places<W>, allowed: Allowed, most: u16) -> Places<W> {
        let mut to = Places::none();
        // The fewest characters that lead to a place, for it and the two behind it: no step is longer.
        let mut fewest = [u16::MAX; 3];
        for at in 0..=self.topic.len() {
            self.count_steps(1);
            let [mut used, next, last] = fewest;
            fewest = [next, last, u16::MAX];
            if from.contains(at) {
                used = 0;
            }
            if used == u16::MAX {
                continue;
            }
            to.insert(at);
            if let Some((bytes, characters)) = allowed.step(&self.topic[at..])
                && used + characters <= most
            {
                let there = &mut fewest[bytes - 1];
                *there = (*there).min(used + characters);
            }
        }
        to
    }

    /// Where one character leads.
    fn step(&self, from: &Places<W>, class: Class) -> Places<W> {
        let class = self.places_of(class);
        self.count_steps(self.words);
        let (mut to, mut carried) = (Places::none(), 0);
        for word in 0..self.words {
            let taken = from.0[word] & class.0[word];
            to.0[word] = taken << 1 | carried;
            carried = taken >> (WORD - 1);
        }
        to
    }

    /// Where characters of a class stand.
    fn places_of(&self, class: Class) -> Places<W> {
        let mut classes = self.classes.borrow_mut();
        if let Some((_, places)) = classes.iter().find(|(known, _)| *known == class) {
            return *places;
        }
        let mut places = Places::none();
        self.count_steps(self.topic.len());
        for (word, bytes) in places.0.iter_mut().zip(self.topic.chunks(WORD)) {
            for (bit, byte) in bytes.iter().enumerate() {
                let is_in = match &class {
                    Class::Byte(wanted) => byte == wanted,
                    Class::Value(allowed) => allowed.takes(*byte),
                    Class::Escape => false,
                };
                *word |= u64::from(is_in) << bit;
            }
        }
        if !matches!(class, Class::Byte(_)) {
            self.add_escapes(&mut places);
        }
        classes.push((class, places));
        places
    }

    fn add_escapes(&self, places: &mut Places<W>) {
        for (at, three) in self.topic.windows(3).enumerate() {
            if let [b'%', high, low] = three
                && high.is_ascii_hexdigit()
                && low.is_ascii_hexdigit()
            {
                places.insert(at);
            }
        }
    }

    fn add(&self, here: &mut Places<W>, others: &Places<W>) {
        for word in 0..self.words {
            here.0[word] |= others.0[word];
        }
    }

    fn is_empty(&self, places: &Places<W>) -> bool {
        places.0[..self.words].iter().all(|word| *word == 0)
    }

    fn are_few(&self, places: &Places<W>) -> bool {
        let mut count = 0;
        for word in &places.0[..self.words] {
            let mut left = *word;
            while left != 0 {
                count += 1;
                if count > FEW_PLACES {
                    return false;
                }
                left &= left - 1;
            }
        }
        true
    }

    #[inline]
    fn count_steps(&self, _steps: usize) {
        #[cfg(test)]
        self.steps.set(self.steps.get() + _steps);
    }
}

impl<const W: usize> Places<W> {
    fn none() -> Places<W> {
        Places([0; W])
    }

    fn insert(&mut self, at: usize) {
        self.0[at / WORD] |= 1 << (at % WORD);
    }

    fn contains(&self, at: usize) -> bool {
        self.0[at / WORD] >> (at % WORD) & 1 == 1
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
