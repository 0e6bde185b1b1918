//! A worker: one thread's tasks, its pump first among them.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;

use async_channel::{Receiver, Sender};
use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;
use smol::{Executor, Task};

use crate::http::{HttpConfig, Site};
use crate::hub::{Hub, Pump};

/// Turns of other tasks for each turn of the pump while both have something to do. A turn of the pump is 64
/// offers; a turn of a connection is a few requests.
const TURNS_PER_PUMP_TURN: u32 = 4;

/// Turns of the pump before the thread looks at its timers and sockets, however much there is to do.
const PUMP_TURNS_PER_LOOK: u32 = 32;

/// What one thread has to itself: an executor, a pump that runs on it, and the site whose
/// subscribers that pump feeds. Threads share the log, and nothing that a delivery touches.
///
/// ```
/// use std::num::NonZeroUsize;
/// use ssehub::http::HttpConfig;
/// use ssehub::server::{Server, Worker};
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let threads = NonZeroUsize::new(2).unwrap();
/// let workers = Hub::with_pumps(log, HubConfig::default(), threads)
///     .into_iter()
///     .map(|(hub, pump)| Worker::new(hub, pump, HttpConfig::default()));
/// let server = Server::new(workers.collect(), 10_000);
/// server.spawn(async { println!("beside the pump of the first") }).detach();
/// ```
#[derive(Debug)]
pub struct Worker {
    lanes: Lanes,
    pub(super) site: Arc<Site>,
    /// Closed when the pump panics, or a task beside the connections.
    failed: (Sender<Failed>, Receiver<Failed>),
}

/// Nothing is ever sent: the channel is closed.
#[derive(Debug)]
enum Failed {}

impl Worker {
    /// A worker for one pump and its half of the hub.
    pub fn new(hub: Hub, pump: Pump, http: HttpConfig) -> Worker {
        let worker = Worker {
            lanes: Lanes::default(),
            site: Arc::new(Site::new(hub, http)),
            failed: async_channel::bounded(1),
        };
        let pump = worker.noticed(pump.run());
        worker.lanes.pump.spawn(pump.boxed()).detach();
        worker
    }

    /// Runs one connection so that a panic ends it and nothing else.
    pub(super) fn guard(&self, connection: impl Future<Output = ()> + Send + 'static) {
        let guarded = AssertUnwindSafe(connection).catch_unwind();
        self.lanes.rest.spawn(guarded).detach();
    }

    /// Runs a task beside the connections.
    pub(super) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        // In a box like all tasks but connections, so that what runs them is compiled once.
        self.lanes.rest.spawn(self.noticed(future).boxed())
    }

    /// The same future, whose panic ends the worker. The executor would leave it to whoever awaits the task.
    fn noticed<T>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send + 'static {
        let failed = self.failed.0.clone();
        async move {
            match AssertUnwindSafe(future).catch_unwind().await {
                Ok(done) => done,
                Err(panic) => {
                    failed.close();
                    resume_unwind(panic)
                }
            }
        }
    }

    /// Runs the worker's tasks until one of them panics that is no connection.
    pub(super) async fn run(&self) {
        let failed = async { _ = self.failed.1.recv().await };
        self.lanes.run().or(failed).await;
    }
}

/// Two executors on one thread. The pump's tasks have their turn again after a few turns of all others.
#[derive(Debug, Default)]
struct Lanes {
    pump: Executor<'static>,
    rest: Executor<'static>,
}

impl Lanes {
    async fn run<T>(&self) -> T {
        loop {
            for _ in 0..PUMP_TURNS_PER_LOOK {
                let is_pumping = self.pump.try_tick();
                let is_busy = (0..TURNS_PER_PUMP_TURN).all(|_| self.rest.try_tick());
                if !is_pumping && !is_busy {
                    self.pump.tick().or(self.rest.tick()).await;
                }
            }
            yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_lite::future::{block_on, or, pending};

    use super::*;
    use crate::hub::HubConfig;
    use crate::server::Server;
    use crate::{Clock, Log, LogConfig};

    /// Tasks that always have something to do.
    const CROWD: usize = 200;

    #[test]
    fn the_pump_has_its_turn_after_a_few_of_others_however_many_there_are() {
        let lanes = Lanes::default();
        let turns = Arc::new(AtomicU32::new(0));
        for _ in 0..CROWD {
            let turns = turns.clone();
            let busy = async move {
                loop {
                    turns.fetch_add(1, Ordering::Relaxed);
                    yield_now().await;
                }
            };
            lanes.rest.spawn(busy).detach();
        }
        let pump = lanes.pump.spawn({
            let turns = turns.clone();
            async move {
                let mut between = Vec::new();
                for _ in 0..1_000 {
                    let before = turns.load(Ordering::Relaxed);
                    yield_now().await;
                    between.push(turns.load(Ordering::Relaxed) - before);
                }
                between
            }
        });
        let between = block_on(or(pump, lanes.run()));
        // As many as it is meant to be, and no fewer: others have their share, too.
        assert!(
            between.iter().all(|it| *it == TURNS_PER_PUMP_TURN),
            "{between:?}"
        );
    }

    /// A server with two threads.
    fn server() -> Server {
        let log = Log::memory(LogConfig::default(), Clock::system());
        let halves = Hub::with_pumps(
            log,
            HubConfig::default(),
            NonZeroUsize::MIN.saturating_add(1),
        );
        let workers = halves.into_iter();
        let workers = workers.map(|(hub, pump)| Worker::new(hub, pump, HttpConfig::default()));
        Server::new(workers.collect(), 10)
    }

    #[test]
    fn a_pump_that_panics_ends_the_server_with_an_error() {
        for number in 0..2 {
            let server = server();
            let worker = &server.workers[number];
            let pump = worker.noticed(async { panic!("on purpose") });
            worker.lanes.pump.spawn::<()>(pump).detach();
            assert!(server.block_on(pending::<()>()).is_err(), "thread {number}");
        }
    }

    #[test]
    fn a_task_that_panics_ends_the_server_with_an_error() {
        let server = server();
        server.spawn::<()>(async { panic!("on purpose") }).detach();
        assert!(server.block_on(pending::<()>()).is_err());
    }

    #[test]
    fn a_connection_that_panics_ends_alone() {
        let server = server();
        for worker in server.workers.iter() {
            worker.guard(async { panic!("on purpose") });
        }
        let pulses = async {
            server.pulse().await;
            server.pulse().await;
        };
        assert!(server.block_on(pulses).is_ok());
    }

    #[test]
    fn a_task_of_either_lane_wakes_a_thread_that_waits() {
        let lanes = Arc::new(Lanes::default());
        let (ask, asked) = async_channel::bounded::<u32>(1);
        let (tell, told) = async_channel::bounded(1);
        let pumping = async move {
            while let Ok(number) = asked.recv().await {
                _ = tell.send(number + 1).await;
            }
        };
        lanes.pump.spawn(pumping).detach();
        let other = lanes.rest.spawn(async move {
            for number in 0..100 {
                ask.send(number).await.unwrap();
                assert_eq!(told.recv().await, Ok(number + 1));
            }
        });
        block_on(or(other, lanes.run()));
    }
}
