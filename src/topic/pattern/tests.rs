//! Patterns are shared while somebody has them, and no group captures.

use std::sync::Arc;

use urlpattern::regexp::RegExp as _;

use super::engine::Engine;
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
