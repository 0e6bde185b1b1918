//! Several events in a request: lines of JSON.

use std::rc::Rc;
use std::sync::Arc;

use ssehub::http::{HttpConfig, Site};
use ssehub::{Format, HubConfig, Retention};

use super::{ask, get, post, post_lines, refused};
use crate::talk::Talk;
use crate::world::{World, texts};

/// The envelopes in the log, less position and time.
fn envelopes(talk: &Talk) -> Vec<String> {
    let line = |bytes: &[u8]| {
        let mut value: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let members = value.as_object_mut().unwrap();
        members.remove("time");
        if members["id"].as_str().unwrap().starts_with('#') {
            members.remove("id");
        }
        value.to_string()
    };
    let events = talk.events();
    let frames = events.iter().map(|event| event.frame(Format::Lines));
    frames.map(|frame| line(frame.plain())).collect()
}

/// Asserts that lines sent to `target` become these envelopes.
#[track_caller]
fn become_(target: &str, body: &str, expect: &[&str]) {
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post_lines(target, body));
    assert_eq!(reply.status, 200, "{body}: {reply:?}");
    assert_eq!(envelopes(&talk), expect, "{body}");
    talk.finish();
}

#[test]
fn each_line_is_an_event_and_the_answer_has_them_in_order() {
    let mut talk = Talk::new();
    let body = "{\"topic\":\"a\",\"data\":\"1\"}\n{\"topic\":\"b\",\"data\":\"2\"}\n{\"data\":\"3\",\"topic\":\"a\"}";
    let reply = ask(&mut talk, post_lines("/events", body));
    assert_eq!(reply.status, 200);
    assert_eq!(
        reply.body,
        r##"{"events":[{"id":"#1000-1","topic":"a"},{"id":"#1000-2","topic":"b"},{"id":"#1000-3","topic":"a"}]}"##
    );
    assert_eq!(talk.said(), texts(1..4));
    talk.finish();
}

