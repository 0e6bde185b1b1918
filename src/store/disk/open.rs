//! Opening the file: new, as it was left, or not at all.

use std::fmt;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use redb::{
    Database, DatabaseError, ReadableDatabase, ReadableTable, StorageError, WriteTransaction,
};

use super::careful::Careful;
use super::read::read_record;
use super::record::{decode, id, position};
use super::{
    Disk, EVENTS, FORMAT, IDS, KEPT_AFTER, Kept, LOST_AFTER, LOST_AT, META, NEWEST_END, Opener,
    SHARED, SIZE, TAIL, TOPICS, TOPICS_KEPT, TOPICS_KEPT_AFTER, fault, ids_on,
};
use crate::event::{Event, EventId};
use crate::store::{Loss, Retention, Size, StorageFault};

/// The version of the file's layout.
const FORMAT_VERSION: u64 = 3;

/// The versions before events could be private or on several topics, and before ids were found by topic. Only a
/// table, and entries of another, are missing in them.
const OLDER_VERSIONS: [u64; 2] = [1, 2];

/// Memory for pages of the file, in bytes. The window serves what is asked for often.
const CACHE_BYTES: usize = 16 << 20;

/// Why a log cannot be opened.
///
/// ```
/// use ssehub::store::{Durability, OpenError};
/// use ssehub::{Clock, Log, LogConfig};
/// let nowhere = "/there/is/no/such/folder/events.redb";
/// let opened = Log::open(nowhere, Durability::Commit, LogConfig::default(), Clock::system());
/// assert!(matches!(opened, Err(OpenError::Io(_))));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the file open.
    InUse(String),
    /// The file is damaged or no log at all.
    Damaged(String),
    /// The file is of a version that this program does not know.
    Version(String),
    /// The file cannot be read or written.
    Io(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (OpenError::InUse(text)
        | OpenError::Damaged(text)
        | OpenError::Version(text)
        | OpenError::Io(text)) = self;
        f.write_str(text)
    }
}

impl std::error::Error for OpenError {}

/// What an opened file says of the log.
#[derive(Debug)]
pub(in crate::store) struct Recovered {
    pub(in crate::store) tail: EventId,
    pub(in crate::store) kept: Kept,
    /// The newest events, oldest first, and the position that they follow.
    pub(in crate::store) recent: Vec<Arc<Event>>,
    pub(in crate::store) recent_after: EventId,
    pub(in crate::store) newest_end: EventId,
    pub(in crate::store) loss: Option<Loss>,
}

/// What every file of redb begins with.
const MAGIC: &[u8] = b"redb\x1A\x0A\xA9\x0D\x0A";

/// Refuses a file that does not begin as a log does, without opening it as one: another process may have it.
pub(in crate::store) fn peek(path: &Path) -> Result<(), OpenError> {
    let mut begin = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    match read {
        Ok(()) if begin == MAGIC => Ok(()),
        Err(error) if error.kind() != ErrorKind::UnexpectedEof => Err(explain(path, error.into())),
        _ => Err(damaged(path, "it does not begin as one")),
    }
}

impl Opener {
    /// Opens the file, checked from end to end, and makes it if there is none. What is refused is
    /// left as it is.
    pub(in crate::store) fn open(&self) -> Result<Disk, OpenError> {
        self.create_if_missing()?;
        let file = self.file(true)?;
        let disk = self.database(&file, true)?;
        let is_to_be_laid_out = self.check_format(&disk)?;
        self.accept(&file)?;
        if is_to_be_laid_out {
            disk.found().map_err(|fault| OpenError::Io(fault.0))?;
        }
        Ok(disk)
    }

    /// Opens the file once more, which has been a log when the program began.
    pub(in crate::store) fn reopen(&self) -> Result<Disk, OpenError> {
        let file = self.file(false)?;
        let disk = self.database(&file, false)?;
        if self.check_format(&disk)? {
            return Err(damaged(&self.path, "it has become empty"));
        }
        self.accept(&file)?;
        Ok(disk)
    }

    fn file(&self, create: bool) -> Result<Careful, OpenError> {
        Careful::open(&self.path, create).map_err(|error| explain(&self.path, error))
    }

    fn accept(&self, file: &Careful) -> Result<(), OpenError> {
        let accepted = file.accept().map_err(DatabaseError::from);
        accepted.map_err(|error| explain(&self.path, error))
    }

    /// The database in a file, checked from end to end if `integrity` says so.
    pub(super) fn database(&self, file: &Careful, integrity: bool) -> Result<Disk, OpenError> {
        // A damaged file may take redb by surprise; that is no reason to go down.
        let opened = catch_unwind(AssertUnwindSafe(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES);
            builder.set_check_integrity_on_open(integrity);
            builder.create_with_backend(file.clone())
        }));
        match opened {
            Ok(Ok(database)) => Ok(Disk {
                database,
                file: file.clone(),
            }),
            Ok(Err(error)) => Err(explain(&self.path, error)),
            Err(_) => Err(damaged(&self.path, "its structure is broken")),
        }
    }

    /// Refuses what is no log; `true` says that it has yet to become one of this version.
    fn check_format(&self, disk: &Disk) -> Result<bool, OpenError> {
        let path = self.path.display();
        let not_a_log = |fault: StorageFault| damaged(&self.path, &fault.0);
        match disk.format().map_err(not_a_log)? {
            Some(FORMAT_VERSION) => Ok(false),
            Some(version) if OLDER_VERSIONS.contains(&version) => Ok(true),
            Some(version) => Err(OpenError::Version(format!(
                "{path} has format {version}, and this program knows format {FORMAT_VERSION}: \
                 use the version of ssehub that wrote it"
            ))),
            None if disk.is_empty().map_err(not_a_log)? => Ok(true),
            None => Err(damaged(&self.path, "it is another program's database")),
        }
    }
}

