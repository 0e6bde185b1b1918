//! A subscriber whose future is dropped while it waits, at every point where it can wait: it reads what one
//! reads that is never dropped.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_lite::future::{block_on, poll_fn};
use ssehub::store::Durability;
use ssehub::{Clock, Event, HubConfig, LogConfig, Next, Reading, Retention, Start, Subscription};

use super::{Kind, Store, draft, end, interest, keeping, own};
use crate::world::{World, texts};

/// More waits than any of these subscribers has.
const MOST_WAITS: u32 = 1_000;

/// Runs a future to its end, or up to the wait with this number, and counts the waits down.
fn up_to_wait<T>(left: &mut u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    block_on(poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if *left == 0 => Poll::Ready(None),
        Poll::Pending => {
            *left -= 1;
            Poll::Pending
        }
    }))
}

/// Reads until nothing is left. The future is dropped at the wait with number `at`; tells whether that many
/// waits came.
fn read(subscription: &mut Subscription, at: u32, by_next: bool) -> (Vec<String>, bool) {
    let (mut read, mut left, mut dropped) = (Vec::new(), at, false);
    loop {
        let step = match by_next && !dropped {
            // Only one that has something to read may be waited for.
            true => up_to_wait(&mut left, async { Some(subscription.next().await) }),
            false => up_to_wait(&mut left, subscription.catch_up()),
        };
        match step {
            None => {
                dropped = true;
                left = MOST_WAITS;
            }
            Some(None) => return (read, dropped),
            Some(Some(Next::Ended)) => {
                read.push("ended".to_owned());
                return (read, dropped);
            }
            Some(Some(Next::Gap { after, resumed })) => {
                read.push(format!("gap {after} {resumed}"));
            }
            Some(Some(Next::Events(events))) => {
                read.extend(
                    events
                        .iter()
                        .map(|event: &Arc<Event>| event.data().to_owned()),
                );
            }
        }
    }
}

/// Where a subscriber begins, and how it reads, in all ways.
fn beginnings() -> impl Iterator<Item = (Start, Reading)> {
    // The first is no longer kept, the second is in the file alone, and nobody knows the last.
    let starts = ["id 3", "id 320", "never heard of"].map(|id| Start::After(id.to_owned()));
    let starts = starts.into_iter().chain([Start::Earliest]);
    starts.flat_map(|start| {
        [false, true].map(|latest| (start.clone(), Reading::default().latest(latest)))
    })
}

/// More events than are kept, and than one page has.
fn append_events(store: &Store) {
    let event = |number: u32| {
        let topic = format!("t{}", number % 3);
        own(&topic, &format!("id {number}"), &number.to_string())
    };
    let outcomes = block_on(store.log().enqueue((0..900).map(event).collect()));
    assert!(outcomes.iter().all(Result::is_ok));
}

/// What everyone reads, dropped at each wait in turn.
fn compare(store: &Store, world: &World, topics: &[&str], by_next: bool) {
    let mut waits = 0;
    for (start, reading) in beginnings() {
        let subscribe = || {
            world
                .hub
                .subscribe_with(interest(topics), start.clone(), reading)
        };
        let (expected, _) = read(&mut subscribe(), MOST_WAITS, by_next);
        assert!(!expected.is_empty());
        for at in 0..MOST_WAITS {
            let (found, dropped) = read(&mut subscribe(), at, by_next);
            assert_eq!(
                found, expected,
                "{:?}, {start:?}, dropped at wait {at}",
                store.kind
            );
            if !dropped {
                break;
            }
            waits += 1;
        }
    }
    // A log that is in memory as a whole has none.
    let kind = store.kind;
    assert!(
        waits > 0 || kind == Kind::Memory,
        "{kind:?}: nobody ever waits"
    );
}

fn kinds() -> [Kind; 3] {
    let narrow = 3;
    [
        Kind::Memory,
        Kind::Disk(Durability::Commit, narrow),
        Kind::Redis(narrow),
    ]
}

fn world(store: &Store) -> World {
    World::over(store.log().clone(), HubConfig::default())
}

fn config() -> LogConfig {
    keeping(Retention::default().events(700))
}

#[test]
fn what_is_dropped_while_it_catches_up_goes_on_where_it_was() {
    for kind in kinds() {
        let store = Store::new(kind, config());
        append_events(&store);
        compare(&store, &world(&store), &["*"], false);
    }
}

/// To the end of all topics, so that none waits for what never comes.
#[test]
fn what_is_dropped_while_it_waits_for_the_next_goes_on_where_it_was() {
    for kind in kinds() {
        let store = Store::new(kind, config());
        append_events(&store);
        let topics = ["t0", "t1", "t2"];
        topics.iter().for_each(|topic| _ = store.append(end(topic)));
        compare(&store, &world(&store), &topics, true);
    }
}

/// One that cannot begin waits for the clock, and again and again for the file.
#[test]
fn what_is_dropped_while_a_log_fails_keeps_where_it_begins() {
    let (folder, clock) = (super::Folder::new(), Clock::manual(super::BEGIN_MS));
    let mut narrow = config();
    narrow.window.events = 3;
    let open = || super::open(&folder.file(), Durability::Commit, narrow, &clock).unwrap();
    let log = open();
    for number in 0..20 {
        let event = own("t", &format!("id {number}"), &number.to_string());
        block_on(log.append(event)).unwrap();
    }
    drop(log);
    let log = open();
    let sound = std::fs::read(folder.file()).unwrap();
    std::fs::write(folder.file(), "no log").unwrap();
    let world = World::over(log, HubConfig::default());
    let start = Start::After("id 9".to_owned());
    let mut reader = world.hub.subscribe(interest(&["t"]), start);
    for polls in 1..100 {
        assert!(up_to_poll(polls, &clock, reader.catch_up()).is_none());
    }
    std::fs::write(folder.file(), sound).unwrap();
    // A publisher finds out that the file has to be opened again.
    _ = block_on(world.hub.log().append(draft("other", "x")));
    let mut read = Vec::new();
    for polls in 1..super::OPEN_TRIES {
        if read.len() == 10 {
            break;
        }
        match up_to_poll(polls, &clock, reader.catch_up()) {
            Some(Some(Next::Events(events))) => {
                read.extend(events.iter().map(|event| event.data().to_owned()));
            }
            None => {}
            other => panic!("{other:?} after {read:?}"),
        }
    }
    assert_eq!(read, texts(10..20));
}

/// Polls a future so many times, and moves the clock by a moment after each.
fn up_to_poll<T>(polls: u32, clock: &Clock, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return Some(output);
        }
        clock.advance(Duration::from_millis(100));
        std::thread::yield_now();
    }
    None
}
