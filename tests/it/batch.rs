//! Batches: their order, and that a part of one is stored whole or not at all.

use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::hub::PublishError;
use ssehub::store::AppendError;
use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Retention, Start, Topic};

use crate::world::{Reader, World, texts};

/// Events that the pump may be behind before publishers wait.
const LAG_EVENTS: u32 = 1_024;

fn drafts(topic: &str, numbers: std::ops::Range<u32>) -> Vec<Draft> {
    let topic = Topic::parse(topic).unwrap();
    let draft = |number: u32| Draft::new(topic.clone(), number.to_string());
    numbers.map(draft).collect()
}

fn kept(world: &World) -> Vec<String> {
    world.subscribe("t", Start::Earliest).read(world)
}

/// Room for the first events of a batch alone, and a pump that stands still.
#[test]
fn a_batch_is_stored_whole_or_not_at_all_if_the_pump_lags() {
    for room in 0..12 {
        let world = World::new(HubConfig::default());
        let before = LAG_EVENTS - room;
        world.publish_all("t", 0..before);
        let mut batch = Box::pin(world.hub.publish_all(drafts("t", before..before + 10)));
        let mut answers = block_on(poll_once(&mut batch));
        if answers.is_none() {
            world.clock.advance(Duration::from_secs(5));
            answers = block_on(poll_once(&mut batch));
        }
        let answers = answers.unwrap();
        let stored = answers.iter().filter(|answer| answer.is_ok()).count() as u32;
        assert!([0, 10].contains(&stored), "{stored} with room for {room}");
        if stored == 0 {
            assert_eq!(answers, [Err(PublishError::Busy)]);
        }
        drop(batch);
        assert_eq!(kept(&world), texts(0..before + stored));
    }
}

#[test]
fn no_event_of_another_thread_stands_in_a_part_of_a_batch() {
    const THREADS: usize = 4;
    const BATCHES: u32 = 200;
    const EACH: u32 = 32;
    let retention = Retention::default().events(1_000_000);
    let log = Log::memory(LogConfig::default().retention(retention), Clock::system());
    let (hub, pump) = Hub::new(log, HubConfig::default());
    std::thread::scope(|scope| {
        let pump = scope.spawn(|| block_on(pump.run()));
        let publish = || {
            for batch in 0..BATCHES {
                let numbers = batch * EACH..(batch + 1) * EACH;
                let answers = block_on(hub.publish_all(drafts("t", numbers)));
                let ids: Vec<_> = answers.into_iter().map(|it| it.unwrap().id).collect();
                assert!(ids.is_sorted());
            }
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(publish)).collect();
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        hub.close();
        assert!(ended.iter().all(Result::is_ok));
        pump.join().unwrap();
    });
    let topic = Interest::topic(Topic::parse("t").unwrap());
    let mut reader = hub.subscribe(topic, Start::Earliest);
    let mut read = Vec::new();
    while let ssehub::Next::Events(events) = block_on(reader.next()) {
        read.extend(
            events
                .iter()
                .map(|event| event.data().parse::<u32>().unwrap()),
        );
    }
    assert_eq!(read.len() as u32, THREADS as u32 * BATCHES * EACH);
    for batch in read.chunks(EACH as usize) {
        let expected: Vec<_> = (batch[0]..batch[0] + EACH).collect();
        assert_eq!(batch, expected);
    }
}

#[test]
fn an_event_that_is_too_large_ends_its_run() {
    let retention = Retention::default().bytes(10_000);
    let log = Log::memory(LogConfig::default().retention(retention), Clock::manual(1));
    let mut run = drafts("t", 0..4);
    run[2] = Draft::new(Topic::parse("t").unwrap(), "x".repeat(10_000));
    let outcomes = block_on(log.enqueue(run));
    assert!(outcomes[0].is_ok() && outcomes[1].is_ok());
    assert_eq!(outcomes[2..], [Err(AppendError::TooLarge)]);
    assert_eq!(log.size().events, 2);
    assert!(block_on(log.enqueue(Vec::new())).is_empty());
}

#[test]
fn repetitions_in_a_batch_are_answered_like_the_first() {
    let world = World::new(HubConfig::default());
    let same = drafts("t", 0..3)
        .into_iter()
        .map(|it| it.own_id("1").unwrap());
    let answers = block_on(world.hub.publish_all(same.collect()));
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert!(answers.iter().all(|answer| answer.id == answers[0].id));
    assert_eq!(
        [false, true, true],
        [0, 1, 2].map(|it| answers[it].repeated)
    );
    let mut reader = Reader(world.subscribe("t", Start::Earliest).0);
    assert_eq!(reader.read(&world), ["0"]);
}
