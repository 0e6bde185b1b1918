//! How far publishers may be ahead of the pump: what it has not offered is kept, within a bound, and publishers
//! wait for it in turn.

use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::hub::PublishError;
use ssehub::{Draft, Hub, HubConfig, Retention, Start, Topic};

use crate::ending::Pad;
use crate::world::{Reader, World, texts};

/// What publishers may be ahead by, in bytes of memory.
const LEAD_BYTES: u64 = 8 << 20;

/// A text that takes 3 MiB of memory as an event, in its encodings.
const TEXT_BYTES: usize = 768 << 10;

fn draft(topic: &str, data: impl Into<String>) -> Draft {
    Draft::new(Topic::parse(topic).unwrap(), data)
}

fn keeping(retention: Retention) -> World {
    World::keeping(retention, HubConfig::default())
}

/// A subscriber whose stream takes all that it is offered.
struct Live {
    reader: Reader,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Live {
    fn new(world: &World, topic: &str) -> Live {
        let mut reader = world.subscribe(topic, Start::Now);
        assert!(block_on(reader.0.catch_up()).is_none());
        let taken = Arc::default();
        let pad = Pad {
            room: usize::MAX,
            taken: Arc::clone(&taken),
        };
        assert!(reader.0.lend(Box::new(pad)).is_ok());
        world.settle();
        Live { reader, taken }
    }

    /// What it has been offered. It has not been cut: nothing is missing in between.
    #[track_caller]
    fn taken(&mut self, world: &World) -> Vec<String> {
        world.settle();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(self.reader.0.poll_returned::<Pad>(&mut cx).is_pending());
        self.taken.lock().unwrap().clone()
    }
}

/// Publishes all of these, one after the other.
async fn publish_each(hub: Hub, drafts: Vec<Draft>) {
    for draft in drafts {
        hub.publish(draft).await.unwrap();
    }
}

#[test]
fn a_heavy_topic_takes_no_event_from_the_subscribers_of_others() {
    for retention in [
        Retention::default(),
        Retention::default().bytes(4 << 20),
        Retention::default().events(3),
    ] {
        let world = keeping(retention);
        let mut quiet = Live::new(&world, "quiet");
        let mut heavy = Live::new(&world, "heavy");
        let text = "x".repeat(TEXT_BYTES);
        let bodies: Vec<_> = (0..4)
            .map(|_| {
                let drafts = (0..20).map(|_| draft("heavy", text.clone())).collect();
                world.tasks.spawn(publish_each(world.hub.clone(), drafts))
            })
            .collect();
        let drafts = texts(0..100).into_iter().map(|text| draft("quiet", text));
        let calm = world
            .tasks
            .spawn(publish_each(world.hub.clone(), drafts.collect()));
        let mut most = 0;
        while world.tasks.try_tick() {
            most = most.max(world.hub.log().size().bytes);
        }
        assert!(calm.is_finished() && bodies.iter().all(|body| body.is_finished()));
        assert!(
            most <= retention.bytes as u64 + LEAD_BYTES,
            "{most} bytes are held"
        );
        assert_eq!(quiet.taken(&world), texts(0..100));
        let read = heavy.taken(&world);
        assert!(read.iter().all(|it| *it == text) && read.len() == 80);
    }
}

#[test]
fn a_body_of_more_lines_than_a_topic_may_keep_arrives_whole() {
    for retention in [
        Retention::default().topic_events(Some(4)),
        Retention::default().events(4),
        Retention::default().bytes(4 << 10),
    ] {
        let world = keeping(retention);
        let mut reader = Live::new(&world, "t");
        let hub = world.hub.clone();
        let lines: Vec<_> = texts(0..3_000)
            .into_iter()
            .map(|it| draft("t", it))
            .collect();
        let body = world.spawn(async move { hub.publish_all(lines).await });
        assert_eq!(reader.taken(&world), texts(0..3_000));
        assert!(block_on(body).iter().all(Result::is_ok));
        // What has been offered is kept no longer than was asked for.
        let kept = world.subscribe("t", Start::Earliest).read(&world);
        assert!((4..=8).contains(&kept.len()), "{retention:?}: {kept:?}");
        assert_eq!(kept.last().unwrap(), "2999");
    }
}

#[test]
fn what_grows_old_before_the_pump_comes_is_offered_first() {
    let world = keeping(Retention::default().age(Duration::from_secs(10)));
    let mut reader = Live::new(&world, "t");
    world.publish("t", "old");
    world.clock.advance(Duration::from_secs(60));
    world.publish("t", "new");
    world.hub.log().trim();
    assert_eq!(reader.taken(&world), ["old", "new"]);
    let kept = world.subscribe("t", Start::Earliest).read(&world);
    assert_eq!(kept, ["new"]);
}

#[test]
fn a_pump_that_does_not_run_bounds_what_is_held() {
    let world = keeping(Retention::default());
    let text = "x".repeat(TEXT_BYTES);
    let mut published = 0;
    let refused = loop {
        let mut publishing = Box::pin(world.hub.publish(draft("t", text.clone())));
        if let Some(stored) = block_on(poll_once(&mut publishing)) {
            stored.unwrap();
            published += 1;
            continue;
        }
        world.clock.advance(Duration::from_secs(5));
        break block_on(publishing);
    };
    assert_eq!(refused, Err(PublishError::Busy));
    assert_eq!(published, 2);
    assert!(world.hub.log().size().bytes <= LEAD_BYTES);
}

/// Who appends past the hub does not wait. There is a bound all the same, and then a gap.
#[test]
fn what_is_appended_past_the_hub_is_bounded_too() {
    let world = keeping(Retention::default().events(10));
    let mut reader = world.subscribe("t", Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    for number in 0..20_000 {
        block_on(world.hub.log().append(draft("t", number.to_string()))).unwrap();
    }
    assert_eq!(world.hub.log().size().events, 10 + 8_192);
    // Publishers wait for the pump, and no longer than that takes.
    let hub = world.hub.clone();
    let late = world
        .tasks
        .spawn(async move { hub.publish(draft("t", "late")).await });
    world.settle();
    assert!(late.is_finished());
    let read = reader.read(&world);
    assert!(read[0].starts_with("gap "), "{}", read[0]);
    assert_eq!(read.last().unwrap(), "late");
    assert_eq!(world.hub.log().size().events, 10);
}

#[test]
fn a_pump_that_is_dropped_holds_nobody_up() {
    let (hub, pump) = Hub::new(
        ssehub::Log::memory(
            ssehub::LogConfig::default().retention(Retention::default().events(10)),
            ssehub::Clock::manual(1_000),
        ),
        HubConfig::default(),
    );
    let publish = || hub.publish(draft("t", "x"));
    (0..1_024).for_each(|_| _ = block_on(publish()).unwrap());
    assert_eq!(hub.log().size().events, 1_024);
    let mut late = Box::pin(publish());
    assert!(block_on(poll_once(&mut late)).is_none());
    drop(pump);
    assert!(block_on(poll_once(&mut late)).is_some_and(|stored| stored.is_ok()));
    assert_eq!(hub.log().size().events, 10);
}

#[test]
fn a_publisher_that_gives_up_leaves_its_turn_to_the_next() {
    let world = keeping(Retention::default());
    let big = |events: usize| draft("t", "x".repeat(events * TEXT_BYTES));
    world.publish("t", &"x".repeat(TEXT_BYTES));
    // The first in the queue needs more than there is, the second does not.
    let mut large = Box::pin(world.hub.publish(big(2)));
    assert!(block_on(poll_once(&mut large)).is_none());
    let mut small = Box::pin(world.hub.publish(big(1)));
    assert!(block_on(poll_once(&mut small)).is_none());
    drop(large);
    assert!(block_on(poll_once(&mut small)).is_some());
}

#[test]
fn a_calm_publisher_waits_for_a_bounded_part_of_what_others_send() {
    let world = keeping(Retention::default());
    let mut reader = Live::new(&world, "calm");
    let order = Arc::new(Mutex::new(0));
    for _ in 0..10 {
        let hub = world.hub.clone();
        let order = order.clone();
        world
            .tasks
            .spawn(async move {
                for _ in 0..5 {
                    let lines = texts(0..1_000).into_iter().map(|it| draft("busy", it));
                    let answers = hub.publish_all(lines.collect()).await;
                    assert!(answers.iter().all(Result::is_ok));
                    *order.lock().unwrap() += answers.len();
                }
            })
            .detach();
    }
    let hub = world.hub.clone();
    let before = world.tasks.spawn(async move {
        let mut before = Vec::new();
        for number in 0..5 {
            let behind = hub.metrics().sum(|tally| tally.published.get());
            let stored = hub.publish(draft("calm", number.to_string())).await;
            assert!(stored.is_ok());
            before.push(hub.metrics().sum(|tally| tally.published.get()) - behind);
        }
        before
    });
    world.settle();
    let before = block_on(before);
    // Others have a part of a body each in front of it, and one is on its way.
    assert!(
        before.iter().all(|it| *it <= 1_024 + 10 * 256 + 1),
        "{before:?}"
    );
    assert_eq!(reader.taken(&world), texts(0..5));
    assert_eq!(*order.lock().unwrap(), 50_000);
}
