//! The write queue as a publisher sees it: a run of events goes in, a ticket comes back.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_channel::Receiver;
#[cfg(any(feature = "disk", feature = "redis"))]
use async_channel::Sender;
use futures_lite::Stream as _;

use super::{AppendError, Backend, Log, StorageFault, Stored};
use crate::event::{Draft, Unplaced};

/// What becomes of one event.
pub(super) type Outcome = Result<Stored, AppendError>;

/// The outcomes of a run, each with the number of its event in the run.
pub(super) type Outcomes = Receiver<(usize, Outcome)>;

/// Yields an outcome for each event of a run, in their order.
///
/// A ticket that is dropped takes no event out of the queue.
///
/// ```
/// use ssehub::{Clock, Draft, Log, LogConfig, Topic};
/// # futures_lite::future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let topic = Topic::parse("numbers").unwrap();
/// let drafts = (1..=3).map(|number: u32| Draft::new(topic.clone(), number.to_string()));
/// let ticket = log.enqueue(drafts.collect());
/// let stored: Vec<_> = ticket.await.into_iter().map(Result::unwrap).collect();
/// assert!(stored.len() == 3 && stored.is_sorted_by_key(|stored| stored.id));
/// # });
/// ```
#[must_use = "the outcomes say whether the events are stored"]
pub struct Ticket {
    outcomes: Vec<Option<Outcome>>,
    /// Brings those that are missing above.
    coming: Option<Pin<Box<Outcomes>>>,
}

impl Log {
    /// Puts a run of events into the write queue: in their order, and with no other event of this hub
    /// between them.
    ///
    /// An event that is larger than the log ends the run: it is refused, and what follows it is neither
    /// stored nor answered. A queue that is full refuses the whole run. Otherwise the run is taken whole,
    /// so the queue may exceed its bounds by one run: a caller bounds the size of a run.
    pub fn enqueue(&self, drafts: Vec<Draft>) -> Ticket {
        self.enqueue_unplaced(drafts.into_iter().map(Unplaced::from).collect())
    }

    pub(crate) fn enqueue_unplaced(&self, mut events: Vec<Unplaced>) -> Ticket {
        let refused = {
            let window = self.read_window();
            events.iter().position(|event| !window.has_room_for(event))
        };
        events.truncate(refused.unwrap_or(events.len()));
        let mut ticket = match events.len() {
            0 => Ticket::ready([]),
            _ => self.enqueue_fitting(events),
        };
        let too_large = refused.map(|_| Some(Err(AppendError::TooLarge)));
        ticket.outcomes.extend(too_large);
        ticket
    }

    fn enqueue_fitting(&self, events: Vec<Unplaced>) -> Ticket {
        match &self.0.backend {
            Backend::Nowhere => Ticket::ready(self.append_to_window(events)),
            #[cfg(feature = "disk")]
            Backend::Disk(group) => Ticket::waiting(events.len(), group.put(self, events)),
            #[cfg(feature = "redis")]
            Backend::Redis(redis) => Ticket::waiting(events.len(), redis.put(self, events)),
        }
    }
}

impl Ticket {
    fn ready(stored: impl IntoIterator<Item = Stored>) -> Ticket {
        Ticket {
            outcomes: stored.into_iter().map(|stored| Some(Ok(stored))).collect(),
            coming: None,
        }
    }

    #[cfg(any(feature = "disk", feature = "redis"))]
    fn waiting(events: usize, put: Result<Outcomes, AppendError>) -> Ticket {
        let refused = put.as_ref().err().cloned().map(Err);
        Ticket {
            outcomes: vec![refused; events],
            coming: put.ok().map(Box::pin),
        }
    }
}

impl Future for Ticket {
    type Output = Vec<Outcome>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Vec<Outcome>> {
        while let Some(coming) = &mut self.coming {
            match ready!(coming.as_mut().poll_next(cx)) {
                Some((number, outcome)) => self.outcomes[number] = Some(outcome),
                None => self.coming = None,
            }
        }
        let outcomes = std::mem::take(&mut self.outcomes).into_iter();
        let known = outcomes.map(|outcome| outcome.unwrap_or_else(|| Err(interrupted())));
        Poll::Ready(known.collect())
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

/// Answers one event of a run.
#[cfg(any(feature = "disk", feature = "redis"))]
#[derive(Debug)]
pub(super) struct Answer {
    number: usize,
    outcomes: Sender<(usize, Outcome)>,
}

#[cfg(any(feature = "disk", feature = "redis"))]
impl Answer {
    pub(super) fn give(self, outcome: Outcome) {
        // The ticket may have been dropped.
        _ = self.outcomes.try_send((self.number, outcome));
    }
}

/// An answer for each event of a run, and where they arrive.
#[cfg(any(feature = "disk", feature = "redis"))]
pub(super) fn answers(events: usize) -> (impl Iterator<Item = Answer>, Outcomes) {
    let (sender, outcomes) = async_channel::bounded(events);
    let answer = move |number| Answer {
        number,
        outcomes: sender.clone(),
    };
    ((0..events).map(answer), outcomes)
}

/// The outcome of a run of one event.
#[cfg(any(feature = "disk", feature = "redis"))]
pub(super) async fn only(outcomes: Outcomes) -> Outcome {
    let outcome = outcomes.recv().await;
    outcome.map_or_else(|_| Err(interrupted()), |(_, outcome)| outcome)
}

fn interrupted() -> AppendError {
    AppendError::Fault(StorageFault("its writer was interrupted".to_owned()))
}
