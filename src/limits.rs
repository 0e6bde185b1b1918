//! What one client or one credential may take of the hub, so that the others keep theirs.
//!
//! Everything here is off unless it is set: an office behind one address, or a proxy that nobody has named,
//! looks like one client, and would be shut out by a limit that it did not ask for.
//!
//! * `peer.rs`: who is at the other end of a connection.
//! * `network.rs`: whose word about other addresses is taken.
//! * `bucket.rs`: how many events somebody may publish.
//! * `places.rs`: how many connections or subscriptions somebody may have.
//!
//! Delivery asks nothing of it, and nothing waits here. Time comes as a parameter.

mod bucket;
mod network;
mod peer;
mod places;

use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::time::Duration;

use crate::auth::{Grant, Holder};
use crate::options::setters;
use bucket::Buckets;
pub use bucket::{BUCKETS, Exceeded, InvalidRate, RATE_EVENTS, Rate, SHARED_BUCKETS};
pub use network::{InvalidProxy, Proxy};
pub use peer::Peer;
pub use places::Place;
use places::Places;

/// Limits of one client or one credential. Zero, or none, is no limit.
///
/// ```
/// use ssehub::limits::{LimitConfig, Limits, Peer, Rate};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = LimitConfig::default()
///     .trusted_proxies(vec!["10.0.0.0/8".parse()?])
///     .credential_subscriptions(100)
///     .publish(Rate::new(10, 100))
///     .anonymous_publish(Some("1:5".parse()?));
/// assert!(Limits::new(config).trusts(Peer::Ip([10, 1, 2, 3].into())));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LimitConfig {
    /// Peers that are proxies, and tell whose requests they pass on.
    pub trusted_proxies: Vec<Proxy>,
    /// Connections of one address, or of one network of IPv6.
    pub address_connections: usize,
    /// Streams and polls of one credential at a time.
    pub credential_subscriptions: usize,
    /// Events that one credential may publish.
    pub publish: Option<Rate>,
    /// Events that those at one address may publish who have shown no credential.
    pub anonymous_publish: Option<Rate>,
}

setters!(LimitConfig {
    trusted_proxies: Vec<Proxy>,
    address_connections: usize,
    credential_subscriptions: usize,
    publish: Option<Rate>,
    anonymous_publish: Option<Rate>,
});

/// The limits, and how far each is used. Workers share it.
///
/// ```
/// use ssehub::limits::{LimitConfig, Limits, Peer};
///
/// let limits = Limits::new(LimitConfig::default().address_connections(1));
/// let peer = Peer::Ip("192.0.2.1".parse().unwrap());
/// let place = limits.connect(peer).unwrap();
/// assert!(limits.connect(peer).is_err());
/// drop(place);
/// assert!(limits.connect(peer).is_ok());
/// ```
#[derive(Default)]
pub struct Limits {
    config: LimitConfig,
    hasher: RandomState,
    connections: Option<Places>,
    subscriptions: Option<Places>,
    by_credential: Option<Buckets>,
    by_address: Option<Buckets>,
}

/// Somebody, in as many bits as no two of those who are here share by chance. Whoever does not know the
/// hash's own key cannot look for two that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key(u64);

impl Limits {
    /// Limits of which nothing is used.
    pub fn new(config: LimitConfig) -> Limits {
        let places = |limit: usize| (limit > 0).then(|| Places::new(limit));
        Limits {
            connections: places(config.address_connections),
            subscriptions: places(config.credential_subscriptions),
            by_credential: config.publish.map(Buckets::new),
            by_address: config.anonymous_publish.map(Buckets::new),
            hasher: RandomState::new(),
            config,
        }
    }

    /// Whether the word of this peer is taken about whose requests it passes on.
    pub fn trusts(&self, peer: Peer) -> bool {
        let proxies = &self.config.trusted_proxies;
        proxies.iter().any(|proxy| proxy.is(peer))
    }

    /// A place for a connection of this peer; `Err` if it has as many as it may.
    ///
    /// Those of a trusted proxy are not its own, and those without an address are nobody's.
    pub fn connect(&self, peer: Peer) -> Result<Option<Place>, Full> {
        match &self.connections {
            Some(places) if !self.trusts(peer) => self.place(places, peer),
            _ => Ok(None),
        }
    }

