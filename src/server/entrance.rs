//! Where clients come in: a listener, and what is spoken there.

use std::io;
use std::sync::Arc;

use super::listener::Listener;
use super::socket::Socket;
use super::stream::Stream;
use crate::clock::Clock;
use crate::http::{Redirect, Site, TurnedAway};
use crate::limits::Peer;
use crate::tls::{Acceptor, Refused};

/// A listener, and what is spoken there.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::server::{Entrance, Listener, Speech};
/// use ssehub::tls::Acceptor;
/// # fn example(listener: Listener, plain: Listener, acceptor: Arc<Acceptor>) {
/// let entrances = [Entrance::new(listener, Speech::Https(acceptor)), Entrance::from(plain)];
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Entrance {
    /// Where clients connect.
    pub listener: Listener,
    /// What they find.
    pub speech: Speech,
}

impl Entrance {
    /// Where clients connect, and what they find.
    pub fn new(listener: Listener, speech: Speech) -> Entrance {
        Entrance { listener, speech }
    }
}

impl From<Listener> for Entrance {
    fn from(listener: Listener) -> Entrance {
        Entrance::new(listener, Speech::Http)
    }
}

/// What is spoken at an entrance.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Speech {
    /// HTTP.
    Http,
    /// HTTP inside TLS.
    Https(Arc<Acceptor>),
    /// HTTP, for those who watch over the server.
    Admin(Arc<Site>),
    /// HTTP, which sends everyone to HTTPS.
    Redirect(Arc<Redirect>),
}

/// Why nobody is served, and what can be told to whom.
pub(super) struct Misunderstood(pub(super) Option<(Stream, TurnedAway)>);

impl Speech {
    /// The stream of a client that has just connected; [`Peer::Unknown`] is any.
    pub(super) async fn begin(
        self,
        socket: Socket,
        client: Peer,
        clock: Clock,
    ) -> Result<Stream, Misunderstood> {
        let acceptor = match self {
            Speech::Http | Speech::Admin(_) | Speech::Redirect(_) => {
                return Ok(Stream::Plain(socket));
            }
            Speech::Https(acceptor) => acceptor,
        };
        match acceptor.accept_from(socket, client, &clock).await {
            Ok(stream) => Ok(Stream::Tls(Box::new(stream))),
            Err(refused) => Err(misunderstood(refused)),
        }
    }
}

/// Tells the log why, and finds out what can be told to the client.
fn misunderstood(refused: Refused<Socket>) -> Misunderstood {
    match refused {
        Refused::Plain(socket) => {
            log::info!("400 ?: a request without TLS");
            return Misunderstood(Some((Stream::Plain(socket), TurnedAway::Plain)));
        }
        Refused::Challenge => log::info!("the authority of certificates has asked who this is"),
        // Whoever looks whether a port is open leaves at once.
        Refused::Failed(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            log::debug!("a client has left before its handshake was over");
        }
        Refused::Failed(error) => log::info!("a handshake has failed: {error}"),
        Refused::Late => log::info!("a handshake took too long"),
        Refused::Crowded => log::warn!("a handshake is refused: too many are under way"),
    }
    Misunderstood(None)
}
