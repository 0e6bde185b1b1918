//! A long history under a small window: read once, in order, while more comes in.

use futures_lite::future::block_on;
use ssehub::store::Durability;
use ssehub::{EventId, HubConfig, Interest, Next, Retention, Start, Subscription};

use super::{Folder, Kind, Store, draft, interest, keeping, open};
use crate::world::World;

/// Longer than one look at the file goes, and than many windows.
const HISTORY_EVENTS: u32 = 20_000;

const TOPICS: [&str; 4] = ["a", "b", "c", "d"];

/// A log with a history of numbers, one in each so many on `a`, all others on `b`.
fn store(kind: Kind, sparse: u32) -> Store {
    let config = keeping(Retention::default().events(1_000_000));
    let store = Store::new(kind, config);
    append_all(&store, 0..HISTORY_EVENTS, sparse);
    store
}

/// Appends many at once, so that they share commits.
fn append_all(store: &Store, numbers: std::ops::Range<u32>, sparse: u32) {
    for start in numbers.clone().step_by(1_000) {
        let chunk = start..(start + 1_000).min(numbers.end);
        let appends = chunk.map(|number| {
            let topic = if number % sparse == 0 { "a" } else { "b" };
            Box::pin(store.log().append(draft(topic, &number.to_string())))
        });
        for answer in super::group::all(appends.collect()) {
            answer.unwrap();
        }
    }
}

fn world(store: &Store) -> World {
    let config = HubConfig::default().queue_events(8).seed(1);
    World::over(store.log().clone(), config)
}

/// Reads until nothing is left, and takes the pump's events, too.
fn drain(world: &World, reader: &mut Subscription) -> Vec<Next> {
    let mut read = Vec::new();
    loop {
        world.settle();
        if let Some(next) = block_on(reader.catch_up()) {
            read.push(next);
            continue;
        }
        match block_on(futures_lite::future::poll_once(reader.next())) {
            Some(next) => read.push(next),
            None => return read,
        }
    }
}

fn numbers(read: Vec<Next>) -> Vec<u32> {
    let mut numbers = Vec::new();
    for next in read {
        match next {
            Next::Events(events) => {
                numbers.extend(events.iter().map(|it| it.data().parse::<u32>().unwrap()));
            }
            other => panic!("{other:?}"),
        }
    }
    numbers
}

fn subscribe(world: &World, interest: Interest, start: Start) -> Subscription {
    world.hub.subscribe(interest, start)
}

/// One page at a time, with live events in between, so that the reader is overtaken all the way.
#[test]
fn a_long_history_is_read_once_and_in_order_while_more_comes_in() {
    for durability in [super::SOON, Durability::Commit] {
        let store = store(Kind::Disk(durability, 100), 10);
        let world = world(&store);
        let mut reader = subscribe(&world, interest(&["*"]), Start::Earliest);
        let (mut read, mut said) = (Vec::new(), HISTORY_EVENTS);
        while let Some(next) = block_on(reader.catch_up()) {
            read.push(next);
            if said < HISTORY_EVENTS + 200 {
                append_all(&store, said..said + 20, 10);
                said += 20;
                world.settle();
            }
        }
        read.extend(drain(&world, &mut reader));
        append_all(&store, said..said + 30, 10);
        read.extend(drain(&world, &mut reader));
        assert!(numbers(read).into_iter().eq(0..said + 30), "{durability:?}");
    }
}

#[test]
fn what_is_rare_in_a_long_history_is_found() {
    for (sparse, store) in [7, 19_999].map(|sparse| {
        let kind = Kind::Disk(super::SOON, 100);
        (sparse, store(kind, sparse))
    }) {
        let world = world(&store);
        let rare = (0..HISTORY_EVENTS).filter(|number| number % sparse == 0);
        let rare: Vec<_> = rare.collect();
        for topics in [&["a"][..], &["a", "c", "d"]] {
            let mut reader = subscribe(&world, interest(topics), Start::Earliest);
            assert_eq!(numbers(drain(&world, &mut reader)), rare, "{topics:?}");
        }
        let all = [&TOPICS[..], &["*"]].concat();
        let mut reader = subscribe(&world, interest(&all), Start::Earliest);
        assert!(
            numbers(drain(&world, &mut reader))
                .into_iter()
                .eq(0..HISTORY_EVENTS)
        );
    }
}

/// A reader that asks for nothing of it gets to the end of a long history, and goes live.
#[test]
fn who_asks_for_nothing_of_it_passes_a_long_history() {
    let store = store(Kind::Disk(super::SOON, 100), 2);
    let world = world(&store);
    let mut reader = subscribe(&world, interest(&["c"]), Start::Earliest);
    assert!(drain(&world, &mut reader).is_empty());
    store.say("c", "1");
    assert_eq!(numbers(drain(&world, &mut reader)), [1]);
}

/// Dropped at any page and resumed with the last id, as a browser does it, also by a new process.
#[test]
fn a_reader_that_comes_back_again_and_again_misses_nothing() {
    let mut store = store(Kind::Disk(super::SOON, 100), 10);
    let (mut read, mut start) = (Vec::new(), Start::Earliest);
    for round in 0..10 {
        let world = world(&store);
        let mut reader = subscribe(&world, interest(&["*"]), start);
        let mut pages = Vec::new();
        for _ in 0..round {
            pages.extend(block_on(reader.catch_up()));
        }
        if round == 9 {
            pages.extend(drain(&world, &mut reader));
        }
        let last = last_id(&pages);
        read.extend(numbers(pages));
        start = match last {
            Some(id) => Start::After(id.to_string()),
            None => Start::Earliest,
        };
        drop((reader, world));
        if round % 3 == 0 {
            store.reopen();
        }
    }
    assert!(read.into_iter().eq(0..HISTORY_EVENTS));
}

fn last_id(pages: &[Next]) -> Option<EventId> {
    match pages.last()? {
        Next::Events(events) => Some(events.last()?.id()),
        _ => None,
    }
}

/// A thread publishes while readers page: between a commit and its events' appearance in the
/// window, a reader may be ahead of the window.
#[test]
fn readers_of_the_file_and_a_writer_at_once() {
    let folder = Folder::new();
    let mut config = keeping(Retention::default().events(1_000_000));
    config.window.events = 2;
    let clock = ssehub::Clock::manual(super::BEGIN_MS);
    let log = open(&folder.file(), super::SOON, config, &clock).unwrap();
    let writer = std::thread::spawn({
        let log = log.clone();
        move || {
            for number in 0..1_000 {
                block_on(log.append(draft("a", &number.to_string()))).unwrap();
            }
        }
    });
    let (mut after, mut read) = (log.kept_after(), Vec::new());
    while read.len() < 1_000 {
        let budget = ssehub::store::Budget {
            events: 16,
            bytes: 1 << 20,
        };
        let page = block_on(log.read(after, &interest(&["a"]), budget)).unwrap();
        assert!(page.upto >= after, "the reader was sent back");
        read.extend(
            page.events
                .iter()
                .map(|it| it.data().parse::<u32>().unwrap()),
        );
        after = page.upto;
    }
    writer.join().unwrap();
    assert!(read.into_iter().eq(0..1_000));
}
