//! The server on smol: listens, accepts, limits, and stops gracefully.

mod entrance;
mod listener;
mod socket;
mod stream;
mod worker;

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use event_listener::Event as Bell;
use futures_lite::future::yield_now;
use futures_lite::{AsyncRead, AsyncWrite, AsyncWriteExt as _, FutureExt as _};
use smol::{Task, Timer};

use crate::http::{Site, TurnedAway, redirect, serve_after, serve_from};
use crate::hub::Hub;
use crate::limits::{Peer, Place};
use crate::metrics::{Connections, Gauge};
use entrance::Misunderstood;
pub use entrance::{Entrance, Speech};
pub use listener::{Address, InvalidAddress, Listener, SOCKET_MODE};
use socket::Socket;
use stream::Stream;
pub use worker::Worker;

/// Connections taken from the kernel before other tasks get a turn.
const ACCEPTS_PER_TURN: u32 = 64;

/// Pause after an accept that failed for lack of descriptors or memory.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections over the limit that are told so at one time; further ones are just closed.
const REFUSALS: usize = 64;

/// Connections at a time of those who watch over the server. They have places of their own, so that a
/// server that is full can be looked at.
const ADMIN_CONNECTIONS: usize = 16;

/// A server: its workers, and the connections that they share out among them.
///
/// ```
/// use std::time::Duration;
///
/// use ssehub::http::HttpConfig;
/// use ssehub::server::{Entrance, Listener, Server, Worker};
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
///
/// let config = HubConfig::default();
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let listeners = Listener::bind(&"127.0.0.1:0".parse().unwrap(), config.heartbeat)?;
/// let (hub, pump) = Hub::new(log, config);
/// let server = Server::new(vec![Worker::new(hub, pump, HttpConfig::default())], 1_000);
/// // It serves until this is over.
/// let stop = async { println!("no time to lose") };
/// let entrances = listeners.into_iter().map(Entrance::from).collect();
/// server.block_on(server.run(entrances, stop, Duration::from_secs(10)))?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Server {
    workers: Arc<[Worker]>,
    doors: Arc<Doors>,
}

/// Counts who is in.
#[derive(Debug)]
struct Doors {
    limit: usize,
    /// Whose connections are counted.
    hub: Hub,
    refusing: Gauge,
    watching: Gauge,
    /// Connections that have been let in, ever: each goes to the next worker.
    admitted: AtomicUsize,
    left: Bell,
}

impl Server {
    /// A server for at most `limit` connections at a time.
    ///
    /// # Panics
    ///
    /// If there is no worker.
    pub fn new(workers: Vec<Worker>, limit: usize) -> Server {
        assert!(!workers.is_empty(), "a server needs a worker");
        Server {
            doors: Arc::new(Doors {
                limit,
                hub: workers[0].site.hub().clone(),
                refusing: Gauge::default(),
                watching: Gauge::default(),
                admitted: AtomicUsize::new(0),
                left: Bell::new(),
            }),
            workers: workers.into(),
        }
    }

