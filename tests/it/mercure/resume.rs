//! Where a stream goes on, and what the head of the response says of it.

use std::rc::Rc;

use ssehub::http::Site;
use ssehub::{HubConfig, Retention};

use super::*;
use crate::world::World;

/// A hub with events `0`, `1`, `2` on topic `a`, the second of which has the id `mine`.
fn three() -> Talk {
    let talk = open();
    publish(&talk, "topic=a&data=0");
    publish(&talk, "topic=a&data=1&id=mine");
    publish(&talk, "topic=a&data=2");
    talk
}

/// A hub that keeps two events, of `count`.
fn keeping_two(count: u32) -> Talk {
    let talk = keeping(Retention::default().events(2));
    talk.world.publish_all("a", 0..count);
    talk
}

fn keeping(retention: Retention) -> Talk {
    let world = World::keeping(retention, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    Talk::in_world(Rc::new(world), site)
}

/// Asserts what both response fields say, and what comes.
#[track_caller]
fn resumes(talk: &Talk, query: &str, fields: &str, told: Option<&str>, expect: &[&str]) {
    let mut stream = stream(talk, query, fields);
    assert_eq!(stream.field("last-event-id"), told, "{query} {fields}");
    assert_eq!(
        stream.field("mercure-last-event-id"),
        told,
        "{query} {fields}"
    );
    assert_eq!(stream.data(), expect, "{query} {fields}");
    talk.world.publish("a", "live");
    assert_eq!(stream.data(), ["live"], "{query} {fields}");
    stream.talk.finish();
}

/// Draft 08, section "Reconciliation": an id is one of the whole hub, and of equal ones the earliest counts.
#[test]
fn an_id_may_be_of_an_update_that_is_not_asked_for() {
    let talk = open();
    publish(&talk, "topic=a&data=0");
    publish(&talk, "topic=b&data=x&id=mine&private=on");
    publish(&talk, "topic=a&data=1");
    publish(&talk, "topic=a&data=2&id=mine");
    publish(&talk, "topic=a&data=3");
    resumes(
        &talk,
        "topic=a&lastEventID=mine",
        "",
        Some("mine"),
        &["1", "2", "3"],
    );
}

#[test]
fn every_update_has_an_id() {
    let talk = open();
    let mut stream = subscribe(&talk, "topic=*", "");
    let ids = [
        publish(&talk, "topic=a&data=0"),
        publish(&talk, "topic=a&data=1&id=mine"),
        publish(&talk, "topic=b&data=2&type=t"),
        talk.world.publish("c", "3").to_string(),
    ];
    let body = stream.read();
    let told: Vec<_> = body
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    assert_eq!(told, ids);
}

#[test]
fn without_a_cursor_there_is_no_field_and_only_what_is_new() {
    for query in ["topic=a", "match=a"] {
        resumes(&three(), query, "", None, &[]);
    }
}

#[test]
fn every_spelling_of_the_cursor() {
    for matcher in ["topic=a", "match=a"] {
        for name in [
            "lastEventID",
            "last_event_id",
            "lastEventId",
            "Last-Event-ID",
        ] {
            let query = format!("{matcher}&{name}=mine");
            resumes(&three(), &query, "", Some("mine"), &["2"]);
        }
        resumes(
            &three(),
            matcher,
            "Last-Event-ID: mine\r\n",
            Some("mine"),
            &["2"],
        );
        // What a PHP framework's helper appends.
        let both = format!("{matcher}&lastEventID=mine&Last-Event-ID=mine");
        resumes(&three(), &both, "", Some("mine"), &["2"]);
    }
}

#[test]
fn the_header_wins() {
    let field = "Last-Event-ID: #1000-1\r\n";
    for name in [
        "lastEventID",
        "last_event_id",
        "lastEventId",
        "Last-Event-ID",
    ] {
        let query = format!("topic=a&{name}=mine");
        resumes(&three(), &query, field, Some("#1000-1"), &["1", "2"]);
        let query = format!("match=a&{name}=earliest");
        resumes(&three(), &query, field, Some("#1000-1"), &["1", "2"]);
        // An empty one says nothing.
        let query = format!("topic=a&{name}=mine");
        resumes(
            &three(),
            &query,
            "Last-Event-ID: \r\n",
            Some("mine"),
            &["2"],
        );
    }
}

#[test]
fn an_empty_spelling_does_not_hide_another() {
    for query in [
        "topic=a&lastEventID=mine&Last-Event-ID=",
        "match=a&lastEventId=&last_event_id=mine",
    ] {
        resumes(&three(), query, "", Some("mine"), &["2"]);
    }
}

/// `event-source-polyfill` adds its own spelling to an address that has another one already.
#[test]
fn what_a_library_adds_wins_over_what_the_address_said() {
    for name in ["lastEventID", "last_event_id", "Last-Event-ID"] {
        let query = format!("topic=a&{name}=earliest&lastEventId=mine");
        resumes(&three(), &query, "", Some("mine"), &["2"]);
    }
}

#[test]
fn from_the_earliest_on() {
    for query in [
        "topic=a&lastEventID=earliest",
        "match=a&last_event_id=earliest",
    ] {
        resumes(&three(), query, "", Some("earliest"), &["0", "1", "2"]);
        resumes(&open(), query, "", Some("earliest"), &[]);
    }
    resumes(
        &three(),
        "topic=a",
        "Last-Event-ID: earliest\r\n",
        Some("earliest"),
        &["0", "1", "2"],
    );
}

/// It asks for nothing, but for an answer.
#[test]
fn an_empty_cursor() {
    resumes(
        &three(),
        "match=a&last_event_id=",
        "",
        Some("earliest"),
        &[],
    );
    resumes(&three(), "topic=a&lastEventID", "", Some("earliest"), &[]);
}

#[test]
fn an_id_that_is_not_known_is_told_so_and_gets_all_there_is() {
    for id in [
        "urn:uuid:none",
        "1-0",
        "%231-0",
        "9999999-0",
        "%C3%A9",
        "x%22y",
        "EARLIEST",
    ] {
        let query = format!("topic=a&lastEventID={id}");
        resumes(&three(), &query, "", Some("earliest"), &["0", "1", "2"]);
    }
}

#[test]
fn an_id_whose_followers_are_gone_is_told_so() {
    // Of five, 3 and 4 are kept, the ids of which end in 4 and 5.
    for id in ["1000-1", "1000-2"] {
        let query = format!("topic=a&lastEventID={id}");
        resumes(&keeping_two(5), &query, "", Some("earliest"), &["3", "4"]);
    }
    // Nothing is missing after the last one that is gone.
    resumes(
        &keeping_two(5),
        "match=a&last_event_id=1000-3",
        "",
        Some("1000-3"),
        &["3", "4"],
    );
    resumes(
        &keeping_two(5),
        "match=a&last_event_id=1000-4",
        "",
        Some("1000-4"),
        &["4"],
    );
    resumes(
        &keeping_two(5),
        "match=a&last_event_id=1000-5",
        "",
        Some("1000-5"),
        &[],
    );
}

/// The event with the id may be kept, and what has followed it on the topic not.
#[test]
fn a_topic_that_has_lost_some_is_told_so() {
    let of_each = |count| Retention::default().topic_events(Some(count));
    for (count, told, expect) in [
        (2, "earliest", &["2", "3"][..]),
        (3, "earliest", &["1", "2", "3"]),
        (4, "1000-1", &["0", "1", "2", "3"]),
    ] {
        let talk = keeping(of_each(count));
        talk.world.publish("b", "elsewhere");
        talk.world.publish_all("a", 0..4);
        let query = "topic=a&lastEventID=1000-1";
        resumes(&talk, query, "", Some(told), expect);
    }
}

/// An id that has come twice stands for its first place; what followed that is sent, the other one too.
#[test]
fn of_equal_ids_the_earliest_counts() {
    let talk = open();
    for data in ["0", "1", "2"] {
        assert_eq!(
            publish(&talk, format!("topic=a&data={data}&id=same")),
            "same"
        );
        publish(&talk, format!("topic=a&data={data}b"));
    }
    let all = ["0b", "1", "1b", "2", "2b"];
    resumes(&talk, "topic=a&lastEventID=same", "", Some("same"), &all);
}

#[test]
fn an_id_of_another_topic_is_a_place_too() {
    let talk = open();
    publish(&talk, "topic=a&data=0");
    publish(&talk, "topic=b&data=1&id=elsewhere");
    publish(&talk, "topic=a&data=2");
    resumes(
        &talk,
        "topic=a&lastEventID=elsewhere",
        "",
        Some("elsewhere"),
        &["2"],
    );
}

/// Ids are UTF-8, and so is the field that carries one back.
#[test]
fn an_id_that_is_not_ascii() {
    let talk = open();
    publish(&talk, "topic=a&data=0&id=caf%C3%A9");
    publish(&talk, "topic=a&data=1");
    let told = Some("caf\u{e9}");
    resumes(&talk, "match=a&last_event_id=caf%C3%A9", "", told, &["1"]);
}

/// What a slow client has not got any more it is told by the next head: the stream ends.
#[test]
fn a_stream_that_would_have_a_gap_ends() {
    let talk = keeping_two(0);
    let mut slow = Talk::in_world(talk.world.clone(), talk.site.clone());
    slow.push(get(&format!("{HUB}?topic=a")));
    let large = "x".repeat(3_000);
    for _ in 0..200 {
        talk.world.publish("a", &large);
        talk.world.settle();
    }
    slow.read();
    assert!(slow.ended && slow.is_over());
    let received = String::from_utf8(slow.received).unwrap();
    assert!(!received.contains("gap") && received.ends_with("0\r\n\r\n"));
}
