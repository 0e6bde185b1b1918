//! `topic` of draft 07: `*`, a topic, or a URI template.

use super::*;

#[test]
fn any_number_of_topics() {
    let all = ["a", "b", "https://h/a", "*x"];
    hears("topic=a", &all, &["a"]);
    hears("topic=b&topic=a&topic=a", &all, &["a", "b"]);
    hears("topic=https%3A%2F%2Fh%2Fa", &all, &["https://h/a"]);
    let many = |count: u32| {
        let names = (0..count).map(|number| format!("topic=t{number}"));
        names.collect::<Vec<_>>().join("&")
    };
    let ask = |body: String| {
        let fields = format!("{FORM}Content-Length: {}\r\n", body.len());
        request("QUERY", HUB, &fields) + &body
    };
    let talk = open();
    let mut stream = Stream::open(talk.another(), ask(many(1_000)));
    stream.read();
    talk.world.publish("t999", "hello");
    assert_eq!(stream.data(), ["hello"]);
    refused(
        ask(many(1_001)),
        400,
        "a subscriber names at most 1000 topics",
    );
}

#[test]
fn a_star_is_every_topic() {
    let all = ["a", "https://h/a", "{"];
    hears("topic=*", &all, &all);
    hears("topic=a&topic=*", &all, &all);
}

#[test]
fn uri_templates() {
    let all = [
        "books/1",
        "books/2/pages",
        "books/",
        "books/x,y",
        "films/1",
        "https://h/books/1?page=2",
    ];
    hears(
        "topic=books/{id}",
        &all,
        &["books/1", "books/", "books/x,y"],
    );
    hears("topic=books/%7Bid%7D/pages", &all, &["books/2/pages"]);
    hears("topic={%2Bany}/1", &all, &["books/1", "films/1"]);
    hears(
        "topic=https://h/books/1{?page}",
        &all,
        &["https://h/books/1?page=2"],
    );
}

/// The same text first, then a template, if it is one.
#[test]
fn an_equal_text_matches_before_a_template() {
    let all = ["books/{id}", "books/{id", "books/1"];
    hears("topic=books/{id}", &all, &["books/{id}", "books/1"]);
    hears("topic=books/{id", &all, &["books/{id"]);
}

/// It could match nothing that is published.
#[test]
fn a_topic_that_nobody_could_publish_to() {
    let sentence = "a topic must not hold control or format characters";
    for text in ["a%00", "a%0A", "%C2%85", "%E2%80%8B", "%7F"] {
        refused(get(&format!("{HUB}?topic={text}")), 400, sentence);
    }
    let long = format!("{HUB}?topic={}", "t".repeat(256));
    refused(get(&long), 400, "a topic has at most 255 bytes");
}

/// Names that begin with `match` are of draft 08.
#[test]
fn one_draft_at_a_time() {
    let sentence = "topic is of one version of the protocol and match of another: use one of them";
    for query in ["topic=a&match=a", "match_urlpattern=a&topic=*"] {
        refused(get(&format!("{HUB}?{query}")), 400, sentence);
    }
}