#[test]
fn everything_that_a_line_may_say() {
    become_(
        "/events",
        r#"{"topic":"a","data":"x","type":"t","id":"i","retry":500,"user":" ann ","time":[1]}"#,
        &[r#"{"data":"x","id":"i","topic":"a","type":"t","user":"ann"}"#],
    );
    let nulls = r#"{"topic":"a","data":"x","type":null,"id":null,"retry":null,"user":null}"#;
    become_("/events", nulls, &[r#"{"data":"x","topic":"a"}"#]);
    let mut talk = Talk::new();
    ask(
        &mut talk,
        post_lines("/events/a", r#"{"data":"x","retry":600000}"#),
    );
    let events = talk.events();
    assert!(
        events[0]
            .frame(Format::Text)
            .plain()
            .starts_with(b"retry: 600000\n")
    );
}

#[test]
fn the_path_names_the_topic_of_lines_that_name_none() {
    let body = "{\"data\":\"1\"}\n{\"data\":\"2\",\"topic\":\"b\"}\n";
    become_(
        "/events/a%2Fb",
        body,
        &[
            r#"{"data":"1","topic":"a/b"}"#,
            r#"{"data":"2","topic":"b"}"#,
        ],
    );
    refused(
        post_lines("/events", body),
        400,
        "line 1: the line names no topic",
    );
}

#[test]
fn data_is_text_or_the_compact_json_of_anything_else() {
    for (json, data) in [
        (r#""a\nb\u00e9\"""#, "a\nb\u{e9}\""),
        (r#""""#, ""),
        ("null", "null"),
        ("true", "true"),
        ("-0.50e+3", "-0.50e+3"),
        ("12345678901234567890123", "12345678901234567890123"),
        (
            "{ \"b\" : 1 ,\t\"a\" : [ 1 , { } ] }",
            r#"{"b":1,"a":[1,{}]}"#,
        ),
        (
            r#"{ "a b" : " \" \\" , "" : "\\\" " }"#,
            r#"{"a b":" \" \\","":"\\\" "}"#,
        ),
        ("[ 1,\r2 ]", "[1,2]"),
        ("[\"\u{e9} \u{2028}\"]", "[\"\u{e9} \u{2028}\"]"),
    ] {
        let mut talk = Talk::new();
        let reply = ask(
            &mut talk,
            post_lines("/events/a", &format!("{{\"data\": {json} }}")),
        );
        assert_eq!(reply.status, 200, "{json}: {reply:?}");
        assert_eq!(talk.said(), [data], "{json}");
        talk.finish();
    }
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    let mut talk = Talk::new();
    assert_eq!(
        ask(
            &mut talk,
            post_lines("/events/a", &format!("{{\"data\":{deep}}}"))
        )
        .status,
        200
    );
    assert_eq!(talk.said(), [deep]);
}

#[test]
fn empty_lines_and_line_ends() {
    let body = "\n\r\n  {\"data\":\"1\"}\r\n \t\n{\"data\":\"2\"} \n\n";
    become_(
        "/events/a",
        body,
        &[r#"{"data":"1","topic":"a"}"#, r#"{"data":"2","topic":"a"}"#],
    );
    for body in ["", "\n", "\r\n\r\n"] {
        let mut talk = Talk::new();
        let reply = ask(&mut talk, post_lines("/events", body));
        assert_eq!((reply.status, &*reply.body), (200, r#"{"events":[]}"#));
        talk.finish();
    }
}

#[test]
fn one_wrong_line_and_nothing_is_stored() {
    let wanted = r#"this is not JSON like {"topic":"news","data":"hello"}"#;
    for (line, reason) in [
        ("hello", wanted.to_owned()),
        ("[\"a\",\"b\"]", wanted.to_owned()),
        ("null", wanted.to_owned()),
        ("{", format!("{wanted} (column 1)")),
        ("{\"topic\":\"a\"}", format!("{wanted} (column 13)")),
        ("{\"data\":\"x\"} {}", format!("{wanted} (column 14)")),
        (
            "{\"data\":\"x\",\"data\":\"y\"}",
            format!("{wanted} (column 18)"),
        ),
        ("{\"data\":\"\u{1}\"}", format!("{wanted} (column 9)")),
        (
            "{\"data\":\"x\",\"retry\":\"5\"}",
            format!("{wanted} (column 23)"),
        ),
        (
            "{\"data\":\"x\",\"retry\":-5}",
            format!("{wanted} (column 22)"),
        ),
        (
            "{\"data\":\"\\ud800\"}",
            "the data is not proper text".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"topic\":\"\"}",
            "a topic must not be empty".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"topic\":\"a\\nb\"}",
            "a topic must not hold control characters".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"topic\":\"*\"}",
            "* stands for every topic and is none itself".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"type\":\"gap\"}",
            "the type gap is the hub's own".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"retry\":0}",
            "retry is 100 to 600000 milliseconds, ten minutes".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"retry\":600001}",
            "retry is 100 to 600000 milliseconds, ten minutes".to_owned(),
        ),
        (
            "{\"data\":\"x\",\"user\":\" \"}",
            "a user name must not be empty".to_owned(),
        ),
    ] {
        let body = format!("{{\"data\":\"1\"}}\n\n{line}\n{{\"data\":\"2\"}}\n");
        let sentence = format!("line 3: {reason}");
        refused(post_lines("/events/a", &body), 400, &sentence);
    }
    let head = b"{\"data\":\"1\"}\n{\"data\":\"";
    let body = [&head[..], b"\xff\"}\n"].concat();
    let fields = "Content-Type: application/x-ndjson\r\n";
    refused(
        post("/events/a", fields, body),
        400,
        &format!("line 2: {wanted} (column 10)"),
    );
}

#[test]
fn labels_belong_into_the_lines() {
    let sentence = "each line has its own type, id, retry, private and alternates";
    for query in ["type=t", "id=i", "retry=5"] {
        let target = format!("/events/a?{query}");
        refused(post_lines(&target, "{\"data\":\"x\"}"), 400, sentence);
    }
}

#[test]
fn the_content_type_in_any_spelling() {
    for kind in [
        "application/x-ndjson",
        "Application/X-NDJSON",
        "application/x-ndjson; charset=utf-8",
        "application/x-ndjson ;a=b",
    ] {
        let mut talk = Talk::new();
        let fields = format!("Content-Type: {kind}\r\n");
        let reply = ask(&mut talk, post("/events/a", &fields, "{\"data\":\"x\"}"));
        assert_eq!(
            reply.body, r##"{"events":[{"id":"#1000-1","topic":"a"}]}"##,
            "{kind}"
        );
        talk.finish();
    }
}

/// The pump runs in between: it may lag no more than 1,024 events.
#[test]
fn a_thousand_events_keep_their_order() {
    let lines = |from: u32, count: u32| {
        let lines = (from..from + count).map(|number| format!("{{\"data\":\"{number}\"}}\n"));
        lines.collect::<String>()
    };
    let mut talk = Talk::new();
    for start in (0..5_000).step_by(1_000) {
        let reply = ask(&mut talk, post_lines("/events/a", &lines(start, 1_000)));
        assert_eq!(reply.status, 200);
        assert_eq!(reply.body.matches("\"id\":\"#1000-").count(), 1_000);
    }
    assert_eq!(talk.said(), texts(0..5_000));
    talk.finish();
    refused(
        post_lines("/events/a", &lines(0, 1_001)),
        413,
        "a body has at most 1000 events",
    );
}

#[test]
fn repetitions_within_and_between() {
    let body = "{\"data\":\"1\",\"id\":\"x\"}\n{\"data\":\"2\",\"id\":\"x\"}\n{\"data\":\"3\",\"id\":\"y\"}\n";
    let mut talk = Talk::new();
    let reply = ask(&mut talk, post_lines("/events/a", body));
    assert_eq!(
        reply.body,
        r##"{"events":[{"id":"#1000-1","topic":"a"},{"id":"#1000-1","topic":"a","repeated":true},{"id":"#1000-2","topic":"a"}]}"##
    );
    let reply = ask(&mut talk, post_lines("/events/a", body));
    assert_eq!(reply.body.matches("\"repeated\":true").count(), 3);
    assert_eq!(talk.said(), ["1", "3"]);
    talk.finish();
}

#[test]
fn what_one_hub_sends_another_takes() {
    let mut first = Talk::new();
    ask(&mut first, post("/events/a?type=t&id=i", "", "with all"));
    ask(&mut first, post("/events/b", "", "with none"));
    let events = first.events();
    let lines: Vec<_> = events
        .iter()
        .flat_map(|event| event.frame(Format::Lines).plain())
        .copied()
        .collect();
    let mut second = Talk::new();
    ask(&mut second, post("/events/c", "", "before"));
    let fields = "Content-Type: application/x-ndjson\r\n";
    assert_eq!(ask(&mut second, post("/events", fields, lines)).status, 200);
    assert_eq!(envelopes(&second)[1..], envelopes(&first));
}

#[test]
fn a_log_that_fails_midway_says_how_far_it_got() {
    let small = Retention::default().bytes(3_000);
    let world = World::keeping(small, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    let mut talk = Talk::in_world(Rc::new(world), site);
    let large = "x".repeat(1_000);
    let body = format!(
        "{{\"data\":\"1\"}}\n{{\"data\":\"2\"}}\n{{\"data\":\"{large}\"}}\n{{\"data\":\"4\"}}\n"
    );
    let reply = ask(&mut talk, post_lines("/events/a", &body));
    let sentence = "the event is larger than the whole log may be; 2 of 4 events were stored";
    assert_eq!(reply.status, 413);
    assert!(reply.body.contains(sentence), "{reply:?}");
    assert_eq!(talk.said(), texts(1..3));
    talk.site.hub().close();
    let reply = ask(&mut talk, post_lines("/events/a", "{\"data\":\"1\"}"));
    assert_eq!((reply.status, reply.field("retry-after")), (503, Some("1")));
    assert!(
        reply.body.contains("0 of 1 events were stored"),
        "{reply:?}"
    );
    assert_eq!(ask(&mut talk, get("/healthz")).status, 200);
}
