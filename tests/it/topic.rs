//! Selectors: names, everything, and URI templates read backwards.

mod expansion;
mod loose;
mod naive;
#[cfg(feature = "urlpattern")]
mod pattern;

use ssehub::topic::{
    InvalidTemplate, OWN_TOPIC_BYTES, OWN_TOPICS, TEMPLATE_BYTES, TEMPLATE_EXPRESSIONS,
    TEMPLATE_VARIABLES, TOPIC_BYTES, TopicError,
};
use ssehub::{Interest, InvalidSelector, Selector, Template, Topic};

fn matches(template: &str, topic: &str) -> bool {
    let template = Template::parse(template).unwrap_or_else(|error| panic!("{template}: {error}"));
    template.matches(&Topic::parse(topic).unwrap())
}

#[track_caller]
fn check(template: &str, matching: &[&str], others: &[&str]) {
    for topic in matching {
        assert!(matches(template, topic), "{template} against {topic}");
    }
    for topic in others {
        assert!(!matches(template, topic), "{template} against {topic}");
    }
}

#[test]
fn a_selector_is_all_a_name_or_a_template() {
    assert_eq!(Selector::parse("*"), Ok(Selector::All));
    for name in ["a", "a*", "}", "/b}"] {
        let exact = Selector::Exact(Topic::parse(name).unwrap());
        assert_eq!(Selector::parse(name), Ok(exact));
    }
    let template = Template::parse("a/{b}").unwrap();
    assert_eq!(
        Selector::parse("a/{b}"),
        Ok(Selector::Template(template.clone()))
    );
    assert_ne!(Template::parse("a/{c}").unwrap(), template);
    for text in ["*", "a", "a/{b}"] {
        assert_eq!(Selector::parse(text).unwrap().as_str(), text);
    }
    assert_eq!(
        Selector::parse(""),
        Err(InvalidSelector::Topic(TopicError::Empty))
    );
}

#[test]
fn a_variable_stands_for_a_segment() {
    check(
        "https://example.com/books/{id}",
        &[
            "https://example.com/books/42",
            "https://example.com/books/",
            "https://example.com/books/a-b._~",
            "https://example.com/books/a,b",
            "https://example.com/books/%C3%A9%20x",
            "https://example.com/books/{id}",
        ],
        &[
            "https://example.com/books",
            "https://example.com/books/42/pages",
            "https://example.com/books/42?x=1",
            "https://example.com/books/a b",
            "https://example.com/books/é",
            "https://example.com/books/%C3%A",
            "https://example.com/books/%",
            "https://example.com/books/%4g",
            "https://example.com/books/{ie}",
            "http://example.com/books/42",
            "xhttps://example.com/books/42",
        ],
    );
}

#[test]
fn several_expressions_share_a_topic_out() {
    check(
        "orders/{id}/items{?page}",
        &[
            "orders/1/items",
            "orders/1/items?page=2",
            "orders//items?page=",
        ],
        &[
            "orders/1/items?",
            "orders/1/items?page",
            "orders/1/items?size=2",
        ],
    );
    check("{a}{b}c{d}", &["c", "ccc", "abcd"], &["ab", "a/c"]);
    check("{a}-{b}-{c}", &["--", "a-b-c-d"], &["-", "a-b"]);
    check("Küche/{x}/ü", &["Küche/1/ü", "Küche//ü"], &["Küche/ü/ü"]);
}

#[test]
fn operators_have_their_own_characters() {
    check(
        "{+x}",
        &["a/b?c=d#e[1]!", "a,b", "%41"],
        &["a b", "a\"b", "<", "%4"],
    );
    check("x{#y}", &["x", "x#", "x#a/b", "x#a#b"], &["xa", "x a"]);
    check(
        "x{.y}",
        &["x", "x.", "x.a", "x.a.b", "x.a,b"],
        &["xa", "x.a/b"],
    );
    check("x{.y,z}", &["x.a.b", "x..", "x.a.b.c"], &["x,a"]);
    check(
        "x{/y}",
        &["x", "x/", "x/a", "x/a,b"],
        &["xa", "x/a/b", "x//"],
    );
    check("x{/y,z}", &["x/a", "x/a/b", "x//"], &["x/a/b/c", "xa/b"]);
    check(
        "x{;y}",
        &["x", "x;y", "x;y=1", "x;y=1,2"],
        &["x;", "x;z", "x;y=1;y=2", "x;yy", "xy"],
    );
    check(
        "x{;y,z}",
        &["x;y;z", "x;z=1", "x;y=1;z"],
        &["x;z;y", "x;yz"],
    );
    check(
        "x{?y}",
        &["x", "x?y=", "x?y=1,2"],
        &["x?", "x?y", "x&y=1", "x?y=1&y=2", "x?y=a/b"],
    );
    check(
        "x{?y,z}",
        &["x?y=1&z=2", "x?z=2"],
        &["x?z=2&y=1", "x?y=1&", "x?&z=2", "x?y=1?z=2"],
    );
    check(
        "x?a=1{&y}",
        &["x?a=1", "x?a=1&y=2"],
        &["x?a=1&", "x?a=1y=2"],
    );
    check("{x,y}", &["a", "a,b", ",", "a,b,c"], &["a;b"]);
    check("{+x,y}", &["a/b,c/d"], &["a b"]);
}

