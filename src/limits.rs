//! What one client or one credential may take of the hub, so that the others keep theirs.
//!
//! What a [`LimitConfig`] names is off unless it is set: an office behind one address, or a proxy that nobody has
//! named, looks like one client, and would be shut out by a limit that it did not ask for. What is always limited,
//! such as [`BAD_TOKENS`] and [`JOINS`], spares addresses at which such a proxy may be.
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

/// Tokens of one address that are verified for nothing: ten a second, a hundred at once. One may take 4 ms.
pub const BAD_TOKENS: Rate = Rate {
    per_second: 10,
    burst: 100,
};

/// Topics that users at one address may join: 20 a second, 1,000 at once, so that an office comes back after a
/// restart. Who has left within the grace of presence does not join anew.
pub const JOINS: Rate = Rate {
    per_second: 20,
    burst: 1_000,
};

/// Limits of one client or one credential. Zero, or none, is no limit.
///
/// ```
/// use ssehub::limits::{LimitConfig, Limits, Peer, Rate};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let config = LimitConfig::default()
///     .trusted_proxies(vec!["10.0.0.0/8".parse()?])
///     .credential_subscriptions(100)
///     .publish(Rate::new(10, 100))
///     .anonymous_publish(Some("1:5".parse()?))
///     .joins(Some("10:100".parse()?));
/// assert!(Limits::new(config).trusts(Peer::Ip([10, 1, 2, 3].into())));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
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
    /// Topics that users at one address may join: each is told to everyone who watches it. [`JOINS`] unless it is
    /// set.
    pub joins: Option<Rate>,
}

impl Default for LimitConfig {
    fn default() -> LimitConfig {
        LimitConfig {
            trusted_proxies: Vec::new(),
            address_connections: 0,
            credential_subscriptions: 0,
            publish: None,
            anonymous_publish: None,
            joins: Some(JOINS),
        }
    }
}

setters!(LimitConfig {
    trusted_proxies: Vec<Proxy>,
    address_connections: usize,
    credential_subscriptions: usize,
    publish: Option<Rate>,
    anonymous_publish: Option<Rate>,
    joins: Option<Rate>,
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
pub struct Limits {
    config: LimitConfig,
    hasher: RandomState,
    connections: Option<Places>,
    subscriptions: Option<Places>,
    by_credential: Option<Buckets>,
    by_address: Option<Buckets>,
    bad_tokens: Buckets,
    joins: Option<Buckets>,
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
            bad_tokens: Buckets::new(BAD_TOKENS),
            joins: config.joins.map(Buckets::new),
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
            Some((buckets, key)) => buckets.check(key, 1, now()),
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

    /// Verifies a token, unless the client has shown too many whose signatures were checked for nothing. `is_bad`
    /// tells these by the failure.
    ///
    /// Only an address of the internet that is no trusted proxy's is one client.
    pub(crate) fn verify<T, E>(
        &self,
        client: Peer,
        now: Duration,
        verify: impl FnOnce() -> Result<T, E>,
        is_bad: impl FnOnce(&E) -> bool,
    ) -> Result<Result<T, E>, Exceeded> {
        let Some(key) = self.stranger(client) else {
            return Ok(verify());
        };
        self.bad_tokens.check(key, 1, now)?;
        let verified = verify();
        if verified.as_ref().is_err_and(is_bad) {
            _ = self.bad_tokens.take(key, 1, now);
        }
        Ok(verified)
    }

    /// Counts topics that a user of this client is about to join.
    pub(crate) fn join(&self, client: Peer, joins: usize, now: Duration) -> Result<(), Exceeded> {
        match (&self.joins, self.stranger(client)) {
            (Some(buckets), Some(key)) if joins > 0 => buckets.take(key, joins, now),
            _ => Ok(()),
        }
    }

    /// The client that a connection of this peer is counted for: [`Peer::Unknown`] if others may be behind it.
    #[cfg(feature = "server")]
    pub(crate) fn client(&self, peer: Peer) -> Peer {
        match self.stranger(peer) {
            Some(_) => peer.network(),
            None => Peer::Unknown,
        }
    }

    /// A client by itself: an address of the internet that is no trusted proxy's.
    fn stranger(&self, client: Peer) -> Option<Key> {
        let is_one = client.is_public() && !self.trusts(client);
        is_one.then(|| self.key(client.network()))
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

impl Default for Limits {
    fn default() -> Limits {
        Limits::new(LimitConfig::default())
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
