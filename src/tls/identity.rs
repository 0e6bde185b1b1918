//! Who the server is: a chain of certificates, and the key of the first.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use futures_rustls::pki_types::pem::PemObject as _;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use futures_rustls::rustls;
use rustls::client::verify_server_name;
use rustls::crypto::ring as cryptography;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use webpki::EndEntityCert;

use super::validity;

/// Largest text of certificates, or of a key, in bytes.
pub const IDENTITY_FILE_BYTES: usize = 256 << 10;

/// A certificate with those of its issuers, and its key. Clones share them.
///
/// ```
/// use ssehub::tls::{Identity, InvalidIdentity};
/// # fn example() -> Result<Identity, Box<dyn std::error::Error>> {
/// let chain = std::fs::read_to_string("fullchain.pem")?;
/// let identity = Identity::from_pem(&chain, &std::fs::read_to_string("privkey.pem")?)?;
/// # Ok(identity)
/// # }
/// let invalid: InvalidIdentity = Identity::from_pem("", "").unwrap_err();
/// assert_eq!(invalid.to_string(), "there is no certificate in PEM");
/// ```
#[derive(Clone, Debug)]
pub struct Identity {
    certified: Arc<CertifiedKey>,
    validity: Range<Duration>,
}

impl Identity {
    /// Reads them from PEM (RFC 7468): the server's own certificate first, then those between it and an
    /// authority; the key in PKCS#8, SEC1 or PKCS#1. Fails if they do not belong together.
    pub fn from_pem(chain: &str, key: &str) -> Result<Identity, InvalidIdentity> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
        let chain = chain.map_err(|error| InvalidIdentity(format!("the certificate: {error}")))?;
        if chain.is_empty() {
            return Err(InvalidIdentity("there is no certificate in PEM".to_owned()));
        }
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|_| InvalidIdentity("there is no private key in PEM".to_owned()))?;
        let validity = validity::of(&chain[0])
            .ok_or_else(|| InvalidIdentity::new("the certificate does not say when it expires"))?;
        let provider = cryptography::default_provider();
        let certified =
            CertifiedKey::from_der(chain, key, &provider).map_err(InvalidIdentity::of)?;
        Ok(Identity {
            certified: Arc::new(certified),
            validity,
        })
    }

    /// What the library has it in.
    pub(super) fn key(&self) -> Arc<CertifiedKey> {
        self.certified.clone()
    }

    /// When the server's own certificate ends, since the Unix epoch.
    pub fn expires(&self) -> Duration {
        self.validity.end
    }

    /// When the server's own certificate begins and ends, since the Unix epoch.
    #[cfg(feature = "acme")]
    pub(super) fn validity(&self) -> Range<Duration> {
        self.validity.clone()
    }

    /// The names that the certificate is for, wildcards among them.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let certificate = self.certified.end_entity_cert().ok();
        let certificate = certificate.and_then(|it| EndEntityCert::try_from(it).ok());
        certificate
            .into_iter()
            .flat_map(|it| it.valid_dns_names().collect::<Vec<_>>())
    }

    /// Whether the certificate is for this host, a name or an address without a port.
    pub(super) fn is_for(&self, host: &str) -> bool {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let certificate = self.certified.end_entity_cert();
        let certificate = certificate.and_then(ParsedCertificate::try_from);
        match (certificate, ServerName::try_from(bare)) {
            (Ok(certificate), Ok(name)) => verify_server_name(&certificate, &name).is_ok(),
            _ => false,
        }
    }
}

/// A certificate, or its key, that cannot be used. Holds nothing of the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidIdentity(String);

impl InvalidIdentity {
    pub(super) fn new(sentence: impl Into<String>) -> InvalidIdentity {
        InvalidIdentity(sentence.into())
    }
}

impl fmt::Display for InvalidIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidIdentity {}

impl InvalidIdentity {
    pub(super) fn of(error: rustls::Error) -> InvalidIdentity {
        use rustls::{Error, InconsistentKeys};
        InvalidIdentity(match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "the key is not that of the certificate".to_owned()
            }
            other => other.to_string(),
        })
    }
}