    /// Runs every worker on a thread of its own, the first on this one, until `main` completes.
    ///
    /// # Errors
    ///
    /// If a thread cannot be started, or if one ends by a panic: that of a pump, or of a task beside the
    /// connections. Its share of the connections would hang, so the program should end and be started again.
    pub fn block_on<T>(&self, main: impl Future<Output = T>) -> io::Result<T> {
        let (alive, ended) = async_channel::bounded::<()>(1);
        for number in 1..self.workers.len() {
            let (workers, alive) = (self.workers.clone(), alive.clone());
            std::thread::Builder::new()
                .name(format!("ssehub-{number}"))
                .spawn(move || {
                    let run = || smol::block_on(workers[number].run());
                    _ = catch_unwind(AssertUnwindSafe(run));
                    alive.close();
                })
                .map_err(|error| io::Error::other(format!("cannot start a thread: {error}")))?;
        }
        let main = async { Ok(main.await) };
        let panicking = async {
            let others = async { _ = ended.recv().await };
            self.workers[0].run().or(others).await;
            Err(panicked())
        };
        let run = || smol::block_on(main.or(panicking));
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err(panicked()))
    }

    /// Runs a task on the first worker.
    pub fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        self.workers[0].spawn(future)
    }

    /// Completes when every worker has come to a task that was given to it just now.
    pub async fn pulse(&self) {
        for worker in self.workers.iter() {
            worker.spawn(async {}).await;
        }
    }

    /// Serves at these entrances until `stop` completes, then gives connections `drain` to finish:
    /// streams are ended, requests are answered, and clients reconnect elsewhere. That subscriptions end is told
    /// before, which may take half of that time.
    pub async fn run(
        &self,
        entrances: Vec<Entrance>,
        stop: impl Future<Output = ()>,
        drain: Duration,
    ) {
        // Tasks of their own: what the executor's caller awaits is polled at every wake-up.
        let accepting: Vec<_> = entrances
            .into_iter()
            .map(|entrance| self.spawn(self.clone().accept(entrance)))
            .collect();
        stop.await;
        drop(accepting);
        self.doors.connections().shut.set(1);
        let cut = Timer::after(drain);
        self.say_goodbye(drain / 2).await;
        self.workers.iter().for_each(|worker| worker.site.close());
        let late = async {
            cut.await;
            let open = self.doors.connections().open.get();
            log::warn!("{open} connections are still open after {drain:?}: they are cut");
        };
        self.doors.empty().or(late).await;
    }

    /// Tells that all subscriptions end, while the log still takes it.
    async fn say_goodbye(&self, patience: Duration) {
        // Workers share the roster.
        let Some(roster) = self.workers[0].site.roster() else {
            return;
        };
        let late = async {
            Timer::after(patience).await;
            log::warn!("nobody is told that the last subscriptions have ended: {roster:?}");
        };
        roster.close().or(late).await;
    }

    /// Serves those who watch over the server, also while it stops and when it is full.
    ///
    /// ```
    /// use ssehub::http::{HttpConfig, Site};
    /// use ssehub::server::{Listener, Server};
    /// # fn example(server: &Server, hub: ssehub::Hub, listener: Listener) {
    /// let site = Site::admin(hub, HttpConfig::default());
    /// server.spawn(server.clone().run_admin(listener, site)).detach();
    /// # }
    /// ```
    pub async fn run_admin(self, listener: Listener, site: Site) {
        let speech = Speech::Admin(Arc::new(site));
        self.accept(Entrance::new(listener, speech)).await;
    }

    async fn accept(self, entrance: Entrance) {
        let mut accepted: u32 = 0;
        loop {
            match entrance.listener.accept().await {
                Ok((socket, peer)) => {
                    self.admit(socket, peer, &entrance.speech);
                    accepted += 1;
                }
                // The client has gone again; the next one is waiting.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    log::warn!("cannot accept a connection: {error}");
                    Timer::after(ACCEPT_PAUSE).await;
                }
            }
            if accepted.is_multiple_of(ACCEPTS_PER_TURN) {
                yield_now().await;
            }
        }
    }

    /// One connection too many is just closed.
    fn admit_admin(&self, socket: Socket, peer: Peer, site: &Arc<Site>) {
        if let Some(pass) = Pass::take(&self.doors, ADMIN_CONNECTIONS, |doors| &doors.watching) {
            self.workers[0].guard(Admitted {
                connection: serve_from(Stream::Plain(socket), site.clone(), peer),
                pass,
                place: None,
            });
        }
    }

    fn admit(&self, socket: Socket, peer: Peer, speech: &Speech) {
        if let Speech::Admin(site) = speech {
            return self.admit_admin(socket, peer, site);
        }
        let connections = self.doors.connections();
        let number = self.doors.admitted.fetch_add(1, Ordering::Relaxed);
        let worker = &self.workers[number % self.workers.len()];
        let Ok(place) = worker.site.limits().connect(peer) else {
            connections.crowded.add(1);
            return self.turn_away(worker, socket, speech, TurnedAway::Crowded);
        };
        let one_more = Pass::take(&self.doors, self.doors.limit, |it| &it.connections().open);
        let Some(pass) = one_more else {
            connections.full.add(1);
            return self.turn_away(worker, socket, speech, TurnedAway::Full);
        };
        connections.accepted.add(1);
        let site = worker.site.clone();
        let place = place.map(Box::new);
        match speech {
            Speech::Http | Speech::Admin(_) => worker.guard(Admitted {
                connection: serve_from(Stream::Plain(socket), site, peer),
                pass,
                place,
            }),
            Speech::Https(_) => worker.guard(Admitted {
                connection: serve_after(
                    begin(socket, peer, speech.clone(), site.clone()),
                    site,
                    peer,
                ),
                pass,
                place,
            }),
            Speech::Redirect(to) => worker.guard(Admitted {
                connection: redirect(Stream::Plain(socket), site, peer, to.clone()).boxed(),
                pass,
                place,
            }),
        }
    }

    fn turn_away(&self, worker: &Worker, socket: Socket, speech: &Speech, why: TurnedAway) {
        if let Some(pass) = Pass::take(&self.doors, REFUSALS, |doors| &doors.refusing) {
            let beginning = speech
                .clone()
                .begin(socket, Peer::Unknown, worker.site.clock());
            let answer = worker.site.turn_away(why);
            let refusal = async move {
                if let Ok(stream) = beginning.await {
                    refuse(stream, &answer).await;
                }
            };
            worker.guard(Admitted {
                connection: refusal.boxed(),
                pass,
                place: None,
            });
        }
    }
}

