//! Several pumps that read one log, each for its share of the subscribers.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use smol::LocalExecutor;
use ssehub::hub::PublishError;
use ssehub::{
    Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Pump, Retention, Start, Topic,
};

use crate::world::{Reader, World, texts};

/// A log that keeps 2,000 events, and so many halves of a hub over it.
fn halves(pumps: usize) -> (Clock, Vec<(Hub, Pump)>) {
    let clock = Clock::manual(1_000);
    let retention = Retention::default().events(2_000);
    let log = LogConfig::default().retention(retention);
    let pumps = NonZeroUsize::new(pumps).unwrap();
    let log = Log::memory(log, clock.clone());
    (clock, Hub::with_pumps(log, HubConfig::default(), pumps))
}

/// Worlds that share one log and one clock.
fn worlds(pumps: usize) -> Vec<World> {
    let (clock, halves) = halves(pumps);
    let world = |(hub, pump): (Hub, Pump)| {
        let tasks = LocalExecutor::new();
        tasks.spawn(pump.run()).detach();
        let clock = clock.clone();
        World { clock, hub, tasks }
    };
    let worlds: Vec<_> = halves.into_iter().map(world).collect();
    worlds.iter().for_each(World::settle);
    worlds
}

#[test]
fn every_subscriber_is_fed_by_the_pump_of_its_handle() {
    let worlds = worlds(3);
    let mut readers: Vec<_> = worlds
        .iter()
        .map(|world| world.subscribe("t", Start::Now))
        .collect();
    for (reader, world) in readers.iter_mut().zip(&worlds) {
        assert_eq!(reader.read(world), [""; 0]);
    }
    worlds[1].publish_all("t", 0..5);
    for (reader, world) in readers.iter_mut().zip(&worlds) {
        assert_eq!(reader.read(world), texts(0..5));
    }
    assert_eq!(worlds[2].hub.subscribers(), 3);
}

#[test]
fn a_pump_that_stands_still_holds_up_publishers_and_no_other_subscriber() {
    let worlds = worlds(2);
    let mut reader = worlds[0].subscribe("t", Start::Now);
    reader.read(&worlds[0]);
    worlds[0].publish_all("t", 0..1_024);
    assert_eq!(reader.read(&worlds[0]), texts(0..1_024));

    let hub = worlds[0].hub.clone();
    let draft = Draft::new(Topic::parse("t").unwrap(), "one too many");
    let late = worlds[0].spawn(async move { hub.publish(draft).await });
    worlds[0].settle();
    assert!(!late.is_finished());
    worlds[0].pass(Duration::from_secs(5));
    assert_eq!(block_on(late), Err(PublishError::Busy));

    worlds[1].settle();
    worlds[0].publish("t", "room again");
    assert_eq!(reader.read(&worlds[0]), ["room again"]);
}

#[test]
fn closing_ends_the_subscribers_of_every_pump() {
    let worlds = worlds(2);
    let mut readers: Vec<_> = worlds
        .iter()
        .map(|world| world.subscribe("t", Start::Now))
        .collect();
    for (reader, world) in readers.iter_mut().zip(&worlds) {
        reader.read(world);
    }
    worlds[0].publish("t", "last");
    worlds[0].hub.close();
    for (reader, world) in readers.iter_mut().zip(&worlds) {
        assert_eq!(reader.read(world), ["last", "ended"]);
    }
}

#[test]
fn a_subscriber_that_leaves_is_forgotten_by_its_own_pump() {
    let worlds = worlds(2);
    let mut stays = worlds[1].subscribe("t", Start::Now);
    let mut leaves = worlds[0].subscribe("t", Start::Now);
    leaves.read(&worlds[0]);
    stays.read(&worlds[1]);
    worlds[0].publish("t", "both");
    worlds.iter().for_each(World::settle);
    // Both lines have the same number, each at its own pump.
    drop(leaves);
    worlds[0].publish("t", "one");
    worlds.iter().for_each(World::settle);
    assert_eq!(stays.read(&worlds[1]), ["both", "one"]);
}

#[test]
fn a_pump_may_move_to_another_thread() {
    let (_, mut halves) = halves(2);
    let (hub, pump) = halves.remove(1);
    let topic = Topic::parse("t").unwrap();
    let mut reader = Reader(hub.subscribe(Interest::topic(topic.clone()), Start::Now));
    assert!(block_on(poll_once(reader.0.next())).is_none());
    let publisher = halves[0].0.clone();
    std::thread::scope(|scope| {
        scope.spawn(|| block_on(pump.run()));
        block_on(publisher.publish(Draft::new(topic, "hello"))).unwrap();
        assert_eq!(block_on(first(&mut reader)), "hello");
        publisher.close();
    });
}

async fn first(reader: &mut Reader) -> String {
    match reader.0.next().await {
        ssehub::Next::Events(events) => events[0].data().to_owned(),
        other => panic!("{other:?}"),
    }
}
