//! Event streams over pipes of limited capacity: write-through, a slow peer, a lost one.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use ssehub::http::{HttpConfig, Site, serve};
use ssehub::{HubConfig, Retention};

use crate::pipe::{Duplex, duplex};
use crate::world::{World, texts};

const HEAD: &str = "GET /sse?user=ann HTTP/1.1\r\nHost: h\r\n\r\n";

/// A client that speaks bytes.
struct Client {
    pipe: Duplex,
    received: String,
}

struct House {
    world: World,
    site: Arc<Site>,
}

impl House {
    fn new(config: HubConfig) -> House {
        House::keeping(Retention::default(), config)
    }

    fn keeping(retention: Retention, config: HubConfig) -> House {
        let world = World::keeping(retention, config);
        let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
        House { world, site }
    }

    /// Connects over a pipe that holds so many bytes, and sends `request`.
    fn client(&self, capacity: usize, request: &str) -> Client {
        let (mut pipe, server) = duplex(capacity);
        self.world
            .tasks
            .spawn(serve(server, self.site.clone()))
            .detach();
        for part in request.as_bytes().chunks(capacity) {
            block_on(pipe.write_all(part)).unwrap();
            self.world.settle();
        }
        Client {
            pipe,
            received: String::new(),
        }
    }

    fn subscriber(&self, capacity: usize) -> Client {
        let mut client = self.client(capacity, HEAD);
        client.read(&self.world);
        assert!(client.received.starts_with("HTTP/1.1 200 OK\r\n"));
        assert!(client.received.contains("transfer-encoding: chunked\r\n"));
        let (_, body) = client.received.split_once("\r\n\r\n").unwrap();
        assert!(body.contains(":\nretry: "), "{body:?}");
        client.received.clear();
        client
    }
}

impl Client {
    /// Reads until nothing more comes; `false` at the end of the stream.
    fn read(&mut self, world: &World) -> bool {
        let mut buffer = [0; 1_000];
        loop {
            world.settle();
            match block_on(poll_once(self.pipe.read(&mut buffer))) {
                None => return true,
                Some(Ok(0) | Err(_)) => return false,
                Some(Ok(bytes)) => {
                    self.received += std::str::from_utf8(&buffer[..bytes]).unwrap();
                }
            }
        }
    }

    /// The data of the events received so far, with the chunks' framing checked and taken away.
    fn events(&self) -> Vec<String> {
        let mut body = String::new();
        let mut rest = self.received.as_str();
        while let Some((size, after)) = rest.split_once("\r\n") {
            let size = usize::from_str_radix(size, 16).unwrap();
            let (chunk, after) = after.split_at(size);
            body += chunk;
            rest = after.strip_prefix("\r\n").unwrap();
        }
        assert_eq!(rest, "");
        body.split_terminator("\n\n")
            .map(|event| event.split_once("data: ").unwrap().1.to_owned())
            .collect()
    }
}

#[test]
fn an_event_reaches_the_peer_without_its_task_being_run() {
    let house = House::new(HubConfig::default());
    let mut client = house.subscriber(1_000);
    house.world.publish("chat", "hello");
    // One tick: the pump's. The subscriber's task stays asleep, its channel is never made.
    assert!(house.world.tasks.try_tick());
    let mut buffer = [0; 100];
    let bytes = block_on(poll_once(client.pipe.read(&mut buffer)))
        .unwrap()
        .unwrap();
    assert!(
        std::str::from_utf8(&buffer[..bytes])
            .unwrap()
            .ends_with("data: hello\n\n\r\n")
    );
}

#[test]
fn a_burst_larger_than_the_pipe_arrives_whole_and_in_order() {
    for capacity in [1, 7, 64, 1_000, 100_000] {
        let house = House::new(HubConfig::default());
        let mut client = house.subscriber(capacity.max(7));
        house.world.publish_all("chat", 0..500);
        client.read(&house.world);
        assert_eq!(client.events(), texts(0..500), "with {capacity} bytes");
        house.world.publish_all("chat", 500..501);
        client.read(&house.world);
        assert_eq!(client.events(), texts(0..501));
    }
}

#[test]
fn a_peer_that_does_not_read_harms_nobody_and_gets_everything_later() {
    let house = House::new(HubConfig::default());
    let mut slow = house.subscriber(300);
    let mut quick = house.subscriber(300);
    for start in (0..2_000).step_by(5) {
        house.world.publish_all("chat", start..start + 5);
        quick.read(&house.world);
    }
    assert_eq!(quick.events(), texts(0..2_000));
    house.world.pass(Duration::from_secs(29));
    slow.read(&house.world);
    assert_eq!(slow.events(), texts(0..2_000));
    house.world.publish_all("chat", 2_000..2_003);
    slow.read(&house.world);
    assert_eq!(slow.events(), texts(0..2_003));
}

