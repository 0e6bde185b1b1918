//! A subscriber's queue: events that wait for its task, bounded in number and in bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_channel::{RecvError, TryRecvError};

use crate::event::Event;

/// Memory of the events in one queue, in bytes: the first event has room whatever its size. What does not fit is
/// read from the log. The events of a queue stay in memory even if the log has dropped them.
const QUEUE_BYTES: usize = 256 << 10;

/// A queue of at most `events` events and [`QUEUE_BYTES`] bytes.
pub(super) fn queue(events: usize) -> (Sender, Receiver) {
    let (sender, receiver) = async_channel::bounded(events);
    let bytes = Arc::new(AtomicUsize::new(0));
    let sender = Sender {
        events: sender,
        bytes: bytes.clone(),
    };
    let receiver = Receiver {
        events: Box::pin(receiver),
        bytes,
    };
    (sender, receiver)
}

/// The pump's end.
pub(super) struct Sender {
    events: async_channel::Sender<Arc<Event>>,
    /// Those of the events in the queue.
    bytes: Arc<AtomicUsize>,
}

impl Sender {
    /// Adds an event, unless it does not fit or the receiver has gone.
    pub(super) fn try_send(&self, event: &Arc<Event>) -> bool {
        let bytes = event.bytes();
        let before = self.bytes.load(Ordering::Relaxed);
        if before > 0 && before + bytes > QUEUE_BYTES {
            return false;
        }
        // Before the event is there: it may be taken at once.
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = self.events.try_send(event.clone()).is_ok();
        if !sent {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
        sent
    }
}

/// The end of the subscriber's task.
pub(super) struct Receiver {
    events: Pin<Box<async_channel::Receiver<Arc<Event>>>>,
    bytes: Arc<AtomicUsize>,
}

impl Receiver {
    pub(super) async fn recv(&self) -> Result<Arc<Event>, RecvError> {
        self.events.recv().await.inspect(|event| self.took(event))
    }

    pub(super) fn try_recv(&self) -> Result<Arc<Event>, TryRecvError> {
        self.events.try_recv().inspect(|event| self.took(event))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn took(&self, event: &Event) {
        self.bytes.fetch_sub(event.bytes(), Ordering::Relaxed);
    }
}
