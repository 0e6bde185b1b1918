//! What a log in memory holds is no more than what it counts, whatever its events are like.

use std::time::Duration;

use futures_lite::future::block_on;
use simulation::heap::Heap;
use ssehub::store::Budget;
use ssehub::{Clock, Draft, Format, Interest, Log, LogConfig, Retention, Selector, Topic};

const KEPT_BYTES: usize = 2 << 20;

fn topic(name: String) -> Topic {
    Topic::parse(&name).unwrap()
}

/// Fills a log several times over, has every event encoded in every way, and tells what it holds and what it
/// counts.
fn held(draft: &dyn Fn(u32) -> Draft) -> (usize, usize) {
    let retention = Retention::default().events(1_000_000).bytes(KEPT_BYTES);
    let config = LogConfig::default().retention(retention);
    let before = Heap::now();
    let log = Log::memory(config, Clock::manual(1_000));
    let everything = Interest::any([Selector::All]);
    let budget = Budget {
        events: 10,
        bytes: usize::MAX,
    };
    let (mut said, mut full) = (0, 0);
    while full < 3 * KEPT_BYTES {
        let counted = log.size().bytes as usize;
        let id = block_on(log.append(draft(said))).unwrap().id;
        let page = block_on(log.read(id.previous(), &everything, budget)).unwrap();
        for format in [Format::Text, Format::Json, Format::Lines] {
            page.events[0].frame(format);
        }
        said += 1;
        full += (log.size().bytes as usize).saturating_sub(counted).max(512);
    }
    drop(everything);
    (
        (Heap::now() - before).bytes as usize,
        log.size().bytes as usize,
    )
}

/// What a flood of topics took is given back once they have gone.
fn held_after_a_flood() -> usize {
    let (clock, age) = (Clock::manual(1_000), Duration::from_secs(1));
    let config = LogConfig::default().retention(Retention::default().events(1_000_000).age(age));
    let before = Heap::now();
    let log = Log::memory(config, clock.clone());
    for number in 0..20_000 {
        block_on(log.append(Draft::new(topic(format!("topic {number}")), "x"))).unwrap();
    }
    clock.advance(2 * age);
    log.trim();
    assert_eq!(log.size().events, 0);
    (Heap::now() - before).bytes as usize
}

/// One test, so that nothing else is counted.
#[test]
fn a_log_holds_no_more_than_it_counts() {
    let on = |number: u32| Draft::new(topic(format!("t{}", number % 10)), "");
    let say = |number: u32, text: &str| Draft::new(topic(format!("t{}", number % 10)), text);
    let many = |number: u32, from: u32| {
        let others = (0..99).map(|other| topic(format!("topic/{}", from + other)));
        on(number).alternates(others).unwrap()
    };
    let kinds: [(&str, &dyn Fn(u32) -> Draft); 11] = [
        ("empty", &on),
        ("small", &|number| say(number, &"x".repeat(50))),
        ("large", &|number| say(number, &"x".repeat(50_000))),
        ("controls", &|number| say(number, &"\u{1}".repeat(5_000))),
        ("lines", &|number| say(number, &"\n".repeat(5_000))),
        ("quotes", &|number| say(number, &"\"\\".repeat(2_500))),
        ("alternates", &|number| many(number, 0)),
        ("ever new alternates", &|number| many(number, number * 99)),
        ("ever new topics", &|number| {
            Draft::new(topic(format!("topic {number}")), "x")
        }),
        ("one id on ever new topics", &|number| {
            many(number, number * 99)
                .own_id("same")
                .unwrap()
                .repeatable()
        }),
        ("ids", &|number| {
            let labelled = on(number).kind("\"".repeat(255)).unwrap();
            labelled
                .own_id(format!("{number:255}").replace(' ', "\""))
                .unwrap()
        }),
    ];
    for (name, draft) in kinds {
        let (held, counted) = held(draft);
        println!("{name}: {held} bytes are held, {counted} are counted");
        assert!(counted <= KEPT_BYTES, "{name}: {counted} are counted");
        assert!(counted > KEPT_BYTES / 2, "{name}: it is not full");
        assert!(
            held <= counted,
            "{name}: {held} are held, {counted} are counted"
        );
        assert!(
            held > counted / 8,
            "{name}: {held} are held, {counted} are counted"
        );
    }
    let held = held_after_a_flood();
    assert!(held < 32 << 10, "{held} bytes are held by an empty log");
}
