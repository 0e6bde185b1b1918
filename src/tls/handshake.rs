//! Handshakes: until when, how many, and how much of a turn they take.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::FutureExt as _;
use futures_lite::future::yield_now;
use futures_rustls::rustls::server::UnbufferedServerConnection;

use super::pending::{HANDSHAKES, Handshake};
use super::session::Session;
use super::{Acceptor, TlsStream};
use crate::clock::Clock;
use crate::limits::Peer;

/// What an authority of certificates speaks to find out who we are (RFC 8737, section 3).
pub(super) const CHALLENGE: &[u8] = b"acme-tls/1";

/// How long a handshake may take, from the connection on.
pub const HANDSHAKE_DEADLINE: Duration = Duration::from_secs(10);

/// How long it may take while more than a quarter of [`HANDSHAKES`] are under way: those who connect and
/// say nothing make room for those who do.
const HURRIED_DEADLINE: Duration = Duration::from_secs(2);

/// Steps of handshakes between two turns of everyone else. One takes 0.1 to 1 ms for its signature, and
/// thousands of clients that come back at once shall not hold up the streams of the others.
const STEPS_PER_TURN: usize = 4;

/// Why there is no stream.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused<S> {
    /// The client speaks HTTP without TLS; it can be told so.
    Plain(S),
    /// An authority has seen that this server has the name that a certificate is asked for.
    Challenge,
    /// It took too long.
    Late,
    /// Too many others are at it, or too many of the same client.
    Crowded,
    /// The client has gone, or it does not agree; this is a sentence for the log.
    Failed(io::Error),
}

impl Acceptor {
    /// Shakes hands with the client at the other end. Takes its time from `clock`.
    pub async fn accept<S>(&self, io: S, clock: &Clock) -> Result<TlsStream<S>, Refused<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        self.accept_from(io, Peer::Unknown, clock).await
    }

    /// The same with this client, which has at most [`CLIENT_HANDSHAKES`](super::CLIENT_HANDSHAKES) under way. A
    /// proxy that passes on the connections of others is to be [`Peer::Unknown`].
    ///
    /// ```
    /// use ssehub::Clock;
    /// use ssehub::limits::Peer;
    /// use ssehub::tls::{Acceptor, Refused, TlsStream};
    /// # async fn example<S>(acceptor: Acceptor, socket: S) -> Result<TlsStream<S>, Refused<S>>
    /// # where S: futures_lite::AsyncRead + futures_lite::AsyncWrite + Unpin {
    /// let client = Peer::Ip([192, 0, 2, 1].into()).network();
    /// acceptor.accept_from(socket, client, &Clock::system()).await
    /// # }
    /// ```
    pub async fn accept_from<S>(
        &self,
        io: S,
        client: Peer,
        clock: &Clock,
    ) -> Result<TlsStream<S>, Refused<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let handshake = self.pending.begin(client).ok_or(Refused::Crowded)?;
        let deadline = match handshake.before > HANDSHAKES / 4 {
            false => HANDSHAKE_DEADLINE,
            true => HURRIED_DEADLINE,
        };
        let late = async {
            clock.sleep(deadline).await;
            Err(Refused::Late)
        };
        let displaced = async {
            handshake.displaced().await;
            Err(Refused::Crowded)
        };
        self.shake(io, &handshake).or(displaced).or(late).await
    }

    async fn shake<S>(&self, io: S, handshake: &Handshake<'_>) -> Result<TlsStream<S>, Refused<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let connection = UnbufferedServerConnection::new(self.config.clone());
        let connection = connection.map_err(|error| Refused::Failed(io::Error::other(error)))?;
        let mut stream = TlsStream::new(io, Session::new(connection));
        let mut is_first = true;
        while stream.session.is_handshaking() {
            handshake.waits(true);
            let arrived = poll_fn(|cx| stream.poll_arrive(cx)).await?;
            handshake.waits(false);
            match arrived {
                None => return Err(Refused::Failed(io::ErrorKind::UnexpectedEof.into())),
                Some(byte) if is_first && byte.is_ascii_uppercase() => {
                    return Err(Refused::Plain(stream.into_inner()));
                }
                Some(_) => is_first = false,
            }
            let advanced = self.turns.take(|| stream.session.advance()).await;
            // An alert, if it has failed.
            let sent = poll_fn(|cx| stream.poll_send(cx)).await;
            advanced.and(sent)?;
        }
        if stream.session.speaks(CHALLENGE) {
            // The authority may have gone: it has seen what it wanted.
            _ = poll_fn(|cx| Pin::new(&mut stream).poll_close(cx)).await;
            return Err(Refused::Challenge);
        }
        Ok(stream)
    }
}

impl<S> From<io::Error> for Refused<S> {
    fn from(error: io::Error) -> Refused<S> {
        Refused::Failed(error)
    }
}

/// Lets so many do a step, and then everyone else have a turn.
pub(super) struct Turns {
    free: Receiver<()>,
    over: Sender<()>,
}

impl Turns {
    pub(super) fn new() -> Turns {
        let (over, free) = async_channel::bounded(STEPS_PER_TURN);
        for _ in 0..STEPS_PER_TURN {
            _ = over.try_send(());
        }
        Turns { free, over }
    }

    async fn take<T>(&self, step: impl FnOnce() -> T) -> T {
        _ = self.free.recv().await;
        let turn = Turn(&self.over);
        let done = step();
        yield_now().await;
        drop(turn);
        done
    }
}

/// A turn, given on when dropped.
struct Turn<'a>(&'a Sender<()>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        _ = self.0.try_send(());
    }
}
