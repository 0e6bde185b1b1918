//! URL patterns: what they match, what is refused, what they cost.

mod hostile;

use ssehub::topic::{InvalidBase, PATTERN_BYTES, PATTERNS_SHARED};
use ssehub::{BaseUrl, InvalidPattern, InvalidSelector, Pattern, Selector, Topic};

const HUB: &str = "https://hub.example/.well-known/mercure";

fn hub() -> BaseUrl {
    BaseUrl::parse(HUB).unwrap()
}

fn refused(pattern: &str) -> Option<InvalidPattern> {
    Pattern::parse(pattern, &hub()).err()
}

#[track_caller]
fn check(pattern: &str, matching: &[&str], others: &[&str]) {
    let parsed =
        Pattern::parse(pattern, &hub()).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    for topic in matching {
        let topic = Topic::parse(topic).unwrap();
        assert!(parsed.matches(&topic), "{pattern} against {topic}");
    }
    for topic in others {
        let topic = Topic::parse(topic).unwrap();
        assert!(!parsed.matches(&topic), "{pattern} against {topic}");
    }
}

#[test]
fn a_selector_is_all_or_a_pattern() {
    assert_eq!(Selector::pattern("*", &hub()), Ok(Selector::All));
    let selector = Selector::pattern("/a/:b", &hub()).unwrap();
    assert_eq!(selector.as_str(), "/a/:b");
    assert!(selector.matches(&Topic::parse("/a/1").unwrap()));
    let error = Selector::pattern("/a/(", &hub()).unwrap_err();
    assert_eq!(error, InvalidSelector::Pattern(InvalidPattern::Syntax));
    assert!(!error.to_string().is_empty());
}

#[test]
fn patterns_and_topics_are_relative_to_the_hub() {
    check(
        "/books/:id",
        &[
            "/books/1",
            "https://hub.example/books/1",
            "../books/1",
            "//hub.example/books/x%20y",
            "/books/1?a#b",
        ],
        &[
            "/books/",
            "/books",
            "/books/1/2",
            "books/1",
            "http://hub.example/books/1",
            "https://other.example/books/1",
        ],
    );
    check(
        "books/:id",
        &["books/1", "/.well-known/books/1"],
        &["/books/1"],
    );
    check(
        "?page=:n",
        &["?page=2", "mercure?page=2"],
        &["?page=", "other?page=2"],
    );
    check("#:part", &["#a", "mercure#a"], &["#", "?x#a"]);
    check("", &["/.well-known/", "./?x#y"], &["mercure", "/"]);
    let nowhere = BaseUrl::unknown().unwrap();
    assert_eq!(
        nowhere.as_str(),
        "http://mercure.invalid/.well-known/mercure"
    );
    let pattern = Pattern::parse("orders/*", &nowhere).unwrap();
    assert!(pattern.matches(&Topic::parse("orders/1").unwrap()));
    assert!(pattern.matches(&Topic::parse("http://mercure.invalid/.well-known/orders/1").unwrap()));
}

#[test]
fn groups_modifiers_and_wildcards() {
    check(
        "https://a.example/*",
        &["https://a.example/", "https://a.example/b/c?d#e"],
        &["https://b.example/x"],
    );
    check(
        "https://*.example/x",
        &["https://a.example/x", "https://a.b.example/x"],
        &["https://example/x"],
    );
    check(
        "https://:sub.example/x",
        &["https://a.example/x"],
        &["https://a.b.example/x"],
    );
    check(
        "http{s}?://a.example/",
        &["http://a.example", "https://a.example/"],
        &["ws://a.example/"],
    );
    check("/a/:b?", &["/a", "/a/b"], &["/a/", "/a/b/c"]);
    check("/a/:b+", &["/a/b", "/a/b/c"], &["/a", "/a/b/"]);
    check("/a/:b*", &["/a", "/a/b/c/d"], &["/a/"]);
    check("/a{/b}*", &["/a", "/a/b/b"], &["/a/bb"]);
    check("/:a-:b", &["/x-y", "/x-y-z"], &["/x", "/-"]);
    check("/{\\:a}", &["/:a"], &["/b"]);
    check("/a/*/z", &["/a/b/z", "/a/b/c/z", "/a//z"], &["/a/z"]);
    check(
        "https://a.example:8443/*",
        &["https://a.example:8443/x"],
        &["https://a.example/x"],
    );
    check(
        "https://a.example:443/*",
        &["https://a.example/x"],
        &["https://a.example:444/x"],
    );
    check(
        "https://[\\:\\:1]/*",
        &["https://[::1]/x"],
        &["https://[::2]/x"],
    );
    check("data\\:*", &["data:a"], &["data"]);
    check(
        "urn\\:uuid\\:*",
        &["urn:uuid:1"],
        &["urn:oid:1", "/urn:uuid:1"],
    );
}

#[test]
fn regexp_groups() {
    check("/a/(\\d+)", &["/a/42"], &["/a/", "/a/x", "/a/4x"]);
    check("/:id(\\d{2,3})", &["/42", "/421"], &["/4", "/4211"]);
    check("/(a|b)/:c", &["/a/1", "/b/1"], &["/c/1", "/ab/1"]);
    check("/([a-z\\-_]+)", &["/a-b_c"], &["/A", "/1"]);
    check("/((?:ab)+)", &["/abab"], &["/aba"]);
    check("/((?<n>ab)+)", &["/ab"], &["/b"]);
    check(
        "/([(?<x>)]+)",
        &["/(?<x>)", "/x("].map(|it| if it.contains('?') { "/(x)" } else { it }),
        &["/y"],
    );
    check("/(\\w\\/\\d)", &["/a/1"], &["/a1"]);
    check("/(\\u0061)", &["/a"], &["/b"]);
    check(
        "https://:tenant([a-z]+).example/*",
        &["https://abc.example/"],
        &["https://a1.example/"],
    );
}