#[test]
fn a_peer_that_falls_off_the_log_is_told() {
    let house = House::keeping(Retention::default().events(50), HubConfig::default());
    let mut slow = house.subscriber(300);
    for start in (0..1_000).step_by(10) {
        house.world.publish_all("chat", start..start + 10);
        house.world.settle();
    }
    slow.read(&house.world);
    let events = slow.events();
    let gap = events
        .iter()
        .position(|event| event.contains("\"resumed\""))
        .unwrap();
    assert_eq!(events[..gap], texts(0..gap as u32));
    assert_eq!(events[gap + 1..], texts(950..1_000));
    assert!(slow.received.contains("event: gap\n"));
}

#[test]
fn nothing_taken_for_too_long_ends_the_stream_however_much_is_said() {
    let house = House::new(HubConfig::default());
    let mut stuck = house.subscriber(300);
    house.world.publish_all("chat", 0..100);
    house.world.settle();
    for second in 0..29 {
        house.world.pass(Duration::from_secs(1));
        house.world.publish_all("chat", second..second + 1);
        assert_eq!(house.world.hub.subscribers(), 1);
    }
    house.world.pass(Duration::from_secs(1));
    assert_eq!(house.world.hub.subscribers(), 0);
    assert!(!stuck.read(&house.world));
}

#[test]
fn taking_a_little_is_enough_to_stay() {
    let house = House::new(HubConfig::default());
    let mut client = house.subscriber(300);
    house.world.publish_all("chat", 0..100);
    let mut buffer = [0; 10];
    for _ in 0..10 {
        house.world.pass(Duration::from_secs(29));
        let bytes = block_on(client.pipe.read(&mut buffer)).unwrap();
        client.received += std::str::from_utf8(&buffer[..bytes]).unwrap();
        house.world.settle();
    }
    client.read(&house.world);
    assert_eq!(client.events(), texts(0..100));
}

#[test]
fn who_hangs_up_is_gone_at_once() {
    let house = House::new(HubConfig::default());
    let parked = house.subscriber(300);
    let stuck = house.subscriber(300);
    assert_eq!(house.world.hub.subscribers(), 2);
    drop(parked);
    house.world.settle();
    assert_eq!(house.world.hub.subscribers(), 1);
    house.world.publish_all("chat", 0..100);
    house.world.settle();
    drop(stuck);
    house.world.settle();
    assert_eq!(house.world.hub.subscribers(), 0);
}

#[test]
fn heartbeats_come_when_there_is_nothing_else_and_only_then() {
    let house = House::new(HubConfig::default());
    let mut client = house.subscriber(1_000);
    let mut beats = 0;
    for _ in 0..45 {
        house.world.pass(Duration::from_secs(1));
        client.read(&house.world);
        beats += client.received.matches("2\r\n:\n\r\n").count();
        client.received.clear();
    }
    assert_eq!(beats, 3);
    // One whose pipe is full has no room for heartbeats, and gets none afterwards either.
    let mut stuck = house.subscriber(20);
    house
        .world
        .publish("chat", "a long message, longer than the pipe");
    for _ in 0..20 {
        house.world.pass(Duration::from_secs(1));
    }
    stuck.read(&house.world);
    assert!(!stuck.received.contains("2\r\n:\n"), "{:?}", stuck.received);
}

#[test]
fn a_heartbeat_that_fits_in_part_is_finished_before_the_next_event() {
    let house = House::new(HubConfig::default());
    let mut client = house.subscriber(39);
    house.world.publish("chat", "0");
    house.world.settle();
    for _ in 0..15 {
        house.world.pass(Duration::from_secs(1));
    }
    house.world.publish("chat", "1");
    client.read(&house.world);
    let received = client.received.replace("2\r\n:\n\r\n", "");
    assert_ne!(received, client.received, "no heartbeat");
    client.received = received;
    assert_eq!(client.events(), texts(0..2));
}

#[test]
fn history_comes_before_what_is_said_meanwhile() {
    let house = House::new(HubConfig::default());
    house.world.publish_all("chat", 0..300);
    let request = HEAD.replace("user=ann", "user=ann&last_event_id=earliest");
    let mut client = house.client(100, &request);
    house.world.publish_all("chat", 300..320);
    client.read(&house.world);
    let (_, body) = client.received.split_once("\r\n\r\n").unwrap();
    let (_, events) = body.split_once("\n\r\n").unwrap();
    client.received = events.to_owned();
    assert_eq!(client.events(), texts(0..320));
}

