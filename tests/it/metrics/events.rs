//! Events, deliveries, and how long they take.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::http::{HttpConfig, MetricsAccess, Site};
use ssehub::store::Durability;
use ssehub::{Clock, Draft, HubConfig, Interest, Log, LogConfig, Retention, Start, Topic};

use super::{Figures, asking, get, post, server};
use crate::talk::Talk;
use crate::world::World;

#[test]
fn three_events_for_two_subscribers_are_six_deliveries() {
    let mut talk = server();
    let readers = [0, 1].map(|_| asking(&talk, get("/events/a")));
    let _stranger = asking(&talk, get("/events/b"));
    for body in ["1", "2", "3"] {
        talk.send(post("/events/a", body));
    }
    drop(readers);
    Figures::of(&talk).check(&[
        ("ssehub_events_published_total", 3.0),
        ("ssehub_deliveries_total", 6.0),
        ("ssehub_delivery_lag_seconds_count", 6.0),
        ("ssehub_publish_duration_seconds_count", 3.0),
        ("ssehub_log_events", 3.0),
        ("ssehub_log_window_events", 3.0),
        ("ssehub_events_repeated_total", 0.0),
        ("ssehub_events_unpublished_total", 0.0),
        ("ssehub_log_up", 1.0),
    ]);
}

#[test]
fn what_a_poll_takes_and_what_is_read_from_the_log_is_delivered_too() {
    let mut talk = server();
    talk.send(post("/events/a", "1"));
    talk.send(post("/events/a", "2"));
    asking(&talk, get("/events/a?format=poll&last_event_id=earliest"));
    asking(&talk, get("/events/a?last_event_id=earliest"));
    Figures::of(&talk).check(&[
        ("ssehub_deliveries_total", 4.0),
        // The pump has had no part in it.
        ("ssehub_delivery_lag_seconds_count", 0.0),
    ]);
}

#[test]
fn every_byte_counts_once() {
    let mut talk = server();
    let mut reader = asking(&talk, get("/events/a"));
    talk.send(post("/events/a", "1"));
    (0..15).for_each(|_| talk.pass(Duration::from_secs(1)));
    talk.send(get("/nowhere"));
    talk.read();
    reader.read();
    let bytes = talk.received.len() + reader.received.len();
    assert!(reader.received.ends_with(b":\n\r\n"), "a heartbeat");
    Figures::of(&talk).check(&[("ssehub_sent_bytes_total", bytes as f64)]);
}

#[test]
fn an_event_that_comes_again_is_a_repetition() {
    let mut talk = server();
    talk.send(post("/events/a?id=x", "1"));
    talk.send(post("/events/a?id=x", "1"));
    Figures::of(&talk).check(&[
        ("ssehub_events_published_total", 1.0),
        ("ssehub_events_repeated_total", 1.0),
    ]);
}

#[test]
fn the_lag_is_from_the_position_to_the_write() {
    let talk = server();
    let _readers = [0, 1].map(|_| asking(&talk, get("/events/a")));
    talk.world.publish("a", "1");
    talk.world.clock.advance(Duration::from_millis(30));
    talk.world.settle();
    Figures::of(&talk).check(&[
        ("ssehub_delivery_lag_seconds_bucket{le=\"0.025\"}", 0.0),
        ("ssehub_delivery_lag_seconds_bucket{le=\"0.05\"}", 2.0),
        ("ssehub_delivery_lag_seconds_bucket{le=\"+Inf\"}", 2.0),
        ("ssehub_delivery_lag_seconds_sum", 0.06),
    ]);
}

#[test]
fn a_lag_of_nothing_is_less_than_a_millisecond() {
    let talk = server();
    let _reader = asking(&talk, get("/events/a"));
    talk.world.publish("a", "1");
    talk.world.settle();
    let figures = Figures::of(&talk);
    figures.check(&[("ssehub_delivery_lag_seconds_bucket{le=\"0.001\"}", 1.0)]);
    let finer = "ssehub_delivery_lag_seconds_bucket{le=\"0.0005\"}";
    assert!(!figures.0.contains_key(finer));
}

#[test]
fn a_publisher_that_waits_for_the_pump_counts_its_wait() {
    let talk = server();
    let hub = talk.world.hub.clone();
    (0..1_024).for_each(|_| _ = talk.world.publish("a", "1"));
    let draft = Draft::new(Topic::parse("a").unwrap(), "late");
    let mut late = Box::pin(async move { hub.publish(draft).await });
    assert!(block_on(poll_once(&mut late)).is_none());
    assert_eq!(talk.world.hub.pump_lag(), 1_024);
    talk.world.clock.advance(Duration::from_secs(2));
    talk.world.settle();
    block_on(late).unwrap();
    Figures::of(&talk).check(&[
        ("ssehub_publish_duration_seconds_bucket{le=\"1\"}", 1_024.0),
        (
            "ssehub_publish_duration_seconds_bucket{le=\"2.5\"}",
            1_025.0,
        ),
        ("ssehub_publish_duration_seconds_sum", 2.0),
    ]);
}

