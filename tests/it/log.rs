//! The log, of every kind: what it promises, told by one suite, a model, and damage.

mod contract;
mod damage;
mod depth;
mod ends;
mod group;
mod idempotence;
mod latest;
mod model;
mod place;
mod retention;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures_lite::future::block_on;
use ssehub::store::{Budget, Durability, OpenError, ReadError};
use ssehub::{
    Clock, Draft, Event, EventId, Interest, Log, LogConfig, Retention, Selector, Stored, Topic,
};

/// When every log of these tests begins, in milliseconds since the epoch.
const BEGIN_MS: u64 = 1_000_000;

/// How often a file that is still held is tried again before the test gives up.
const OPEN_TRIES: u32 = 1_000_000;

/// A kind of log, and how much of one on disk is in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Memory,
    Disk(Durability, usize),
}

/// More than any test of the suite stores.
const WIDE_EVENTS: usize = 10_000;

/// Less than any of them stores, so that most is read from the file.
const NARROW_EVENTS: usize = 3;

const SOON: Durability = Durability::Interval(Duration::from_millis(1));

const KINDS: [Kind; 7] = [
    Kind::Memory,
    Kind::Disk(Durability::Commit, WIDE_EVENTS),
    Kind::Disk(Durability::Commit, NARROW_EVENTS),
    Kind::Disk(SOON, WIDE_EVENTS),
    Kind::Disk(SOON, NARROW_EVENTS),
    Kind::Disk(Durability::None, WIDE_EVENTS),
    Kind::Disk(Durability::None, NARROW_EVENTS),
];

/// A folder that goes with the test that made it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("ssehub-log-{}-{number}", std::process::id());
        let path = Folder::parent().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// No test here cuts the power, so memory is as good as a disk, and quicker.
    fn parent() -> PathBuf {
        let memory = PathBuf::from("/dev/shm");
        match memory.is_dir() {
            true => memory,
            false => std::env::temp_dir(),
        }
    }

    pub fn file(&self) -> PathBuf {
        self.0.join("log")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A log that can be closed and opened again.
struct Store {
    kind: Kind,
    config: LogConfig,
    clock: Clock,
    folder: Folder,
    /// Closed only while it is opened again.
    log: Option<Log>,
}

impl Store {
    fn new(kind: Kind, mut config: LogConfig) -> Store {
        if let Kind::Disk(_, events) = kind {
            config.window.events = events.min(config.retention.events);
        }
        let (clock, folder) = (Clock::manual(BEGIN_MS), Folder::new());
        let log = match kind {
            Kind::Memory => Log::memory(config, clock.clone()),
            Kind::Disk(durability, _) => open(&folder.file(), durability, config, &clock).unwrap(),
        };
        Store {
            kind,
            config,
            clock,
            folder,
            log: Some(log),
        }
    }

    fn log(&self) -> &Log {
        self.log.as_ref().unwrap()
    }

    /// Closes the log and opens it again at a time of the caller's; memory has no such thing.
    fn reopen_at(&mut self, unix_ms: u64) -> bool {
        let Kind::Disk(durability, _) = self.kind else {
            return false;
        };
        // Ten seconds of the log's time would be ten of ours; an interval of theirs is short.
        match durability {
            Durability::None => block_on(self.log().flush()).unwrap(),
            _ => self.clock.advance(Duration::from_millis(1)),
        }
        self.log = None;
        self.clock = Clock::manual(unix_ms);
        let opened = open(&self.folder.file(), durability, self.config, &self.clock);
        self.log = Some(opened.unwrap());
        true
    }

    fn reopen(&mut self) -> bool {
        self.reopen_at(self.clock.unix_ms())
    }

    fn append(&self, draft: Draft) -> Stored {
        block_on(self.log().append(draft)).unwrap()
    }

    /// Appends an event and says where it is.
    fn say(&self, topic: &str, data: &str) -> EventId {
        self.append(draft(topic, data)).id
    }

    /// Moves the clock and applies the retention.
    fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.log().trim();
        block_on(self.log().flush()).unwrap();
    }

    /// Reads to the end, page by page; the events, and the newest loss that was told.
    #[track_caller]
    fn read(&self, after: EventId, topics: &[&str]) -> (Vec<String>, EventId) {
        let (events, lost) = read(self.log(), after, &interest(topics), WIDE).unwrap();
        let texts = events.iter().map(|event| event.data().to_owned());
        (texts.collect(), lost)
    }

    /// Everything that is kept of some topics.
    #[track_caller]
    fn kept(&self, topics: &[&str]) -> Vec<String> {
        self.read(self.log().kept_after(), topics).0
    }
}

/// More than any page of the suite holds.
const WIDE: Budget = Budget {
    events: 1_000_000,
    bytes: 1 << 30,
};

/// Opens a file as soon as whoever still holds it lets go.
pub fn open(
    path: &Path,
    durability: Durability,
    config: LogConfig,
    clock: &Clock,
) -> Result<Log, OpenError> {
    for _ in 0..OPEN_TRIES {
        match Log::open(path, durability, config, clock.clone()) {
            Err(OpenError::InUse(_)) => std::thread::yield_now(),
            opened => return opened,
        }
    }
    panic!("{} is never let go", path.display());
}

/// Reads to the end, page by page.
fn read(
    log: &Log,
    mut after: EventId,
    interest: &Interest,
    budget: Budget,
) -> Result<(Vec<std::sync::Arc<Event>>, EventId), ReadError> {
    let (mut events, mut lost) = (Vec::new(), EventId::ZERO);
    loop {
        let page = block_on(log.read(after, interest, budget))?;
        assert!(page.upto >= after, "{} after {after}", page.upto);
        lost = lost.max(page.lost);
        events.extend(page.events);
        if page.upto >= log.tail() {
            return Ok((events, lost));
        }
        assert!(page.upto > after, "no progress after {after}");
        after = page.upto;
    }
}

/// Does something with every kind of log, then checks it: at once, and again after it was opened
/// again. `check` must not append.
#[track_caller]
fn everywhere<T>(config: LogConfig, fill: impl Fn(&Store) -> T, check: impl Fn(&Store, &T)) {
    for kind in KINDS {
        let mut store = Store::new(kind, config);
        let filled = fill(&store);
        println!("{kind:?}");
        check(&store, &filled);
        if store.reopen() {
            println!("{kind:?}, opened again");
            check(&store, &filled);
        }
    }
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn draft(name: &str, data: &str) -> Draft {
    Draft::new(topic(name), data)
}

/// The end of a topic.
fn end(name: &str) -> Draft {
    Draft::end(topic(name))
}

/// A draft with a publisher's own id.
fn own(name: &str, id: &str, data: &str) -> Draft {
    draft(name, data).own_id(id).unwrap()
}

fn interest(topics: &[&str]) -> Interest {
    Interest::any(topics.iter().map(|name| Selector::parse(name).unwrap()))
}

fn keeping(retention: Retention) -> LogConfig {
    LogConfig {
        retention,
        ..LogConfig::default()
    }
}

/// Where chance comes from: `SSEHUB_SEED` repeats a run.
pub fn chance() -> fastrand::Rng {
    fastrand::Rng::with_seed(setting("SSEHUB_SEED").unwrap_or(1))
}

/// A number in the environment.
fn setting(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text}")))
}
