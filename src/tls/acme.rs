//! Certificates that the server gets by itself: ACME (RFC 8555), by the challenge TLS-ALPN-01 (RFC 8737).

mod order;
mod resolver;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_rustls::rustls::ClientConfig;
use futures_rustls::rustls::crypto::ring as cryptography;
use rustls_acme::acme::Account;
use rustls_acme::caches::DirCache;
use rustls_acme::{AccountCache as _, CertCache as _};

use super::{Acceptor, Identity, InvalidIdentity, Source};
use crate::clock::Clock;
use crate::net::Roots;
use crate::options::setters;
use order::{Failure, Orders};
pub(super) use resolver::Automatic;

/// Pause after the first order that fails; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Longest pause between two orders: an authority that refuses for days is not asked more often.
const LONGEST_PAUSE: Duration = Duration::from_secs(12 * 60 * 60);

/// Pause between two looks at the machine's clock, which may be set while the certificate waits for its renewal.
const LOOK_PAUSE: Duration = Duration::from_secs(60 * 60);

/// Which certificates to get, and where.
///
/// ```
/// use ssehub::net::Roots;
/// use ssehub::tls::{Acceptor, Acme, Renewal};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let names = vec!["example.com".to_owned()];
/// let directory = "https://acme-v02.api.letsencrypt.org/directory";
/// let acme = Acme::new(names, "/var/lib/ssehub/acme", directory, Roots::of_system()?)
///     .contacts(vec!["mailto:operator@example.com".to_owned()]);
/// let (acceptor, renewal): (Acceptor, Renewal) = acme.begin()?;
/// // In a task of its own; it does not end.
/// renewal.run().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Acme {
    /// The names that the certificate is for; each must lead to this server, at port 443.
    pub domains: Vec<String>,
    /// Whom the authority may write to: `mailto:` and an address.
    pub contacts: Vec<String>,
    /// The folder in which the account and the certificate are kept.
    pub cache: PathBuf,
    /// The URL of the authority's directory.
    pub directory: String,
    /// Who vouches for the authority's own server.
    pub roots: Roots,
}

/// Gets a certificate and renews it; its user runs it.
pub struct Renewal {
    orders: Orders,
    cache: DirCache<PathBuf>,
}

setters!(Acme {
    contacts: Vec<String>,
});

impl Acme {
    /// Certificates for these names, kept in this folder, from the authority with this directory, for whose own
    /// server `roots` vouch.
    pub fn new(
        domains: Vec<String>,
        cache: impl Into<PathBuf>,
        directory: impl Into<String>,
        roots: Roots,
    ) -> Acme {
        Acme {
            domains,
            contacts: Vec::new(),
            cache: cache.into(),
            directory: directory.into(),
            roots,
        }
    }

    /// An acceptor that has no certificate until the renewal has got one.
    pub fn begin(self) -> Result<(Acceptor, Renewal), InvalidIdentity> {
        let client =
            ClientConfig::builder_with_provider(Arc::new(cryptography::default_provider()))
                .with_safe_default_protocol_versions()
                .map_err(InvalidIdentity::of)?
                .with_root_certificates(self.roots.into_store())
                .with_no_client_auth();
        let automatic = Arc::new(Automatic::new(self.domains.clone()));
        let acceptor = Acceptor::by(Source::Automatic(automatic.clone()))?;
        let orders = Orders {
            domains: self.domains,
            contacts: self.contacts,
            directory: self.directory,
            client: Arc::new(client),
            clock: Clock::system(),
            automatic,
        };
        let cache = DirCache::new(self.cache);
        Ok((acceptor, Renewal { orders, cache }))
    }
}

impl Renewal {
    /// Orders certificates, answers challenges, and begins anew in time or after a failure, with growing
    /// pauses. Does not end.
    pub async fn run(self) {
        match self.cached().await {
            Ok(None) => {}
            Ok(Some(identity)) => {
                log::info!("the certificate of last time is in use");
                self.orders.automatic.set(identity);
            }
            Err(error) => log::error!("the certificate of last time cannot be used: {error}"),
        }
        let account = self.account().await;
        let mut pause = FIRST_PAUSE;
        loop {
            self.until_renewal().await;
            match self.renew(&account).await {
                Ok(()) => pause = FIRST_PAUSE,
                Err(error) => {
                    log::error!("no certificate yet: {error}");
                    self.orders.clock.sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    /// The certificate that the folder holds.
    async fn cached(&self) -> Result<Option<Identity>, Failure> {
        let Orders {
            domains, directory, ..
        } = &self.orders;
        let pem = self.cache.load_cert(domains, directory).await?;
        pem.map(|pem| identity(&pem)).transpose()
    }

    /// The key of the account: that in the folder, or else a new one.
    async fn account(&self) -> Vec<u8> {
        let Orders {
            contacts,
            directory,
            ..
        } = &self.orders;
        match self.cache.load_account(contacts, directory).await {
            Ok(Some(key)) => return key,
            Ok(None) => {}
            Err(error) => log::error!("the account of last time cannot be used: {error}"),
        }
        let key = Account::generate_key_pair();
        match self.cache.store_account(contacts, directory, &key).await {
            Ok(()) => log::debug!("the account is kept"),
            Err(error) => log::error!("the account cannot be kept: {error}"),
        }
        key
    }

    /// Waits until two thirds of the certificate's life are over; not at all, if there is none.
    async fn until_renewal(&self) {
        let clock = &self.orders.clock;
        while let Some(identity) = self.orders.automatic.identity() {
            let life = identity.validity();
            let due = life
                .end
                .saturating_sub(life.end.saturating_sub(life.start) / 3);
            let left = due.saturating_sub(Duration::from_millis(clock.unix_ms()));
            if left.is_zero() {
                return;
            }
            clock.sleep(left.min(LOOK_PAUSE)).await;
        }
    }

    async fn renew(&self, account: &[u8]) -> Result<(), Failure> {
        let pem = self.orders.order(account).await?;
        self.orders.automatic.set(identity(&pem)?);
        log::info!("a new certificate is in use");
        let Orders {
            domains, directory, ..
        } = &self.orders;
        match self.cache.store_cert(domains, directory, &pem).await {
            Ok(()) => log::debug!("the certificate is kept"),
            Err(error) => log::error!("the certificate cannot be kept: {error}"),
        }
        Ok(())
    }
}

/// A key and the chain of its certificate, in one text.
fn identity(pem: &[u8]) -> Result<Identity, Failure> {
    let text = str::from_utf8(pem).map_err(Failure::of)?;
    Identity::from_pem(text, text).map_err(Failure::of)
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::of(error)
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}
