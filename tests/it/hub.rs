//! Joining, resuming, falling behind, gaps, endings: the subscription as a cursor in the log.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ssehub::hub::{Offered, Outlet, PublishError};
use ssehub::metrics::Sent;
use ssehub::{Draft, Event, HubConfig, Interest, Retention, Selector, Start, Topic};

use crate::world::{World, texts};

fn config(queue_events: usize) -> HubConfig {
    HubConfig::default().queue_events(queue_events).seed(1)
}

/// A world whose log keeps so many events.
fn world(queue_events: usize, kept_events: usize) -> World {
    let retention = Retention::default().events(kept_events);
    World::keeping(retention, config(queue_events))
}

#[test]
fn a_new_subscriber_reads_what_comes_and_nothing_older() {
    let world = world(8, 100);
    world.publish("t", "before");
    let mut reader = world.subscribe("t", Start::Now);
    assert_eq!(reader.read(&world), [""; 0]);
    world.publish("other", "x");
    world.publish("t", "after");
    assert_eq!(reader.read(&world), ["after"]);
}

#[test]
fn earliest_reads_all_that_is_kept_then_goes_live() {
    let world = world(8, 100);
    world.publish_all("t", 0..50);
    let mut reader = world.subscribe("t", Start::Earliest);
    assert_eq!(reader.read(&world), texts(0..50));
    world.publish_all("t", 50..53);
    assert_eq!(reader.read(&world), texts(50..53));
}

#[test]
fn a_reader_resumes_after_the_last_event_it_has_seen() {
    let world = world(8, 100);
    world.publish_all("t", 0..3);
    let seen = world.publish("t", "3").to_string();
    world.publish_all("t", 4..7);
    for id in [seen.as_str(), seen.trim_start_matches('#')] {
        let mut reader = world.subscribe("t", Start::After(id.to_owned()));
        assert_eq!(reader.read(&world), texts(4..7));
    }
}

#[test]
fn a_publishers_own_id_is_an_alias_for_the_position() {
    let world = world(8, 100);
    let topic = Topic::parse("t").unwrap();
    let draft = Draft::new(topic, "0").own_id("order-1").unwrap();
    futures_lite::future::block_on(world.hub.publish(draft)).unwrap();
    world.publish_all("t", 1..3);
    let mut reader = world.subscribe("t", Start::After("order-1".to_owned()));
    assert_eq!(reader.read(&world), texts(1..3));
}

#[test]
fn one_millisecond_holds_many_events_in_order() {
    let world = world(8, 1_000);
    let ids: Vec<_> = (0..100).map(|_| world.publish("t", "x")).collect();
    assert!(ids.is_sorted() && ids.first() < ids.last());
    assert_eq!(ids[0].ms, ids[99].ms);
}

/// At every moment of a subscriber's joining, an event may be appended: before it has read, after
/// it has read but not joined, after it has joined but before the pump knows.
#[test]
fn no_event_falls_between_history_and_live() {
    for pauses in 0..20 {
        let world = world(4, 1_000);
        world.publish_all("t", 0..3);
        let mut reader = world.subscribe("t", Start::Earliest);
        let mut read = Vec::new();
        for number in 3..40 {
            if number % 7 == pauses % 7 {
                read.extend(reader.read(&world));
            }
            for _ in 0..pauses {
                world.tasks.try_tick();
            }
            world.publish("t", &number.to_string());
            if number % 3 == pauses % 3 {
                let next = reader.0.next();
                if let Some(ssehub::Next::Events(events)) =
                    futures_lite::future::block_on(futures_lite::future::poll_once(next))
                {
                    read.extend(events.iter().map(|event| event.data().to_owned()));
                }
            }
        }
        read.extend(reader.read(&world));
        assert_eq!(read, texts(0..40), "with {pauses} pauses");
    }
}

#[test]
fn a_subscriber_that_does_not_read_falls_behind_and_catches_up_from_the_log() {
    let world = world(4, 1_000);
    let mut slow = world.subscribe("t", Start::Now);
    let mut quick = world.subscribe("t", Start::Now);
    assert!(slow.read(&world).is_empty() && quick.read(&world).is_empty());
    for start in (0..500).step_by(10) {
        world.publish_all("t", start..start + 10);
        assert_eq!(quick.read(&world), texts(start..start + 10));
    }
    assert_eq!(slow.read(&world), texts(0..500));
    world.publish("t", "500");
    assert_eq!(slow.read(&world), ["500"]);
}

