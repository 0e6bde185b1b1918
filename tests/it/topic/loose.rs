//! Templates and selectors as hubs of the Mercure protocol read them.

use ssehub::{Interest, InvalidSelector, Selector, Template, Topic};

#[track_caller]
fn check(selector: &str, matching: &[&str], others: &[&str]) {
    let parsed = Selector::mercure(selector).unwrap_or_else(|it| panic!("{selector}: {it}"));
    assert_eq!(parsed.as_str(), selector);
    let matches = |topic: &str| parsed.matches(&Topic::parse(topic).unwrap());
    for topic in matching {
        assert!(matches(topic), "{selector} against {topic}");
    }
    for topic in others {
        assert!(!matches(topic), "{selector} against {topic}");
    }
}

#[test]
fn a_selector_is_all_then_the_same_text_then_a_template() {
    check("*", &["a", "*", "a/b"], &[]);
    check("a", &["a"], &["b", "a/"]);
    check(
        "orders/{id}",
        &["orders/{id}", "orders/1", "orders/"],
        &["orders/{ie}", "orders/1/2"],
    );
    check("{+x}", &["{+x}", "a/b"], &["a b"]);
}

#[test]
fn what_is_no_template_is_a_name() {
    for name in ["{", "a/{b", "{a}}", "{=x}", "{a b}", "}", "{a:0}"] {
        assert!(Selector::mercure(name) == Ok(Selector::Exact(Topic::parse(name).unwrap())));
        check(name, &[name], &["a", "a/1", "{x}"]);
    }
    assert!(matches!(
        Selector::mercure(""),
        Err(InvalidSelector::Topic(_))
    ));
    assert!(matches!(
        Selector::mercure(&"{".repeat(300)),
        Err(InvalidSelector::Topic(_))
    ));
}

#[test]
fn names_and_lengths_do_not_count() {
    check(
        "x{?page}",
        &["x", "x?", "x?page=1", "x?size=2", "x?a", "x?a,b=c"],
        &["x?a&b", "xa", "x?/"],
    );
    check("x{?a,b}", &["x?b=1&a=2", "x?&", "x?c"], &["x?a&b&c"]);
    check("x{;a}", &["x;", "x;b=1"], &["x;a;b"]);
    check("x{&a}", &["x&", "x&b=1=2"], &["x&a&b"]);
    check(
        "{x:2}",
        &["", "abcd", "a,b", "%41bcd"].map(|it| if it.is_empty() { "a" } else { it }),
        &["a=b"],
    );
}

#[test]
fn exploded_variables_hold_any_number_of_values() {
    check("x{/a*}", &["x", "x/", "x/a/b/c", "x/k=v"], &["x/a?"]);
    check("x{?a*}", &["x?a=1&b=2&c=3"], &["x?a/b"]);
    check("{a*}", &["a,b,c=d"], &["a/b"]);
}

#[test]
fn other_operators_are_as_strict_as_ever() {
    check("{a}", &["b,c"], &["a=b", "a/b", "a b", "%4"]);
    check("x{/a,b}", &["x/1", "x/1/2", "x/"], &["x/1/2/3", "xa"]);
    check("x{.a}", &["x", "x.", "x.a.b"], &["xa"]);
    check("x{#a}", &["x#", "x#a/b?c"], &["xa"]);
}

#[test]
fn the_same_text_read_in_two_ways_is_two_templates() {
    let (strict, loose) = (
        Template::parse("{?a}").unwrap(),
        Template::mercure("{?a}").unwrap(),
    );
    assert_ne!(strict, loose);
    let interest = Interest::any([Selector::Template(strict), Selector::Template(loose)]);
    assert_eq!(interest.selectors().len(), 2);
    assert!(interest.matches(&Topic::parse("?b=1").unwrap()));
}
