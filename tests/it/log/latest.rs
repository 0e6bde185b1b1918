//! The newest event of each topic, in logs of every kind.

use futures_lite::future::block_on;
use ssehub::store::Budget;
use ssehub::{EventId, HubConfig, LogConfig, Next, Reading, Start, Subscription};

use super::{Store, WIDE, draft, end, everywhere, interest, topic};
use crate::world::World;

/// Numbers on these topics in turn, and an end here and there.
fn fill(store: &Store) -> Vec<EventId> {
    let mut ids = Vec::new();
    for number in 0..60 {
        let topic = ["a", "b", "c"][number % 3];
        ids.push(store.say(topic, &number.to_string()));
        if number == 30 {
            store.append(end("b"));
        }
    }
    store.append(end("c"));
    ids
}

fn latest(store: &Store, after: EventId, topics: &[&str], budget: Budget) -> Vec<String> {
    let (mut after, mut read) = (after, Vec::new());
    let interest = interest(topics);
    loop {
        let page = store.log().read_latest(after, &interest, budget);
        let page = block_on(page).unwrap();
        assert!(page.events.len() <= budget.events);
        assert!(page.events.is_sorted_by_key(|event| event.id()));
        read.extend(page.events.iter().map(|event| event.data().to_owned()));
        if page.upto >= store.log().tail() {
            return read;
        }
        assert!(page.upto > after, "no progress after {after}");
        after = page.upto;
    }
}

#[test]
fn events_on_several_topics_and_private_ones() {
    let fill = |store: &Store| {
        let on = |name, data, alternates: &[&str]| {
            let alternates = alternates.iter().map(|name| topic(name));
            draft(name, data).alternates(alternates).unwrap()
        };
        store.append(on("a", "public", &[]));
        store.append(on("a", "private", &[]).private(true));
        store.append(on("b", "shared", &["c", "x"]));
        store.append(on("c", "shared and private", &["b"]).private(true));
        store.append(end("x"));
        // The rest of the log pushes these out of a small window.
        for number in 0..60 {
            store.say("d", &number.to_string());
        }
    };
    everywhere(LogConfig::default(), fill, |store, ()| {
        let read = |topics: &[&str], granted: &[&str]| {
            let granted = interest(granted).selectors().into();
            let interest = interest(topics).and_private(granted);
            let page = store
                .log()
                .read_latest(store.log().kept_after(), &interest, WIDE);
            let page = block_on(page).unwrap();
            let data = page.events.iter().map(|event| event.data().to_owned());
            data.collect::<Vec<_>>()
        };
        for all in [&["a", "b", "c", "x"][..], &["a", "b", "c", "x", "{none}/"]] {
            assert_eq!(read(all, &[]), ["public", "shared"], "{all:?}");
            assert_eq!(read(all, &["a"]), ["private", "shared"], "{all:?}");
        }
        assert_eq!(read(&["c"], &[]), ["shared"]);
        assert_eq!(read(&["c"], &["b"]), ["shared and private"]);
        assert_eq!(read(&["x"], &["*"]), ["shared"]);
        assert_eq!(
            read(&["{one}"], &["*"]),
            ["private", "shared", "shared and private", "59"]
        );
    });
}

#[test]
fn the_newest_of_each_topic_is_read() {
    everywhere(LogConfig::default(), fill, |store, ids| {
        let begin = store.log().kept_after();
        let read = |after, topics: &[&str]| latest(store, after, topics, WIDE);
        for all in [
            &["*"][..],
            &["{x}"],
            &["a", "b", "c"],
            &["c", "d", "a", "b"],
        ] {
            assert_eq!(read(begin, all), ["57", "58", "59"], "{all:?}");
            assert_eq!(read(ids[57], all), ["58", "59"], "{all:?}");
            assert_eq!(read(ids[59], all), [""; 0], "{all:?}");
            assert_eq!(read(store.log().tail(), all), [""; 0], "{all:?}");
        }
        assert_eq!(read(begin, &["c"]), ["59"]);
        assert_eq!(read(ids[58], &["a", "b"]), [""; 0]);
        assert_eq!(read(begin, &["d"]), [""; 0]);
        assert_eq!(read(begin, &[]), [""; 0]);
    });
}

#[test]
fn pages_of_few_topics_lead_to_the_same() {
    everywhere(LogConfig::default(), fill, |store, _| {
        let begin = store.log().kept_after();
        for budget in [(1, 1 << 20), (2, 1 << 20), (100, 1)] {
            let (events, bytes) = budget;
            let budget = Budget { events, bytes };
            let read = latest(store, begin, &["a", "b", "c"], budget);
            assert_eq!(read, ["57", "58", "59"], "{budget:?}");
            // Where every event has to be looked at, a page knows of no later ones.
            let read = latest(store, begin, &["*"], budget);
            assert_eq!(read[read.len() - 3..], ["57", "58", "59"], "{budget:?}");
        }
    });
}

#[test]
fn a_budget_of_nothing_skips_nothing() {
    everywhere(LogConfig::default(), fill, |store, ids| {
        for topics in [&["*"][..], &["a"]] {
            let interest = interest(topics);
            for (events, bytes) in [(0, 100), (100, 0)] {
                let budget = Budget { events, bytes };
                let page = store.log().read_latest(ids[3], &interest, budget);
                let page = block_on(page).unwrap();
                assert!(page.events.is_empty() && page.upto < ids[57]);
            }
        }
    });
}

/// What one who joins, and wants the newest alone, gets at once.
fn state(world: &World, topics: &[&str]) -> (Vec<String>, Subscription) {
    let reading = Reading::default().latest(true);
    let hub = &world.hub;
    let mut subscription = hub.subscribe_with(interest(topics), Start::Earliest, reading);
    let Some(Next::Events(events)) = block_on(subscription.catch_up()) else {
        panic!("there are events");
    };
    let read = events.iter().map(|event| event.data().to_owned());
    (read.collect(), subscription)
}

#[test]
fn one_that_joins_gets_the_state_wherever_it_is_kept() {
    everywhere(LogConfig::default(), fill, |store, _| {
        for topics in [&["*"][..], &["a", "b", "c"]] {
            let world = World::over(store.log().clone(), HubConfig::default());
            let (read, mut subscription) = state(&world, topics);
            assert_eq!(read, ["57", "58", "59"], "{topics:?}");
            assert!(block_on(subscription.catch_up()).is_none());
        }
    });
}

/// A history longer than what is looked at in one go.
#[test]
fn a_long_history_is_gathered_over_many_pages() {
    for kind in [0, 6, 8].map(|number| super::KINDS[number]) {
        let mut config = LogConfig::default();
        config.retention.events = 100_000;
        let store = Store::new(kind, config);
        super::group::say_all(&store, "a", 0..20_000);
        super::group::say_all(&store, "b", 0..20_000);
        store.say("a", "newest");
        let world = World::over(store.log().clone(), HubConfig::default());
        for topics in [&["*"][..], &["a", "b"]] {
            let (read, _) = state(&world, topics);
            assert_eq!(read, ["19999", "newest"], "{kind:?} {topics:?}");
        }
    }
}
