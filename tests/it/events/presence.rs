//! Who is there: the answer, and streams that are told who comes and goes.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use ssehub::HubConfig;
use ssehub::http::{HttpConfig, Site};

use super::{Stream, ask, get, post, refused, request};
use crate::talk::Talk;
use crate::world::World;

const GRACE: Duration = Duration::from_secs(3);
const INSTANT: Duration = Duration::from_millis(1);

/// Who is on a topic, as the server says it.
fn roll(talk: &Talk, topic: &str) -> String {
    let mut asker = talk.another();
    let reply = ask(&mut asker, get(&format!("/presence/{topic}")));
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("content-type"), Some("application/json"));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    asker.finish();
    reply.body
}

fn open(talk: &Talk, target: &str) -> Stream {
    Stream::open(talk.another(), get(target))
}

/// A stream that is told who is there, with what it begins with read away.
fn watch(talk: &Talk, target: &str) -> Stream {
    let mut stream = open(talk, target);
    stream.read();
    stream
}

/// What a page sees: the type of each event and its data, and no heartbeats.
fn told(stream: &mut Stream) -> Vec<String> {
    let body = stream.read();
    let body = body.replace(":\n", "");
    let events = body.split_terminator("\n\n");
    let words = |event: &str| {
        let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
        let kind = field("event: ").unwrap_or("message");
        format!("{kind} {}", field("data: ").unwrap_or_default())
    };
    events.map(words).collect()
}

fn change(kind: &str, user: &str, topic: &str, connections: u32, users: u32) -> String {
    format!(
        r#"{kind} {{"user":"{user}","topic":"{topic}","connections":{connections},"users":{users}}}"#
    )
}

