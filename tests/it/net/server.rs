//! A server on this machine, by TCP or TLS, and those who vouch for it.

use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;

use async_io::Async;
use futures_lite::{AsyncRead, AsyncWrite};
use futures_rustls::TlsAcceptor;
use futures_rustls::pki_types::PrivateKeyDer;
use futures_rustls::rustls::ServerConfig;
use futures_rustls::rustls::crypto::ring;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair};
use ssehub::net::Roots;

/// Vouches for servers.
pub struct Ca {
    certificate: Certificate,
    key: KeyPair,
}

impl Ca {
    pub fn new() -> Ca {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Ca { certificate, key }
    }

    pub fn pem(&self) -> String {
        self.certificate.pem()
    }

    /// A certificate for these hosts, and its key, in PEM.
    pub fn vouch(&self, hosts: &[&str]) -> (String, String) {
        let (certificate, key) = self.certify(hosts);
        (certificate.pem(), key.serialize_pem())
    }

    fn certify(&self, hosts: &[&str]) -> (Certificate, KeyPair) {
        let hosts = hosts.iter().map(|host| host.to_string());
        let params = CertificateParams::new(hosts.collect::<Vec<_>>()).unwrap();
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.certificate, &self.key);
        (signed.unwrap(), key)
    }

    pub fn roots(&self) -> Roots {
        Roots::from_pem(&self.pem()).unwrap()
    }
}

/// A listening socket, and what it shows by TLS.
pub struct Server {
    listener: Async<TcpListener>,
    tls: Option<TlsAcceptor>,
}

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

impl Server {
    pub fn plain() -> Server {
        Server {
            listener: Async::<TcpListener>::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(),
            tls: None,
        }
    }

    /// Has a certificate for these hosts.
    pub fn tls(ca: &Ca, hosts: &[&str]) -> Server {
        let (certificate, key) = ca.certify(hosts);
        Server::showing(&certificate, &key)
    }

    /// Has a certificate for these hosts that was good until the year 2000.
    pub fn expired(ca: &Ca, hosts: &[&str]) -> Server {
        let hosts = hosts.iter().map(|host| host.to_string());
        let mut params = CertificateParams::new(hosts.collect::<Vec<_>>()).unwrap();
        params.not_after = rcgen::date_time_ymd(2000, 1, 1);
        let (certificate, key) = ca.sign(params);
        Server::showing(&certificate, &key)
    }

    /// Vouches for itself.
    pub fn self_signed(hosts: &[&str]) -> Server {
        let hosts = hosts.iter().map(|host| host.to_string());
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(hosts.collect::<Vec<_>>()).unwrap();
        Server::showing(&params.self_signed(&key).unwrap(), &key)
    }

    fn showing(certificate: &Certificate, key: &KeyPair) -> Server {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        Server {
            tls: Some(Arc::new(config).into()),
            ..Server::plain()
        }
    }

    /// Whether a client waits to be accepted, which it does no longer then.
    pub fn is_asked(&self) -> bool {
        self.listener.get_ref().accept().is_ok()
    }

    pub fn port(&self) -> u16 {
        self.listener.get_ref().local_addr().unwrap().port()
    }

    /// The next client, if it likes what it is shown.
    pub async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        let (socket, _): (Async<TcpStream>, _) = self.listener.accept().await?;
        match &self.tls {
            None => Ok(Box::new(socket)),
            Some(tls) => Ok(Box::new(tls.accept(socket).await?)),
        }
    }
}
