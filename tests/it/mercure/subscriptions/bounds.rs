//! When the log does not keep up, and what is too much.

use ssehub::limits::{LimitConfig, Limits};

use super::*;

/// Events that the pump may be behind before publishers wait.
const LAG: u32 = 1_024;

/// A hub that takes no event before its pump runs.
fn stuck() -> (Talk, Pump) {
    let (talk, pump) = standing(HttpConfig::default());
    talk.world.publish_all("x", 0..LAG);
    (talk, pump)
}

/// Nothing is lost, and no end comes before its beginning.
#[test]
fn a_log_that_takes_nothing_holds_it_up() {
    let (talk, pump) = stuck();
    subscribe(&talk, "topic=a", "").talk.finish();
    let stays = subscribe(&talk, "topic=b", "");
    for _ in 0..20 {
        talk.world.pass(SECOND);
    }
    assert!(told(&talk).is_empty());
    assert_eq!(roster(&talk).snapshot().len(), 1);
    talk.world.tasks.spawn(pump.run()).detach();
    for _ in 0..2 {
        talk.world.pass(SECOND);
    }
    let expect = [
        "begins /a",
        "begins /exact/a",
        "ends /a",
        "ends /exact/a",
        "begins /b",
        "begins /exact/b",
    ];
    assert_eq!(outline(&told(&talk)), expect);
    stays.talk.finish();
}

/// Who comes while too much waits to be told, waits, too, and then is told to come back.
#[test]
fn newcomers_wait_for_what_is_untold() {
    let (talk, pump) = stuck();
    let many: String = (0..100).map(|it| format!("topic={it}&")).collect();
    let streams: Vec<_> = (0..328).map(|_| subscribe(&talk, &many, "")).collect();
    let mut late = talk.another();
    late.send(get(&format!("{HUB}?topic=a")));
    late.pass(4 * SECOND);
    assert!(late.reply().is_none());
    late.pass(SECOND);
    let reply = late.reply().unwrap();
    assert_eq!(reply.status, 503, "{reply:?}");
    assert_eq!(reply.field("retry-after"), Some("1"));
    // Whoever is there may still go, and whoever waits comes in when there is room.
    let mut waits = talk.another();
    waits.send(get(&format!("{HUB}?topic=a")));
    streams.into_iter().for_each(|it| it.talk.finish());
    talk.world.tasks.spawn(pump.run()).detach();
    talk.world.clock.advance(SECOND);
    // Only as far as that: to tell it all would take a while.
    while !waits.sip() && talk.world.tasks.try_tick() {}
    let received = String::from_utf8_lossy(&waits.received);
    assert!(received.starts_with("HTTP/1.1 200 OK\r\n"), "{received}");
}

#[test]
fn a_hundred_subscriptions_and_no_more() {
    let talk = telling();
    let topics = |count| -> String { (0..count).map(|it| format!("topic={it}&")).collect() };
    subscribe(&talk, &topics(100), "").talk.finish();
    let reply = ask(&mut talk.another(), get(&format!("{HUB}?{}", topics(101))));
    assert_eq!(reply.status, 400);
    assert!(
        reply.body.contains("at most 100 subscriptions"),
        "{reply:?}"
    );
}

/// The longest pattern, of characters that are all encoded, is told as it is.
#[test]
fn long_patterns_are_told() {
    let talk = telling();
    let text = format!("/{}", "é".repeat(2_047));
    let query = format!("match_urlpattern={}", encoded(&text));
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let head = format!("{form}Content-Length: {}\r\n", query.len());
    let input = request("QUERY", HUB, &head) + &query;
    let all = "match_urlpattern=/.well-known/mercure/subscriptions/:t/:m/:s";
    let templates = "topic=/.well-known/mercure/subscriptions/urlpattern{/x}{/y}";
    let mut watches = [all, templates].map(|query| {
        let mut stream = subscribe(&talk, query, &knowing());
        stream.read();
        stream
    });
    watches[0].read();
    let stream = Stream::open(talk.another(), &input);
    talk.world.settle();
    let id = newest_id(&talk);
    assert!(id.len() > 12_288, "{}", id.len());
    assert_eq!(told(&talk).last().unwrap()["match"], text);
    for watch in &mut watches {
        let data = watch.data();
        assert!(data.len() == 1 && data[0].contains(&id), "{data:?}");
    }
    stream.talk.finish();
}

fn newest_id(talk: &Talk) -> String {
    let told = told(talk);
    told.last().unwrap()["id"].as_str().unwrap().to_owned()
}

/// Who subscribes to one subscription is a subscription again, and so on: that has an end.
#[test]
fn what_is_too_long_to_be_told_is_refused() {
    let talk = telling();
    let mut name = "a".to_owned();
    let mut told_of = 0;
    loop {
        let query = format!("match={}", encoded(&name));
        let head = format!("{FORM}Content-Length: {}\r\n", query.len());
        let mut client = talk.another();
        client.send(request("QUERY", HUB, &head) + &query);
        client.read();
        if client.received.starts_with(b"HTTP/1.1 400 ") {
            let reply = client.reply().unwrap();
            assert!(reply.body.contains("too long"), "{reply:?}");
            break;
        }
        name = newest_id(&talk);
        told_of += 1;
    }
    assert!((10..100).contains(&told_of), "{told_of}");
}

/// What tells of a subscriber counts as if its client had published it, the end with the beginning.
#[test]
fn who_comes_and_goes_too_often_is_refused() {
    let limits = LimitConfig::default().anonymous_publish(Some("1:8".parse().unwrap()));
    let config = HttpConfig::default().limits(Arc::new(Limits::new(limits)));
    let (talk, pump) = standing(config);
    talk.world.tasks.spawn(pump.run()).detach();
    // Two shapes of one subscription: two events when it begins, and two when it ends.
    for _ in 0..2 {
        subscribe(&talk, "topic=a", "").talk.finish();
    }
    let refused = ask(&mut talk.another(), get(&format!("{HUB}?topic=a")));
    assert_eq!(refused.status, 429, "{refused:?}");
    assert_eq!(refused.field("retry-after"), Some("4"));
    talk.world.pass(SECOND);
    assert_eq!(told(&talk).len(), 8);
    for _ in 0..3 {
        talk.world.pass(SECOND);
    }
    subscribe(&talk, "topic=a", "").talk.finish();
    // More than may be published at once takes all that may.
    for _ in 0..8 {
        talk.world.pass(SECOND);
    }
    let many: String = (0..100).map(|it| format!("topic={it}&")).collect();
    subscribe(&talk, &many, "").talk.finish();
    let refused = ask(&mut talk.another(), get(&format!("{HUB}?{many}")));
    assert_eq!(refused.field("retry-after"), Some("8"));
}