fn nobody(topic: &str) -> String {
    format!(r#"{{"topic":"{topic}","users":[],"anonymous":0}}"#)
}

#[test]
fn nobody_is_an_empty_list() {
    let talk = Talk::new();
    assert_eq!(roll(&talk, "a"), nobody("a"));
    assert_eq!(roll(&talk, "a%2Fb"), nobody("a/b"));
    assert_eq!(roll(&talk, "a/b"), nobody("a/b"));
}

#[test]
fn users_by_name_and_the_others_by_number() {
    let talk = Talk::new();
    let streams: Vec<_> = [
        "/events/a?user=bob",
        "/events/a?user=%20ann%20",
        "/events?topic=a&topic=b&user=ann",
        "/events/a?format=ndjson",
        "/events/a",
        "/sse?topic=a&user=eve",
        // These ask for nothing by its name.
        "/events?topic=*&user=joe",
        "/events?topic={x}&user=joe",
        // This one does, among other things.
        "/events?topic=b&topic={x}&user=joe",
    ]
    .map(|target| open(&talk, target))
    .into();
    assert_eq!(
        roll(&talk, "a"),
        r#"{"topic":"a","users":[{"user":"ann","connections":2},{"user":"bob","connections":1},{"user":"eve","connections":1}],"anonymous":2}"#
    );
    assert_eq!(
        roll(&talk, "b"),
        r#"{"topic":"b","users":[{"user":"ann","connections":1},{"user":"joe","connections":1}],"anonymous":0}"#
    );
    streams.into_iter().for_each(|stream| stream.talk.finish());
    talk.world.pass(GRACE);
    assert_eq!(roll(&talk, "a"), nobody("a"));
    assert_eq!(talk.site.hub().presence().topics(), 0);
}

#[test]
fn a_poll_is_told_who_is_there() {
    let mut talk = Talk::new();
    let _stream = open(&talk, "/events/a?user=bob");
    let poll =
        |user: &str, topics: &str| get(&format!("/events?format=poll&wait=0&user={user}&{topics}"));
    let body = ask(&mut talk, poll("ann", "topic=a")).body;
    assert!(!body.contains("users"), "{body}");
    talk.world.pass(GRACE);
    let body = ask(&mut talk, poll("eve", "topic=a&topic=b&topic=*&presence=1")).body;
    let rolls = r#","presence":[{"topic":"a","users":[{"user":"bob","connections":1},{"user":"eve","connections":1}],"anonymous":0},{"topic":"b","users":[{"user":"eve","connections":1}],"anonymous":0}]}"#;
    assert!(body.ends_with(rolls), "{body}");
}

#[test]
fn names_are_escaped() {
    let talk = Talk::new();
    let _stream = open(&talk, "/events/a?user=%22%3C%E2%80%A8%C3%A9");
    let expect = "{\"topic\":\"a\",\"users\":[{\"user\":\"\\\"<\\u2028é\",\"connections\":1}],\"anonymous\":0}";
    assert_eq!(roll(&talk, "a"), expect);
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let talk = Talk::new();
    let streams: Vec<_> = (0..1_002)
        .map(|number| open(&talk, &format!("/events/a?user={number:04}")))
        .collect();
    let body = roll(&talk, "a");
    assert_eq!(body.matches("connections").count(), 1_000);
    assert!(
        body.ends_with(r#"{"user":"0999","connections":1}],"unlisted":2,"anonymous":0}"#),
        "{body}"
    );
    drop(streams);
}

#[test]
fn refusals() {
    let name = "a user name has at most 64 characters";
    refused(
        get(&format!("/events/a?user={}", "x".repeat(65))),
        400,
        name,
    );
    refused(get("/events/a?user="), 400, "a user name must not be empty");
    let control = "a user name must not hold control characters";
    refused(get("/events/a?user=x%0Ay"), 400, control);
    refused(get("/events/a?user=x%0Ay&format=poll"), 400, control);
    let flag = "presence is either 0 or 1";
    refused(get("/events/a?presence=yes"), 400, flag);
    refused(get("/sse?user=ann&presence="), 400, flag);
    let names = "presence is told of topics by their names";
    refused(get("/events?topic=*&presence=1"), 400, names);
    refused(get("/events?topic=*&format=poll&presence=1"), 400, names);
    refused(get("/presence"), 404, "there is nothing here");
    refused(get("/presence/"), 400, "a topic must not be empty");
    let star = "* stands for every topic and is none itself";
    refused(get("/presence/*"), 400, star);
    let method = "the method is not known here";
    refused(request("DELETE", "/presence/a", ""), 405, method);
    for kind in ["join", "leave", "presence"] {
        let sentence = format!("the type {kind} is the hub's own");
        let target = format!("/events/a?type={kind}");
        refused(post(&target, "", "x"), 400, &sentence);
    }
}

#[test]
fn a_stream_begins_with_who_is_there() {
    let talk = Talk::new();
    let mut ann = open(&talk, "/events/a?user=ann&presence=1");
    let body = ann.read();
    let expect = "event: presence\ndata: {\"topic\":\"a\",\"users\":[{\"user\":\"ann\",\"connections\":1}],\"anonymous\":0}\n\n";
    assert!(body.starts_with(":\nretry: "), "{body}");
    assert!(body.ends_with(expect), "{body}");
}

#[test]
fn what_is_caught_up_with_comes_before_it() {
    let talk = Talk::new();
    talk.world.publish_all("a", 0..3);
    let target = "/events/a?presence=1&last_event_id=earliest";
    let expect = [
        "message 0".to_owned(),
        "message 1".to_owned(),
        "message 2".to_owned(),
        r#"presence {"topic":"a","users":[],"anonymous":1}"#.to_owned(),
    ];
    assert_eq!(told(&mut open(&talk, target)), expect);
}

#[test]
fn coming_and_going() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?user=bob&presence=1");
    let first = open(&talk, "/events/a?user=ann");
    assert_eq!(told(&mut bob), [change("join", "ann", "a", 1, 2)]);
    let second = open(&talk, "/events/a?user=ann");
    let elsewhere = open(&talk, "/events/b?user=eve");
    let nameless = open(&talk, "/events/a");
    assert_eq!(told(&mut bob), [""; 0]);
    first.talk.finish();
    nameless.talk.finish();
    bob.talk.pass(GRACE);
    assert_eq!(told(&mut bob), [""; 0]);
    second.talk.finish();
    bob.talk.pass(GRACE - INSTANT);
    assert_eq!(told(&mut bob), [""; 0]);
    let grace = r#"{"topic":"a","users":[{"user":"ann","connections":0},{"user":"bob","connections":1}],"anonymous":0}"#;
    assert_eq!(roll(&talk, "a"), grace);
    bob.talk.pass(INSTANT);
    assert_eq!(told(&mut bob), [change("leave", "ann", "a", 0, 1)]);
    bob.talk.finish();
    elsewhere.talk.finish();
    talk.world.pass(GRACE);
    assert_eq!(talk.site.hub().presence().topics(), 0);
}

#[test]
fn a_reload_says_nothing() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?user=bob&presence=1");
    for _ in 0..5 {
        let ann = open(&talk, "/events/a?user=ann");
        bob.talk.pass(Duration::from_secs(10));
        ann.talk.finish();
        bob.talk.pass(GRACE - INSTANT);
    }
    assert_eq!(told(&mut bob), [change("join", "ann", "a", 1, 2)]);
    bob.talk.pass(INSTANT);
    assert_eq!(told(&mut bob), [change("leave", "ann", "a", 0, 1)]);
}

