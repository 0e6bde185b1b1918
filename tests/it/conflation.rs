//! Conflation: one who is behind gets the newest event of each topic, one who keeps up all of them.

use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};

use futures_lite::future::{block_on, poll_once};
use ssehub::{HubConfig, Interest, Next, Reading, Retention, Selector, Start};

use crate::ending::Pad;
use crate::world::{Reader, World, texts};

fn world(queue_events: usize, kept_events: usize) -> World {
    let retention = Retention::default().events(kept_events);
    let config = HubConfig::default().queue_events(queue_events).seed(1);
    World::keeping(retention, config)
}

fn latest(world: &World, selectors: &[&str], start: Start) -> Reader {
    let interest = Interest::any(selectors.iter().map(|text| Selector::parse(text).unwrap()));
    let reading = Reading::default().latest(true);
    Reader(world.hub.subscribe_with(interest, start, reading))
}

/// Publishes numbers on topics in turn.
fn gauges(world: &World, topics: &[&str], numbers: std::ops::Range<u32>) {
    for number in numbers {
        world.publish(topics[number as usize % topics.len()], &number.to_string());
    }
}

#[test]
fn one_that_joins_gets_the_state_of_each_topic() {
    let world = world(8, 10_000);
    gauges(&world, &["a", "b", "c"], 0..1_000);
    let end = world.hub.log().tail().to_string();
    for (selectors, expected) in [
        (&["*"][..], &["997", "998", "999"][..]),
        (&["{x}"], &["997", "998", "999"]),
        (&["a"], &["999"]),
        (&["b"], &["997"]),
        (&["a", "c"], &["998", "999"]),
        (&["c", "{x}"], &["997", "998", "999"]),
        (&["d"], &[]),
    ] {
        let mut reader = latest(&world, selectors, Start::Earliest);
        assert_eq!(reader.read(&world), expected, "{selectors:?}");
        assert_eq!(reader.read(&world), [""; 0]);
        let mut reader = latest(&world, selectors, Start::After(end.clone()));
        assert_eq!(reader.read(&world), [""; 0], "{selectors:?}");
        let mut reader = latest(&world, selectors, Start::Now);
        assert_eq!(reader.read(&world), [""; 0], "{selectors:?}");
    }
}

#[test]
fn one_that_keeps_up_gets_every_event() {
    for selectors in [&["a"][..], &["a", "b"], &["*"]] {
        let world = world(8, 10_000);
        let mut reader = latest(&world, selectors, Start::Now);
        for number in 0..100 {
            assert_eq!(reader.read(&world), [""; 0]);
            world.publish("a", &number.to_string());
            assert_eq!(reader.read(&world), [number.to_string()]);
        }
    }
}

#[test]
fn what_others_say_holds_nothing_back() {
    let world = world(8, 10_000);
    let mut reader = latest(&world, &["a"], Start::Now);
    for number in 0..10 {
        assert_eq!(reader.read(&world), [""; 0]);
        world.publish("a", &number.to_string());
        world.publish_all("b", 0..5);
        assert_eq!(reader.read(&world), [number.to_string()]);
    }
}

/// However much of it waits in the channel, and whether the channel was too small.
#[test]
fn one_that_is_behind_gets_the_newest_of_each_topic() {
    for queue_events in [1, 2, 4, 64, 1_000] {
        for count in [1, 2, 3, 4, 5, 64, 65, 300, 700] {
            for selectors in [&["a", "b"][..], &["*"], &["a", "{x}"]] {
                let world = world(queue_events, 10_000);
                let mut reader = latest(&world, selectors, Start::Now);
                assert_eq!(reader.read(&world), [""; 0]);
                gauges(&world, &["a", "b"], 0..count);
                let newest = texts(count.saturating_sub(2)..count);
                let name = format!("{count} events, {queue_events} in the channel, {selectors:?}");
                assert_eq!(reader.read(&world), newest, "{name}");
                gauges(&world, &["a"], 0..1);
                assert_eq!(reader.read(&world), ["0"], "{name}");
            }
        }
    }
}

/// The pump writes every event, until the stream would block.
#[test]
fn a_lent_stream_takes_what_it_can_and_then_the_newest() {
    for queue_events in [1, 4, 1_000] {
        for count in [5, 6, 9, 100] {
            let world = world(queue_events, 1_000);
            let mut reader = latest(&world, &["a", "b"], Start::Now);
            assert!(block_on(reader.0.catch_up()).is_none());
            let taken = Arc::new(Mutex::new(Vec::new()));
            let pad = Pad {
                room: 3,
                taken: taken.clone(),
            };
            assert!(reader.0.lend(Box::new(pad)).is_ok());
            world.settle();
            gauges(&world, &["a", "b"], 0..count);
            world.settle();
            let mut cx = Context::from_waker(Waker::noop());
            assert!(reader.0.poll_returned::<Pad>(&mut cx).is_ready());
            assert_eq!(*taken.lock().unwrap(), texts(0..3));
            let name = format!("{count} events, {queue_events} in the channel");
            assert_eq!(reader.read(&world), texts(count - 2..count), "{name}");
        }
    }
}

