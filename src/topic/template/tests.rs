//! The steps that it takes to match are counted, for the worst templates and for any.

use fastrand::Rng;

use super::walk::{OWN_PLACES, PLACES, Walk};
use super::{Part, Template};
use crate::topic::{OWN_TOPIC_BYTES, OWN_TOPICS, TOPIC_BYTES, Topic};

/// Places that a template looks at on its way over a topic.
fn steps(template: &Template, topic: &str) -> usize {
    let topic = Topic::parse(topic).unwrap();
    let walk = Walk::<PLACES>::over(&topic);
    walk.arrives(&template.0.parts);
    walk.steps.get()
}

/// A part looks at each place a bounded number of times: a literal once; an expression once for its
/// first character, and for each variable once for the name, the `=`, the value, the separator.
fn passes(template: &Template) -> usize {
    let parts = template.0.parts.iter().map(|part| match part {
        Part::Literal(_) => 1,
        Part::Expression(expression) => 1 + 4 * expression.variables.len(),
    });
    parts.sum()
}

fn check(template: &str, topic: &str) {
    let template = Template::parse(template).unwrap();
    let most = passes(&template) * (topic.len() + 1);
    let steps = steps(&template, topic);
    assert!(
        steps <= most,
        "{template}: {steps} for {} bytes",
        topic.len()
    );
}

#[test]
fn the_worst_template_takes_as_many_steps_as_its_parts_and_the_topics_bytes() {
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
fn any_template_takes_as_many_steps_as_its_parts_and_the_topics_bytes() {
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
        let walk = Walk::<OWN_PLACES>::over(&topic);
        assert!(walk.arrives(&template.0.parts));
        let most = passes(&template) * (bytes + 1);
        assert!(walk.steps.get() <= most, "{bytes}: {}", walk.steps.get());
    }
}
