//! Parameters that mean nothing here.

use super::{Stream, ask, get, post, refused, request};
use crate::talk::Talk;

/// A publisher that misspells `private` would tell everyone.
#[test]
fn a_publisher_is_told_which_parameter_is_unknown() {
    let known = "known are type, id, retry, private, alternate";
    for (query, name) in [
        ("priavte=1", "priavte"),
        ("type=a&Private=1", "Private"),
        ("_=1700000000", "_"),
        ("%0A%22%C3%A9=1", "%0A%22%C3%A9"),
        ("=1", ""),
    ] {
        let sentence = format!("the parameter {name} is not known here; {known}");
        refused(post(&format!("/events/a?{query}"), "", "x"), 400, &sentence);
    }
    let long = "n".repeat(300);
    let sentence = format!("the parameter {} is not known here; {known}", &long[..64]);
    refused(post(&format!("/events/a?{long}"), "", "x"), 400, &sentence);
    let lines = "Content-Type: application/x-ndjson\r\n";
    let sentence = format!("the parameter topic is not known here; {known}");
    refused(
        post("/events?topic=a", lines, r#"{"topic":"a","data":"x"}"#),
        400,
        &sentence,
    );
    let sentence = "the parameter private is not known here; none is known";
    refused(request("DELETE", "/events/a?private=1", ""), 400, sentence);
    let sentence = "the parameter tpoic is not known here; known are topic, id";
    let message = r#"{"message":"x","user":"ann"}"#;
    refused(post("/sse/message?tpoic=a", "", message), 400, sentence);
    let sentence = "line 2: there is no member `priavte`, expected one of `data`, `topic`, `type`, `id`, `retry`, \
                    `private`, `alternates`, `user`, `end`, `time`";
    let body = "{\"data\":\"x\"}\n{\"data\":\"x\",\"priavte\":true}";
    refused(post("/events/a", lines, body), 400, sentence);
}

/// Polyfills and caches add parameters of their own.
#[test]
fn a_subscriber_is_told_and_gets_its_events() {
    for (target, told) in [
        (
            "/events/a?r=1&latset=1&r=2",
            ": these parameters are not known: r, latset, r\n",
        ),
        (
            "/sse?user=ann&%0A%0Adata=1",
            ": these parameters are not known: %0A%0Adata\n",
        ),
        ("/events?topic=a&format=json&lastEventID=", ":\n"),
    ] {
        let mut stream = Stream::open(Talk::new(), get(target));
        let begin = stream.read();
        assert!(
            begin.starts_with(&format!("{told}retry: ")),
            "{target}: {begin}"
        );
        stream.talk.finish();
    }
    let many = (0..20)
        .map(|number| format!("&n{number}"))
        .collect::<String>();
    let mut talk = Talk::new();
    let reply = ask(
        &mut talk,
        get(&format!("/events/a?format=poll&wait=0{many}")),
    );
    let body: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    let names = body["unknown_parameters"].as_array().unwrap();
    assert_eq!((names.len(), &names[9]), (10, &"n9".into()));
    let reply = ask(&mut talk, get("/events/a?format=poll&wait=0"));
    assert!(!reply.body.contains("unknown"), "{}", reply.body);
    talk.finish();
}
