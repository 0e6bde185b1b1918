//! Which events one reader gets, with what was found out about each topic kept, and the work counted.

use std::collections::HashMap;

use futures_lite::future::yield_now;

use super::Event;
use crate::topic::{Interest, Topic};

/// Steps after which others are let run: each is a variable of a template, and takes some fifty nanoseconds at
/// most.
pub(crate) const STEPS_PER_TURN: usize = 4_000;

/// Steps that one look at a log takes on a thread where it is in nobody's way.
#[cfg(feature = "disk")]
const STEPS_PER_LOOK: usize = 400_000;

/// Topics that cost less than this to match are matched each time.
const CHEAP_STEPS: usize = 8;

/// Topics of which an answer is kept.
const KEPT_ANSWERS: usize = 4_096;

/// Tells the events that one reader asks for, and may see, from others.
#[derive(Debug)]
pub(crate) struct Sieve<'i> {
    interest: &'i Interest,
    asked: Answers,
    shown: Answers,
    steps: usize,
    rested: usize,
}

/// What is known of topics.
#[derive(Debug)]
struct Answers {
    /// What it takes to find out.
    steps: usize,
    known: HashMap<Topic, bool>,
}

impl<'i> Sieve<'i> {
    pub(crate) fn new(interest: &'i Interest) -> Sieve<'i> {
        let answers = |steps| Answers {
            steps,
            known: HashMap::new(),
        };
        Sieve {
            interest,
            asked: answers(interest.steps()),
            shown: answers(interest.private_steps()),
            steps: 0,
            rested: 0,
        }
    }

    /// Whether an event is asked for, and may be seen.
    pub(crate) fn wants(&mut self, event: &Event) -> bool {
        self.steps += 1;
        // Most see nothing private at all; then there is nothing to match.
        (!event.is_private() || self.interest.sees_private())
            && event.topics().any(|topic| self.asks_for(topic))
            && self.shows(event)
    }

    /// Whether an event may be seen that is asked for.
    pub(crate) fn shows(&mut self, event: &Event) -> bool {
        !event.is_private() || event.topics().any(|topic| self.sees_private_on(topic))
    }

    /// The same as [`wants`](Sieve::wants), and now and then others run meanwhile.
    pub(crate) async fn wants_in_turns(&mut self, event: &Event) -> bool {
        if self.asked.steps.max(self.shown.steps) >= CHEAP_STEPS {
            for topic in event.topics() {
                if self.asks_for(topic) {
                    break;
                }
                self.rest().await;
            }
            for topic in event.topics().filter(|_| event.is_private()) {
                if self.sees_private_on(topic) {
                    break;
                }
                self.rest().await;
            }
        }
        let wants = self.wants(event);
        self.rest().await;
        wants
    }

    /// Whether it is time to let others run.
    pub(crate) fn has_had_its_turn(&self) -> bool {
        self.steps >= STEPS_PER_TURN
    }

    /// Whether it is time to return what was found, where nobody waits meanwhile.
    #[cfg(feature = "disk")]
    pub(crate) fn is_spent(&self) -> bool {
        self.steps >= STEPS_PER_LOOK
    }

    async fn rest(&mut self) {
        if self.steps - self.rested >= STEPS_PER_TURN {
            self.rested = self.steps;
            yield_now().await;
        }
    }

    fn asks_for(&mut self, topic: &Topic) -> bool {
        let ask = || self.interest.matches(topic);
        self.asked.of(topic, &mut self.steps, ask)
    }

    fn sees_private_on(&mut self, topic: &Topic) -> bool {
        let ask = || self.interest.sees_private_on(topic);
        self.shown.of(topic, &mut self.steps, ask)
    }
}

impl Answers {
    fn of(&mut self, topic: &Topic, steps: &mut usize, ask: impl FnOnce() -> bool) -> bool {
        if self.steps < CHEAP_STEPS {
            *steps += self.steps;
            return ask();
        }
        *steps += 1;
        if let Some(known) = self.known.get(topic) {
            return *known;
        }
        *steps += self.steps;
        if self.known.len() >= KEPT_ANSWERS {
            self.known.clear();
        }
        let answer = ask();
        self.known.insert(topic.clone(), answer);
        answer
    }
}
