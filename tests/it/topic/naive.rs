//! The same language, matched by trying everything, on topics short enough for that.

use fastrand::Rng;

use super::matches;

/// Templates that are tried.
const ROUNDS: usize = 150;

/// Longer topics that are tried on each.
const LONG_TOPICS: usize = 100;

/// All topics of up to so many characters are tried on each.
const LENGTH: usize = 3;

const ALPHABET: [char; 7] = ['a', 'x', '=', ',', '&', ';', '/'];

/// First, separator, characters of a value, named, a name may stand alone.
type Row = (&'static str, &'static str, &'static str, bool, bool);

const ROWS: [(&str, Row); 5] = [
    ("", ("", ",", "ax", false, false)),
    ("+", ("", ",", "ax=,&;/", false, false)),
    ("/", ("/", "/", "ax", false, false)),
    (";", (";", ";", "ax", true, true)),
    ("&", ("&", "&", "ax", true, false)),
];

#[derive(Clone, Copy, PartialEq)]
enum Modifier {
    Nothing,
    Prefix(usize),
    Explode,
}

enum Part {
    Literal(char),
    Expression(Row, Vec<(char, Modifier)>),
}

#[test]
fn nothing_else_is_matched() {
    let mut chance = super::super::log::chance();
    for _ in 0..ROUNDS {
        let (text, parts) = template(&mut chance);
        for _ in 0..LONG_TOPICS {
            let length = chance.usize(LENGTH..10);
            let topic: String = (0..length)
                .map(|_| chance.choice(ALPHABET).unwrap())
                .collect();
            assert_eq!(
                matches(&text, &topic),
                tries(&parts, &topic),
                "{text} against {topic}"
            );
        }
        for length in 1..=LENGTH {
            each(length, &mut String::new(), &mut |topic| {
                assert_eq!(
                    matches(&text, topic),
                    tries(&parts, topic),
                    "{text} against {topic}"
                );
            });
        }
    }
}

fn template(chance: &mut Rng) -> (String, Vec<Part>) {
    let (mut text, mut parts) = (String::new(), Vec::new());
    for _ in 0..chance.usize(1..4) {
        if chance.bool() {
            let literal = chance.choice(ALPHABET).unwrap();
            text.push(literal);
            parts.push(Part::Literal(literal));
        }
        let (sign, row) = chance.choice(ROWS).unwrap();
        let count = chance.usize(1..3);
        let variable = |_| {
            let modifier = match chance.u8(..3) {
                0 => Modifier::Nothing,
                1 => Modifier::Prefix(chance.usize(1..3)),
                _ => Modifier::Explode,
            };
            (chance.choice(['a', 'x']).unwrap(), modifier)
        };
        let variables: Vec<_> = (0..count).map(variable).collect();
        let written = variables.iter().map(|(name, modifier)| match modifier {
            Modifier::Nothing => name.to_string(),
            Modifier::Prefix(most) => format!("{name}:{most}"),
            Modifier::Explode => format!("{name}*"),
        });
        text += &format!("{{{sign}{}}}", written.collect::<Vec<_>>().join(","));
        parts.push(Part::Expression(row, variables));
    }
    (text, parts)
}

/// Visits every text of a length.
fn each(length: usize, text: &mut String, visit: &mut impl FnMut(&str)) {
    if length == 0 {
        return visit(text);
    }
    for c in ALPHABET {
        text.push(c);
        each(length - 1, text, visit);
        text.pop();
    }
}

/// Whether the parts can make up the text.
fn tries(parts: &[Part], text: &str) -> bool {
    let Some((part, rest)) = parts.split_first() else {
        return text.is_empty();
    };
    match part {
        Part::Literal(literal) => text
            .strip_prefix(*literal)
            .is_some_and(|left| tries(rest, left)),
        Part::Expression(row, variables) => {
            let begun = text.strip_prefix(row.0);
            tries(rest, text)
                || begun.is_some_and(|left| {
                    (0..variables.len()).any(|first| {
                        variable(row, &variables[first..], left, &|left| tries(rest, left))
                    })
                })
        }
    }
}

/// Whether the first of some variables, then perhaps later ones, can make up the text up to what
/// `then` takes.
fn variable(
    row: &Row,
    variables: &[(char, Modifier)],
    text: &str,
    then: &dyn Fn(&str) -> bool,
) -> bool {
    let (_, separator, value, named, bare) = *row;
    let (name, modifier) = variables[0];
    let next = |left: &str| {
        then(left)
            || left.strip_prefix(separator).is_some_and(|left| {
                (1..variables.len()).any(|later| variable(row, &variables[later..], left, then))
            })
    };
    let (more, most) = match modifier {
        Modifier::Nothing => (",".to_owned(), usize::MAX),
        Modifier::Prefix(most) => (String::new(), most),
        Modifier::Explode => (format!("{separator}="), usize::MAX),
    };
    let run = |text: &str| {
        let allowed = |c: &char| value.contains(*c) || more.contains(*c);
        let longest = text.chars().take_while(allowed).count().min(most);
        (0..=longest).any(|length| next(&text[length..]))
    };
    if !named || modifier == Modifier::Explode {
        return run(text);
    }
    let Some(left) = text.strip_prefix(name) else {
        return false;
    };
    bare && next(left) || left.strip_prefix('=').is_some_and(run)
}
