//! The file under a log: open, broken, open again; and those who read it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_channel::{Receiver, Sender};

use super::disk::{Disk, Kept, Opener};
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

    /// Does something with the file, opened again if need be; a fault closes it. May block.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&Disk) -> Result<T, StorageFault>,
    ) -> Result<T, StorageFault> {
        let disk = guarded(|| self.disk())?;
        let done = guarded(|| work(&disk));
        let mut state = self.state();
        // To open a file that was full says nothing of whether there is room again.
        state.fault = done.as_ref().err().cloned();
        if let Some(fault) = &state.fault {
            self.faults.add(1);
            state.failed = Some((self.clock.now(), fault.clone()));
            state.disk = None;
        }
        drop(state);
        done
    }

    fn disk(&self) -> Result<Arc<Disk>, StorageFault> {
        let mut state = self.state();
        if let Some(disk) = &state.disk {
            return Ok(disk.clone());
        }
        if let Some((at, fault)) = &state.failed
            && self.clock.now() - *at < PAUSE_AFTER_FAULT
        {
            return Err(fault.clone());
        }
        match self.opener.reopen() {
            Ok(disk) => {
                log::info!("the log's file can be used again");
                state.failed = None;
                Ok(state.disk.insert(Arc::new(disk)).clone())
            }
            Err(error) => {
                let fault = StorageFault(error.to_string());
                state.failed = Some((self.clock.now(), fault.clone()));
                Err(fault)
            }
        }
    }

    /// Runs a read of the open file on a blocking thread, few at a time.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Disk) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let closed = || ReadError::Fault(StorageFault("it is being opened again".to_owned()));
        let disk = self.state().disk.clone().ok_or_else(closed)?;
        _ = self.readers.0.send(()).await;
        let place = Place(self.readers.1.clone());
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
