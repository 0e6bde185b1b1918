//! Time as a parameter: the system's clock, or one that a test moves by hand.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_io::Timer;

/// The longest time that any option stands for, ten years: added to a clock's time it is a time still. What
/// is longer counts as this.
pub const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Tells the time and wakes those who wait for it.
///
/// ```
/// use ssehub::Clock;
/// use std::time::Duration;
///
/// let clock = Clock::manual(1_000);
/// let sleep = clock.sleep(Duration::from_secs(1));
/// clock.advance(Duration::from_secs(1));
/// futures_lite::future::block_on(sleep);
/// assert_eq!(clock.unix_ms(), 2_000);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: Instant },
    Manual(Arc<Mutex<Manual>>),
}

#[derive(Debug)]
struct Manual {
    /// What it showed when it was set, and when that was.
    set: (u64, Duration),
    elapsed: Duration,
    sleepers: Vec<(Duration, Waker)>,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Source::System {
            started: Instant::now(),
        })
    }

    /// A clock that stands still until [`advance`](Clock::advance) moves it.
    pub fn manual(unix_ms: u64) -> Clock {
        Clock(Source::Manual(Arc::new(Mutex::new(Manual {
            set: (unix_ms, Duration::ZERO),
            elapsed: Duration::ZERO,
            sleepers: Vec::new(),
        }))))
    }

    /// Milliseconds since the Unix epoch, 0 before it. May go back when the machine's clock is set.
    pub fn unix_ms(&self) -> u64 {
        match &self.0 {
            Source::System { .. } => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |since| since.as_millis() as u64),
            Source::Manual(manual) => {
                let manual = lock(manual);
                let (unix_ms, at) = manual.set;
                unix_ms.saturating_add((manual.elapsed - at).as_millis() as u64)
            }
        }
    }

    /// Time since this clock was made. Never goes back.
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Manual(manual) => lock(manual).elapsed,
        }
    }

    /// Completes once `delay` has passed.
    pub fn sleep(&self, delay: Duration) -> Sleep {
        match &self.0 {
            Source::System { .. } => Sleep(Until::Timer(Timer::after(delay))),
            Source::Manual(manual) => Sleep(Until::Manual {
                deadline: lock(manual).elapsed.saturating_add(delay),
                clock: manual.clone(),
            }),
        }
    }

    /// Moves a manual clock forward and wakes every sleeper that is due.
    ///
    /// Does nothing to the system's clock.
    pub fn advance(&self, by: Duration) {
        let Source::Manual(manual) = &self.0 else {
            return;
        };
        let mut held = lock(manual);
        held.elapsed += by;
        let now = held.elapsed;
        let (due, waiting) = std::mem::take(&mut held.sleepers)
            .into_iter()
            .partition(|(deadline, _)| *deadline <= now);
        held.sleepers = waiting;
        drop(held);
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// Sets what a manual clock shows, in milliseconds since the Unix epoch, as an operator or NTP sets the
    /// machine's clock. No time passes by that.
    ///
    /// Does nothing to the system's clock.
    ///
    /// ```
    /// use ssehub::Clock;
    /// let clock = Clock::manual(1_000);
    /// clock.set_unix_ms(5);
    /// assert_eq!((clock.unix_ms(), clock.now().as_millis()), (5, 0));
    /// ```
    pub fn set_unix_ms(&self, unix_ms: u64) {
        if let Source::Manual(manual) = &self.0 {
            let mut manual = lock(manual);
            manual.set = (unix_ms, manual.elapsed);
        }
    }
}

/// The wait that [`Clock::sleep`] returns.
///
/// ```
/// use std::time::Duration;
/// use ssehub::clock::{Clock, Sleep};
/// let clock = Clock::system();
/// let nap: Sleep = clock.sleep(Duration::from_millis(1));
/// futures_lite::future::block_on(nap);
/// assert!(clock.now() >= Duration::from_millis(1));
/// ```
#[derive(Debug)]
pub struct Sleep(Until);

#[derive(Debug)]
enum Until {
    Timer(Timer),
    Manual {
        deadline: Duration,
        clock: Arc<Mutex<Manual>>,
    },
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Until::Timer(timer) => Pin::new(timer).poll(cx).map(|_| ()),
            Until::Manual { deadline, clock } => {
                let mut manual = lock(clock);
                if manual.elapsed >= *deadline {
                    return Poll::Ready(());
                }
                manual.sleepers.push((*deadline, cx.waker().clone()));
                Poll::Pending
            }
        }
    }
}

fn lock(manual: &Mutex<Manual>) -> MutexGuard<'_, Manual> {
    manual.lock().unwrap_or_else(PoisonError::into_inner)
}
