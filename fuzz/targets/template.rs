//! A URI template: it displays itself, is the topic that is written like it, and matches whatever it expands to
//! (RFC 6570, section 3, carried out forwards). Of literals a topic has the characters themselves.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::{Template, Topic};

/// Operator, first, separator, named, what follows the name of an empty value, reserved characters allowed
/// (RFC 6570, appendix A).
type Operator = (char, &'static str, &'static str, bool, &'static str, bool);

const OPERATORS: [Operator; 8] = [
    (' ', "", ",", false, "", false),
    ('+', "", ",", false, "", true),
    ('.', ".", ".", false, "", false),
    ('/', "/", "/", false, "", false),
    (';', ";", ";", true, "", false),
    ('?', "?", "&", true, "=", false),
    ('&', "&", "&", true, "=", false),
    ('#', "#", ",", false, "", true),
];

// A line for the template, one for a topic, and one for the value of each variable, or `-` if it has none.
fuzz_target!(|input: &str| {
    let mut lines = input.split('\n');
    let (text, topic) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let values: Vec<_> = lines.map(|it| (it != "-").then_some(it)).collect();
    for parse in [Template::parse, Template::mercure] {
        let Ok(template) = parse(text) else { continue };
        assert_eq!(template.to_string(), text);
        assert_eq!(parse(template.as_str()).as_ref(), Ok(&template));
        if let Ok(topic) = Topic::parse(topic) {
            let is_matched = template.matches(&topic);
            assert_eq!(template.matches(&topic), is_matched);
            // Templates of the protocol are looser.
            assert!(!is_matched || Template::mercure(text).unwrap().matches(&topic));
        }
        for topic in [text.to_owned(), expanded(text, &values)] {
            if let Ok(topic) = Topic::parse(&topic) {
                assert!(
                    template.matches(&topic),
                    "{text:?} does not match {topic:?}"
                );
            }
        }
    }
});

/// What a proper template expands to.
fn expanded(template: &str, values: &[Option<&str>]) -> String {
    let mut values = values.iter().copied().chain(std::iter::repeat(Some("x")));
    let mut known: Vec<(String, Option<&str>)> = Vec::new();
    let mut out = String::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        out += literal;
        let (expression, after) = after.split_once('}').expect("a proper template");
        rest = after;
        let operators = OPERATORS.iter().find(|it| expression.starts_with(it.0));
        let operator = operators.unwrap_or(&OPERATORS[0]);
        let variables = expression.trim_start_matches(operator.0).split(',');
        let mut parts = Vec::new();
        for variable in variables {
            let (name, prefix) = match variable.split_once(':') {
                Some((name, length)) => (name, length.parse().expect("a length")),
                None => (variable.trim_end_matches('*'), usize::MAX),
            };
            // A variable has one value everywhere.
            let value = match known.iter().find(|it| it.0 == name) {
                Some((_, value)) => *value,
                None => {
                    let value = values.next().flatten();
                    known.push((name.to_owned(), value));
                    value
                }
            };
            if let Some(value) = value {
                let value: String = value.chars().take(prefix).collect();
                parts.push(named(operator, name, &encoded(&value, operator.5)));
            }
        }
        if !parts.is_empty() {
            out += operator.1;
            out += &parts.join(operator.2);
        }
    }
    out + rest
}

fn named(operator: &Operator, name: &str, value: &str) -> String {
    match (operator.3, value) {
        (false, value) => value.to_owned(),
        (true, "") => format!("{name}{}", operator.4),
        (true, value) => format!("{name}={value}"),
    }
}

/// Percent-encoded, but for what may stand there (sections 3.1 and 3.2.1).
fn encoded(text: &str, reserved: bool) -> String {
    let mut out = String::new();
    for (at, character) in text.char_indices() {
        let is_unreserved = character.is_ascii_alphanumeric() || "-._~".contains(character);
        let is_reserved = ":/?#[]@!$&'()*+,;=".contains(character);
        let is_triplet = character == '%'
            && text[at + 1..].len() >= 2
            && text.as_bytes()[at + 1..at + 3]
                .iter()
                .all(u8::is_ascii_hexdigit);
        if is_unreserved || (reserved && (is_reserved || is_triplet)) {
            out.push(character);
        } else {
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).bytes();
            out.extend(bytes.map(|byte| format!("%{byte:02X}")));
        }
    }
    out
}
