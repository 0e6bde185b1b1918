//! The client's side of TLS (RFC 8446; RFC 5246).

use std::fmt;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::sync::Arc;

use async_io::Async;
use futures_rustls::pki_types::pem::PemObject as _;
use futures_rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use futures_rustls::rustls::client::Resumption;
use futures_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use futures_rustls::rustls::crypto::{
    CryptoProvider, ring as cryptography, verify_tls12_signature, verify_tls13_signature,
};
use futures_rustls::rustls::{
    self, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use futures_rustls::{TlsConnector, client};

use super::Patience;

/// Largest text of certificates, in bytes.
pub const CA_FILE_BYTES: usize = 4 << 20;

/// A socket by TLS. To close it tells the server that nothing more will be written.
#[doc(hidden)]
pub type TlsStream = client::TlsStream<Async<TcpStream>>;

/// Those who vouch for servers: certificates that are trusted.
///
/// ```
/// use ssehub::net::Roots;
/// assert!(Roots::from_pem("no certificate").is_err());
/// # fn example(ours: &str) -> std::io::Result<Roots> {
/// let trusted = Roots::of_system()?.and(Roots::from_pem(ours)?);
/// # Ok(trusted)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Roots(RootCertStore);

impl Roots {
    /// Those that the system trusts: the certificates in `SSL_CERT_FILE` and `SSL_CERT_DIR`, or else
    /// where the system has them. Reads files, and so blocks.
    ///
    /// Fails if there is none, as on a machine without the package of certificates.
    pub fn of_system() -> io::Result<Roots> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        let (taken, _) = roots.add_parsable_certificates(found.certs);
        if taken > 0 {
            return Ok(Roots(roots));
        }
        Err(match found.errors.first() {
            Some(error) => io::Error::new(ErrorKind::NotFound, error.to_string()),
            None => io::Error::new(ErrorKind::NotFound, "the system trusts no certificate"),
        })
    }

    /// Those in a text in PEM, of at most [`CA_FILE_BYTES`], and no others. All of them must be good.
    pub fn from_pem(text: &str) -> io::Result<Roots> {
        let wrong = |what: String| io::Error::new(ErrorKind::InvalidData, what);
        if text.len() > CA_FILE_BYTES {
            return Err(wrong(format!(
                "certificates have at most {CA_FILE_BYTES} bytes"
            )));
        }
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(text.as_bytes()) {
            let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
            roots
                .add(certificate)
                .map_err(|error| wrong(error.to_string()))?;
        }
        match roots.is_empty() {
            true => Err(wrong("there is no certificate in PEM".to_owned())),
            false => Ok(Roots(roots)),
        }
    }

    /// What the library has them in.
    #[cfg(feature = "acme")]
    pub(crate) fn into_store(self) -> RootCertStore {
        self.0
    }

    /// These and those.
    pub fn and(mut self, others: Roots) -> Roots {
        self.0.extend(others.0.roots);
        self
    }
}

/// Makes confidential streams of sockets, by TLS 1.3 or 1.2. Clones share it.
///
/// ```
/// # #[cfg(feature = "redis")]
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use ssehub::net::{Roots, Tls};
/// use ssehub::store::RedisSettings;
/// let tls = Tls::client(Roots::of_system()?)?;
/// let redis = RedisSettings::parse("rediss://redis.example.com")?.tls(tls);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Tls(TlsConnector);

impl Tls {
    /// Trusts those servers for whom one of these vouches. It has no certificate of its own, and
    /// resumes no session.
    pub fn client(roots: Roots) -> io::Result<Tls> {
        let provider = Arc::new(cryptography::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .with_root_certificates(roots.0)
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Tls(Arc::new(config).into()))
    }

    /// Takes whoever answers for the server. For one on this machine that is told nothing secret.
    #[doc(hidden)]
    pub fn without_verification() -> io::Result<Tls> {
        let provider = Arc::new(cryptography::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(io::Error::other)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Unverified(provider)))
            .with_no_client_auth();
        config.resumption = Resumption::disabled();
        Ok(Tls(Arc::new(config).into()))
    }

    /// Begins TLS on a socket, and returns when the server has shown that it is `host`: a name, or an
    /// address.
    #[doc(hidden)]
    pub async fn connect(
        &self,
        host: &str,
        socket: Async<TcpStream>,
        patience: &Patience,
    ) -> io::Result<TlsStream> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(ErrorKind::InvalidInput, error))?;
        patience.wait(self.0.connect(name, socket)).await
    }
}

/// Takes any certificate, as long as the server has its key.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}