#[test]
fn a_quiet_topics_subscriber_is_not_told_of_gaps_that_do_not_concern_it() {
    let world = world(4, 10);
    let mut reader = world.subscribe("quiet", Start::Now);
    assert!(reader.read(&world).is_empty());
    for _ in 0..10 {
        world.publish_all("busy", 0..9);
        world.settle();
    }
    world.publish_all("quiet", 0..9);
    assert_eq!(reader.read(&world), texts(0..9));
}

#[test]
fn one_that_has_fallen_off_the_log_is_told_and_reads_on_from_what_is_kept() {
    let world = world(4, 10);
    let mut reader = world.subscribe("t", Start::Now);
    assert!(reader.read(&world).is_empty());
    world.publish_all("t", 0..4);
    world.settle();
    world.publish_all("t", 4..50);
    let read = reader.read(&world);
    assert_eq!(read[..4], texts(0..4));
    assert!(read[4].starts_with("gap #1000-"), "{}", read[4]);
    assert_eq!(read[5..], texts(40..50));
}

#[test]
fn an_id_from_before_this_log_or_from_nowhere_is_answered_with_a_gap() {
    let world = world(4, 10);
    world.publish_all("t", 0..2);
    for id in ["#999-5", "never-heard-of", "#9999999-0"] {
        let mut reader = world.subscribe("t", Start::After(id.to_owned()));
        let mut expected = vec![format!("gap {id} #1000-0")];
        expected.extend(texts(0..2));
        assert_eq!(reader.read(&world), expected);
    }
}

#[test]
fn the_log_forgets_by_count_by_size_and_by_age() {
    let kept = |retention: Retention| {
        let world = World::keeping(retention, config(4));
        world.publish_all("t", 0..20);
        world.pass(Duration::from_secs(60));
        world.publish_all("t", 20..25);
        world.settle();
        world.subscribe("t", Start::Earliest).read(&world)
    };
    let all = Retention::default();
    assert_eq!(kept(all), texts(0..25));
    assert_eq!(kept(all.events(7)), texts(18..25));
    let age = Duration::from_secs(59);
    assert_eq!(kept(all.age(age)), texts(20..25));
    // An event is counted with a fixed part, its topic, and four times its text; the topic once more.
    let bytes = 3 * (768 + 80 + 5 + 4 * 2) + 440;
    assert_eq!(kept(all.bytes(bytes)), texts(22..25));
}

#[test]
fn age_is_noticed_without_a_publisher() {
    let retention = Retention::default().age(Duration::from_secs(10));
    let world = World::keeping(retention, config(4));
    world.publish("t", "old");
    world.pass(Duration::from_secs(11));
    assert!(
        world
            .subscribe("t", Start::Earliest)
            .read(&world)
            .is_empty()
    );
}

#[test]
fn many_topics_and_all_topics() {
    let world = world(64, 1_000);
    let named = ["a", "b", "a"].map(|name| Selector::parse(name).unwrap());
    let mut two = crate::world::Reader(world.hub.subscribe(Interest::any(named), Start::Now));
    let everything = [Selector::All, Selector::parse("a").unwrap()];
    let mut all = crate::world::Reader(world.hub.subscribe(Interest::any(everything), Start::Now));
    assert!(two.read(&world).is_empty() && all.read(&world).is_empty());
    for (number, topic) in ["a", "c", "b", "a", "c"].into_iter().enumerate() {
        world.publish(topic, &number.to_string());
    }
    assert_eq!(two.read(&world), ["0", "2", "3"]);
    assert_eq!(all.read(&world), texts(0..5));
    let mut replay = crate::world::Reader(world.hub.subscribe(
        Interest::any(["b", "a"].map(|name| Selector::parse(name).unwrap())),
        Start::Earliest,
    ));
    assert_eq!(replay.read(&world), ["0", "2", "3"]);
}

