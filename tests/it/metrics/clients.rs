//! Subscribers, those that are behind, and answers.

use std::time::Duration;

use ssehub::metrics::STATUSES;

use super::{Figures, asking, get, server};
use crate::house::source::sources;

#[test]
fn subscribers_count_by_how_they_get_their_events() {
    let talk = server();
    let requests = [
        ("text", get("/events/a")),
        ("json", get("/events/a?format=json")),
        ("ndjson", get("/events/a?format=ndjson")),
        ("poll", get("/events/a?format=poll&wait=60")),
        ("mercure", get("/.well-known/mercure?topic=a")),
    ];
    let figure = |name: &str, via: &str| format!("{name}{{transport=\"{via}\"}}");
    let readers = requests.map(|(via, request)| {
        let reader = asking(&talk, request);
        let figures = Figures::of(&talk);
        assert_eq!(figures.get(&figure("ssehub_subscribers", via)), 1.0);
        (via, reader)
    });
    // A poll looks again now and then, and is the same one.
    talk.world.pass(Duration::from_secs(6));
    talk.world.pass(Duration::from_secs(6));
    let figures = Figures::of(&talk);
    assert_eq!(talk.world.hub.subscribers(), readers.len());
    for (via, reader) in readers {
        assert_eq!(figures.get(&figure("ssehub_subscribed_total", via)), 1.0);
        assert_eq!(figures.get(&figure("ssehub_subscribers", via)), 1.0);
        drop(reader);
    }
    talk.world.pass(Duration::from_secs(60));
    let figures = Figures::of(&talk);
    for via in ["embedded", "text", "json", "ndjson", "poll", "mercure"] {
        assert_eq!(
            figures.get(&figure("ssehub_subscribers", via)),
            0.0,
            "{via}"
        );
    }
    assert_eq!(figures.get("ssehub_subscribers_behind"), 0.0);
}

#[test]
fn whoever_cannot_keep_up_is_behind_until_they_have() {
    let talk = server();
    let behind = || Figures::of(&talk).get("ssehub_subscribers_behind");
    let mut slow = talk.another();
    slow.push(get("/events/a"));
    let _quick = asking(&talk, get("/events/b"));
    assert_eq!(behind(), 0.0);
    for _ in 0..300 {
        talk.world.publish("a", &"x".repeat(100));
        talk.world.settle();
    }
    assert_eq!(behind(), 1.0);
    slow.read();
    talk.world.pass(Duration::from_secs(1));
    assert_eq!(behind(), 0.0);
}

#[test]
fn answers_count_by_their_status_and_refusals_by_their_reason() {
    let mut talk = server();
    talk.send(get("/healthz"));
    talk.send(get("/nowhere"));
    talk.send(get("/events/a?format=x"));
    talk.send("BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
    let _reader = asking(&talk, get("/events/a"));
    Figures::of(&talk).check(&[
        ("ssehub_responses_total{status=\"200\"}", 2.0),
        ("ssehub_responses_total{status=\"404\"}", 1.0),
        ("ssehub_responses_total{status=\"400\"}", 1.0),
        ("ssehub_responses_total{status=\"501\"}", 1.0),
        ("ssehub_refusals_total{reason=\"request\"}", 2.0),
        ("ssehub_refusals_total{reason=\"server\"}", 1.0),
        ("ssehub_refusals_total{reason=\"access\"}", 0.0),
    ]);
}

#[test]
fn every_status_that_is_answered_is_told_apart() {
    let makers = [
        "Reply::new(",
        "Reply::error(",
        "Reply::json(",
        "Refusal::new(",
    ];
    for source in sources("src/http") {
        let code = source.code.join(" ");
        for maker in makers {
            for (at, _) in code.match_indices(maker) {
                let digits: String = code[at + maker.len()..]
                    .trim_start()
                    .chars()
                    .take_while(char::is_ascii_digit)
                    .collect();
                let Ok(status) = digits.parse() else { continue };
                assert!(STATUSES.contains(&status), "{}: {status}", source.path);
            }
        }
    }
    assert!(STATUSES.is_sorted());
}