    /// A place for a stream or a poll that a trusted proxy has passed on: for that client it stands for a
    /// connection, of which the proxy's own tell nothing. `client` is only asked for if it matters.
    pub(crate) fn connect_behind(
        &self,
        peer: Peer,
        client: impl FnOnce() -> Peer,
    ) -> Result<Option<Place>, Full> {
        match &self.connections {
            Some(places) if self.trusts(peer) => match client() {
                // A client that its proxy does not tell from others.
                proxy if self.trusts(proxy) => Ok(None),
                client => self.place(places, client),
            },
            _ => Ok(None),
        }
    }

    /// A place for a stream or a poll by a credential; `Err` if it has as many as it may.
    pub fn subscribe(&self, grant: &Grant) -> Result<Option<Place>, Full> {
        match (&self.subscriptions, grant.holder()) {
            (None, _) | (_, Holder::Anyone) => Ok(None),
            (Some(places), holder) => places.take(self.key(holder)).map(Some).ok_or(Full),
        }
    }

    /// Counts events that are about to be published. `client` and `now` are only asked for if they
    /// matter.
    ///
    /// ```
    /// use std::time::Duration;
    /// use ssehub::auth::{Auth, Rights};
    /// use ssehub::limits::{Exceeded, LimitConfig, Limits, Peer, Rate};
    /// let limits = Limits::new(LimitConfig::default().anonymous_publish(Rate::new(1, 5)));
    /// let anyone = Auth::new(Rights::everything()).grant(None, 0).unwrap();
    /// let publish = |events| {
    ///     limits.publish(&anyone, || Peer::Ip([192, 0, 2, 1].into()), events, || Duration::ZERO)
    /// };
    /// assert_eq!(publish(6), Err(Exceeded::TooMany(5)));
    /// assert_eq!(publish(5), Ok(()));
    /// assert_eq!(publish(1), Err(Exceeded::For(Duration::from_secs(1))));
    /// ```
    pub fn publish(
        &self,
        grant: &Grant,
        client: impl FnOnce() -> Peer,
        events: usize,
        now: impl FnOnce() -> Duration,
    ) -> Result<(), Exceeded> {
        match self.bucket(grant, client) {
            None => Ok(()),
            Some((buckets, key)) => buckets.take(key, events, now()),
        }
    }

    /// Whether an event could be published now; none is counted.
    pub(crate) fn may_publish(
        &self,
        grant: &Grant,
        client: impl FnOnce() -> Peer,
        now: impl FnOnce() -> Duration,
    ) -> Result<(), Exceeded> {
        match self.bucket(grant, client) {
            None => Ok(()),
            Some((buckets, key)) => buckets.holds(key, now()),
        }
    }

    /// The bucket out of which a client's events are taken, if they are counted.
    fn bucket(&self, grant: &Grant, client: impl FnOnce() -> Peer) -> Option<(&Buckets, Key)> {
        match (grant.holder(), &self.by_credential, &self.by_address) {
            (Holder::Anyone, _, Some(buckets)) => Some((buckets, self.key(client().network()))),
            (Holder::Anyone, _, None) | (_, None, _) => None,
            (holder, Some(buckets), _) => Some((buckets, self.key(holder))),
        }
    }

    fn place(&self, places: &Places, peer: Peer) -> Result<Option<Place>, Full> {
        match peer {
            Peer::Ip(_) => places.take(self.key(peer.network())).map(Some).ok_or(Full),
            Peer::Unknown | Peer::Unix => Ok(None),
        }
    }

    fn key(&self, somebody: impl Hash) -> Key {
        Key(self.hasher.hash_one(somebody))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Limits({:?})", self.config)
    }
}

/// Somebody has as many connections or subscriptions as they may.
///
/// ```
/// use ssehub::auth::{Grant, Rights};
/// use ssehub::limits::{Full, LimitConfig, Limits};
/// let limits = Limits::new(LimitConfig::default().credential_subscriptions(1));
/// let grant = Grant::of(Rights::to_read()).subject_is("ann");
/// let _place = limits.subscribe(&grant).unwrap();
/// assert_eq!(limits.subscribe(&grant).err(), Some(Full));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is no place left for this client or credential")
    }
}

impl std::error::Error for Full {}
