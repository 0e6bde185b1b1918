//! A URL pattern: it displays itself, and matches what the crate `urlpattern` matches with regular expressions.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use regex::Regex;
use ssehub::topic::BaseUrl;
use ssehub::{Pattern, Topic};
use url::Url;
use urlpattern::{UrlPattern, UrlPatternInit, UrlPatternMatchInput, UrlPatternOptions};

const BASE: &str = "https://example.com/.well-known/mercure";

static HUB: LazyLock<BaseUrl> = LazyLock::new(|| BaseUrl::parse(BASE).unwrap());

// A line for the pattern, and one for each topic.
fuzz_target!(|input: &str| {
    let (text, topics) = input.split_once('\n').unwrap_or((input, ""));
    let Ok(pattern) = Pattern::parse(text, &HUB) else {
        return;
    };
    assert_eq!(pattern.to_string(), text);
    assert!(pattern.programs() <= 8);
    assert_eq!(Pattern::parse(text, &HUB).as_ref(), Ok(&pattern));
    let Some(other) = other(text) else { return };
    for name in topics.split('\n').take(4) {
        let Ok(topic) = Topic::parse(name) else {
            continue;
        };
        let is_matched = pattern.matches(&topic);
        let Ok(url) = Url::parse(BASE).unwrap().join(name) else {
            assert!(!is_matched, "{text:?} matches {name:?}, which is no URL");
            continue;
        };
        let expected = other.test(UrlPatternMatchInput::Url(url)).unwrap_or(false);
        assert_eq!(is_matched, expected, "{text:?} against {name:?}");
    }
});

/// The same pattern as the crate reads and matches it.
fn other(text: &str) -> Option<UrlPattern> {
    let base = Url::parse(BASE).unwrap();
    let mut init = UrlPatternInit::parse_constructor_string::<Regex>(text, Some(base)).ok()?;
    if init.protocol.is_some() {
        init.base_url = None;
    }
    UrlPattern::parse(init, UrlPatternOptions::default()).ok()
}