pub(super) fn explain(path: &Path, error: DatabaseError) -> OpenError {
    let at = path.display();
    match error {
        DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => {
            OpenError::InUse(format!("{at} is in use by another process"))
        }
        DatabaseError::Storage(StorageError::Io(error))
            if error.kind() != ErrorKind::InvalidData
                && error.kind() != ErrorKind::UnexpectedEof =>
        {
            OpenError::Io(format!("cannot open {at}: {error}"))
        }
        error => damaged(path, &error.to_string()),
    }
}

fn damaged(path: &Path, why: &str) -> OpenError {
    let at = path.display();
    OpenError::Damaged(format!(
        "{at} is damaged or not a log ({why}). It was left as it is. Restore it from a backup, or \
         move it away to begin a new log"
    ))
}

impl Disk {
    fn format(&self) -> Result<Option<u64>, StorageFault> {
        let read = self.database.begin_read().map_err(fault)?;
        let meta = match read.open_table(META) {
            Ok(meta) => meta,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(fault(error)),
        };
        let version = meta.get(FORMAT).map_err(fault)?;
        Ok(version.map(|version| version.value().0))
    }

    fn is_empty(&self) -> Result<bool, StorageFault> {
        let read = self.database.begin_read().map_err(fault)?;
        let mut tables = read.list_tables().map_err(fault)?;
        Ok(tables.next().is_none())
    }

    /// Lays out a file that is new, or of an older version.
    pub(super) fn found(&self) -> Result<(), StorageFault> {
        let write = self.database.begin_write().map_err(fault)?;
        find_ids_by_topic(&write)?;
        write.open_table(TOPICS).map_err(fault)?;
        write.open_table(SHARED).map_err(fault)?;
        write.open_table(TOPICS_KEPT).map_err(fault)?;
        let mut meta = write.open_table(META).map_err(fault)?;
        meta.insert(FORMAT, (FORMAT_VERSION, 0)).map_err(fault)?;
        drop(meta);
        write.commit().map_err(fault)
    }

    /// Gives a new log its beginning, and reads back the recent past of an old one.
    pub(in crate::store) fn recover(
        &self,
        now_ms: u64,
        window: &Retention,
    ) -> Result<Recovered, StorageFault> {
        let begin = EventId { ms: now_ms, seq: 0 };
        let read = self.database.begin_read().map_err(fault)?;
        let meta = read.open_table(META).map_err(fault)?;
        let known = |key| -> Result<Option<EventId>, StorageFault> {
            let found = meta.get(key).map_err(fault)?;
            Ok(found.map(|found| id(found.value())))
        };
        let (Some(tail), Some(kept_after)) = (known(TAIL)?, known(KEPT_AFTER)?) else {
            self.begin_at(begin)?;
            return Ok(Recovered {
                tail: begin,
                kept: Kept {
                    after: begin,
                    size: Size::default(),
                },
                recent: Vec::new(),
                recent_after: begin,
                newest_end: EventId::ZERO,
                loss: None,
            });
        };
        let events = read.open_table(EVENTS).map_err(fault)?;
        let (mut recent, mut bytes, mut recent_after) = (Vec::new(), 0, kept_after);
        for entry in events.iter().map_err(fault)?.rev() {
            let (at, record) = entry.map_err(fault)?;
            let event = decode(at.value(), record.value()).ok_or_else(|| {
                StorageFault(format!("the record at {} is damaged", id(at.value())))
            })?;
            bytes += event.bytes();
            if recent.len() == window.events || bytes > window.bytes {
                recent_after = event.id();
                break;
            }
            recent.push(Arc::new(event));
        }
        recent.reverse();
        let size = meta.get(SIZE).map_err(fault)?;
        let (count, bytes) = size.map(|size| size.value()).unwrap_or_default();
        let size = Size {
            events: count,
            bytes,
        };
        // Events that single topics have lost are missing in between.
        let lost = known(TOPICS_KEPT_AFTER)?.unwrap_or(EventId::ZERO);
        Ok(Recovered {
            tail,
            kept: Kept {
                after: kept_after,
                size,
            },
            recent,
            recent_after: recent_after.max(lost),
            newest_end: known(NEWEST_END)?.unwrap_or(EventId::ZERO),
            loss: known(LOST_AFTER)?
                .zip(known(LOST_AT)?)
                .map(|(after, at)| Loss { after, at }),
        })
    }

    fn begin_at(&self, begin: EventId) -> Result<(), StorageFault> {
        let write = self.database.begin_write().map_err(fault)?;
        let mut meta = write.open_table(META).map_err(fault)?;
        meta.insert(TAIL, position(begin)).map_err(fault)?;
        meta.insert(KEPT_AFTER, position(begin)).map_err(fault)?;
        meta.insert(SIZE, (0, 0)).map_err(fault)?;
        drop(meta);
        write.commit().map_err(fault)
    }
}

/// Makes the ids of an older version's events known by topic, too.
fn find_ids_by_topic(write: &WriteTransaction) -> Result<(), StorageFault> {
    let events = write.open_table(EVENTS).map_err(fault)?;
    let mut ids = write.open_table(IDS).map_err(fault)?;
    for entry in events.iter().map_err(fault)? {
        let (position, record) = entry.map_err(fault)?;
        let (ms, seq) = position.value();
        let event = read_record((ms, seq), record.value())?;
        for key in event.own_id().into_iter().flat_map(|id| ids_on(id, &event)) {
            ids.insert((&*key, ms, seq), ()).map_err(fault)?;
        }
    }
    Ok(())
}