#[test]
fn who_leaves_is_not_counted_and_disturbs_nobody() {
    let world = world(4, 100);
    let mut staying = world.subscribe("t", Start::Now);
    let mut leaving = world.subscribe("t", Start::Now);
    assert!(staying.read(&world).is_empty() && leaving.read(&world).is_empty());
    assert_eq!(world.hub.subscribers(), 2);
    drop(leaving);
    assert_eq!(world.hub.subscribers(), 1);
    let mut coming = world.subscribe("t", Start::Now);
    assert!(coming.read(&world).is_empty());
    world.publish("t", "0");
    assert_eq!(staying.read(&world), ["0"]);
    assert_eq!(coming.read(&world), ["0"]);
}

#[test]
fn a_closed_hub_lets_everyone_read_to_the_end() {
    let world = world(4, 100);
    let mut live = world.subscribe("t", Start::Now);
    assert!(live.read(&world).is_empty());
    world.publish_all("t", 0..9);
    world.hub.close();
    let refused = world
        .hub
        .publish(Draft::new(Topic::parse("t").unwrap(), "x"));
    let refused = futures_lite::future::block_on(refused).unwrap_err();
    assert_eq!(refused, PublishError::Closed);
    let mut expected = texts(0..9);
    expected.push("ended".to_owned());
    assert_eq!(live.read(&world), expected);
    assert_eq!(world.subscribe("t", Start::Earliest).read(&world), expected);
}

#[test]
fn publishers_wait_for_a_pump_that_lags_and_are_told_when_it_does_not_come() {
    let world = world(4, 10_000);
    world.publish_all("t", 0..1_024);
    let hub = world.hub.clone();
    let publish = move || {
        let hub = hub.clone();
        async move {
            let draft = Draft::new(Topic::parse("t").unwrap(), "one more");
            hub.publish(draft).await.map(|stored| stored.repeated)
        }
    };
    // The pump stands still: nobody runs but the publisher.
    let mut waiting = Box::pin(publish());
    let once = futures_lite::future::poll_once(&mut waiting);
    assert!(futures_lite::future::block_on(once).is_none());
    world.clock.advance(Duration::from_secs(5));
    let told = futures_lite::future::block_on(waiting);
    assert_eq!(told, Err(PublishError::Busy));
    let waiting = world.spawn(publish());
    assert_eq!(futures_lite::future::block_on(waiting), Ok(false));
}

#[test]
fn an_event_larger_than_the_whole_log_is_refused() {
    let retention = Retention::default().bytes(10_000);
    let world = World::keeping(retention, config(4));
    let draft = Draft::new(Topic::parse("t").unwrap(), "x".repeat(10_000));
    let refused = futures_lite::future::block_on(world.hub.publish(draft));
    assert_eq!(refused.unwrap_err(), PublishError::TooLarge);
}

#[test]
fn topics_come_and_go_without_a_trace() {
    let world = world(4, 10);
    for number in 0..30_000 {
        let topic = format!("topic-{number}");
        let mut reader = world.subscribe(&topic, Start::Now);
        if number % 100 == 0 {
            assert!(reader.read(&world).is_empty());
            world.publish(&topic, "x");
            assert_eq!(reader.read(&world), ["x"]);
        }
    }
    assert_eq!(world.hub.subscribers(), 0);
}

/// A stream that takes whatever it is offered.
struct Deaf;

impl Outlet for Deaf {
    fn offer(&mut self, _: &[Arc<Event>], _: &mut Sent) -> Offered {
        Offered::Written
    }

    fn heartbeat(&mut self, _: &mut Sent) -> Offered {
        Offered::Written
    }

    fn poll_gone(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

#[test]
fn a_stream_lent_after_the_pump_has_passed_is_given_back() {
    let world = world(4, 100);
    let mut reader = world.subscribe("t", Start::Now);
    assert!(futures_lite::future::block_on(reader.0.catch_up()).is_none());
    world.publish("t", "0");
    world.settle();
    assert!(reader.0.lend(Box::new(Deaf)).is_err());
    assert_eq!(reader.read(&world), ["0"]);
}

/// A stream that panics when it is asked to do this.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Defect {
    Offer,
    Heartbeat,
    Gone,
}

impl Outlet for Defect {
    fn offer(&mut self, _: &[Arc<Event>], _: &mut Sent) -> Offered {
        assert!(*self != Defect::Offer, "on purpose");
        Offered::Written
    }

