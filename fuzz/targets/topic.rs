//! A topic and a selector: each displays itself, and a topic selects itself.

#![no_main]

use libfuzzer_sys::fuzz_target;
use ssehub::{Interest, Selector, Topic};

fuzz_target!(|text: &str| {
    let topic = Topic::parse(text);
    if let Ok(topic) = &topic {
        assert_eq!(topic.to_string(), text);
        assert_eq!(Topic::parse(topic.as_str()).as_ref(), Ok(topic));
        assert!(Interest::topic(topic.clone()).matches(topic));
    }
    for parse in [Selector::parse, Selector::mercure] {
        let Ok(selector) = parse(text) else { continue };
        assert_eq!(selector.as_str(), text);
        assert_eq!(parse(selector.as_str()).as_ref(), Ok(&selector));
        if let Ok(topic) = &topic {
            assert!(selector.matches(topic), "{text:?} does not select itself");
            assert!(Interest::any([selector]).matches(topic));
        }
    }
});
