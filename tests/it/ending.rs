//! The end of topics: who hears of it, when, and how.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ssehub::hub::{Offered, Outlet};
use ssehub::metrics::Sent;
use ssehub::{Draft, Event, HubConfig, Interest, Retention, Selector, Start, Topic};

use crate::world::{Reader, World, texts};

fn world(queue_events: usize) -> World {
    World::new(HubConfig::default().queue_events(queue_events).seed(1))
}

fn interest(selectors: &[&str]) -> Interest {
    Interest::any(selectors.iter().map(|text| Selector::parse(text).unwrap()))
}

fn subscribe(world: &World, selectors: &[&str], start: Start) -> Reader {
    Reader(world.hub.subscribe(interest(selectors), start))
}

fn with_end(mut texts: Vec<String>) -> Vec<String> {
    texts.push("ended".to_owned());
    texts
}

#[test]
fn one_that_waits_reads_to_the_end() {
    let world = world(8);
    let mut reader = world.subscribe("t", Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    world.publish_all("t", 0..3);
    world.end("t");
    assert_eq!(reader.read(&world), with_end(texts(0..3)));
    // It stays at its end, whatever comes.
    world.publish("t", "3");
    assert_eq!(reader.read(&world), ["ended"]);
}

#[test]
fn one_that_is_slow_reads_everything_first() {
    for queue_events in [1, 2, 4, 1_000] {
        for count in [0, 1, 4, 5, 600] {
            let world = world(queue_events);
            let mut reader = world.subscribe("t", Start::Now);
            assert_eq!(reader.read(&world), [""; 0]);
            for number in 0..count {
                world.publish("t", &number.to_string());
                if number % 3 == 0 {
                    world.settle();
                }
            }
            world.end("t");
            world.publish("other", "x");
            assert_eq!(
                reader.read(&world),
                with_end(texts(0..count)),
                "{count} in {queue_events}"
            );
        }
    }
}

#[test]
fn only_those_end_whose_topics_all_have_and_are_all_known() {
    let world = world(8);
    let selectors: [&[&str]; 8] = [
        &["a"],
        &["a", "b"],
        &["a", "b", "c"],
        &["*"],
        &["{x}"],
        &["a", "{x}"],
        &["a", "*"],
        &[],
    ];
    let mut readers = selectors.map(|selectors| subscribe(&world, selectors, Start::Now));
    let mut read = |world: &World| -> Vec<Vec<String>> {
        readers
            .iter_mut()
            .map(|reader| reader.read(world))
            .collect()
    };
    assert_eq!(read(&world), [[""; 0]; 8]);
    world.publish("a", "1");
    world.end("a");
    let some: [&[&str]; 8] = [
        &["1", "ended"],
        &["1"],
        &["1"],
        &["1"],
        &["1"],
        &["1"],
        &["1"],
        &[],
    ];
    assert_eq!(read(&world), some);
    world.publish("b", "2");
    world.end("b");
    let some: [&[&str]; 8] = [
        &["ended"],
        &["2", "ended"],
        &["2"],
        &["2"],
        &["2"],
        &["2"],
        &["2"],
        &[],
    ];
    assert_eq!(read(&world), some);
    // One topic begins anew before the last one ends.
    world.publish("a", "3");
    world.end("c");
    let some: [&[&str]; 8] = [
        &["ended"],
        &["ended"],
        &["3"],
        &["3"],
        &["3"],
        &["3"],
        &["3"],
        &[],
    ];
    assert_eq!(read(&world), some);
    world.end("a");
    let some: [&[&str]; 8] = [&["ended"], &["ended"], &["ended"], &[], &[], &[], &[], &[]];
    assert_eq!(read(&world), some);
}

#[test]
fn what_has_begun_anew_before_anyone_looked_goes_on() {
    let world = world(8);
    let mut reader = world.subscribe("t", Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    world.publish("t", "0");
    world.end("t");
    world.publish("t", "1");
    assert_eq!(reader.read(&world), ["0", "1"]);
    world.publish("t", "2");
    assert_eq!(reader.read(&world), ["2"]);
    world.end("t");
    assert_eq!(reader.read(&world), ["ended"]);
}

/// At every moment of a subscriber's joining, the end may come.
#[test]
fn no_end_falls_between_history_and_live() {
    for ticks in 0..12 {
        for step in 0..6 {
            let world = world(2);
            world.publish_all("t", 0..3);
            let mut reader = world.subscribe("t", Start::Earliest);
            let mut read = Vec::new();
            for moment in 0..6 {
                if moment == step {
                    world.publish("t", "3");
                    world.end("t");
                }
                for _ in 0..ticks {
                    world.tasks.try_tick();
                }
                let next = futures_lite::future::poll_once(reader.0.next());
                match futures_lite::future::block_on(next) {
                    Some(ssehub::Next::Events(events)) => {
                        read.extend(events.iter().map(|event| event.data().to_owned()));
                    }
                    Some(ssehub::Next::Ended) => break,
                    _ => {}
                }
            }
            read.extend(reader.read(&world));
            assert_eq!(read.last().unwrap(), "ended", "{ticks} ticks, step {step}");
            read.retain(|text| text != "ended");
            assert_eq!(read, texts(0..4), "{ticks} ticks, step {step}");
        }
    }
}

#[test]
fn a_closed_hub_ends_everyone_and_no_topic() {
    let world = world(8);
    world.publish("t", "0");
    let mut reader = world.subscribe("t", Start::Earliest);
    world.hub.close();
    assert_eq!(reader.read(&world), ["0", "ended"]);
    assert!(!world.has_ended(&interest(&["t"]), &Start::Now));
    let refused = world.hub.publish(Draft::end(Topic::parse("t").unwrap()));
    assert!(futures_lite::future::block_on(refused).is_err());
}

/// A stream that is lent, takes so many events, and remembers them.
pub struct Pad {
    pub room: usize,
    pub taken: Arc<Mutex<Vec<String>>>,
}

impl Outlet for Pad {
    fn offer(&mut self, events: &[Arc<Event>], _: &mut Sent) -> Offered {
        assert!(!events.is_empty());
        let taken = events.len().min(self.room);
        self.room -= taken;
        let texts = events[..taken].iter().map(|event| event.data().to_owned());
        self.taken.lock().unwrap().extend(texts);
        match taken == events.len() {
            true => Offered::Written,
            false => Offered::Blocked(taken),
        }
    }

    fn heartbeat(&mut self, _: &mut Sent) -> Offered {
        Offered::Written
    }

    fn poll_gone(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

/// Lends a stream, says some events and the end, and returns what was written to the stream, whether
/// it came back, and what the subscriber reads then.
fn lent(selectors: &[&str], room: usize, count: u32) -> (Vec<String>, bool, Vec<String>) {
    let world = world(4);
    let mut reader = subscribe(&world, selectors, Start::Now);
    assert!(futures_lite::future::block_on(reader.0.catch_up()).is_none());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let pad = Pad {
        room,
        taken: taken.clone(),
    };
    assert!(reader.0.lend(Box::new(pad)).is_ok());
    world.settle();
    world.publish_all("t", 0..count);
    world.end("t");
    world.settle();
    let mut cx = Context::from_waker(Waker::noop());
    let returned = reader.0.poll_returned::<Pad>(&mut cx);
    let came_back = matches!(returned, Poll::Ready(Some(_)));
    assert_eq!(came_back, returned.is_ready(), "the peer has not gone");
    let read = match came_back {
        true => reader.read(&world),
        false => Vec::new(),
    };
    let taken = std::mem::take(&mut *taken.lock().unwrap());
    (taken, came_back, read)
}

#[test]
fn a_lent_stream_comes_back_at_the_end() {
    for room in [0, 1, 2, 3, 100] {
        for count in [0, 2, 3, 40] {
            let (taken, came_back, read) = lent(&["t"], room, count);
            assert!(came_back);
            let written = (room as u32).min(count);
            assert_eq!(taken, texts(0..written));
            assert_eq!(read, with_end(texts(written..count)), "{room} of {count}");
        }
    }
    for selectors in [["*"], ["{t}"]] {
        assert_eq!(lent(&selectors, 100, 3), (texts(0..3), false, Vec::new()));
    }
    assert_eq!(lent(&["t", "u"], 100, 3), (texts(0..3), true, Vec::new()));
}

/// What a topic loses while a subscriber does not read is told before its end.
#[test]
fn a_loss_is_told_before_the_end() {
    let retention = Retention::default().topic_events(Some(2));
    let world = World::keeping(retention, HubConfig::default().queue_events(1));
    let mut reader = world.subscribe("t", Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    world.publish_all("t", 0..5);
    world.end("t");
    let read = reader.read(&world);
    assert!(read[1].starts_with("gap "), "{read:?}");
    assert_eq!(
        (&*read[0], &read[2..]),
        ("0", &["4".to_owned(), "ended".to_owned()][..])
    );
}

#[test]
fn ends_grow_old_like_events() {
    let retention = Retention::default().age(Duration::from_secs(10));
    let world = World::keeping(retention, HubConfig::default());
    world.end("t");
    assert!(world.has_ended(&interest(&["t"]), &Start::Now));
    world.pass(Duration::from_secs(11));
    assert!(!world.has_ended(&interest(&["t"]), &Start::Now));
    let mut reader = world.subscribe("t", Start::Now);
    world.publish("t", "0");
    assert_eq!(reader.read(&world), ["0"]);
}
