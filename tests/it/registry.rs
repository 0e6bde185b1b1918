//! Who gets what, while subscribers with one topic, several, or all of them come and go.

use ssehub::{HubConfig, Interest, Selector, Start, Topic};

use crate::world::{Reader, World};

const TOPICS: usize = 5;
const STEPS: u32 = 3_000;

/// A subscriber and what it has still to read.
struct Expecting {
    reader: Reader,
    topics: Vec<usize>,
    due: Vec<String>,
}

fn name(topic: usize) -> String {
    format!("topic-{topic}")
}

/// One topic, several, or, for an empty list, all of them; by name, and some of them by patterns, too, that others
/// may have as well, beside many names on which nothing is said.
fn interest(topics: &[usize], chance: &mut fastrand::Rng) -> Interest {
    let exact = |topic: &usize| Selector::Exact(Topic::parse(&name(*topic)).unwrap());
    let several: Vec<_> = match topics {
        [] => vec![Selector::parse(chance.choice(["*", "{all}"]).unwrap()).unwrap()],
        [only] if chance.bool() => return Interest::topic(Topic::parse(&name(*only)).unwrap()),
        several => several.iter().map(exact).collect(),
    };
    let patterns = topics.iter().filter(|_| chance.u8(0..4) == 0);
    let patterns: Vec<_> = patterns
        .map(|topic| Selector::parse(&format!("{{kind}}-{topic}")).unwrap())
        .collect();
    let silent = if chance.bool() { 0..0 } else { 100..112 };
    let silent: Vec<_> = silent.map(|topic| exact(&topic)).collect();
    Interest::any(several.into_iter().chain(patterns).chain(silent))
}

fn some_topics(chance: &mut fastrand::Rng) -> Vec<usize> {
    match chance.u8(0..4) {
        0 => Vec::new(),
        1 => (0..TOPICS).filter(|_| chance.bool()).collect(),
        _ => vec![chance.usize(0..TOPICS)],
    }
}

#[test]
fn everyone_gets_their_own_events_however_they_come_and_go() {
    for seed in 0..4 {
        let mut chance = fastrand::Rng::with_seed(seed);
        let world = World::new(HubConfig::default());
        let mut crowd: Vec<Expecting> = Vec::new();
        for step in 0..STEPS {
            match chance.u8(0..10) {
                0..4 => {
                    let topics = some_topics(&mut chance);
                    let interest = interest(&topics, &mut chance);
                    let reader = Reader(world.hub.subscribe(interest, Start::Now));
                    crowd.push(Expecting {
                        reader,
                        topics,
                        due: Vec::new(),
                    });
                }
                4..7 if !crowd.is_empty() => {
                    crowd.swap_remove(chance.usize(0..crowd.len()));
                }
                _ => {
                    let topic = chance.usize(0..TOPICS);
                    world.publish(&name(topic), &step.to_string());
                    for one in &mut crowd {
                        if one.topics.is_empty() || one.topics.contains(&topic) {
                            one.due.push(step.to_string());
                        }
                    }
                }
            }
            if chance.u8(0..3) == 0 {
                for one in &mut crowd {
                    assert_eq!(one.reader.read(&world), one.due, "seed {seed}, step {step}");
                    one.due.clear();
                }
            }
        }
    }
}