#[test]
fn closing_the_site_ends_streams_with_the_last_chunk() {
    let house = House::new(HubConfig::default());
    let mut client = house.subscriber(100);
    house.world.publish_all("chat", 0..20);
    house.site.close();
    assert!(!client.read(&house.world));
    let whole = client
        .received
        .strip_suffix("0\r\n\r\n")
        .unwrap()
        .to_owned();
    client.received = whole;
    assert_eq!(client.events(), texts(0..20));
}

#[test]
fn a_crowd_is_let_go_one_after_the_other() {
    let house = House::new(HubConfig::default().drain_spread(Duration::from_secs(1)));
    let mut crowd: Vec<_> = (0..50).map(|_| house.subscriber(1_000)).collect();
    house.world.publish_all("chat", 0..2);
    house.site.close();
    for tenth in 1..=10 {
        let open = crowd
            .iter_mut()
            .filter_map(|it| it.read(&house.world).then_some(()));
        assert_eq!(open.count(), 50 - tenth * 5);
        house.world.pass(Duration::from_millis(100));
    }
    assert_eq!(house.world.hub.subscribers(), 0);
    for client in &crowd {
        assert!(client.received.contains("data: 1\n"));
    }
}

#[test]
fn the_end_of_a_topic_ends_its_streams_with_the_last_chunk() {
    for capacity in [7, 100, 100_000] {
        let house = House::new(HubConfig::default());
        let mut client = house.subscriber(capacity);
        house.world.publish_all("chat", 0..20);
        house.world.settle();
        house.world.end("chat");
        assert!(!client.read(&house.world), "with {capacity} bytes");
        let whole = client.received.strip_suffix("0\r\n\r\n").unwrap();
        client.received = whole.to_owned();
        assert_eq!(client.events(), texts(0..20));
        assert_eq!(house.world.hub.subscribers(), 0);
    }
}

#[test]
fn a_1_0_client_gets_the_stream_without_chunks() {
    let house = House::new(HubConfig::default());
    let mut client = house.client(1_000, &HEAD.replace("HTTP/1.1", "HTTP/1.0"));
    client.read(&house.world);
    assert!(!client.received.contains("transfer-encoding"));
    client.received.clear();
    let event = house.world.publish("chat", "hello");
    client.read(&house.world);
    assert_eq!(client.received, format!("id: {}\ndata: hello\n\n", event));
}

/// Whatever room the pipe has left when the stream ends.
#[test]
fn the_last_chunk_arrives_whole_from_a_pipe_that_takes_a_part_of_it() {
    for capacity in 20..50 {
        let house = House::new(HubConfig::default());
        let mut client = house.subscriber(capacity);
        house.world.publish("chat", "x");
        house.world.settle();
        house.world.hub.close();
        house.world.settle();
        let mut byte = [0];
        while let Some(Ok(1)) = block_on(poll_once(client.pipe.read(&mut byte))) {
            client.received.push(char::from(byte[0]));
            house.world.settle();
        }
        assert!(!client.read(&house.world), "it is still open: {capacity}");
        let body = client.received.strip_suffix("0\r\n\r\n");
        assert!(body.is_some(), "{capacity}: {:?}", client.received);
        client.received.truncate(client.received.len() - 5);
        assert_eq!(client.events(), ["x"], "{capacity}");
    }
}

#[test]
fn a_last_chunk_that_is_not_taken_in_time_ends_the_connection_within_it() {
    let mut ends = std::collections::BTreeSet::new();
    for capacity in 20..50 {
        let house = House::new(HubConfig::default());
        let mut client = house.subscriber(capacity);
        house.world.publish("chat", "x");
        house.world.hub.close();
        house.world.settle();
        // The default of --stall.
        house.world.pass(Duration::from_secs(30));
        assert_eq!(house.world.hub.subscribers(), 0, "{capacity}");
        assert!(!client.read(&house.world), "it is still open: {capacity}");
        let after = client
            .received
            .split_once("data: x\n\n\r\n")
            .map(|(_, it)| it.to_owned());
        ends.extend(after);
    }
    // Each length of what was taken of it was met, and no more than was taken has come.
    let expected = ["", "0", "0\r", "0\r\n", "0\r\n\r", "0\r\n\r\n"].map(str::to_owned);
    assert!(ends.iter().eq(&expected), "{ends:?}");
}