fn panicked() -> io::Error {
    io::Error::other("a thread has ended by a panic")
}

/// The stream of one who comes in, unless they do not speak as one does here, which they are told.
async fn begin(socket: Socket, peer: Peer, speech: Speech, site: Arc<Site>) -> Option<Stream> {
    let client = site.limits().client(peer);
    match speech.begin(socket, client, site.clock()).await {
        Ok(stream) => Some(stream),
        Err(Misunderstood(None)) => None,
        Err(Misunderstood(Some((stream, why)))) => {
            refuse(stream, &site.turn_away(why)).await;
            None
        }
    }
}

/// Tells a client why it is not served, and waits until it has read that.
async fn refuse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: &[u8]) {
    let told = async {
        stream.write_all(answer).await?;
        stream.close().await?;
        let mut unread = futures_lite::io::sink();
        futures_lite::io::copy(&mut stream, &mut unread).await
    };
    let late = async {
        Timer::after(Duration::from_secs(1)).await;
        Ok(0)
    };
    _ = told.or(late).await;
}

/// A connection that holds its place. An `async` block would store the connection twice.
struct Admitted<F> {
    connection: F,
    #[expect(dead_code, reason = "it is held for its drop")]
    pass: Pass,
    /// In a box, because most have none.
    #[expect(dead_code, reason = "it is held for its drop")]
    place: Option<Box<Place>>,
}

impl<F: Future<Output = ()> + Unpin> Future for Admitted<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.connection).poll(cx)
    }
}

/// A place at the door, given back when dropped.
struct Pass {
    doors: Arc<Doors>,
    count: fn(&Doors) -> &Gauge,
}

impl Pass {
    fn take(doors: &Arc<Doors>, limit: usize, count: fn(&Doors) -> &Gauge) -> Option<Pass> {
        count(doors).up_to(limit as u64).then(|| Pass {
            doors: doors.clone(),
            count,
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        (self.count)(&self.doors).down();
        self.doors.left.notify(usize::MAX);
    }
}

impl Doors {
    fn connections(&self) -> &Connections {
        &self.hub.metrics().connections
    }

    /// Completes when nobody is in.
    async fn empty(&self) {
        loop {
            let left = self.left.listen();
            if self.connections().open.get() == 0 {
                return;
            }
            left.await;
        }
    }
}