/// One that is dropped and called again goes on where it was.
#[test]
fn nothing_that_was_gathered_is_lost() {
    let world = world(4, 10_000);
    let mut reader = latest(&world, &["*"], Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    let mut seen = Vec::new();
    for number in 0..2_000 {
        world.publish(["a", "b"][number % 2], &number.to_string());
        if number % 5 == 0 {
            world.tasks.try_tick();
        }
        if number % 7 == 0
            && let Some(Next::Events(events)) = block_on(poll_once(reader.0.next()))
        {
            seen.extend(events.iter().map(|event| event.id()));
        }
    }
    assert!(seen.is_sorted());
    let rest = reader.read(&world);
    assert_eq!(rest.last().unwrap(), "1999");
}

/// More topics than are gathered at once: each comes once all the same.
#[test]
fn thirty_thousand_topics_are_thirty_thousand_events() {
    const TOPICS: u32 = 30_000;
    let world = world(8, 100_000);
    for round in 0..2 {
        for number in 0..TOPICS {
            world.publish(&format!("gauges/{number}"), &format!("{round}/{number}"));
            if number % 500 == 0 {
                world.settle();
            }
        }
    }
    let expected: Vec<_> = (0..TOPICS).map(|number| format!("1/{number}")).collect();
    for selector in ["*", "gauges/{number}"] {
        let read = latest(&world, &[selector], Start::Earliest).read(&world);
        assert!(read == expected, "{}", read.len());
    }
    let read = latest(&world, &["gauges/7"], Start::Earliest).read(&world);
    assert_eq!(read, ["1/7"]);
}

#[test]
fn what_is_gathered_comes_in_bounded_lots() {
    let world = world(8, 100_000);
    for number in 0..10_000 {
        world.publish(&format!("gauges/{number}"), "x");
        if number % 500 == 0 {
            world.settle();
        }
    }
    let mut reader = latest(&world, &["*"], Start::Earliest);
    let mut lots = Vec::new();
    while let Some(Next::Events(events)) = block_on(reader.0.catch_up()) {
        assert!(events.is_sorted_by_key(|event| event.id()));
        lots.push(events.len());
    }
    assert_eq!(lots, [4_096, 4_096, 1_808]);
}

#[test]
fn a_gap_is_told_of_whole_topics_only() {
    let world = world(4, 10);
    let mut reader = latest(&world, &["a", "b"], Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    gauges(&world, &["a", "b"], 0..6);
    world.settle();
    world.publish_all("other", 0..20);
    world.settle();
    world.publish("a", "6");
    let read = reader.read(&world);
    assert_eq!(read[..2], ["2", "3"], "{read:?}");
    assert!(read[2].starts_with("gap "), "{read:?}");
    assert_eq!(read[3..], ["6"]);
}

/// What a topic has lost for having too many events is never its newest.
#[test]
fn nobody_is_told_of_what_would_have_been_skipped() {
    let retention = Retention::default().topic_events(Some(1));
    let world = World::keeping(retention, HubConfig::default());
    let zero = world.publish("a", "0").to_string();
    gauges(&world, &["a", "b"], 1..10);
    for start in [Start::Earliest, Start::After(zero)] {
        let read = latest(&world, &["a", "b"], start.clone()).read(&world);
        assert_eq!(read, ["8", "9"]);
        let read = latest(&world, &["*"], start).read(&world);
        assert_eq!(read, ["8", "9"]);
    }
}

#[test]
fn the_end_of_a_topic_is_no_state() {
    let world = world(4, 1_000);
    gauges(&world, &["a", "b"], 0..50);
    world.end("b");
    world.end("a");
    world.end("a");
    let read = latest(&world, &["a", "b"], Start::Earliest).read(&world);
    assert_eq!(read, ["48", "49", "ended"]);
    let read = latest(&world, &["*"], Start::Earliest).read(&world);
    assert_eq!(read, ["48", "49"]);
    world.publish("a", "50");
    let mut reader = latest(&world, &["a", "b"], Start::Earliest);
    assert_eq!(reader.read(&world), ["49", "50"]);
    gauges(&world, &["a"], 51..100);
    world.end("a");
    assert_eq!(reader.read(&world), ["99", "ended"]);
}

/// Who wants the newest alone is not told of losses, and need not come back to hear of them.
#[test]
fn one_with_nothing_to_read_but_what_it_would_skip_has_ended() {
    let retention = Retention::default().topic_events(Some(1));
    let world = World::keeping(retention, HubConfig::default());
    let start = Start::After(world.publish("a", "0").to_string());
    world.publish("a", "1");
    world.end("a");
    world.settle();
    let interest = Interest::topic(ssehub::Topic::parse("a").unwrap());
    let ended = |latest| {
        let reading = Reading::default().latest(latest);
        block_on(world.hub.has_ended(&interest, &start, reading))
    };
    assert!(ended(true) && !ended(false));
    let read = latest(&world, &["a"], start.clone()).read(&world);
    assert_eq!(read, ["ended"]);
}

#[test]
fn a_closed_hub_lets_one_read_the_state() {
    let world = world(4, 1_000);
    let mut reader = latest(&world, &["a", "b"], Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    gauges(&world, &["a", "b"], 0..50);
    world.hub.close();
    assert_eq!(reader.read(&world), ["48", "49", "ended"]);
}