#[test]
fn several_topics() {
    let talk = Talk::new();
    let mut bob = open(&talk, "/events?topic=a&topic=b&topic={x}&presence=1");
    let one = |topic| format!(r#"presence {{"topic":"{topic}","users":[],"anonymous":1}}"#);
    assert_eq!(told(&mut bob), [one("a"), one("b")]);
    let ann = open(&talk, "/events?topic=b&topic=a&topic=c&user=ann");
    let joins = ["b", "a"].map(|topic| change("join", "ann", topic, 1, 1));
    assert_eq!(told(&mut bob), joins);
    ann.talk.finish();
    bob.talk.pass(GRACE);
    let leaves = ["b", "a"].map(|topic| change("leave", "ann", topic, 0, 0));
    assert_eq!(told(&mut bob), leaves);
}

#[test]
fn every_format() {
    let talk = Talk::new();
    let mut text = watch(&talk, "/events/a?presence=1");
    let mut json = watch(&talk, "/events/a?presence=1&format=json");
    let mut lines = watch(&talk, "/events/a?presence=1&format=ndjson");
    let mut chat = watch(&talk, "/sse?user=bob&topic=a&presence=1&format=json");
    let _ann = open(&talk, "/events/a?user=ann");
    let data = r#"{"user":"ann","topic":"a","connections":1,"users":2}"#;
    for stream in [&mut text, &mut json, &mut chat] {
        let body = stream.read();
        let end = format!("event: join\ndata: {data}\n\n");
        assert!(body.ends_with(&end), "{body}");
        assert!(!body.contains("id: "), "{body}");
    }
    let end = format!("{{\"type\":\"join\",\"data\":{data}}}\n");
    assert!(lines.read().ends_with(&end));
}

#[test]
fn events_flow_between_and_keep_their_ids() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?presence=1");
    talk.world.publish("a", "1");
    assert_eq!(bob.read(), "id: #1000-1\ndata: 1\n\n");
    let ann = open(&talk, "/events/a?user=ann");
    talk.world.publish("a", "2");
    let body = bob.read();
    assert_eq!(body.matches("id: ").count(), 1, "{body}");
    assert!(body.contains("id: #1000-2\ndata: 2\n\n"), "{body}");
    ann.talk.finish();
    bob.talk.pass(GRACE);
    assert!(bob.read().contains("event: leave\n"));
    // Nothing of all this is in the log.
    assert_eq!(talk.said(), ["1", "2"]);
    let mut late = open(&talk, "/events/a?presence=1&last_event_id=1000-1");
    let roll = r#"presence {"topic":"a","users":[],"anonymous":2}"#;
    assert_eq!(told(&mut late), ["message 2", roll]);
}

#[test]
fn a_watcher_that_takes_nothing_gets_the_list_instead() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events?topic=a&topic=b&presence=1");
    // Nobody reads from its pipe, nor does the world's settling.
    let crowd: Vec<_> = (0..300)
        .map(|number| open(&talk, &format!("/events/a?user={number:03}")))
        .collect();
    let quiet = open(&talk, "/events/b?user=ann");
    let told_of = told(&mut bob);
    let joins = told_of.iter().filter(|it| it.starts_with("join ")).count();
    assert!((64..200).contains(&joins), "{joins}");
    let rolls: Vec<_> = told_of
        .iter()
        .filter(|it| it.starts_with("presence "))
        .collect();
    assert_eq!(rolls.len(), 2, "one for each topic");
    assert_eq!(rolls[0].matches("connections").count(), 300);
    assert!(rolls[0].contains(r#""topic":"a""#) && rolls[1].contains(r#""user":"ann""#));
    // Then it goes on as before.
    let _late = open(&talk, "/events/a?user=late");
    assert_eq!(told(&mut bob), [change("join", "late", "a", 1, 301)]);
    drop((crowd, quiet));
}

#[test]
fn a_watcher_that_is_stuck_keeps_the_time_for_the_others() {
    let talk = Talk::new();
    // The first holds the baton, and its pipe is full.
    let mut stuck = watch(&talk, "/events/a?presence=1");
    let mut bob = watch(&talk, "/events/b?presence=1");
    talk.world.publish("a", &"x".repeat(10_000));
    let ann = open(&talk, "/events/b?user=ann");
    assert_eq!(told(&mut bob), [change("join", "ann", "b", 1, 1)]);
    ann.talk.finish();
    bob.talk.pass(GRACE);
    assert_eq!(told(&mut bob), [change("leave", "ann", "b", 0, 0)]);
    stuck.read();
    stuck.talk.finish();
    // Somebody else has taken over.
    let ann = open(&talk, "/events/b?user=ann");
    ann.talk.finish();
    bob.talk.pass(GRACE);
    assert_eq!(told(&mut bob).len(), 2);
}

#[test]
fn heartbeats_and_an_end() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?user=bob&presence=1");
    bob.talk.pass(Duration::from_secs(10));
    talk.world.publish("a", "1");
    assert_eq!(told(&mut bob), ["message 1"]);
    bob.talk.pass(Duration::from_millis(14_999));
    assert_eq!(bob.read(), "");
    for _ in 0..3 {
        bob.talk.pass(INSTANT);
        assert_eq!(bob.read(), ":\n");
        bob.talk.pass(Duration::from_millis(14_999));
        assert_eq!(bob.read(), "");
    }
    talk.world.end("a");
    bob.read();
    assert!(bob.talk.ended && bob.talk.is_over());
}

