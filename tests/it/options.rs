//! Options at zero and at their most: each field counts within its limits, and nothing panics.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::block_on;
use ssehub::http::{BodyMemory, HeadLimits, HttpConfig, Site};
use ssehub::limits::{LimitConfig, Limits};
use ssehub::store::Durability;
use ssehub::{Clock, Draft, HubConfig, Log, LogConfig, Next, Retention, Start, Topic};

use crate::talk::Talk;
use crate::world::World;

const TIMES: [Duration; 2] = [Duration::ZERO, Duration::MAX];
const NUMBERS: [usize; 2] = [0, usize::MAX];

/// Publishes, reads live and from the log, lets time pass, and closes. What was read, and what was answered.
fn life(log: Log, hub: HubConfig, http: HttpConfig) -> (Vec<String>, u16) {
    let world = World::over(log, hub);
    let site = Arc::new(Site::new(world.hub.clone(), http));
    let mut live = world.subscribe("a", Start::Now);
    let mut read = live.read(&world);
    let mut talk = Talk::in_world(world.into(), site.clone());
    let request = "POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    talk.send(request);
    let status = talk.reply().map_or(0, |reply| reply.status);
    let world = &talk.world;
    read.extend(live.read(world));
    _ = world.hub.retry();
    let named = world.subscribe("a", Start::Earliest).0.named("ann");
    drop(named);
    for time in [1, 60, 3_600] {
        world.pass(Duration::from_secs(time));
    }
    site.close();
    world.settle();
    (read, status)
}

fn memory(config: LogConfig) -> Log {
    Log::memory(config, Clock::manual(1_000))
}

