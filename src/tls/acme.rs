//! Certificates that the server gets by itself: ACME (RFC 8555), by the challenge TLS-ALPN-01 (RFC 8737).

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_lite::StreamExt as _;
use futures_rustls::rustls::ClientConfig;
use futures_rustls::rustls::crypto::ring as cryptography;
use futures_rustls::rustls::server::{ClientHello, ResolvesServerCert as _};
use futures_rustls::rustls::sign::CertifiedKey;
use rustls_acme::caches::DirCache;
use rustls_acme::{AcmeConfig, AcmeState, EventOk, ResolvesServerCertAcme};

use super::handshake::CHALLENGE;
use super::{Acceptor, Expiry, InvalidIdentity, Source, validity};
use crate::net::Roots;
use crate::options::setters;

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
pub struct Renewal(AcmeState<io::Error, io::Error>);

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
        let config = AcmeConfig::new_with_client_config(&self.domains, Arc::new(client))
            .contact(&self.contacts)
            .cache(DirCache::new(self.cache))
            .directory(self.directory);
        let state = config.state();
        let source = Source::Automatic(Automatic {
            names: self.domains,
            resolver: state.resolver(),
            ends: AtomicU64::new(0),
        });
        Ok((Acceptor::by(source)?, Renewal(state)))
    }
}

/// The certificate that there is, once there is one.
#[derive(Debug)]
pub(super) struct Automatic {
    names: Vec<String>,
    resolver: Arc<ResolvesServerCertAcme>,
    /// When the one ends that was shown last, in Unix seconds; 0 if none was.
    ends: AtomicU64,
}

impl Automatic {
    pub(super) fn is_for(&self, host: &str) -> bool {
        self.names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }

    /// The library tells nobody which certificate it has; but it comes by here.
    pub(super) fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut protocols = hello.alpn().into_iter().flatten();
        let is_challenge = protocols.any(|protocol| protocol == CHALLENGE);
        let shown = self.resolver.resolve(hello)?;
        let end = shown
            .end_entity_cert()
            .ok()
            .and_then(|it| validity::end(it));
        if let (false, Some(end)) = (is_challenge, end) {
            self.ends.store(end.as_secs(), Ordering::Relaxed);
        }
        Some(shown)
    }

    pub(super) fn expiry(&self) -> Option<Expiry> {
        let ends = self.ends.load(Ordering::Relaxed);
        let name = self.names.first().filter(|_| ends > 0)?;
        Some(Expiry {
            name: name.clone(),
            at: Duration::from_secs(ends),
        })
    }
}

impl Renewal {
    /// Orders certificates, answers challenges, and begins anew in time or after a failure, with growing
    /// pauses. Does not end.
    pub async fn run(mut self) {
        while let Some(event) = self.0.next().await {
            match event {
                Ok(EventOk::DeployedNewCert) => log::info!("a new certificate is in use"),
                Ok(EventOk::DeployedCachedCert) => {
                    log::info!("the certificate of last time is in use")
                }
                Ok(EventOk::CertCacheStore) => log::debug!("the certificate is kept"),
                Ok(EventOk::AccountCacheStore) => log::debug!("the account is kept"),
                Err(error) => log::error!("no certificate yet: {error}"),
            }
        }
    }
}

impl fmt::Debug for Renewal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Renewal")
    }
}