#[test]
fn case_counts_but_for_scheme_and_host() {
    check(
        "/Books",
        &["/Books", "HTTPS://HUB.example/Books"],
        &["/books"],
    );
    check("/:a([a-z]+)", &["/a"], &["/A"]);
}

#[test]
fn a_topic_that_is_no_url_matches_nothing() {
    let topics = [
        "https://",
        "https://a b/",
        "https://[::1",
        "https://a:x/",
        "//",
        "http://ex%41mple:99999/",
    ];
    for pattern in ["*://*/*", "*://*:*/*", "/*", "*://*"] {
        check(pattern, &[], &topics);
    }
}

#[test]
fn topics_are_canonical_before_they_are_compared() {
    check(
        "/a/b",
        &["/a/./b", "/x/../a/b", "/a/%2e/b", "  /a/b"],
        &["/a%2Fb"],
    );
    check("/é/:x", &["/é/ü", "/%C3%A9/1"], &["/e/1"]);
    check("/%41", &["/%41"], &["/A"]);
    check("/%zz/:x", &["/%zz/1"], &["/zz/1"]);
}

#[test]
fn what_the_engine_cannot_do_is_an_error() {
    for group in [
        "(a(?=b))",
        "(a(?!b))",
        "(a(?<=b))",
        "(a(?<!b)c)",
        "((?<n>a)\\1)",
        "((?<n>a)\\k<n>)",
        "((?i:a))",
        "(a(?-u))",
        "(a(?P<n>b))",
        "(a(?<>b))",
        "([a)",
        "(*)",
        "(a{2,1})",
    ] {
        assert_eq!(
            refused(&format!("/{group}")),
            Some(InvalidPattern::Regexp),
            "{group}"
        );
    }
    for pattern in [
        "/(",
        "/(?=a)",
        "/(?:a)x(?!)",
        "/((a))",
        "/{a",
        "/a}",
        "/{a{b}}",
        "/:a/:a",
        "/(é)",
        "/\\",
    ] {
        assert_eq!(refused(pattern), Some(InvalidPattern::Syntax), "{pattern}");
    }
    for pattern in ["https://a b/", "é://a/", "https://a.example:99999/"] {
        assert_eq!(refused(pattern), Some(InvalidPattern::Url), "{pattern}");
    }
    assert_eq!(refused("/a\n"), Some(InvalidPattern::Control));
    assert_eq!(refused("/\u{85}"), Some(InvalidPattern::Control));
}

#[test]
fn patterns_are_bounded() {
    let long = "/".to_owned() + &"a".repeat(PATTERN_BYTES - 1);
    assert_eq!(refused(&long), None);
    assert_eq!(refused(&(long + "a")), Some(InvalidPattern::TooLong));
    let many = |count: usize| (0..count).map(|it| format!("/:v{it}")).collect::<String>();
    // Whole segments are no regular expression.
    assert_eq!(refused(&many(400)), None);
    let many = |count: usize| (0..count).map(|it| format!("-:v{it}")).collect::<String>();
    assert_eq!(refused(&format!("/{}", many(40))), None);
    let too_many = refused(&format!("/{}", many(400)));
    assert_eq!(too_many, Some(InvalidPattern::TooComplex));
    assert_eq!(refused("/(a{9}{9}{9})x?"), Some(InvalidPattern::TooComplex));
}

#[test]
fn a_base_is_an_absolute_url() {
    for base in ["", "/", "hub.example", "mailto:a", "https://"] {
        assert_eq!(BaseUrl::parse(base), Err(InvalidBase), "{base}");
    }
}

#[test]
fn the_same_pattern_and_base_are_equal_whoever_reads_them() {
    let hub = hub();
    let parse = |text: &str, base: &BaseUrl| Pattern::parse(text, base).unwrap();
    assert_eq!(parse("/:a", &hub), parse("/:a", &hub.clone()));
    assert_eq!(
        parse("/:a", &hub),
        parse("/:a", &BaseUrl::parse(HUB).unwrap())
    );
    assert_ne!(parse("/:a", &hub), parse("/:b", &hub));
    let other = BaseUrl::parse("https://other.example/").unwrap();
    assert_ne!(parse("/:a", &hub), parse("/:a", &other));
    let topic = Topic::parse("/1").unwrap();
    assert!(parse("https://hub.example/*", &hub).matches(&topic));
    assert!(parse("https://other.example/*", &other).matches(&topic));
}

#[test]
fn more_patterns_than_are_shared_still_match() {
    let hub = hub();
    let text = |it: usize| format!("/{it}/:x\\?y");
    for _ in 0..2 {
        // All but the first are dropped at once.
        let first = Pattern::parse(&text(0), &hub).unwrap();
        for it in 1..PATTERNS_SHARED + 10 {
            let pattern = Pattern::parse(&text(it), &hub).unwrap();
            assert!(pattern.matches(&Topic::parse(&format!("/{it}/a?y")).unwrap()));
        }
        assert_eq!(Pattern::parse(&text(0), &hub).unwrap(), first);
    }
    let held: Vec<_> = (0..PATTERNS_SHARED + 10)
        .map(|it| Pattern::parse(&text(it), &hub).unwrap())
        .collect();
    let last = held.len() - 1;
    assert!(held[last].matches(&Topic::parse(&format!("/{last}/a?y")).unwrap()));
}