    fn heartbeat(&mut self, _: &mut Sent) -> Offered {
        assert!(*self != Defect::Heartbeat, "on purpose");
        Offered::Written
    }

    fn poll_gone(&mut self, _: &mut Context<'_>) -> Poll<()> {
        assert!(*self != Defect::Gone, "on purpose");
        Poll::Pending
    }
}

#[test]
fn a_stream_that_panics_ends_its_subscriber_and_nobody_else() {
    for defect in [Defect::Offer, Defect::Heartbeat, Defect::Gone] {
        let world = world(4, 100);
        let mut broken = world.subscribe("t", Start::Now);
        assert!(futures_lite::future::block_on(broken.0.catch_up()).is_none());
        assert!(broken.0.lend(Box::new(defect)).is_ok());
        let mut other = world.subscribe("t", Start::Now);
        assert!(other.read(&world).is_empty());
        assert_eq!(world.hub.subscribers_behind(), 0);
        world.publish("t", "0");
        world.settle();
        for _ in 0..15 {
            world.pass(Duration::from_secs(1));
        }
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let returned = broken.0.poll_returned::<Defect>(&mut cx);
        assert!(matches!(returned, Poll::Ready(None)), "{defect:?}");
        drop(broken);
        world.publish("t", "1");
        assert_eq!(other.read(&world), texts(0..2), "{defect:?}");
        assert_eq!(world.hub.subscribers(), 1);
    }
}

/// A slow reader holds what its queue holds, also of what the log has dropped.
#[test]
fn a_queue_is_bounded_in_bytes_too() {
    let large = "x".repeat(1 << 20);
    let world = world(64, 5);
    let mut slow = world.subscribe("t", Start::Now);
    assert!(slow.read(&world).is_empty());
    for _ in 0..20 {
        world.publish("t", &large);
        world.settle();
    }
    // One waits, whatever its size; the others were left to the log, which has dropped them.
    let read = slow.read(&world);
    assert_eq!((read.len(), read[0] == large), (7, true));
    assert!(read[1].starts_with("gap "));
    // An event of 7,500 bytes counts as 30,853: eight fit.
    let middling = "x".repeat(7_500);
    for count in [8, 9] {
        for _ in 0..10 {
            (0..count).for_each(|_| _ = world.publish("t", &middling));
            world.settle();
            let is_behind = count == 9;
            assert_eq!(world.hub.subscribers_behind(), usize::from(is_behind));
            assert_eq!(slow.read(&world).len(), count);
        }
    }
}

/// Batch after batch, there is always something to offer.
#[test]
fn heartbeats_come_however_much_is_published() {
    let world = world(4, 1_000);
    let mut crowd: Vec<_> = (0..64)
        .map(|_| world.subscribe("busy", Start::Now))
        .collect();
    for busy in &mut crowd {
        assert!(futures_lite::future::block_on(busy.0.catch_up()).is_none());
        assert!(busy.0.lend(Box::new(Deaf)).is_ok());
    }
    let mut quiet = world.subscribe("quiet", Start::Now);
    assert!(futures_lite::future::block_on(quiet.0.catch_up()).is_none());
    assert!(quiet.0.lend(Box::new(Defect::Heartbeat)).is_ok());
    world.settle();
    let hub = world.hub.clone();
    let publishing = world.tasks.spawn(async move {
        loop {
            let draft = Draft::new(Topic::parse("busy").unwrap(), "x");
            hub.publish(draft).await.unwrap();
            futures_lite::future::yield_now().await;
        }
    });
    for _ in 0..20 {
        world.clock.advance(Duration::from_secs(1));
        (0..20).for_each(|_| _ = world.tasks.try_tick());
    }
    drop(publishing);
    let mut cx = Context::from_waker(std::task::Waker::noop());
    let beaten = quiet.0.poll_returned::<Defect>(&mut cx);
    assert!(matches!(beaten, Poll::Ready(None)), "no heartbeat");
}
