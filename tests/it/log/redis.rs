//! A log in a real Redis, which the tests start by themselves.

mod away;
mod board;
mod elsewhere;
mod loss;
mod nodes;
mod search;
mod secret;
mod server;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use async_channel::Sender;
use futures_lite::FutureExt as _;
use futures_lite::future::block_on;
use ssehub::hub::PublishError;
use ssehub::store::{Follower, RedisSettings};
use ssehub::{Clock, Draft, EventId, HubConfig, Log, LogConfig, Next, Start, Stored};

use super::{draft, interest};
use crate::world::{Reader, World};
pub use server::Server;

/// How long one looks for what is about to happen before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long Redis may take to answer before one listens anew.
const ANSWER: Duration = Duration::from_millis(20);

/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(1);

/// A hub over a log in Redis, with a subscriber to everything.
struct Node {
    world: World,
    reader: Reader,
    heard: Vec<String>,
    /// Follows the log for as long as the node is there.
    link: Link,
}

impl Node {
    fn new(server: &Server, prefix: &str) -> Node {
        Node::keeping(server, prefix, LogConfig::default())
    }

    fn keeping(server: &Server, prefix: &str, config: LogConfig) -> Node {
        Node::over(Link::to(server, prefix), config, HubConfig::default())
    }

    fn over(mut link: Link, config: LogConfig, hub: HubConfig) -> Node {
        let log = link.open(config, &Clock::system());
        let world = World::over(log, hub);
        let reader = Reader(world.hub.subscribe(interest(&["*"]), Start::Now));
        let mut node = Node {
            world,
            reader,
            heard: Vec::new(),
            link,
        };
        node.listen();
        node
    }

    fn log(&self) -> &Log {
        self.world.hub.log()
    }

    /// Publishes, and says what became of it.
    fn publish(&self, draft: Draft) -> Result<Stored, PublishError> {
        block_on(self.world.hub.publish(draft))
    }

    #[track_caller]
    fn say(&self, data: &str) -> EventId {
        self.publish(draft("t", data)).unwrap().id
    }

    fn listen(&mut self) {
        // What is read from Redis takes a moment.
        let over = || async { _ = smol::Timer::after(ANSWER).await };
        let heard = self.reader.read_until(&self.world, over);
        self.heard.extend(heard);
    }

    /// Listens until something has been heard that answers to this.
    #[track_caller]
    fn hear(&mut self, what: &str, is_it: impl Fn(&[String]) -> bool) {
        let begun = Instant::now();
        while !is_it(&self.heard) {
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}, in {PATIENCE:?}: {:?}",
                self.heard
            );
            self.listen();
            pause();
        }
    }

    #[track_caller]
    fn hear_exactly(&mut self, expected: &[&str]) {
        self.hear(&format!("{expected:?}"), |heard| {
            heard.len() >= expected.len()
        });
        assert_eq!(self.heard, expected);
    }

    #[track_caller]
    fn hear_of_a_gap(&mut self) {
        self.hear("a gap", |heard| {
            heard.iter().any(|it| it.starts_with("gap "))
        });
    }

    /// What one reads here that comes with this id.
    fn resume(&self, id: &str) -> Vec<String> {
        let start = Start::After(id.to_owned());
        let mut reader = self.world.hub.subscribe(interest(&["*"]), start);
        let mut read = Vec::new();
        while let Some(next) = block_on(reader.catch_up()) {
            match next {
                Next::Events(events) => read.extend(events.iter().map(|it| it.data().to_owned())),
                Next::Gap { after, .. } => read.push(format!("gap {after}")),
                Next::Ended => break,
            }
        }
        read
    }
}

/// Looks until it is so.
#[track_caller]
pub fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(
            begun.elapsed() < PATIENCE,
            "{what} does not happen in {PATIENCE:?}"
        );
        pause();
    }
}

/// Looks until it is so, while a manual clock goes as fast as the machine's, which answers of Redis are waited for
/// by. Now and then it leaps a minute ahead, to what is done once a minute; answers that are then on their way are late.
#[track_caller]
pub fn wait_while_time_passes(clock: &Clock, what: &str, mut is_so: impl FnMut() -> bool) {
    const LEAP: Duration = Duration::from_secs(60);
    const LEAP_EVERY: Duration = Duration::from_secs(10);
    let (begun, mut looked, mut leapt) = (Instant::now(), Instant::now(), Instant::now());
    while !is_so() {
        assert!(
            begun.elapsed() < PATIENCE,
            "{what} does not happen in {PATIENCE:?}"
        );
        pause();
        clock.advance(looked.elapsed());
        looked = Instant::now();
        if leapt.elapsed() >= LEAP_EVERY {
            clock.advance(LEAP);
            leapt = Instant::now();
        }
    }
}

/// Lets other threads go on.
fn pause() {
    block_on(smol::Timer::after(LOOK));
}

/// One log in Redis, that others do not share, and the thread that follows it.
pub struct Link {
    settings: RedisSettings,
    follower: Option<Arc<Follower>>,
    following: Option<Following>,
}

impl Link {
    pub fn new() -> Link {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Link::to(Server::shared(), &format!("log {number}"))
    }

    pub fn to(server: &Server, prefix: &str) -> Link {
        let settings = RedisSettings::parse(&server.url()).unwrap();
        Link::with(settings.prefix(prefix).unwrap())
    }

    pub fn with(settings: RedisSettings) -> Link {
        Link {
            settings: settings.seed(1),
            follower: None,
            following: None,
        }
    }

    /// Follows the log, perhaps again.
    pub fn follow(&mut self) {
        self.following = self.follower.clone().map(Following::begin);
    }

    /// Follows the log no longer.
    pub fn stop(&mut self) {
        self.following = None;
    }

    /// Opens the log, after it has been closed if it was open.
    pub fn open(&mut self, config: LogConfig, clock: &Clock) -> Log {
        self.following = None;
        let opened = Log::redis(self.settings.clone(), config, clock.clone());
        let (log, follower) = block_on(opened).unwrap();
        self.follower = Some(Arc::new(follower));
        self.follow();
        log
    }
}

/// A thread that follows a log until this is dropped.
struct Following {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Following {
    fn begin(follower: Arc<Follower>) -> Following {
        let (stop, stopped) = async_channel::bounded(1);
        let follow = move || {
            let stopped = async {
                _ = stopped.recv().await;
            };
            block_on(follower.run().or(stopped));
        };
        Following {
            stop: Some(stop),
            thread: Some(std::thread::spawn(follow)),
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}