#[test]
fn an_event_that_is_not_taken_is_unpublished() {
    let mut talk = server();
    talk.world.hub.close();
    let draft = Draft::new(Topic::parse("a").unwrap(), "late");
    block_on(talk.world.hub.publish(draft)).unwrap_err();
    talk.read();
    let figures = talk.world.hub.metrics();
    assert_eq!(figures.sum(|tally| tally.unpublished.get()), 1);
    assert_eq!(figures.sum(|tally| tally.published.get()), 0);
}

#[test]
fn an_update_counts_by_the_names_of_mercure() {
    let mut talk = server();
    let _reader = asking(&talk, get("/.well-known/mercure?topic=a"));
    let form = "topic=a&data=x";
    let fields = "Content-Type: application/x-www-form-urlencoded\r\n";
    let length = form.len();
    talk.send(format!(
        "POST /.well-known/mercure HTTP/1.1\r\nHost: h\r\n{fields}Content-Length: {length}\r\n\r\n{form}"
    ));
    talk.send(post("/events/a", "another"));
    Figures::of(&talk).check(&[
        ("mercure_updates_total", 1.0),
        ("mercure_subscribers_total", 1.0),
        ("mercure_subscribers_connected", 1.0),
        ("ssehub_events_published_total", 2.0),
    ]);
}

#[test]
fn a_gap_is_told_once() {
    let mut talk = server();
    talk.send(post("/events/a", "1"));
    let _reader = asking(&talk, get("/events/a?last_event_id=%231-0"));
    Figures::of(&talk).check(&[("ssehub_gaps_total", 1.0)]);
}

#[test]
fn a_log_that_forgets_tells_where_it_begins() {
    let retention = Retention::default().events(2);
    let world = World::keeping(retention, HubConfig::default());
    world.clock.advance(Duration::from_secs(9));
    world.publish_all("a", 0..2);
    world.clock.advance(Duration::from_secs(1));
    world.publish_all("a", 2..3);
    world.settle();
    let log = world.hub.log();
    assert_eq!((log.size().events, log.window_size()), (2, log.size()));
    let config = HttpConfig::default().metrics(MetricsAccess::Open);
    let site = Arc::new(Site::new(world.hub.clone(), config));
    Figures::of(&Talk::in_world(world.into(), site)).check(&[
        ("ssehub_log_kept_after_timestamp_seconds", 10.0),
        ("ssehub_log_newest_timestamp_seconds", 11.0),
        ("process_start_time_seconds", 1.0),
    ]);
}

#[test]
fn a_log_in_a_file_tells_its_size_also_when_it_is_opened_again() {
    let folder = crate::log::Folder::new();
    let clock = Clock::manual(1_000);
    let open = || {
        let config = LogConfig::default();
        crate::log::open(&folder.file(), Durability::Commit, config, &clock).unwrap()
    };
    let log = open();
    assert_eq!(log.size().events, 0);
    for data in ["1", "2"] {
        let draft = Draft::new(Topic::parse("a").unwrap(), data);
        block_on(log.append(draft)).unwrap();
    }
    let size = log.size();
    assert_eq!(size.events, 2);
    assert!(size.bytes > 10);
    assert_eq!(log.commits().map(commits), Some(2));
    assert!(
        Log::memory(LogConfig::default(), Clock::manual(0))
            .commits()
            .is_none()
    );
    drop(log);
    assert_eq!(open().size(), size);
}

fn commits(times: &ssehub::metrics::Histogram) -> u64 {
    ssehub::metrics::Buckets::of(times).count()
}

#[test]
fn tallies_of_several_pumps_are_added_up() {
    let pumps = std::num::NonZeroUsize::new(2).unwrap();
    let log = Log::memory(LogConfig::default(), Clock::manual(0));
    let halves = ssehub::Hub::with_pumps(log, HubConfig::default(), pumps);
    let interest = Interest::topic(Topic::parse("a").unwrap());
    let readers =
        [0, 1, 1].map(|half: usize| halves[half].0.subscribe(interest.clone(), Start::Now));
    let metrics = halves[0].0.metrics();
    let of = |via| metrics.sum(|tally| tally.subscribers(via).get());
    assert_eq!(of(ssehub::metrics::Via::Embedded), 3);
    assert_eq!(halves[1].0.subscribers(), 3);
    drop(readers);
    assert_eq!(of(ssehub::metrics::Via::Embedded), 0);
}