/// Appends an event to a log in a file, and reads what is there.
fn file(durability: Durability, config: LogConfig) -> Vec<String> {
    let (folder, clock) = (crate::log::Folder::new(), Clock::manual(1_000));
    let log = crate::log::open(&folder.file(), durability, config, &clock).unwrap();
    block_on(log.append(Draft::new(Topic::parse("a").unwrap(), "x"))).unwrap();
    log.trim();
    block_on(log.flush()).unwrap();
    let world = World::over(log, HubConfig::default());
    let mut reader = world.subscribe("a", Start::Earliest);
    match block_on(reader.0.catch_up()) {
        Some(Next::Events(events)) => events.iter().map(|it| it.data().to_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_option_of_a_hub() {
    let hub = HubConfig::default;
    let mut configs = Vec::new();
    for time in TIMES {
        configs.push(hub().heartbeat(time));
        configs.push(hub().retry(time));
        configs.push(hub().presence_grace(time));
        configs.push(hub().drain_spread(time));
    }
    configs.extend(NUMBERS.map(|number| hub().queue_events(number)));
    configs.extend([0, u64::MAX].map(|seed| hub().seed(seed)));
    for config in configs {
        let said = format!("{config:?}");
        let lived = life(memory(LogConfig::default()), config, HttpConfig::default());
        assert_eq!(lived, (vec!["x".to_owned()], 200), "{said}");
    }
}

#[test]
fn a_retry_time_has_a_floor_and_a_ceiling() {
    for (time, bounds) in TIMES.into_iter().zip([50..=150, 300_000..=900_000]) {
        let world = World::new(HubConfig::default().retry(time));
        for _ in 0..100 {
            assert!(bounds.contains(&world.hub.retry().as_millis()));
        }
    }
}

#[test]
fn every_option_of_a_log() {
    let keep = Retention::default;
    let mut kept = Vec::new();
    kept.extend(NUMBERS.map(|number| keep().events(number)));
    kept.extend(TIMES.map(|time| keep().age(time)));
    kept.extend(NUMBERS.map(|number| keep().topic_events(Some(number))));
    kept.push(keep().bytes(usize::MAX));
    for retention in kept {
        let configs = [
            LogConfig::default().retention(retention),
            LogConfig::default().window(retention),
            LogConfig::default().retention(retention).window(retention),
        ];
        for config in configs {
            let said = format!("{config:?}");
            let lived = life(memory(config), HubConfig::default(), HttpConfig::default());
            assert_eq!(lived, (vec!["x".to_owned()], 200), "{said}");
            assert_eq!(file(Durability::Commit, config), ["x"], "{said}");
        }
    }
    // Nothing fits into nothing, and that is said.
    let nothing = memory(LogConfig::default().retention(keep().bytes(0)));
    let lived = life(nothing, HubConfig::default(), HttpConfig::default());
    assert_eq!(lived, (vec![], 413));
}

#[test]
fn every_time_after_which_a_log_is_durable() {
    for time in TIMES {
        let config = LogConfig::default();
        assert_eq!(file(Durability::Interval(time), config), ["x"]);
    }
}

#[test]
fn every_option_of_the_front() {
    let http = HttpConfig::default;
    let mut configs = Vec::new();
    for time in TIMES {
        configs.push(http().head_deadline(time));
        configs.push(http().body_deadline(time));
        configs.push(http().idle(time));
        configs.push(http().stall(time));
        configs.push(http().stream_life(time));
    }
    for number in NUMBERS {
        configs.push(http().body_bytes(number));
        configs.push(http().head(HeadLimits::default().bytes(number)));
        configs.push(http().head(HeadLimits::default().line_bytes(number)));
        configs.push(http().head(HeadLimits::default().fields(number)));
        let limits = LimitConfig::default().address_connections(number);
        configs.push(http().limits(Limits::new(limits)));
        let limits = LimitConfig::default().credential_subscriptions(number);
        configs.push(http().limits(Limits::new(limits)));
    }
    configs.push(http().body_memory(BodyMemory::new(usize::MAX)));
    for config in configs {
        let said = format!("{config:?}");
        let lived = life(memory(LogConfig::default()), HubConfig::default(), config);
        assert_eq!(lived, (vec!["x".to_owned()], 200), "{said}");
    }
}

#[test]
fn no_body_fits_into_no_memory_and_that_is_said() {
    let config = HttpConfig::default().body_memory(BodyMemory::new(0));
    let lived = life(memory(LogConfig::default()), HubConfig::default(), config);
    assert_eq!(lived, (vec![], 413));
}

#[test]
fn a_rate_has_bounds_of_its_own() {
    use ssehub::limits::{RATE_EVENTS, Rate};
    for number in [0, RATE_EVENTS + 1, u32::MAX] {
        assert_eq!(Rate::new(number, 1), None);
        assert_eq!(Rate::new(1, number), None);
    }
    for burst in [1, RATE_EVENTS] {
        let limits = LimitConfig::default().anonymous_publish(Rate::new(1, burst));
        let config = HttpConfig::default().limits(Limits::new(limits));
        let lived = life(memory(LogConfig::default()), HubConfig::default(), config);
        assert_eq!(lived, (vec!["x".to_owned()], 200));
    }
}

/// A clock that cannot wait for ever waits as long as it can.
#[test]
fn a_wait_without_end_is_one() {
    let clock = Clock::manual(1_000);
    clock.advance(Duration::from_secs(1));
    let mut sleep = Box::pin(clock.sleep(Duration::MAX));
    assert!(block_on(futures_lite::future::poll_once(&mut sleep)).is_none());
}

#[test]
fn a_subscriber_with_the_smallest_queue_gets_everything() {
    let world = World::new(HubConfig::default().queue_events(0));
    let mut reader = world.subscribe("t", Start::Now);
    assert!(reader.read(&world).is_empty());
    world.publish_all("t", 0..10);
    world.settle();
    let mut read = 0;
    while let Some(Next::Events(events)) =
        block_on(futures_lite::future::poll_once(reader.0.next()))
    {
        read += events.len();
        world.settle();
    }
    assert_eq!(read, 10);
}