#[test]
fn a_prefix_bounds_characters_not_bytes() {
    check(
        "x{y:3}",
        &["x", "xa", "xabc", "x%C3%A9b%E2%82%AC"],
        &["xabcd", "xa,b", "x%C3%A9bcd"],
    );
    check("a{x:3}a", &["aa", "aaaaa", "abcda"], &["aaaaaa", "abcdea"]);
    check("x{/y:1,z}", &["x/a/bcd", "x/a", "x/bcd"], &["x/abc/d"]);
    check("{?x:2}", &["?x=ab", "?x="], &["?x=abc"]);
    check("{x:9999}", &["abcd"], &["a/b"]);
}

#[test]
fn explode_brings_the_separator_and_names() {
    check("x{/y*}", &["x", "x/a/b/c", "x/k=v/l=w"], &["xa", "x/a?b"]);
    check(
        "x{?y*}",
        &["x", "x?k=v&l=w", "x?y=1&y=2"],
        &["x?a/b", "xk=v"],
    );
    check("x{;y*}", &["x;k;l=w"], &["x;a&b", "xk"]);
    check("{x*}", &["a,b", "k=v,l=w"], &["a/b"]);
    check("{.x*}", &[".a.b", ".k=v"], &["a.b", ".a/b"]);
    check("{#x*}", &["#a,b=c"], &["a", "# "]);
    check("{/x*,y}{?z*}", &["/a/b/c?q=1", "/c", "?q=1"], &["a?q"]);
}

#[test]
fn what_is_no_template_is_refused() {
    let at = |byte| InvalidTemplate::Syntax(byte);
    for (text, expected) in [
        ("{", at(1)),
        ("{}", at(1)),
        ("a{+}", at(3)),
        ("{a", at(2)),
        ("{a}}", at(3)),
        ("}{a}", at(0)),
        ("{a{b}}", at(2)),
        ("{a b}", at(2)),
        ("{a,}", at(3)),
        ("{,a}", at(1)),
        ("{a..b}", at(3)),
        ("{a.}", at(3)),
        ("{.}", at(2)),
        ("{ä}", at(1)),
        ("{a%4}", at(4)),
        ("{a:0}", at(3)),
        ("{a:}", at(3)),
        ("{a:10000}", at(3)),
        ("{a:3*}", at(4)),
        ("{a*:3}", at(3)),
        ("{a**}", at(3)),
        ("{=a}", at(1)),
        ("{!a}", at(1)),
        ("{|a}", at(1)),
        ("{@a}", at(1)),
        ("{a\n}", InvalidTemplate::Control),
        ("a\u{85}{a}", InvalidTemplate::Control),
    ] {
        assert_eq!(Template::parse(text).err(), Some(expected), "{text}");
        let refused = Selector::parse(text).unwrap_err();
        assert_eq!(refused, InvalidSelector::Template(expected));
        assert!(!refused.to_string().is_empty());
    }
    for text in [
        "{a.b}",
        "{a%41.b_1:9999}",
        "{_}",
        "{%C3%A9}",
        "{&a*,b:1,c}",
        "{1}",
    ] {
        assert!(Template::parse(text).is_ok(), "{text}");
    }
}

#[test]
fn templates_are_bounded() {
    let long = "{x}".to_owned() + &"a".repeat(TEMPLATE_BYTES - 3);
    assert!(Template::parse(&long).is_ok());
    let refused = |text: &str| Template::parse(text).err();
    assert_eq!(refused(&(long + "a")), Some(InvalidTemplate::TooLong));
    let many = "{x}".repeat(TEMPLATE_EXPRESSIONS);
    assert!(Template::parse(&many).is_ok());
    assert_eq!(
        refused(&(many + "{x}")),
        Some(InvalidTemplate::TooManyExpressions)
    );
    let variables = |count: usize| format!("{{{}x}}", "x,".repeat(count - 1));
    assert!(Template::parse(&variables(TEMPLATE_VARIABLES)).is_ok());
    assert_eq!(
        refused(&variables(TEMPLATE_VARIABLES + 1)),
        Some(InvalidTemplate::TooManyVariables)
    );
}

#[test]
fn an_interest_matches_what_any_of_its_selectors_does() {
    let interest = Interest::any(["a", "b/{x}"].map(|text| Selector::parse(text).unwrap()));
    let matches = |topic: &str| interest.matches(&Topic::parse(topic).unwrap());
    assert!(matches("a") && matches("b/1") && !matches("b") && !matches("c"));
    let twice = Interest::any(["b/{x}", "b/{x}"].map(|text| Selector::parse(text).unwrap()));
    assert_eq!(twice.selectors().len(), 1);
}

/// Only the hub's own topics may be longer than others.
#[test]
fn how_long_a_topic_may_be() {
    let of = |begin: &str, bytes: usize| format!("{begin}{}", "a".repeat(bytes - begin.len()));
    let own = format!("{OWN_TOPICS}/");
    for begin in [
        "",
        "/",
        "https://e.example/",
        OWN_TOPICS,
        "/.well-known/mercure/",
    ] {
        assert!(Topic::parse(&of(begin, TOPIC_BYTES)).is_ok());
        assert_eq!(
            Topic::parse(&of(begin, TOPIC_BYTES + 1)),
            Err(TopicError::TooLong),
            "{begin}"
        );
    }
    assert!(Topic::parse(&of(&own, OWN_TOPIC_BYTES)).is_ok());
    assert_eq!(
        Topic::parse(&of(&own, OWN_TOPIC_BYTES + 1)),
        Err(TopicError::TooLong)
    );
}
