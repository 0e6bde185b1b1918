//! One connection: request after request, then perhaps a stream.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;

use super::Site;
use super::answer::{After, Turn};
use super::exchange::exchange;
use super::head::Version;
use super::lease::{Lease, Pace};
use super::presence::Watched;
use super::quota::Places;
use super::stream::{End, EventStream, Opening};
use super::visit::Visit;
use super::wire::{Broken, Wire};
use crate::hub::Subscription;
use crate::limits::Peer;
use crate::presence::Watcher;
use crate::roster::Attendance;

/// How long one that has said nothing yet may take to begin its first request, at a site that closes: its
/// request may be under way.
const FIRST_WORD: Duration = Duration::from_secs(1);

/// Pipelined requests that are answered before other tasks get a turn.
const REQUESTS_PER_TURN: u32 = 4;

/// What a connection needs of its transport.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::http::{Connection, Site, Transport, serve};
/// fn answer<S: Transport>(stream: S, site: &Arc<Site>) -> Connection<S> {
///     serve(stream, site.clone())
/// }
/// ```
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Transport for S {}

/// Serves one connection until it ends. Runs on any executor.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::http::{Site, Transport, serve};
/// # async fn example(stream: impl Transport, site: Arc<Site>) {
/// // In a task of its own.
/// serve(stream, site).await;
/// # }
/// ```
pub fn serve<S: Transport>(stream: S, site: Arc<Site>) -> Connection<S> {
    serve_from(stream, site, Peer::Unknown)
}

/// Serves one connection of this peer until it ends. Who the peer is matters to the limits of addresses,
/// and to those who trust a proxy.
///
/// ```
/// use std::net::SocketAddr;
/// use std::sync::Arc;
/// use ssehub::http::{Site, Transport, serve_from};
/// # async fn example((stream, address): (impl Transport, SocketAddr), site: Arc<Site>) {
/// serve_from(stream, site, address.ip().into()).await;
/// # }
/// ```
pub fn serve_from<S: Transport>(stream: S, site: Arc<Site>, peer: Peer) -> Connection<S> {
    Connection(State::Busy(Box::pin(begin(stream, site, peer))))
}

/// Serves one connection of this peer as soon as its stream is ready, as after a handshake; none, if that
/// comes to nothing.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::http::{Site, Transport, serve_after};
/// use ssehub::limits::Peer;
/// use ssehub::tls::Acceptor;
/// # async fn example(stream: impl Transport, peer: Peer, site: Arc<Site>, tls: Arc<Acceptor>) {
/// let clock = site.clock();
/// let handshake = async move { tls.accept(stream, &clock).await.ok() };
/// serve_after(handshake, site, peer).await;
/// # }
/// ```
pub fn serve_after<S: Transport>(
    opening: impl Future<Output = Option<S>> + Send + 'static,
    site: Arc<Site>,
    peer: Peer,
) -> Connection<S> {
    Connection(State::Busy(Box::pin(async move {
        // Boxed, so that nothing of it is left once the connection has begun.
        let stream = Box::pin(opening).await?;
        begin(stream, site, peer).await
    })))
}

/// One connection being served.
///
/// Written by hand, because there may be very many that wait: a subscriber with nothing to read
/// holds this and its stream, and nothing of what came before.
pub struct Connection<S>(State<S>);

enum State<S> {
    /// Answers requests, or writes what its subscriber has not yet read.
    Busy(Pin<Box<dyn Future<Output = Option<Parked<S>>> + Send>>),
    /// Has lent its stream to the pump.
    Parked(Parked<S>),
    Ended,
}

/// A subscriber that has read everything there is.
struct Parked<S> {
    subscription: Subscription,
    /// For one that may not go on for ever, or that others wait for.
    terms: Option<Box<Terms>>,
    site: Arc<Site>,
    stream: PhantomData<fn() -> S>,
}

/// What a stream holds that is not like most of them.
struct Terms {
    lease: Option<Lease>,
    #[expect(dead_code, reason = "they are held for their drop")]
    places: Places,
    #[expect(dead_code, reason = "it is held for its drop")]
    attendance: Option<Attendance>,
}

impl<S: Transport> Future for Connection<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let (state, pending) = mem::replace(&mut self.0, State::Ended).step(cx);
            self.0 = state;
            match self.0 {
                State::Ended => return Poll::Ready(()),
                _ if pending => return Poll::Pending,
                _ => {}
            }
        }
    }
}

impl<S: Transport> State<S> {
    /// The next state, and whether it has to be waited for.
    fn step(self, cx: &mut Context<'_>) -> (State<S>, bool) {
        match self {
            State::Busy(mut work) => match work.as_mut().poll(cx) {
                Poll::Pending => (State::Busy(work), true),
                Poll::Ready(Some(parked)) => (State::Parked(parked), false),
                Poll::Ready(None) => (State::Ended, false),
            },
            State::Parked(mut parked) => match parked.subscription.poll_returned(cx) {
                Poll::Pending if parked.poll_over(cx).is_ready() => match parked.subscription.end()
                {
                    Some(stream) => (State::Busy(Box::pin(parked.finish(stream))), false),
                    None => (State::Ended, false),
                },
                Poll::Pending => (State::Parked(parked), true),
                Poll::Ready(Some(stream)) => (State::Busy(Box::pin(parked.resume(stream))), false),
                Poll::Ready(None) => (State::Ended, false),
            },
            State::Ended => (State::Ended, false),
        }
    }
}

