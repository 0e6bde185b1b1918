//! Long polling: what is answered, and when.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::AsyncWriteExt as _;
use futures_lite::future::block_on;
use ssehub::http::{HttpConfig, Site};
use ssehub::{HubConfig, Retention};

use super::{ask, get, post, refused, request};
use crate::talk::{Reply, Talk};
use crate::world::World;

const SECOND: Duration = Duration::from_secs(1);

/// A poll of topic `a` with these parameters.
fn poll(query: &str) -> String {
    get(&format!("/events/a?format=poll{query}"))
}

/// The body of an answer with one event on topic `a` for each text, from position `first` on.
fn answer(first: u64, texts: &[&str], last_event_id: &str) -> String {
    let event = |(seq, text)| {
        format!(r##"{{"id":"#1000-{seq}","topic":"a","data":"{text}","time":1000}}"##)
    };
    let events: Vec<_> = (first..).zip(texts).map(event).collect();
    format!(
        r#"{{"events":[{}],"last_event_id":"{last_event_id}"}}"#,
        events.join(",")
    )
}

/// Asserts what is answered at once.
#[track_caller]
fn answers(talk: &mut Talk, query: &str, expect: &str) {
    let reply = ask(talk, poll(query));
    assert_eq!((reply.status, &*reply.body), (200, expect), "{query}");
    assert_eq!(talk.site.hub().subscribers(), 0, "{query}");
}

/// One who has asked and waits.
fn waiting(query: &str) -> Talk {
    let mut talk = Talk::new();
    talk.send(poll(query));
    assert!(talk.received.is_empty(), "{query}");
    assert_eq!(talk.site.hub().subscribers(), 1, "{query}");
    talk
}

fn keeping(retention: Retention) -> Talk {
    let world = World::keeping(retention, HubConfig::default());
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    Talk::in_world(Rc::new(world), site)
}

#[test]
fn what_there_is_comes_at_once() {
    let mut talk = Talk::new();
    talk.world.publish("a", "x");
    talk.world.publish("b", "not for us");
    talk.world.publish("a", "y");
    let reply = ask(&mut talk, poll("&last_event_id=earliest"));
    let x = r##"{"id":"#1000-1","topic":"a","data":"x","time":1000}"##;
    let y = r##"{"id":"#1000-3","topic":"a","data":"y","time":1000}"##;
    assert_eq!(
        reply.body,
        format!(r##"{{"events":[{x},{y}],"last_event_id":"#1000-3"}}"##)
    );
    assert_eq!(reply.field("content-type"), Some("application/json"));
    assert_eq!(reply.field("cache-control"), Some("no-store"));
    assert_eq!(reply.field("vary"), Some("accept"));
    answers(
        &mut talk,
        "&last_event_id=1000-1",
        &format!(r##"{{"events":[{y}],"last_event_id":"#1000-3"}}"##),
    );
    talk.finish();
}

#[test]
fn without_waiting_there_may_be_nothing() {
    let mut talk = Talk::new();
    answers(&mut talk, "&wait=0", &answer(0, &[], "#1000-0"));
    talk.world.publish("b", "x");
    answers(&mut talk, "&wait=0", &answer(0, &[], "#1000-1"));
    answers(
        &mut talk,
        "&wait=0&last_event_id=earliest",
        &answer(0, &[], "#1000-1"),
    );
    answers(
        &mut talk,
        "&wait=0&last_event_id=1000-0",
        &answer(0, &[], "#1000-1"),
    );
    talk.finish();
}

#[test]
fn an_event_ends_the_wait() {
    let mut talk = waiting("");
    talk.world.publish("b", "not for us");
    talk.read();
    assert!(talk.received.is_empty());
    talk.world.publish("a", "x");
    talk.read();
    assert_eq!(talk.reply().unwrap().body, answer(2, &["x"], "#1000-2"));
    assert_eq!(talk.site.hub().subscribers(), 0);
    talk.world.publish("a", "between polls");
    answers(
        &mut talk,
        "&last_event_id=1000-2",
        &answer(3, &["between polls"], "#1000-3"),
    );
    talk.finish();
}

/// The first poll has no position, and the second has the one that the first was told.
#[test]
fn nothing_is_lost_between_two_polls_from_now_on() {
    let mut talk = waiting("&wait=3");
    talk.pass(3 * SECOND);
    assert_eq!(talk.reply().unwrap().body, answer(0, &[], "#1000-0"));
    talk.world.publish("a", "between polls");
    answers(
        &mut talk,
        "&last_event_id=%231000-0",
        &answer(0, &["between polls"], "#4000-0")
            .replace("#1000-0", "#4000-0")
            .replace("time\":1000", "time\":4000"),
    );
    talk.finish();
}

#[test]
fn the_wait_is_as_long_as_was_asked() {
    for (query, seconds) in [
        ("", 25),
        ("&wait=1", 1),
        ("&wait=7", 7),
        ("&wait=60", 60),
        ("&wait=007", 7),
    ] {
        let mut talk = waiting(query);
        for _ in 1..seconds {
            talk.pass(SECOND);
        }
        talk.pass(SECOND - Duration::from_millis(1));
        assert!(talk.received.is_empty(), "{query}");
        assert_eq!(talk.site.hub().subscribers(), 1, "{query}");
        talk.pass(Duration::from_millis(1));
        assert_eq!(
            talk.reply().unwrap().body,
            answer(0, &[], "#1000-0"),
            "{query}"
        );
        assert_eq!(talk.site.hub().subscribers(), 0, "{query}");
        assert_eq!(ask(&mut talk, get("/healthz")).status, 200);
        talk.finish();
    }
    for wait in ["61", "-1", "", "1.5", "%2B5", "a", "99999999999999999999"] {
        let sentence = "wait is a number of seconds up to 60";
        refused(poll(&format!("&wait={wait}")), 400, sentence);
        // Also of one who would not have waited.
        for format in ["text", "ndjson"] {
            let target = format!("/events/a?format={format}&wait={wait}");
            refused(get(&target), 400, sentence);
        }
    }
}

#[test]
fn a_page_is_bounded_and_the_next_begins_after_it() {
    let mut talk = Talk::new();
    talk.world.publish_all("a", 0..600);
    let mut seen = Vec::new();
    let mut after = "earliest".to_owned();
    for page in 0.. {
        let body = ask(&mut talk, poll(&format!("&wait=0&last_event_id={after}"))).body;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        let events = body["events"].as_array().unwrap();
        after = body["last_event_id"].as_str().unwrap().replace('#', "%23");
        seen.extend(
            events
                .iter()
                .map(|event| event["data"].as_str().unwrap().to_owned()),
        );
        assert!(events.len() <= 256);
        if events.is_empty() {
            assert_eq!(page, 3);
            break;
        }
    }
    assert_eq!(seen, crate::world::texts(0..600));
    let mut talk = Talk::new();
    for _ in 0..5 {
        talk.world.publish("a", &"x".repeat(60_000));
    }
    let reply = ask(&mut talk, poll("&last_event_id=earliest"));
    assert_eq!(reply.body.matches("\"topic\"").count(), 2);
    talk.finish();
}

#[test]
fn own_ids_resume_and_positions_are_answered() {
    let mut talk = Talk::new();
    talk.send(post("/events/a?id=mine&type=t", "", "x"));
    talk.transcript();
    talk.world.publish("a", "y");
    let reply = ask(&mut talk, poll("&last_event_id=earliest"));
    let x = r##"{"id":"mine","topic":"a","type":"t","data":"x","time":1000}"##;
    assert!(reply.body.contains(x), "{reply:?}");
    assert!(
        reply.body.ends_with(r##","last_event_id":"#1000-2"}"##),
        "{reply:?}"
    );
    answers(
        &mut talk,
        "&last_event_id=mine",
        &answer(2, &["y"], "#1000-2"),
    );
    let fields = "Last-Event-ID: mine\r\nAccept: application/json\r\n";
    let reply = ask(
        &mut talk,
        request("GET", "/events/a?last_event_id=earliest", fields),
    );
    assert_eq!(reply.body, answer(2, &["y"], "#1000-2"));
    talk.finish();
}

#[test]
fn several_topics() {
    let mut talk = Talk::new();
    for topic in ["orders/1", "parcels/1", "orders/2", "c"] {
        talk.world.publish(topic, topic);
    }
    let target = "/events/c?format=poll&topic=orders/{id}&last_event_id=earliest";
    let body = ask(&mut talk, get(target)).body;
    let told: Vec<_> = ["orders/1", "parcels/1", "orders/2", "c"]
        .into_iter()
        .filter(|topic| body.contains(&format!("\"data\":\"{topic}\"")))
        .collect();
    assert_eq!(told, ["orders/1", "orders/2", "c"]);
    assert_eq!(ask(&mut talk, get("/events?format=poll")).status, 400);
    talk.finish();
}

#[test]
fn a_gap_is_told_at_once() {
    let gap = |after: &str, resumed: &str| {
        format!(r#","gap":{{"after":"{after}","resumed":"{resumed}"}}}}"#)
    };
    let mut talk = Talk::new();
    let reply = ask(&mut talk, poll("&last_event_id=1-0"));
    let empty = answer(0, &[], "#1000-0");
    let expect = empty.trim_end_matches('}').to_owned() + &gap("1-0", "#1000-0");
    assert_eq!(reply.body, expect);
    talk.world.publish("a", "x");
    let reply = ask(&mut talk, poll("&last_event_id=nobody%22knows"));
    let found = answer(1, &["x"], "#1000-1");
    let expect = found.strip_suffix('}').unwrap().to_owned() + &gap("nobody\\\"knows", "#1000-0");
    assert_eq!(reply.body, expect);
    // Who asks again from where it was told to is not told again.
    talk.send(poll("&last_event_id=%231000-1"));
    assert!(talk.received.is_empty());
}

#[test]
fn a_topic_that_has_lost_events() {
    let mut talk = keeping(Retention::default().topic_events(Some(2)));
    talk.world.publish_all("a", 0..4);
    let reply = ask(&mut talk, poll("&last_event_id=1000-1"));
    let found = answer(3, &["2", "3"], "#1000-4");
    let gap = r##","gap":{"after":"#1000-1","resumed":"#1000-2"}}"##;
    assert_eq!(
        reply.body,
        found.strip_suffix('}').unwrap().to_owned() + gap
    );
    answers(
        &mut talk,
        "&last_event_id=1000-3",
        &answer(4, &["3"], "#1000-4"),
    );
    answers(&mut talk, "&last_event_id=earliest", &found);
}

/// A poll of a quiet topic on a log that other topics fill: there is no gap for it.
#[test]
fn a_wait_on_a_busy_log_loses_nothing() {
    let mut talk = keeping(Retention::default().events(100));
    talk.send(poll("&wait=60"));
    for second in 0..59 {
        talk.world.publish_all("b", second * 15..(second + 1) * 15);
        talk.pass(SECOND);
        assert!(talk.received.is_empty(), "after {second} s");
    }
    talk.pass(SECOND);
    let body = talk.reply().unwrap().body;
    assert!(
        body.starts_with(r#"{"events":[],"last_event_id":"#),
        "{body}"
    );
    assert!(!body.contains("gap"), "{body}");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let after = body["last_event_id"].as_str().unwrap().replace('#', "%23");
    let reply = ask(&mut talk, poll(&format!("&wait=0&last_event_id={after}")));
    assert!(!reply.body.contains("gap"), "{reply:?}");
    talk.finish();
}

#[test]
fn one_who_hangs_up_is_gone() {
    block_on(waiting("").vanish());
    // One that only has nothing more to say gets what there is.
    let mut talk = waiting("");
    talk.hang_up();
    assert_eq!(talk.reply().unwrap().body, answer(0, &[], "#1000-0"));
    assert_eq!(talk.site.hub().subscribers(), 0);
    assert!(talk.is_over());
}

#[test]
fn requests_behind_a_poll_wait_for_it() {
    let mut talk = Talk::new();
    talk.send([poll(""), get("/healthz")].concat());
    talk.send(get("/nowhere"));
    assert!(talk.received.is_empty());
    talk.world.publish("a", "x");
    talk.read();
    assert_eq!(talk.reply().unwrap().body, answer(1, &["x"], "#1000-1"));
    assert_eq!(talk.transcript(), "200 404");
    talk.finish();
}

/// What such a client sends is kept, but not without end.
#[test]
fn a_flood_behind_a_poll() {
    let mut talk = waiting("");
    let mut taken = 0;
    loop {
        let more = talk.push(vec![b'x'; 1_000]);
        taken += more;
        if more == 0 {
            break;
        }
    }
    assert!((16 << 10..100 << 10).contains(&taken), "{taken}");
    talk.pass(25 * SECOND);
    assert_eq!(talk.reply().unwrap().status, 200);
    assert_eq!(talk.site.hub().subscribers(), 0);
}

#[test]
fn a_site_that_closes_lets_everyone_go() {
    let mut talk = waiting("");
    talk.world.publish("a", "last words");
    talk.site.close();
    talk.read();
    let reply = talk.reply().unwrap();
    assert_eq!(reply.body, answer(1, &["last words"], "#1000-1"));
    assert_eq!(reply.field("connection"), Some("close"));
    assert!(talk.ended);
    let mut talk = waiting("");
    talk.site.close();
    talk.read();
    assert_eq!(talk.reply().unwrap().body, answer(0, &[], "#1000-0"));
    assert!(talk.ended);
    // A hub may be closed by itself.
    let mut talk = waiting("");
    talk.site.hub().close();
    talk.read();
    assert_eq!(talk.reply().unwrap().body, answer(0, &[], "#1000-0"));
    answers(&mut talk, "", &answer(0, &[], "#1000-0"));
    talk.finish();
}

#[test]
fn versions() {
    let mut talk = Talk::new();
    talk.world.publish("a", "x");
    talk.send("GET /events/a?format=poll&last_event_id=earliest HTTP/1.0\r\n\r\n");
    assert_eq!(
        talk.reply().map(|it: Reply| it.body),
        Some(answer(1, &["x"], "#1000-1"))
    );
    assert!(talk.ended);
}

#[test]
fn many_wait_for_the_same_event() {
    let first = waiting("");
    let mut others: Vec<_> = (0..200).map(|_| first.another()).collect();
    others.iter_mut().for_each(|it| it.send(poll("")));
    assert_eq!(first.site.hub().subscribers(), 201);
    first.world.publish("a", "x");
    first.world.settle();
    for talk in &mut others {
        talk.read();
        assert_eq!(talk.reply().unwrap().body, answer(1, &["x"], "#1000-1"));
    }
    assert_eq!(first.site.hub().subscribers(), 0);
}

/// What a client sends after its poll, the kernel keeps, but for as much as a head may have.
#[test]
fn a_poll_that_waits_holds_little_of_what_is_sent_ahead() {
    const AHEAD_BYTES: usize = 16 << 10;
    let talk = Talk::new();
    let (mut pipe, server) = crate::pipe::duplex(128 << 10);
    let head = poll("&wait=10");
    let sent = head.clone() + &"x".repeat(64 << 10);
    assert_eq!(block_on(pipe.write(sent.as_bytes())).unwrap(), sent.len());
    let serving = talk
        .world
        .spawn(ssehub::http::serve(server, talk.site.clone()));
    talk.world.settle();
    assert!(!serving.is_finished());
    let taken = sent.len() - pipe.unread() - head.len();
    assert!(taken <= AHEAD_BYTES, "{taken} bytes were taken");
}
