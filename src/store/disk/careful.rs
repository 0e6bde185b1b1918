//! A file that is not written to before it is known to be a log.
//!
//! To open a file redb writes to it: a mark that it is in use, and repairs. Until the file is
//! accepted all of that is held in memory, so that one that is refused stays as it was. Later, the file is
//! looked for at its path: someone may have moved, replaced or cut it.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{Error, ErrorKind};
use std::ops::Bound;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// The file under a database.
#[derive(Clone, Debug)]
pub(super) struct Careful(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: FileBackend,
    /// The file's device and its number there, which no other file has while this one is open.
    identity: (u64, u64),
    accepted: AtomicBool,
    /// Nothing is to be written to it any more.
    abandoned: AtomicBool,
    /// The length that it has if nothing but redb changes it. Counts once it is accepted.
    len: AtomicU64,
    /// What redb has done to the file and the file does not know, until it is accepted.
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    changes: Vec<Change>,
    /// The length that they make. Until there is one the file is asked: whoever had it open may not
    /// have let go of it yet, and changes it.
    len: Option<u64>,
}

#[derive(Debug)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
    Sync,
}

/// What has become of a file that is not as it was left.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Displaced {
    /// Nothing is at its path, or something else; the file itself is whole.
    Away(String),
    /// Some of it is missing.
    Cut(String),
}

impl Displaced {
    pub(in crate::store) fn reason(&self) -> &str {
        let (Displaced::Away(reason) | Displaced::Cut(reason)) = self;
        reason
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

impl Careful {
    /// Opens a file, or makes it if there is none and `create` says so.
    pub(super) fn open(path: &Path, create: bool) -> Result<Careful, DatabaseError> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(create).open(path)?;
        let identity = identity(&file.metadata()?);
        let (changes, len) = (Vec::new(), None);
        Ok(Careful(Arc::new(Inner {
            file: FileBackend::new(file)?,
            identity,
            accepted: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            len: AtomicU64::new(0),
            held: Mutex::new(Held { changes, len }),
        })))
    }

    /// Does to the file what was held back, in the same order, and holds nothing from then on.
    pub(super) fn accept(&self) -> Result<(), Error> {
        let mut held = self.held();
        for change in std::mem::take(&mut held.changes) {
            match change {
                Change::Write(offset, bytes) => self.0.file.write(offset, &bytes)?,
                Change::Length(len) => self.0.file.set_len(len)?,
                Change::Sync => self.0.file.sync_data()?,
            }
        }
        self.0.len.store(self.0.file.len()?, Ordering::Relaxed);
        self.0.accepted.store(true, Ordering::Release);
        Ok(())
    }

    /// Whether the file is at its path, and whole. Not for use while something is written to it.
    pub(super) fn check(&self, path: &Path) -> Result<(), Displaced> {
        let at = path.display();
        let found = match fs::metadata(path) {
            Ok(found) => found,
            Err(error) => {
                return Err(Displaced::Away(format!(
                    "{at} is gone, moved or removed while the server runs ({error}): put it back"
                )));
            }
        };
        if identity(&found) != self.0.identity {
            let reason = "is another file than the one that the server has open";
            return Err(Displaced::Away(format!("{at} {reason}")));
        }
        let (len, known) = (found.len(), self.0.len.load(Ordering::Relaxed));
        if len < known {
            return Err(Displaced::Cut(format!(
                "{at} was cut from {known} to {len} bytes while the server runs: restore it from a backup"
            )));
        }
        Ok(())
    }

    /// Leaves the file as it is from now on.
    pub(super) fn abandon(&self) {
        self.0.abandoned.store(true, Ordering::Release);
    }

    /// Fails if nothing is to be written.
    fn check_abandoned(&self) -> Result<(), Error> {
        match self.0.abandoned.load(Ordering::Acquire) {
            true => Err(Error::other("the file is not written to any more")),
            false => Ok(()),
        }
    }

    /// What is held back; `None` once the file is accepted.
    fn holding(&self) -> Option<MutexGuard<'_, Held>> {
        let accepted = self.0.accepted.load(Ordering::Acquire);
        (!accepted).then(|| self.held())
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn len(&self, file: &FileBackend) -> Result<u64, Error> {
        self.len.map_or_else(|| file.len(), Ok)
    }

    /// The file's bytes as they would be.
    fn read(&self, file: &FileBackend, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        if offset.saturating_add(out.len() as u64) > self.len(file)? {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        out.fill(0);
        let in_file = file.len()?.saturating_sub(offset).min(out.len() as u64);
        file.read(offset, &mut out[..in_file as usize])?;
        for change in &self.changes {
            match change {
                Change::Write(at, bytes) => lay_over(out, offset, bytes, *at),
                Change::Length(len) => {
                    let kept = len.saturating_sub(offset).min(out.len() as u64);
                    out[kept as usize..].fill(0);
                }
                Change::Sync => {}
            }
        }
        Ok(())
    }
}

/// Copies what two ranges have in common into the first.
fn lay_over(out: &mut [u8], out_at: u64, bytes: &[u8], bytes_at: u64) {
    let start = out_at.max(bytes_at);
    let end = (out_at + out.len() as u64).min(bytes_at + bytes.len() as u64);
    if start < end {
        let within = |at: u64| (start - at) as usize..(end - at) as usize;
        out[within(out_at)].copy_from_slice(&bytes[within(bytes_at)]);
    }
}

impl StorageBackend for Careful {
    fn len(&self) -> Result<u64, Error> {
        match self.holding() {
            Some(held) => held.len(&self.0.file),
            None => self.0.file.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), Error> {
        match self.holding() {
            Some(held) => held.read(&self.0.file, offset, out),
            None => self.0.file.read(offset, out),
        }
    }

    fn set_len(&self, len: u64) -> Result<(), Error> {
        let Some(mut held) = self.holding() else {
            self.check_abandoned()?;
            self.0.file.set_len(len)?;
            self.0.len.store(len, Ordering::Relaxed);
            return Ok(());
        };
        held.changes.push(Change::Length(len));
        held.len = Some(len);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), Error> {
        let Some(mut held) = self.holding() else {
            return self.0.file.sync_data();
        };
        held.changes.push(Change::Sync);
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), Error> {
        let Some(mut held) = self.holding() else {
            self.check_abandoned()?;
            self.0.file.write(offset, data)?;
            let end = offset + data.len() as u64;
            self.0.len.fetch_max(end, Ordering::Relaxed);
            return Ok(());
        };
        held.changes.push(Change::Write(offset, data.to_vec()));
        let len = held.len(&self.0.file)?;
        held.len = Some(len.max(offset + data.len() as u64));
        Ok(())
    }

    fn close(&self) -> Result<(), Error> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(
        &self,
        start: Bound<u64>,
        end: Bound<u64>,
    ) -> Result<bool, BackendError> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.0.file.query_lock_range(start, end)
    }
}
