//! `match`, `match_exact` and `match_urlpattern` of draft 08.

use super::*;

#[track_caller]
fn no(query: &str, sentence: &str) {
    refused(get(&format!("{HUB}?{query}")), 400, sentence);
}

#[test]
fn any_number_of_matchers() {
    let all = ["a", "b", "https://hub.example/c"];
    hears("match=a", &all, &["a"]);
    hears("match_exact=b", &all, &["b"]);
    hears("match=a&match_exact=b&match_urlpattern=/c", &all, &all);
    hears("match=none&match=b&match=b", &all, &["b"]);
}

#[test]
fn a_star_is_every_topic_whatever_the_matcher() {
    let all = ["a", "https://h/a", "http://["];
    for name in ["match", "match_exact", "match_urlpattern"] {
        hears(&format!("{name}=*"), &all, &all);
    }
}

#[test]
fn exact_is_byte_for_byte() {
    let all = [
        "https://h/a",
        "https://h/x/../a",
        "https://H/a",
        "https://h:443/a",
        "https://h/%61",
        "caf\u{e9}",
        "cafe\u{301}",
        "books/{id}",
        "books/1",
        "A",
    ];
    hears("match=https://h/a", &all, &["https://h/a"]);
    hears("match=https://h/x/../a", &all, &["https://h/x/../a"]);
    hears("match=https://h/%2561", &all, &["https://h/%61"]);
    hears("match=caf%C3%A9", &all, &["caf\u{e9}"]);
    hears("match=cafe%CC%81", &all, &["cafe\u{301}"]);
    hears("match=books/{id}", &all, &["books/{id}"]);
    hears("match=a", &all, &[]);
}

#[test]
fn url_patterns_are_relative_to_the_hub() {
    let all = [
        "https://hub.example/books/1",
        "/books/2",
        "https://other.example/books/3",
        "https://hub.example/Books/4",
        "https://hub.example/books/5/pages",
        "../books/6",
        "urn:book:7",
        "http://[",
    ];
    let own = ["https://hub.example/books/1", "/books/2", "../books/6"];
    hears("match_urlpattern=/books/:id", &all, &own);
    let any_host = "match_urlpattern=https://*.example/books/:id";
    hears(any_host, &all, &[&own[..2], &all[2..3], &own[2..]].concat());
    hears(
        "match_urlpattern=https://hub.example/Books/*",
        &all,
        &all[3..4],
    );
    hears("match_urlpattern=urn%5C:book%5C:*", &all, &["urn:book:7"]);
    hears("match_urlpattern=/books/(%5Cd%2B)", &all, &own);
}

#[test]
fn a_hub_that_does_not_know_its_url_matches_relative_topics() {
    let talk = Talk::new();
    let mut stream = subscribe(&talk, "match_urlpattern=/books/:id", "");
    for topic in ["/books/1", "https://hub.example/books/2", "/films/1"] {
        talk.world.publish(topic, topic);
    }
    assert_eq!(stream.data(), ["/books/1"]);
}

/// A matcher that is not known may not be taken for no matcher.
#[test]
fn other_names_that_begin_with_match_are_refused() {
    for name in [
        "match_",
        "match_x",
        "Match",
        "MATCH",
        "match_Exact",
        "mAtCh_urlpattern",
        "matches",
        "match[]",
        "match_uritemplate",
    ] {
        no(&format!("{name}=a"), "there is no such kind of matcher");
        no(
            &format!("match=a&{name}=a"),
            "there is no such kind of matcher",
        );
    }
    hears("mat=x&topmatch=x&match=a", &["a"], &["a"]);
}

#[test]
fn values_that_are_no_matcher() {
    for name in ["match", "match_exact", "match_urlpattern"] {
        for text in [
            "%00",
            "a%0Ab",
            "%7F",
            "%C2%80",
            "%C2%AD",
            "a%E2%80%8Fb",
            "%EF%BB%BF",
            "%F3%A0%81%81",
        ] {
            no(
                &format!("{name}={text}"),
                "a matcher must not hold control or format characters",
            );
        }
        no(&format!("{name}=%ff"), "a parameter is not UTF-8");
        no(&format!("match=a&{name}=%C3"), "a parameter is not UTF-8");
    }
    for text in ["(", "/a/:", "https://h/{a", "/(%5B)"] {
        let mut talk = open();
        let reply = ask(&mut talk, get(&format!("{HUB}?match_urlpattern={text}")));
        assert_eq!(reply.status, 400, "{text}: {reply:?}");
    }
}

#[test]
fn a_hundred_matchers_and_no_more() {
    let many = |count: u32| {
        let names = (0..count).map(|number| format!("match=t{number}"));
        names.collect::<Vec<_>>().join("&")
    };
    hears(&many(100), &["t99", "t100"], &["t99"]);
    hears(
        &format!("{}&match_urlpattern=/x", many(99)),
        &["t98", "/x"],
        &["t98", "/x"],
    );
    no(&many(101), "a subscriber has at most 100 matchers");
    no(
        &format!("{}&match_urlpattern=/x", many(100)),
        "a subscriber has at most 100 matchers",
    );
}

/// A pattern that is more than a text and a name is run as a program, for every event.
#[test]
fn ten_regular_expressions_and_no_more() {
    let of = |count: u32, pattern: &str| {
        let patterns = (0..count).map(|number| format!("match_urlpattern=/{number}/{pattern}"));
        patterns.collect::<Vec<_>>().join("&")
    };
    hears(&of(90, ":id"), &["/7/x"], &["/7/x"]);
    for program in ["(%5Cd%2B)", ":a-:b"] {
        hears(
            &format!("{}&{}", of(10, program), of(90, ":id")),
            &["/7/x"],
            &["/7/x"],
        );
        no(
            &of(11, program),
            "a subscriber has at most 10 URL patterns with regexp groups, \
             or with several names that are no whole segments in one part",
        );
    }
    hears(
        &of(90, ":a/:b{/:c}?"),
        &["/7/x/y", "/7/x", "/7/x/y/z"],
        &["/7/x/y", "/7/x/y/z"],
    );
}

/// What is too much is refused before it has cost anything: the rest is not even looked at.
#[test]
fn matchers_beyond_the_limit_are_not_read() {
    let body = "match_urlpattern=/a&".repeat(101) + "match_urlpattern=(";
    let fields = format!("{FORM}Content-Length: {}\r\n", body.len());
    let query = request("QUERY", HUB, &fields) + &body;
    refused(query, 400, "a subscriber has at most 100 matchers");
    let body = "topic=a&".repeat(1_001) + "topic=%00";
    let fields = format!("{FORM}Content-Length: {}\r\n", body.len());
    let query = request("QUERY", HUB, &fields) + &body;
    refused(query, 400, "a subscriber names at most 1000 topics");
}

#[test]
fn lengths() {
    let pattern = |bytes: usize| {
        let body = format!("match_urlpattern=/{}", "a".repeat(bytes - 1));
        let fields = format!("{FORM}Content-Length: {}\r\n", body.len());
        let mut talk = open();
        talk.send(request("QUERY", HUB, &fields) + &body);
        String::from_utf8(talk.received).unwrap()[9..12].to_owned()
    };
    assert_eq!([pattern(4_096), pattern(4_097)], ["200", "400"]);
    no(
        &format!("match={}", "t".repeat(256)),
        "a topic has at most 255 bytes",
    );
}
