//! The server's side of TLS (RFC 8446; RFC 5246): certificates, handshakes, and streams of records.
//!
//! * [`Identity`]: a certificate with its key; [`Identities`]: several, chosen by the name that is asked for.
//! * [`Acceptor`]: shakes hands with whoever connects, by identities that can be replaced.
//! * [`Expiry`]: when a certificate ends, and who is told of it.
//! * `Acme` (feature `acme`): certificates that the server gets by itself.
//! * [`TlsStream`]: what is spoken afterwards; it holds no buffer while nobody says anything.
//!
//! Names no runtime, and works on any stream of futures-io.

#[cfg(feature = "acme")]
mod acme;
mod choice;
mod expiry;
mod handshake;
mod identity;
mod pending;
mod session;
mod stream;
mod validity;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use futures_rustls::rustls::ServerConfig;
use futures_rustls::rustls::crypto::ring as cryptography;
use futures_rustls::rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use futures_rustls::rustls::sign::CertifiedKey;

#[cfg(feature = "acme")]
pub use acme::{Acme, Renewal};
pub use choice::{IDENTITIES, Identities};
pub use expiry::{Expiry, WARNED_BEFORE};
use handshake::Turns;
pub use handshake::{HANDSHAKE_DEADLINE, Refused};
pub use identity::{IDENTITY_FILE_BYTES, Identity, InvalidIdentity};
use pending::Pending;
pub use pending::{CLIENT_HANDSHAKES, HANDSHAKES};
pub use stream::TlsStream;

/// What is spoken inside, as it is called in a handshake (RFC 7301).
const HTTP: &[u8] = b"http/1.1";

/// Sessions that a client may take up again after one handshake, each without a signature of ours.
const TICKETS: usize = 1;

/// Shakes hands with clients.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::Clock;
/// use ssehub::http::Transport;
/// use ssehub::tls::{Acceptor, Identity, Refused, TlsStream};
/// # async fn example(identity: Identity, renewed: Identity, socket: impl Transport + std::fmt::Debug) {
/// let acceptor = Arc::new(Acceptor::new(identity).unwrap());
/// match acceptor.accept(socket, &Clock::system()).await {
///     Ok(stream) => { let stream: TlsStream<_> = stream; }
///     Err(Refused::Plain(socket)) => println!("{socket:?} speaks HTTP without TLS"),
///     Err(other) => println!("{other:?}"),
/// }
/// acceptor.replace(renewed);
/// assert!(acceptor.is_for("example.com"));
/// # }
/// ```
pub struct Acceptor {
    config: Arc<ServerConfig>,
    source: Arc<Source>,
    turns: Turns,
    /// Handshakes that have begun and are not over.
    pending: Pending,
}

/// Where the certificate of the next handshake comes from.
#[derive(Debug)]
enum Source {
    Given(RwLock<Identities>),
    /// For these names, from an authority.
    #[cfg(feature = "acme")]
    Automatic(Arc<acme::Automatic>),
}

impl Acceptor {
    /// An acceptor by an identity, or by several: TLS 1.3 and 1.2, no early data, HTTP/1.1 inside. Sessions
    /// that are taken up again are kept by the clients alone.
    pub fn new(identities: impl Into<Identities>) -> Result<Acceptor, InvalidIdentity> {
        Acceptor::by(Source::Given(RwLock::new(identities.into())))
    }

    fn by(source: Source) -> Result<Acceptor, InvalidIdentity> {
        let source = Arc::new(source);
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(cryptography::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(InvalidIdentity::of)?
                .with_no_client_auth()
                .with_cert_resolver(source.clone());
        config.alpn_protocols = source.protocols();
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.ticketer = cryptography::Ticketer::new().map_err(InvalidIdentity::of)?;
        config.send_tls13_tickets = TICKETS;
        Ok(Acceptor {
            config: Arc::new(config),
            source,
            turns: Turns::new(),
            pending: Pending::default(),
        })
    }

    /// Makes all further handshakes by other identities. Streams that are open go on. One whose
    /// certificates come by themselves keeps to them.
    pub fn replace(&self, identities: impl Into<Identities>) {
        match &*self.source {
            Source::Given(current) => {
                *current.write().unwrap_or_else(PoisonError::into_inner) = identities.into();
            }
            #[cfg(feature = "acme")]
            Source::Automatic(..) => {}
        }
    }

    /// Whether a certificate is for this host, a name or an address without a port.
    pub fn is_for(&self, host: &str) -> bool {
        match &*self.source {
            Source::Given(current) => given(current).all().any(|it| it.is_for(host)),
            #[cfg(feature = "acme")]
            Source::Automatic(automatic) => automatic.is_for(host),
        }
    }

    /// When the certificates end, each name once. One that comes by itself is known once it has come.
    pub fn expiries(&self) -> Vec<Expiry> {
        match &*self.source {
            Source::Given(current) => given(current).expiries(),
            #[cfg(feature = "acme")]
            Source::Automatic(automatic) => automatic.expiry().into_iter().collect(),
        }
    }
}

impl Source {
    fn protocols(&self) -> Vec<Vec<u8>> {
        match self {
            Source::Given(_) => vec![HTTP.to_vec()],
            #[cfg(feature = "acme")]
            Source::Automatic(..) => vec![HTTP.to_vec(), handshake::CHALLENGE.to_vec()],
        }
    }
}

impl ResolvesServerCert for Source {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match self {
            Source::Given(current) => Some(given(current).for_name(hello.server_name()).key()),
            #[cfg(feature = "acme")]
            Source::Automatic(automatic) => automatic.resolve(hello),
        }
    }
}

fn given(current: &RwLock<Identities>) -> Identities {
    let current = current.read();
    current.unwrap_or_else(PoisonError::into_inner).clone()
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
