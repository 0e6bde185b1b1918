//! Keys of tokens that their issuer publishes at a URL: fetched, kept fresh, and given to an [`Auth`].
//!
//! * `place.rs`: where keys may be fetched from.
//!
//! [`Jwks::keep`] is a future that never ends; whoever has the hub runs it. It fetches the keys at once
//! and then from time to time, and earlier when a token names a key that is not known. What cannot be
//! fetched, or is no set of keys, changes nothing.

mod place;

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_lite::FutureExt as _;

use crate::auth::{Auth, Bell, InvalidKey, KEY_FILE_BYTES, Keys};
use crate::clock::Clock;
use crate::http::fetch;
pub use crate::http::fetch::NoDocument;
use crate::net::{Duplex, Patience, Place, Roots, Tls, connect};
use crate::options::setters;
pub use place::{InvalidJwksUrl, JwksUrl};

/// How long it may take to connect, by TLS if need be.
pub const CONNECT_DEADLINE: Duration = Duration::from_secs(10);

/// How long the whole answer may take.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(10);

/// Least pause between two fetches, whoever asks for the second: strangers can bring tokens that name
/// keys which do not exist.
pub const FETCH_PAUSE: Duration = Duration::from_secs(5);

/// Longest pause after a fetch that has failed. The first is [`FETCH_PAUSE`], and each further one twice as
/// long as the one before.
pub const RETRY_PAUSE: Duration = Duration::from_secs(300);

/// Pause after a fetch that has succeeded, unless set.
const REFRESH: Duration = Duration::from_secs(600);

/// The keys of one authority, where its issuer publishes them.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Duration;
/// use ssehub::Clock;
/// use ssehub::auth::{Auth, Authority, Bell, Keys, Rights};
/// use ssehub::jwks::{InvalidJwksUrl, Jwks, JwksUrl};
/// # async fn example() -> Result<(), InvalidJwksUrl> {
/// let url: JwksUrl = "https://id.example.com/keys".parse()?;
/// let bell = Bell::default();
/// let authority = Authority::new(Keys::none()).with_bell(bell.clone());
/// let auth = Arc::new(Auth::new(Rights::to_read()).with_authority(authority));
///
/// let jwks = Jwks::new(url, bell, Clock::system()).refresh(Duration::from_secs(3_600));
/// // In a task of its own; it does not end.
/// jwks.keep(&auth, 0).await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Jwks {
    /// Where they are.
    pub url: JwksUrl,
    /// Pause after a fetch that has succeeded, unless the bell rings; at least [`FETCH_PAUSE`].
    pub refresh: Duration,
    /// Those who vouch for the server, beside those whom the system trusts.
    pub roots: Option<Roots>,
    /// The authority's bell; whoever rings it has the keys fetched soon.
    pub bell: Bell,
    /// The time.
    pub clock: Clock,
}

/// Why there are no keys.
///
/// ```
/// use ssehub::jwks::{Jwks, NoDocument, NoKeys};
/// # async fn example(jwks: &Jwks) {
/// match jwks.fetch().await {
///     Ok((_, keys)) => println!("{} keys", keys.count()),
///     Err(NoKeys::Document(NoDocument::Status(status))) => println!("answered {status}"),
///     Err(other) => println!("{other}"),
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum NoKeys {
    /// They cannot be fetched.
    Document(NoDocument),
    /// What was fetched is no set of keys that verify signatures.
    Keys(InvalidKey),
    /// A defect was met.
    Defect,
}

setters!(Jwks {
    refresh: Duration,
    roots: Option<Roots>,
});

impl Jwks {
    /// The keys at this URL, fetched every ten minutes, and when this bell of their authority rings.
    pub fn new(url: JwksUrl, bell: Bell, clock: Clock) -> Jwks {
        Jwks {
            url,
            refresh: REFRESH,
            roots: None,
            bell,
            clock,
        }
    }

    /// Keeps the keys of an authority fresh, for ever.
    pub async fn keep(self, auth: &Auth, authority: usize) {
        let mut known = String::new();
        let mut failures: u32 = 0;
        loop {
            // What rings while keys are fetched may want those that come a moment later.
            self.bell.hush();
            // What comes from elsewhere shall not end more than this.
            let fetched = AssertUnwindSafe(self.fetch()).catch_unwind().await;
            match fetched.unwrap_or(Err(NoKeys::Defect)) {
                // Keys that are replaced by the same would only be a reason to forget who was verified.
                Ok((text, _)) if text == known => failures = 0,
                Ok((text, keys)) => {
                    log::info!("{} keys of tokens are from {}", keys.count(), self.url);
                    auth.replace_keys(authority, keys);
                    known = text;
                    failures = 0;
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    let url = &self.url;
                    match known.is_empty() {
                        true => {
                            log::error!("tokens are refused for lack of keys from {url}: {error}")
                        }
                        false => log::error!("the keys from {url} stay as they were: {error}"),
                    }
                }
            }
            self.clock.sleep(FETCH_PAUSE).await;
            let rest = self.pause(failures).saturating_sub(FETCH_PAUSE);
            self.clock.sleep(rest).or(self.bell.rung()).await;
        }
    }

    /// How long to wait after so many failures in a row.
    fn pause(&self, failures: u32) -> Duration {
        let doublings = match failures.checked_sub(1) {
            None => return self.refresh,
            Some(doublings) => doublings.min(16),
        };
        (FETCH_PAUSE * (1 << doublings)).min(RETRY_PAUSE)
    }

    /// Fetches the keys once, and returns them with the text that they are from.
    pub async fn fetch(&self) -> Result<(String, Keys), NoKeys> {
        let mut stream = self.connect().await.map_err(NoDocument::Broken)?;
        let patience = Patience::new(self.clock.clone(), ANSWER_DEADLINE);
        let JwksUrl { place, target } = &self.url;
        let document = fetch::get(&mut *stream, &place.authority, target, KEY_FILE_BYTES);
        let document = patience.wait(async { Ok(document.await) }).await;
        let document = document.map_err(NoDocument::Broken)??;
        let text = String::from_utf8(document).map_err(|_| InvalidKey::Jwks)?;
        let keys = Keys::from_jwks(&text)?;
        Ok((text, keys))
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Duplex>> {
        let Place {
            host,
            port,
            is_https,
            ..
        } = &self.url.place;
        let patience = Patience::new(self.clock.clone(), CONNECT_DEADLINE);
        let socket = connect(host, *port, &patience).await?;
        if !is_https {
            return Ok(Box::new(socket));
        }
        let tls = Tls::client(self.trusted().await?)?;
        Ok(Box::new(tls.connect(host, socket, &patience).await?))
    }

    /// Those who vouch for servers now: what the system trusts may change, and is not kept in memory.
    async fn trusted(&self) -> std::io::Result<Roots> {
        let system = blocking::unblock(Roots::of_system).await;
        match (system, self.roots.clone()) {
            (Ok(system), Some(own)) => Ok(system.and(own)),
            (Err(_), Some(own)) => Ok(own),
            (system, None) => system,
        }
    }
}

impl From<NoDocument> for NoKeys {
    fn from(error: NoDocument) -> NoKeys {
        NoKeys::Document(error)
    }
}

impl From<InvalidKey> for NoKeys {
    fn from(error: InvalidKey) -> NoKeys {
        NoKeys::Keys(error)
    }
}

impl fmt::Display for NoKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoKeys::Document(error) => error.fmt(f),
            NoKeys::Keys(error) => error.fmt(f),
            NoKeys::Defect => f.write_str("a defect was met"),
        }
    }
}

impl std::error::Error for NoKeys {}
