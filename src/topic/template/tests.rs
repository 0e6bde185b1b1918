//! The steps that it takes to match are counted, for the worst templates and for any.

use fastrand::Rng;

use super::Template;
use super::walk::{OWN_WORDS, WORDS, Walk};
use crate::topic::{OWN_TOPIC_BYTES, OWN_TOPICS, TOPIC_BYTES, Topic};

/// Words and bytes looked at for what a template costs one.
const STEPS_PER_COST: usize = 160;

/// Classes of characters in a template, each looked up once for a topic: those of values, and single bytes.
const CLASSES: usize = 24;

/// Words and bytes that a template looks at on its way over a topic.
fn steps(template: &Template, topic: &str) -> usize {
    let walk = Walk::<WORDS>::over(topic);
    walk.arrives(&template.0.parts);
    walk.steps.get()
}

fn check(template: &str, topic: &str) {
    let template = Template::parse(template).unwrap();
    let most = STEPS_PER_COST * template.cost() + CLASSES * topic.len();
    let steps = steps(&template, topic);
    assert!(
        steps <= most,
        "{template}: {steps} for {} bytes",
        topic.len()
    );
}

#[test]
fn the_worst_template_takes_as_many_steps_as_it_costs() {
    for expression in ["{x}", "{+x,x}", "{x*}", "{;x*,x*}", "{x:9999}", "{/x,x}"] {
        for filler in ["", "a", ",", "aa"] {
            let template = format!("{expression}{filler}").repeat(32);
            let template = match expression.contains("x,x") || expression.contains("x*,") {
                true => template,
                false => format!("{expression}{filler}").repeat(31) + "{x}",
            };
            for length in [1, 10, 100, TOPIC_BYTES] {
                for unit in ["a", ",", "%41", ";x=", "/"] {
                    let topic = unit.repeat(length.div_ceil(unit.len()));
                    check(&template, &topic[..length]);
                    check(&template, &format!("{}!", &topic[..length - 1]));
                }
            }
        }
    }
}

#[test]
fn any_template_takes_as_many_steps_as_it_costs() {
    let mut chance = Rng::with_seed(1);
    for _ in 0..2_000 {
        let mut some = |of: &[&str], most: usize| -> String {
            let count = chance.usize(1..=most);
            (0..count).map(|_| *chance.choice(of).unwrap()).collect()
        };
        const PARTS: [&str; 12] = [
            "{x}", "{+x}", "{x,y}", "{?x,y*}", "{&y}", "{;x}", "{/x*}", "{.x:3}", "{#x}", "a", "=",
            "%41",
        ];
        let template = some(&PARTS, 32);
        let topic = some(
            &["a", "x", "=", ",", "&", "?", "%41", ";", "/", ".", "#"],
            80,
        );
        if template.contains('{') {
            check(&template, &topic);
        }
    }
}

/// A topic of the hub's own may be longer; a walk over it is no other, with more places.
#[test]
fn a_long_topic_takes_steps_in_proportion() {
    let template = Template::mercure(&format!("{OWN_TOPICS}{{/topic}}{{/subscriber}}")).unwrap();
    let of = |bytes: usize| {
        let filler = "a".repeat(bytes - OWN_TOPICS.len() - "//b".len());
        Topic::parse(&format!("{OWN_TOPICS}/{filler}/b")).unwrap()
    };
    for bytes in [100, TOPIC_BYTES, TOPIC_BYTES + 1, OWN_TOPIC_BYTES] {
        let topic = of(bytes);
        assert!(template.matches(&topic), "{bytes}");
        let walk = Walk::<OWN_WORDS>::over(topic.as_str());
        assert!(walk.arrives(&template.0.parts));
        let most = STEPS_PER_COST * template.cost() + CLASSES * bytes;
        assert!(walk.steps.get() <= most, "{bytes}: {}", walk.steps.get());
    }
}

/// Long texts between variables, and a topic that nearly fits them everywhere.
#[test]
fn text_that_is_looked_for_everywhere_costs_something() {
    let texts = format!("{{x}}{}", "a".repeat(15)).repeat(32);
    let names = format!("{{?x,{}}}", ["a".repeat(60).as_str(); 8].join(","));
    for template in [texts, names] {
        for topic in [
            "a".repeat(TOPIC_BYTES),
            "?aaaa=".repeat(42),
            "a".repeat(254) + "!",
        ] {
            check(&template, &topic);
        }
    }
}

/// Many templates that walk over one topic look up its characters once.
#[test]
fn templates_share_what_is_known_of_a_topic() {
    let topic = "a".repeat(TOPIC_BYTES);
    let walk = Walk::<WORDS>::over(&topic);
    let steps = |template: &str| {
        let before = walk.steps.get();
        walk.arrives(&Template::parse(template).unwrap().0.parts);
        walk.steps.get() - before
    };
    let first = steps("{x}!");
    assert_eq!(first, 0, "it ends otherwise");
    let (first, second) = (steps("{x}"), steps("{y}{z}"));
    assert!(
        first > TOPIC_BYTES && second <= 4 * WORDS,
        "{first} {second}"
    );
}
