//! Patterns and topics that mean harm.

use fastrand::Rng;

use super::hub;
use ssehub::topic::{PATTERN_BYTES, TOPIC_BYTES};
use ssehub::{Pattern, Topic};

/// Pieces that mean something to a tokenizer, a URL parser or a regular expression.
const PIECES: [&str; 56] = [
    "http", "https", "{http:}", ":", "/", "//", "://", "*", ":a", ":b", "(", ")", "(a)", "(\\d+)",
    "([a-z]+)", "([)]", "{", "}", "?", "+", "#", "@", "[", "]", "\\", "\\[", "\\]", "\\:", "é",
    "ü", "%", "%zz", "%41", "%ff", "%C3", "80", ".", "..", "[::1]", "{[}", "{]}", "\u{200d}", " ",
    "^", "$", "|", "&", "-", "😀", "{a}?", "{:a}*", "(?:", "(?<n>", "data", "xn--", "mercure",
];

fn pieces(chance: &mut Rng, most: usize) -> String {
    let count = chance.usize(0..most);
    (0..count).filter_map(|_| chance.choice(PIECES)).collect()
}

#[test]
fn nothing_panics() {
    let mut chance = super::super::super::log::chance();
    let hub = hub();
    for _ in 0..20_000 {
        let text = pieces(&mut chance, 10);
        let Ok(pattern) = Pattern::parse(&text, &hub) else {
            continue;
        };
        let topic = pieces(&mut chance, 10);
        for topic in [
            &*topic,
            "//hub.example/a/b",
            "data:é",
            "http://[::1]:80/?x#y",
        ] {
            if let Ok(topic) = Topic::parse(topic) {
                pattern.matches(&topic);
            }
        }
    }
}

#[test]
fn brackets_that_close_nothing_are_refused_where_a_host_may_be() {
    for pattern in [
        "https://]",
        "https://a]/",
        "https:]",
        "*:]",
        "{http:}//y/:]",
        "https://[@]",
        "https://{[}]",
        "https://([)]]",
        "https://\\]",
        "https://(é]",
    ] {
        assert!(Pattern::parse(pattern, &hub()).is_err(), "{pattern}");
    }
    for pattern in [
        "/a]",
        "?a[]=:b",
        "https://a.example/]",
        "https://u([a-z]).example/",
        "#]",
    ] {
        assert!(Pattern::parse(pattern, &hub()).is_ok(), "{pattern}");
    }
}

#[test]
fn the_longest_patterns_are_read_or_refused() {
    for unit in [
        "*", ":a", "{a}?", "{a}*", "(a)", "(.*)", "(a*)*", "(a{99})", "{", "}", "(", ")", "((?:",
        "(?:", "(a(?:", "\\", "[", "]", "/", "//", ":", "?", "#", "@", "%", "é", "([", "+", "a?",
        "(a|b)", "(a|", "{:a}?", "/(\\w+)?",
    ] {
        for start in ["/", "https://", "?"] {
            let mut pattern = start.to_owned();
            while pattern.len() + unit.len() <= PATTERN_BYTES {
                pattern += unit;
            }
            if let Ok(pattern) = Pattern::parse(&pattern, &hub()) {
                pattern.matches(&Topic::parse(&"/a".repeat(TOPIC_BYTES / 2)).unwrap());
            }
        }
    }
}

/// With backtracking the first of these alone would take longer than the universe has lasted.
#[test]
fn no_way_is_tried_twice() {
    let almost = "/".to_owned() + &"a".repeat(TOPIC_BYTES - 2) + "!";
    let almost = Topic::parse(&almost).unwrap();
    for pattern in [
        "/((?:a+)+)",
        "/((?:a|a)*)",
        "/((?:a*)*b)",
        "/((?:a?){30}a{30})",
        "/(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)b",
        "/:a([a-z]*):b([a-z]*):c([a-z]*):d([a-z]*):e([a-z]*):f([a-z]*)",
        "/{a}*{a}*{a}*{a}*{a}*{a}*{a}*{a}*{a}*{a}*{a}*{a}*b",
        "/{:a}*{:b}*{:c}*{:d}*b",
    ] {
        let pattern = Pattern::parse(pattern, &hub()).unwrap();
        assert!(!pattern.matches(&almost), "{pattern}");
    }
}
