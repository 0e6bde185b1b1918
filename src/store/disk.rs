//! A log in one redb file: events by position, found by topic and by publisher's id.

mod careful;
mod create;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod newest;
mod open;
mod read;
mod record;
mod write;

use std::path::{Path, PathBuf};
use std::time::Duration;

use redb::{Database, TableDefinition};

use super::{Size, StorageFault};
use crate::clock::LONGEST;
use crate::event::{Event, EventId};
use crate::topic::Topic;

pub(super) use careful::Displaced;
pub use open::OpenError;
pub(super) use open::peek;

/// A position as the file has it.
type Position = (u64, u64);

/// What happened: position to record.
const EVENTS: TableDefinition<'_, Position, &[u8]> = TableDefinition::new("events");

/// For each topic, the positions of its events.
const TOPICS: TableDefinition<'_, (&str, u64, u64), ()> = TableDefinition::new("topics");

/// For each topic, the positions of its events that are on other topics, too.
const SHARED: TableDefinition<'_, (&str, u64, u64), ()> = TableDefinition::new("shared");

/// For each publisher's id, the positions of its events; and for each such id on each topic, as [`id_on`] has it.
const IDS: TableDefinition<'_, (&str, u64, u64), ()> = TableDefinition::new("ids");

/// The topics that have lost events for having too many: the newest one lost.
const TOPICS_KEPT: TableDefinition<'_, &str, Position> = TableDefinition::new("topics_kept");

/// What is known of the log as a whole.
const META: TableDefinition<'_, &str, Position> = TableDefinition::new("meta");

/// `(version, 0)` of this layout.
const FORMAT: &str = "format";
/// The newest position, kept when its event is not.
const TAIL: &str = "tail";
/// The position after which every event is kept.
const KEPT_AFTER: &str = "kept_after";
/// The newest event that was dropped because its topic had too many.
const TOPICS_KEPT_AFTER: &str = "topics_kept_after";
/// The newest event that ended its topic, kept or not.
const NEWEST_END: &str = "newest_end";
/// The newest loss: nothing up to the first position is missing, and it stands at the second.
const LOST_AFTER: &str = "lost_after";
const LOST_AT: &str = "lost_at";
/// `(number of events, bytes of their records)`.
const SIZE: &str = "size";

/// When an event counts as stored.
///
/// ```
/// use std::time::Duration;
/// use ssehub::store::{Durability, OpenError};
/// use ssehub::{Clock, Log, LogConfig};
/// # let folder = std::env::temp_dir().join(format!("ssehub-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("durability.redb");
/// let second = Durability::Interval(Duration::from_secs(1));
/// let log = Log::open(&path, second, LogConfig::default(), Clock::system())?;
/// // One program at a time.
/// let other = Log::open(&path, Durability::Commit, LogConfig::default(), Clock::system());
/// assert!(matches!(other, Err(OpenError::InUse(_))));
/// futures_lite::future::block_on(log.flush())?;
/// # drop(log);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is on the disk: it survives a power cut.
    Commit,
    /// When the program has taken it; it is on the disk no later than this time afterwards.
    Interval(Duration),
    /// When the program has taken it; it reaches the disk every ten seconds or when the program
    /// ends.
    None,
}

impl Durability {
    pub(super) fn interval(self) -> Option<Duration> {
        match self {
            Durability::Commit => None,
            Durability::Interval(interval) => Some(interval.min(LONGEST)),
            Durability::None => Some(Duration::from_secs(10)),
        }
    }
}

/// How to open the file.
#[derive(Clone, Debug)]
pub(super) struct Opener {
    pub(super) path: PathBuf,
    pub(super) durability: Durability,
}

/// What a file keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Every event after this position.
    pub(super) after: EventId,
    pub(super) size: Size,
}

/// The open file.
#[derive(Debug)]
pub(super) struct Disk {
    database: Database,
    file: careful::Careful,
}

impl Disk {
    /// Whether the file is at its path, and whole. For the one that writes.
    pub(super) fn check(&self, path: &Path) -> Result<(), Displaced> {
        self.file.check(path)
    }

    /// Leaves the file as it is from now on.
    pub(super) fn abandon(&self) {
        self.file.abandon();
    }
}

/// What stands for a publisher's id on a topic in [`IDS`]. Ids and topics hold no control characters.
fn id_on(own_id: &str, topic: &Topic, is_first: bool) -> String {
    match is_first {
        true => format!("{own_id}\0{topic}"),
        false => format!("{own_id}\0\0{topic}"),
    }
}

/// The same for each topic of an event.
fn ids_on<'e>(own_id: &'e str, event: &'e Event) -> impl Iterator<Item = String> {
    let topics = event.topics().enumerate();
    topics.map(move |(place, topic)| id_on(own_id, topic, place == 0))
}

/// What redb says of itself, as a sentence.
fn fault(error: impl Into<redb::Error>) -> StorageFault {
    StorageFault(error.into().to_string())
}
