//! Whatever a template expands to, it matches: RFC 6570, section 3, carried out forwards.

use fastrand::Rng;

use super::matches;

const ROUNDS: usize = 20_000;

/// Operator, first, separator, named, empty named value, reserved allowed: appendix A.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    bool,
    &'static str,
    bool,
);

const ROWS: [Row; 8] = [
    ("", "", ",", false, "", false),
    ("+", "", ",", false, "", true),
    (".", ".", ".", false, "", false),
    ("/", "/", "/", false, "", false),
    (";", ";", ";", true, "", false),
    ("?", "?", "&", true, "=", false),
    ("&", "&", "&", true, "=", false),
    ("#", "#", ",", false, "", true),
];

enum Value {
    Undefined,
    Text(String),
    List(Vec<String>),
    Pairs(Vec<(String, String)>),
}

enum Modifier {
    Nothing,
    Prefix(usize),
    Explode,
}

#[test]
fn every_expansion_is_matched() {
    let mut chance = super::super::log::chance();
    for _ in 0..ROUNDS {
        let (mut template, mut expanded) = ("t:".to_owned(), "t:".to_owned());
        for _ in 0..chance.usize(1..4) {
            let literal = text(&mut chance).replace(['{', '}'], "");
            template += &literal;
            expanded += &literal;
            expression(&mut chance, &mut template, &mut expanded);
        }
        if expanded.len() <= ssehub::topic::TOPIC_BYTES {
            assert!(
                matches(&template, &expanded),
                "{template} against {expanded}"
            );
        }
    }
}

/// Writes an expression, and what it expands to with some values.
fn expression(chance: &mut Rng, template: &mut String, expanded: &mut String) {
    let row = chance.choice(ROWS).unwrap();
    let count = chance.usize(1..4);
    let (mut names, mut parts) = (Vec::new(), Vec::new());
    for number in 0..count {
        let name = format!("v{number}");
        let modifier = match chance.u8(..3) {
            0 => Modifier::Nothing,
            1 => Modifier::Prefix(chance.usize(1..4)),
            _ => Modifier::Explode,
        };
        let value = value(chance, &modifier);
        names.push(match modifier {
            Modifier::Nothing => name.clone(),
            Modifier::Prefix(most) => format!("{name}:{most}"),
            Modifier::Explode => format!("{name}*"),
        });
        parts.extend(expand(&name, value, &modifier, &row));
    }
    *template += &format!("{{{}{}}}", row.0, names.join(","));
    if !parts.is_empty() {
        *expanded += row.1;
        *expanded += &parts.join(row.2);
    }
}

fn text(chance: &mut Rng) -> String {
    const CHARS: [&str; 12] = ["a", "Z", "0", "-", "~", "/", "=", ",", " ", "é", "€", "&"];
    let count = chance.usize(..5);
    (0..count)
        .map(|_| *chance.choice(&CHARS).unwrap())
        .collect()
}

fn value(chance: &mut Rng, modifier: &Modifier) -> Value {
    let count = chance.usize(1..4);
    match (chance.u8(..4), modifier) {
        (0, _) => Value::Undefined,
        (1, _) | (_, Modifier::Prefix(_)) => Value::Text(text(chance)),
        (2, _) => Value::List((0..count).map(|_| text(chance)).collect()),
        _ => Value::Pairs((0..count).map(|_| (text(chance), text(chance))).collect()),
    }
}

/// What one variable adds, each piece behind a separator of its own.
fn expand(name: &str, value: Value, modifier: &Modifier, row: &Row) -> Vec<String> {
    let (_, _, separator, named, if_empty, reserved) = *row;
    let encode = |text: &str| encode(text, reserved);
    let with_name = |name: &str, value: String| match value.is_empty() {
        _ if !named => value,
        true => format!("{name}{if_empty}"),
        false => format!("{name}={value}"),
    };
    let explode = matches!(modifier, Modifier::Explode);
    match value {
        Value::Undefined => Vec::new(),
        Value::Text(text) => {
            let most = match modifier {
                Modifier::Prefix(most) => *most,
                _ => usize::MAX,
            };
            let prefix: String = text.chars().take(most).collect();
            vec![with_name(name, encode(&prefix))]
        }
        Value::List(items) => {
            let items = items.iter().map(|item| encode(item));
            match explode {
                true => vec![
                    items
                        .map(|it| with_name(name, it))
                        .collect::<Vec<_>>()
                        .join(separator),
                ],
                false => vec![with_name(name, items.collect::<Vec<_>>().join(","))],
            }
        }
        Value::Pairs(pairs) => {
            let pairs = pairs
                .iter()
                .map(|(key, value)| (encode(key), encode(value)));
            match explode {
                true => {
                    let pair = |(key, value): (String, String)| match named {
                        true => with_name(&key, value),
                        false => format!("{key}={value}"),
                    };
                    vec![pairs.map(pair).collect::<Vec<_>>().join(separator)]
                }
                false => {
                    let flat = pairs.map(|(key, value)| format!("{key},{value}"));
                    vec![with_name(name, flat.collect::<Vec<_>>().join(","))]
                }
            }
        }
    }
}

fn encode(text: &str, reserved: bool) -> String {
    let mut out = String::new();
    for c in text.chars() {
        let is_allowed = c.is_ascii_alphanumeric()
            || "-._~".contains(c)
            || reserved && ":/?#[]@!$&'()*+,;=".contains(c);
        match is_allowed {
            true => out.push(c),
            false => {
                let mut bytes = [0; 4];
                let bytes = c.encode_utf8(&mut bytes).bytes();
                bytes.for_each(|byte| out += &format!("%{byte:02X}"));
            }
        }
    }
    out
}
