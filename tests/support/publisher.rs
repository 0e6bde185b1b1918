//! A publisher counts: each number goes to some topic. Without ids of its own it sends each once, whether
//! that is answered or not; with them it repeats what was not answered, on whichever node it finds.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::connection::Connection;
use super::ledger::{END, Sent, own_id};
use super::run::Run;
use super::{PUBLISHERS, TOPICS};

/// Numbers of one publisher. Those of all of them fit into what the log keeps.
const NUMBERS: usize = 100_000;

/// Pause between two attempts to reach a node that is down, or that has refused something.
pub const ATTEMPT_PAUSE: Duration = Duration::from_millis(5);

/// One event in so many is the last at its node.
const HOP_EVENTS: u32 = 50;

/// One publisher, and its connection while that holds.
struct Publisher<'r> {
    run: &'r Run,
    chance: Rng,
    connection: Option<Connection>,
}

/// Publishes numbers from zero on until the run has enough of them.
pub fn publish(run: &Run, number: usize, chance: Rng) -> Vec<Sent> {
    let _alarm = run.alarm();
    let mut publisher = Publisher {
        run,
        chance,
        connection: None,
    };
    let has_ids = number.is_multiple_of(2);
    let mut sent = Vec::new();
    while run.is_publishing() && sent.len() < NUMBERS {
        let topic = publisher.chance.usize(..TOPICS.len());
        let it = (number as u32, sent.len() as u32);
        let id = has_ids.then(|| own_id(it));
        let text = format!("{}:{}", it.0, it.1);
        let (acknowledged, repeated) = publisher.say(TOPICS[topic], id.as_deref(), &text);
        sent.push(Sent {
            topic,
            acknowledged,
            repeated,
        });
        thread::sleep(run.pause(&mut publisher.chance));
    }
    sent
}

/// All publishers of a run.
pub fn chances(chance: &mut Rng) -> impl Iterator<Item = (usize, Rng)> {
    (0..PUBLISHERS).map(|number| (number, chance.fork()))
}

/// Ends each topic.
pub fn publish_ends(run: &Run, chance: &mut Rng) {
    let mut publisher = Publisher {
        run,
        chance: chance.fork(),
        connection: None,
    };
    for topic in TOPICS {
        let (acknowledged, _) = publisher.say(topic, Some(END), END);
        assert!(acknowledged, "{topic} does not end");
    }
}

/// Publishes at this node, whether it takes it or not.
pub fn try_to_publish(run: &Run, node: SocketAddr, topic: &str) -> bool {
    let connection = Connection::open(node);
    let answer = connection.and_then(|mut it| it.post(&format!("/events/{topic}"), "hello"));
    answer.is_ok_and(|(head, _)| run.is_granted(&head))
}

impl Publisher<'_> {
    /// Whether a node acknowledges it, and whether it was repeated: one with an id is until that, or until
    /// the run is over.
    fn say(&mut self, topic: &str, id: Option<&str>, text: &str) -> (bool, bool) {
        let target = match id {
            Some(id) => format!("/events/{topic}?id={id}"),
            None => format!("/events/{topic}"),
        };
        let mut attempts = 0;
        while !self.run.is_over() {
            let outcome = self.say_once(&target, text);
            attempts += u32::from(outcome.is_some());
            match outcome {
                Some(true) => {
                    self.run.acknowledge();
                    return (true, attempts > 1);
                }
                Some(false) if id.is_none() => return (false, false),
                Some(false) | None => thread::sleep(ATTEMPT_PAUSE),
            }
        }
        (false, attempts > 1)
    }

    /// Whether it is acknowledged; none if it was not sent, because nobody answers at that node.
    fn say_once(&mut self, target: &str, text: &str) -> Option<bool> {
        let connection = match self.connection.take() {
            Some(open) => Some(open),
            None => Connection::open(self.run.node(&mut self.chance)).ok(),
        };
        let mut connection = connection?;
        let granted = connection
            .post(target, text)
            .is_ok_and(|(head, _)| self.run.is_granted(&head));
        // One that has refused, or whose answer is lost, is left for another.
        let goes_on = granted && self.chance.u32(..HOP_EVENTS) > 0;
        self.connection = goes_on.then_some(connection);
        Some(granted)
    }
}