#[test]
fn a_lost_connection_leaves_within_two_heartbeats_and_the_grace() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?presence=1");
    // Both of the pipe's ends fail, as after a reset, but nobody is told.
    let lent = open(&talk, "/events/a?user=ann");
    let watching = open(&talk, "/events/a?user=eve&presence=1");
    bob.read();
    drop(lent.talk.pipe);
    drop(watching.talk.pipe);
    let mut leaves = Vec::new();
    for _ in 0..33 {
        bob.talk.pass(Duration::from_secs(1));
        leaves.extend(told(&mut bob));
    }
    let leaves = leaves.iter().filter(|it| it.starts_with("leave "));
    assert_eq!(leaves.count(), 2);
}

#[test]
fn the_end_of_the_hub_tells_of_nobody() {
    let world = World::new(HubConfig::default().presence_grace(Duration::ZERO));
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    let talk = Talk::in_world(Rc::new(world), site);
    let ann = open(&talk, "/events/a?user=ann");
    let mut bob = watch(&talk, "/events/a?user=bob&presence=1");
    talk.site.close();
    assert!(ann.talk.is_over());
    bob.talk.pass(GRACE);
    assert_eq!(told(&mut bob), [""; 0]);
    assert!(bob.talk.ended && bob.talk.is_over());
}

#[test]
fn the_end_of_a_topic_removes_nobody() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events?topic=a&topic=b&presence=1");
    let ann = open(&talk, "/events?topic=a&topic=b&user=ann");
    bob.read();
    talk.world.end("a");
    bob.talk.pass(GRACE);
    assert_eq!(told(&mut bob), [""; 0]);
    assert!(roll(&talk, "a").contains(r#"{"user":"ann","connections":1}"#));
    ann.talk.finish();
}

#[test]
fn a_poller_is_present_from_its_poll_until_a_grace_after_it() {
    let talk = Talk::new();
    let mut bob = watch(&talk, "/events/a?presence=1");
    let mut ann = talk.another();
    ann.send(get("/events/a?format=poll&user=ann&wait=20"));
    assert_eq!(told(&mut bob), [change("join", "ann", "a", 1, 1)]);
    // It looks again and again, and is counted once.
    ann.pass(Duration::from_secs(7));
    let one = r#"{"topic":"a","users":[{"user":"ann","connections":1}],"anonymous":1}"#;
    assert_eq!(roll(&talk, "a"), one);
    for round in 0..3 {
        talk.world.publish("a", "x");
        ann.read();
        assert_eq!(ann.transcript(), "200");
        ann.pass(GRACE - INSTANT);
        ann.send(get("/events/a?format=poll&user=ann&wait=20"));
        assert_eq!(told(&mut bob), ["message x"], "{round}");
    }
    ann.pass(Duration::from_secs(20));
    assert_eq!(ann.transcript(), "200");
    ann.pass(GRACE);
    let told = told(&mut bob);
    assert!(
        told.contains(&change("leave", "ann", "a", 0, 0)),
        "{told:?}"
    );
}

#[test]
fn a_head_makes_nobody_present() {
    let talk = Talk::new();
    for target in [
        "/events/a?user=ann",
        "/events/a?user=ann&presence=1",
        "/events/a?user=ann&format=poll",
        "/sse?user=ann&topic=a",
    ] {
        let mut asker = talk.another();
        asker.send(request("HEAD", target, ""));
        asker.received.clear();
        assert_eq!(roll(&talk, "a"), nobody("a"), "{target}");
        asker.finish();
    }
    let mut asker = talk.another();
    asker.send(request("HEAD", "/presence/a", ""));
    assert!(asker.received.starts_with(b"HTTP/1.1 200 OK\r\n"));
}