impl<S: Transport> Parked<S> {
    /// Writes what has not been written, and lends the stream again.
    async fn resume(mut self, mut stream: Box<EventStream<S>>) -> Option<Parked<S>> {
        let mut pace = self.pace();
        while let Ok(true) = stream.catch_up(&mut self.subscription, &mut pace).await {
            match self.subscription.lend(stream) {
                Ok(()) => return Some(self),
                Err(returned) => stream = returned,
            }
        }
        None
    }

    /// Ends a stream whose time is over.
    async fn finish(self, mut stream: Box<EventStream<S>>) -> Option<Parked<S>> {
        _ = stream.finish(End::Time, &mut self.pace()).await;
        None
    }

    fn pace(&self) -> Pace {
        let lease = self.terms.as_ref().and_then(|terms| terms.lease.as_ref());
        Pace::new(&self.site, lease.map(|lease| lease.until))
    }

    fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let lease = self.terms.as_mut().and_then(|terms| terms.lease.as_mut());
        lease.map_or(Poll::Pending, |lease| lease.poll_over(cx))
    }
}

/// From the first request until there is nothing to do but to wait for events.
async fn begin<S: Transport>(stream: S, site: Arc<Site>, peer: Peer) -> Option<Parked<S>> {
    // Boxed, so that its buffers are gone once the stream has begun.
    let Begun {
        stream,
        subscription,
        watcher,
        until,
        places,
        attendance,
    } = Box::pin(converse(stream, peer, &site)).await?;
    if let Some(watcher) = watcher {
        let watched = Watched {
            stream,
            subscription,
            watcher,
            until,
        };
        Box::pin(watched.run(&site)).await;
        drop(places);
        return None;
    }
    let lease = until.map(|until| Lease::new(site.hub.clock(), until));
    let has_terms = lease.is_some() || !places.is_none() || attendance.is_some();
    let terms = || Terms {
        lease,
        places,
        attendance,
    };
    let parked = Parked {
        subscription,
        terms: has_terms.then(|| Box::new(terms())),
        site,
        stream: PhantomData,
    };
    parked.resume(stream).await
}

/// A stream that has begun.
struct Begun<S> {
    stream: Box<EventStream<S>>,
    subscription: Subscription,
    /// For those who want to know who is there.
    watcher: Option<Watcher>,
    /// When it has to end.
    until: Option<Duration>,
    places: Places,
    /// For one whose subscriptions others are told of.
    attendance: Option<Attendance>,
}

impl<S: Transport> Begun<S> {
    fn new(
        site: &Site,
        stream: S,
        opening: Opening,
        version: Version,
        visit: Option<Box<Visit>>,
    ) -> Begun<S> {
        let stream = EventStream::new(stream, &opening, version, visit);
        let via = opening.via();
        let presence = site.hub.presence();
        let watcher = opening.presence.then(|| presence.watch(&opening.interest));
        let (interest, start) = (opening.interest, opening.start);
        site.hub.tally().subscribed(via).add(1);
        let subscription = site.hub.subscribe_with(interest, start, opening.reading);
        let mut subscription = subscription.via(via);
        if let Some(user) = opening.user {
            subscription = subscription.named(user);
        }
        Begun {
            stream: Box::new(stream),
            subscription,
            watcher,
            until: opening.until,
            places: opening.places,
            // It is subscribed by now, and so hears of itself.
            attendance: opening.newcomer.map(|newcomer| newcomer.arrive()),
        }
    }
}

/// Answers request after request, until one opens a stream or the connection ends.
async fn converse<S: Transport>(stream: S, peer: Peer, site: &Site) -> Option<Begun<S>> {
    let mut wire = Wire::new(stream, peer, site.hub.clock().clone());
    let mut requests: u32 = 0;
    while next_request(&mut wire, site, requests == 0).await {
        match turn(&mut wire, site).await {
            Ok(After::Next) => requests += 1,
            Ok(After::Stream(opening, version, visit)) => {
                return Some(Begun::new(site, wire.stream, *opening, version, visit));
            }
            Ok(After::Watch(watch, version, visit)) => {
                Box::pin(watch.run(wire.stream, version, visit, site)).await;
                return None;
            }
            Ok(After::Close) => {
                Box::pin(wire.linger()).await;
                return None;
            }
            Err(Broken::Late | Broken::Gone) => return None,
        }
        if requests.is_multiple_of(REQUESTS_PER_TURN) {
            yield_now().await;
        }
    }
    None
}

/// One request and its answer.
async fn turn<S: Transport>(wire: &mut Wire<S>, site: &Site) -> Result<After, Broken> {
    // Boxed, so that who waits for a request holds nothing of the last one, and who waits for the
    // answer to a poll nothing of what its request took.
    match Box::pin(exchange(wire, site)).await? {
        Turn::Over(after) => Ok(after),
        Turn::Waits(poll) => Box::pin(poll.answer(wire, site)).await,
    }
}

/// Waits for the first byte of a request; `false` if none will come.
async fn next_request<S: Transport>(wire: &mut Wire<S>, site: &Site, is_first: bool) -> bool {
    if site.is_closed() && !is_first {
        return false;
    }
    if !wire.buffer.is_empty() {
        return true;
    }
    wire.give_back();
    let idle = wire.in_time(site.config.idle);
    let arrived = async { wire.fill(idle).await.is_ok() };
    let closed = async {
        site.closed().await;
        if is_first {
            site.hub.clock().sleep(FIRST_WORD).await;
        }
        false
    };
    arrived.or(closed).await
}

impl<S> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Busy(_) => "Connection(busy)",
            State::Parked(_) => "Connection(parked)",
            State::Ended => "Connection(ended)",
        })
    }
}
