//! The log, of every kind: what it promises, told by one suite, a model, and damage.

mod clock;
mod contract;
mod damage;
mod depth;
mod displaced;
mod dropped;
mod ends;
mod group;
mod idempotence;
mod latest;
mod model;
mod place;
pub mod redis;
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

/// A kind of log, and how much of one that is not in memory alone is there, too.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Memory,
    Disk(Durability, usize),
    Redis(usize),
}

impl Kind {
    /// Whether events happen when the store's clock says so. The clock of a log in Redis is Redis'.
    fn goes_by_the_clock(self) -> bool {
        !matches!(self, Kind::Redis(_))
    }
}

/// More than any test of the suite stores.
const WIDE_EVENTS: usize = 10_000;

/// Less than any of them stores, so that most is read from the file.
const NARROW_EVENTS: usize = 3;

const SOON: Durability = Durability::Interval(Duration::from_millis(1));

const KINDS: [Kind; 9] = [
    Kind::Memory,
    Kind::Disk(Durability::Commit, WIDE_EVENTS),
    Kind::Disk(Durability::Commit, NARROW_EVENTS),
    Kind::Disk(SOON, WIDE_EVENTS),
    Kind::Disk(SOON, NARROW_EVENTS),
    Kind::Disk(Durability::None, WIDE_EVENTS),
    Kind::Disk(Durability::None, NARROW_EVENTS),
    Kind::Redis(WIDE_EVENTS),
    Kind::Redis(NARROW_EVENTS),
];

/// Those whose time is the store's, and that forget at once.
fn prompt_kinds() -> impl Iterator<Item = Kind> {
    KINDS.into_iter().filter(|kind| kind.goes_by_the_clock())
}

/// The kinds of log that a configuration fits: a stream in Redis does not know of topics.
fn kinds(config: &LogConfig) -> impl Iterator<Item = Kind> + use<> {
    let by_topic = config.retention.topic_events.is_some();
    let fits = move |kind: &Kind| !by_topic || kind.goes_by_the_clock();
    KINDS.into_iter().filter(fits)
}

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
    /// Of a log in Redis: where it is, and who follows it.
    redis: Option<redis::Link>,
}

impl Store {
    fn new(kind: Kind, mut config: LogConfig) -> Store {
        if let Kind::Disk(_, events) | Kind::Redis(events) = kind {
            config.window.events = events.min(config.retention.events);
        }
        let clock = match kind.goes_by_the_clock() {
            true => Clock::manual(BEGIN_MS),
            false => Clock::system(),
        };
        let mut store = Store {
            kind,
            config,
            clock,
            folder: Folder::new(),
            log: None,
            redis: None,
        };
        store.open();
        store
    }

    fn open(&mut self) {
        let (config, clock) = (self.config, &self.clock);
        self.log = Some(match self.kind {
            Kind::Memory => Log::memory(config, clock.clone()),
            Kind::Disk(durability, _) => {
                open(&self.folder.file(), durability, config, clock).unwrap()
            }
            Kind::Redis(_) => {
                let link = self.redis.get_or_insert_with(redis::Link::new);
                link.open(config, clock)
            }
        });
    }

    fn log(&self) -> &Log {
        self.log.as_ref().unwrap()
    }

    /// Closes the log and opens it again at a time of the caller's; memory has no such thing.
    fn reopen_at(&mut self, unix_ms: u64) -> bool {
        let durability = match self.kind {
            Kind::Memory => return false,
            Kind::Disk(durability, _) => durability,
            Kind::Redis(_) => {
                self.open();
                return true;
            }
        };
        // Ten seconds of the log's time would be ten of ours; an interval of theirs is short.
        match durability {
            Durability::None => block_on(self.log().flush()).unwrap(),
            _ => self.clock.advance(Duration::from_millis(1)),
        }
        self.log = None;
        self.clock = Clock::manual(unix_ms);
        self.open();
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

    /// Whether the log begins behind this event, the one before the first that is kept. Redis does
    /// not know which that was, and begins right before the first one.
    fn begins_after(&self, last_lost: EventId, first_kept: EventId) -> bool {
        let begin = self.log().kept_after();
        begin == last_lost || !self.kind.goes_by_the_clock() && begin == first_kept.previous()
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
    on(kinds(&config), config, fill, check);
}

/// The same with some kinds of log.
#[track_caller]
fn on<T>(
    kinds: impl Iterator<Item = Kind>,
    config: LogConfig,
    fill: impl Fn(&Store) -> T,
    check: impl Fn(&Store, &T),
) {
    for kind in kinds {
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
    LogConfig::default().retention(retention)
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
