//! Patterns are shared while there is one, no group captures, and whole segments match as their expressions do.

use std::sync::Arc;

use urlpattern::regexp::RegExp as _;

use super::engine::Engine;
use super::segments::Segments;
use super::{BaseUrl, PATTERNS_SHARED, Pattern};

fn hub() -> BaseUrl {
    BaseUrl::parse("https://hub.example/").unwrap()
}

#[test]
fn the_same_pattern_is_compiled_once() {
    let hub = hub();
    let first = Pattern::parse("/:a", &hub).unwrap();
    let second = Pattern::parse("/:a", &hub.clone()).unwrap();
    assert!(Arc::ptr_eq(&first.0, &second.0));
    let other = Pattern::parse("/:a", &BaseUrl::parse("https://hub.example/").unwrap());
    assert!(!Arc::ptr_eq(&first.0, &other.unwrap().0));
}

#[test]
fn no_pattern_is_kept_that_nobody_has() {
    let hub = hub();
    let compiled = Pattern::parse("/:a", &hub).unwrap();
    let weak = Arc::downgrade(&compiled.0);
    drop(compiled);
    assert!(weak.upgrade().is_none());
    for number in 0..PATTERNS_SHARED * 2 {
        Pattern::parse(&format!("/{number}"), &hub).unwrap();
        assert!(hub.shared_patterns() <= PATTERNS_SHARED);
    }
    let parse = |number: usize| Pattern::parse(&format!("/{number}"), &hub).unwrap();
    let held: Vec<_> = (0..PATTERNS_SHARED + 1).map(parse).collect();
    assert_eq!(hub.shared_patterns(), PATTERNS_SHARED);
    let last = held.last().unwrap();
    assert!(!Arc::ptr_eq(&last.0, &parse(PATTERNS_SHARED).0));
}

#[test]
fn no_group_captures() {
    let without =
        |text: &str| Engine::parse(text, "", false).map(|it| it.pattern_string().to_owned());
    for (text, expected) in [
        ("^([^/]+?)$", "^(?:[^/]+?)$"),
        ("((?<a>b)(?:c))", "(?:(?:b)(?:c))"),
        ("\\(([(\\]()]+)\\)", "\\((?:[(\\]()]+)\\)"),
    ] {
        assert_eq!(without(text), Ok(expected.to_owned()));
    }
    for text in ["(?=a)", "(?<=a)", "(?i)", "(?P<a>b)", "(?", "(?<a", "\\"] {
        assert_eq!(without(text), Err(()), "{text}");
    }
}

/// Parts of expressions as the crate makes them of a path, whole segments and others.
const PARTS: [&str; 15] = [
    "/a",
    "/",
    "b",
    "\\.",
    "/b/",
    "(?:[^/]+?)",
    "(?:/(?:[^/]+?))",
    "(?:/(?:[^/]+?)/)",
    "(?:/(?:.*))",
    "(?:.*)",
    "(?:/(?:[^/]+?))?",
    "(?:/(?:.*))?",
    "(?:/a)?",
    "(?:/(?:[^/]+?)b)",
    "(?:[^/]+?)?",
];

#[test]
fn whole_segments_match_as_their_expression_does() {
    let mut chance = fastrand::Rng::with_seed(1);
    let (mut read, mut matched) = (0, 0);
    for _ in 0..4_000 {
        let mut some = |of: &[&str], least, most| -> String {
            let count = chance.usize(least..=most);
            (0..count).map(|_| *chance.choice(of).unwrap()).collect()
        };
        let expression = format!("^{}$", some(&PARTS, 1, 5));
        let Some(segments) = Segments::read(&expression) else {
            continue;
        };
        read += 1;
        let regex = regex_lite::Regex::new(&expression).unwrap();
        for _ in 0..100 {
            let value = some(&["/", "a", "b", ".", "/a", "/b/", "ab", "/a/b"], 0, 7);
            let expected = regex.is_match(&value);
            matched += usize::from(expected);
            assert_eq!(
                segments.matches(&value),
                expected,
                "{expression} on {value}"
            );
        }
    }
    assert!(
        read > 500 && matched > 5_000,
        "{read} read, {matched} matched"
    );
}

#[test]
fn what_is_no_row_of_whole_segments_is_left_to_the_engine() {
    for expression in [
        "^(?:[^/]+?)b$",
        "^(?:[^/]+?)(?:[^/]+?)$",
        "^a(?:.*)/b$",
        "^(?:/(?:.*))b$",
        "^(?:/(?:[^/]+?))+$",
        "^(?:/(?:[^/]+?))?/a$",
        "^a+$",
        "^\\d$",
        "^(?:a|b)$",
        "^[ab]$",
        "^.$",
        "^(?:[^/]+?)*$",
        "(?:.*)",
        "^(?:/(?:\\d+))$",
    ] {
        assert!(Segments::read(expression).is_none(), "{expression}");
    }
    for pattern in [
        "/:a/:b",
        "/x/:a/y/:b{/:c}?",
        "/:a/:b?",
        "/*/:x",
        "/a/*/z/*",
        "https://:a.:b.example/*",
    ] {
        assert_eq!(
            Pattern::parse(pattern, &hub()).unwrap().programs(),
            0,
            "{pattern}"
        );
    }
    for (pattern, programs) in [
        ("/:a-:b", 1),
        ("/(\\d+)", 1),
        ("https://:a-:b.example/(\\d+)", 2),
    ] {
        assert_eq!(
            Pattern::parse(pattern, &hub()).unwrap().programs(),
            programs,
            "{pattern}"
        );
    }
}
