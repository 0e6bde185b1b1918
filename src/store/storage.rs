//! The file under a log: open, broken, open again; and those who read it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};

use super::disk::{Disk, Displaced, Kept, OpenError, Opener};
use super::{ReadError, Size, StorageFault};
use crate::clock::Clock;
use crate::event::EventId;
use crate::metrics::Counter;

/// Readers that page in old events at the same time; each holds a thread.
const READERS: usize = 4;

/// How long a file that has failed is left alone before it is tried again.
const PAUSE_AFTER_FAULT: Duration = Duration::from_secs(1);

/// The file, as far as it can be used.
#[derive(Debug)]
pub(super) struct Storage {
    opener: Opener,
    clock: Clock,
    state: Mutex<State>,
    /// Holds one message for each reader at work.
    readers: (Sender<()>, Receiver<()>),
    /// How often it has failed.
    pub(super) faults: Counter,
}

#[derive(Debug)]
struct State {
    disk: Option<Arc<Disk>>,
    /// When and how it failed.
    failed: Option<(Duration, StorageFault)>,
    /// How the last attempt to do something with it has failed.
    fault: Option<StorageFault>,
    kept: Kept,
}

impl Storage {
    pub(super) fn new(opener: Opener, clock: Clock, disk: Disk, kept: Kept) -> Storage {
        Storage {
            opener,
            clock,
            state: Mutex::new(State {
                disk: Some(Arc::new(disk)),
                failed: None,
                fault: None,
                kept,
            }),
            readers: async_channel::bounded(READERS),
            faults: Counter::default(),
        }
    }

    pub(super) fn opener(&self) -> &Opener {
        &self.opener
    }

    /// The position after which every event is kept.
    pub(super) fn kept_after(&self) -> EventId {
        self.state().kept.after
    }

    pub(super) fn size(&self) -> Size {
        self.state().kept.size
    }

    pub(super) fn set_kept(&self, kept: Kept) {
        self.state().kept = kept;
    }

    /// How it has failed, if nothing has been written since.
    pub(super) fn fault(&self) -> Option<StorageFault> {
        self.state().fault.clone()
    }

    pub(super) fn is_open(&self) -> bool {
        self.state().disk.is_some()
    }

    /// Does something with the file, opened again if need be; a fault closes it. May block, and is for the
    /// one that writes.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Disk) -> Result<T, StorageFault>,
    ) -> Result<T, StorageFault> {
        let disk = self.disk(|| self.opener.reopen())?;
        let done = guarded(|| work(&disk));
        match &done {
            Ok(_) => self.recover(),
            Err(fault) => {
                // Dropping it may write, which is not done under the lock.
                let closed = self.state().disk.take();
                self.fail(fault);
                drop(closed);
            }
        }
        done
    }

    /// Looks whether the file is still there and whole, unless it is known to fail. May block, and is for the
    /// one that writes.
    pub(super) fn look(&self) {
        if self.fault().is_none() {
            _ = self.disk(|| self.opener.reopen());
        }
    }

    /// The file, if it is at its path. One that was moved away stays open for readers until something else is
    /// there that is a log; one that was cut is left as it is.
    fn disk(
        &self,
        reopen: impl FnOnce() -> Result<Disk, OpenError>,
    ) -> Result<Arc<Disk>, StorageFault> {
        let (disk, failed) = {
            let state = self.state();
            (state.disk.clone(), state.failed.clone())
        };
        let displaced = match &disk {
            None => None,
            Some(disk) => match disk.check(&self.opener.path) {
                Ok(()) => return Ok(disk.clone()),
                Err(displaced) => Some(displaced),
            },
        };
        if let (Some(disk), Some(Displaced::Cut(_))) = (disk, &displaced) {
            disk.abandon();
            _ = self.state().disk.take();
        }
        if let Some((at, fault)) = failed
            && self.clock.now().saturating_sub(at) < PAUSE_AFTER_FAULT
        {
            return Err(fault);
        }
        // No lock is held while this takes its time.
        let opened = guarded(|| reopen().map_err(|error| StorageFault(error.to_string())));
        match opened {
            Ok(disk) => {
                let disk = Arc::new(disk);
                let replaced = self.state().disk.replace(disk.clone());
                if let Some(replaced) = replaced {
                    log::warn!("another file is at the log's path, and is the log from now on");
                    replaced.abandon();
                }
                Ok(disk)
            }
            Err(fault) => {
                let fault = match displaced {
                    Some(displaced) => StorageFault(displaced.reason().to_owned()),
                    None => fault,
                };
                self.fail(&fault);
                Err(fault)
            }
        }
    }

    /// Takes note of a fault, and says so unless it is known.
    fn fail(&self, fault: &StorageFault) {
        self.faults.add(1);
        let mut state = self.state();
        state.failed = Some((self.clock.now(), fault.clone()));
        let known = state.fault.replace(fault.clone());
        drop(state);
        if known.as_ref() != Some(fault) {
            log::error!("events are not stored: {fault}");
        }
    }

    /// Takes note that it works. To open a file that was full says nothing of whether there is room again.
    fn recover(&self) {
        let mut state = self.state();
        state.failed = None;
        let known = state.fault.take();
        drop(state);
        if known.is_some() {
            log::info!("the log's file can be used again");
        }
    }

    /// Runs a read of the open file on a blocking thread, few at a time.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Disk) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let closed = || ReadError::Fault(StorageFault("it is being opened again".to_owned()));
        _ = self.readers.0.send(()).await;
        let place = Place(self.readers.1.clone());
        // The last one to hold it closes the file, which is no work for this thread.
        let disk = self.state().disk.clone().ok_or_else(closed)?;
        blocking::unblock(move || {
            let _place = place;
            match guarded(|| Ok(read(&disk))) {
                Ok(read) => read,
                Err(fault) => Err(ReadError::Fault(fault)),
            }
        })
        .await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file damaged behind the program's back may take redb by surprise; that is a fault like others.
fn guarded<T>(work: impl FnOnce() -> Result<T, StorageFault>) -> Result<T, StorageFault> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StorageFault("the file is damaged".to_owned())))
}

/// A reader's place, given back when dropped.
struct Place(Receiver<()>);

impl Drop for Place {
    fn drop(&mut self) {
        _ = self.0.try_recv();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Durability, EventId};

    /// To open a file takes as long as its disk likes; nothing else waits for that.
    #[test]
    fn no_lock_is_held_while_the_file_is_opened_again() {
        let name = format!("ssehub-storage-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let opener = Opener {
            path: folder.join("log"),
            durability: Durability::Commit,
        };
        let disk = opener.open().unwrap();
        let kept = Kept {
            after: EventId::ZERO,
            size: Size::default(),
        };
        let storage = Storage::new(opener, Clock::manual(0), disk, kept);
        let broken = storage.with(|_| Err::<(), _>(StorageFault("broken".to_owned())));
        assert!(broken.is_err() && !storage.is_open());
        storage.clock.advance(PAUSE_AFTER_FAULT);
        let mut is_free = false;
        let disk = storage.disk(|| {
            is_free = storage.state.try_lock().is_ok();
            storage.opener.reopen()
        });
        assert!(disk.is_ok() && storage.is_open());
        assert!(is_free);
        drop((disk, storage));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
