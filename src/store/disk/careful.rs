//! A file that is not written to before it is known to be a log.
//!
//! To open a file redb writes to it: a mark that it is in use, and repairs. Until the file is
//! accepted all of that is held in memory, so that one that is refused stays as it was.

use std::io::{Error, ErrorKind};
use std::ops::Bound;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::backends::FileBackend;
use redb::{BackendError, DatabaseError, StorageBackend};

/// The file under a database.
#[derive(Clone, Debug)]
pub(super) struct Careful(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    file: FileBackend,
    accepted: AtomicBool,
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

impl Careful {
    pub(super) fn open(path: &Path) -> Result<Careful, DatabaseError> {
        let file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let (changes, len) = (Vec::new(), None);
        Ok(Careful(Arc::new(Inner {
            file: FileBackend::new(file)?,
            accepted: AtomicBool::new(false),
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
        self.0.accepted.store(true, Ordering::Release);
        Ok(())
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
            return self.0.file.set_len(len);
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
            return self.0.file.write(offset, data);
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
