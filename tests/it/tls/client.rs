//! A client that speaks TLS over a pipe, and the certificates that it is shown.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_rustls::TlsConnector;
use futures_rustls::client::TlsStream;
use futures_rustls::pki_types::{CertificateDer, ServerName};
use futures_rustls::rustls;
use rcgen::{CertificateParams, CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use smol::Task;
use ssehub::HubConfig;
use ssehub::http::{HttpConfig, Site, serve_after};
use ssehub::limits::Peer;
use ssehub::tls::{Acceptor, Identity};

use crate::pipe::{Duplex, duplex};
use crate::world::World;

/// Polls of a client that waits for a server which has nothing more to do.
const POLLS: u32 = 5_000;

/// A certificate, with its key.
pub struct Certificate(CertifiedKey);

impl Certificate {
    pub fn of(hosts: &[&str]) -> Certificate {
        let hosts: Vec<_> = hosts.iter().map(|host| host.to_string()).collect();
        Certificate(generate_simple_self_signed(hosts).unwrap())
    }

    /// One that ends so many seconds after the Unix epoch.
    pub fn until(hosts: &[&str], end: u64) -> Certificate {
        let hosts: Vec<_> = hosts.iter().map(|host| host.to_string()).collect();
        let mut params = CertificateParams::new(hosts).unwrap();
        params.not_before = rcgen::date_time_ymd(1970, 1, 1);
        params.not_after = params.not_before + Duration::from_secs(end);
        let key_pair = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key_pair).unwrap();
        Certificate(CertifiedKey { cert, key_pair })
    }

    pub fn pem(&self) -> String {
        self.0.cert.pem()
    }

    pub fn key_pem(&self) -> String {
        self.0.key_pair.serialize_pem()
    }

    pub fn der(&self) -> CertificateDer<'static> {
        self.0.cert.der().clone()
    }

    pub fn identity(&self) -> Identity {
        Identity::from_pem(&self.pem(), &self.key_pem()).unwrap()
    }
}

/// What a client speaks.
#[derive(Clone, Copy)]
pub struct Speaks {
    pub old: bool,
    pub alpn: &'static [u8],
    /// Whom it wants to speak to: a name, or an address, which no handshake names.
    pub host: &'static str,
}

impl Default for Speaks {
    fn default() -> Speaks {
        Speaks {
            old: false,
            alpn: b"http/1.1",
            host: "hub.example",
        }
    }
}

/// A server that speaks TLS.
#[derive(Clone)]
pub struct Server {
    pub world: Rc<World>,
    pub site: Arc<Site>,
    pub acceptor: Arc<Acceptor>,
}

impl Server {
    pub fn new(certificate: &Certificate) -> Server {
        let world = World::new(HubConfig::default().seed(1));
        let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
        Server {
            world: Rc::new(world),
            site,
            acceptor: Arc::new(Acceptor::new(certificate.identity()).unwrap()),
        }
    }

    /// One who connects, and has said nothing yet.
    pub fn connect(&self, capacity: usize) -> (Duplex, Task<()>) {
        let (client, server) = duplex(capacity);
        let (acceptor, clock) = (self.acceptor.clone(), self.world.clock.clone());
        let opening = async move { acceptor.accept(server, &clock).await.ok() };
        let serving = serve_after(opening, self.site.clone(), Peer::Unknown);
        (client, self.world.spawn(serving))
    }

    /// One who has shaken hands with somebody who shows this certificate.
    pub fn shake(&self, capacity: usize, trusts: &Certificate, speaks: Speaks) -> io::Result<Talk> {
        let (pipe, serving) = self.connect(capacity);
        let host = ServerName::try_from(speaks.host).unwrap();
        let connecting = connector(trusts, speaks).connect(host, pipe);
        let stream = self.wait(connecting).expect("the handshake stands still")?;
        Ok(Talk {
            server: self.clone(),
            stream,
            serving,
        })
    }

    /// What comes of a client's work, unless it waits for ever.
    pub fn wait<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        for _ in 0..POLLS {
            if let Some(done) = block_on(poll_once(work.as_mut())) {
                return Some(done);
            }
            self.world.settle();
        }
        None
    }
}

/// A client that has shaken hands.
pub struct Talk {
    pub server: Server,
    pub stream: TlsStream<Duplex>,
    pub serving: Task<()>,
}

impl Talk {
    pub fn send(&mut self, text: &str) {
        let sending = async {
            self.stream.write_all(text.as_bytes()).await.unwrap();
            self.stream.flush().await.unwrap();
        };
        self.server.wait(sending).expect("the server reads nothing");
        self.server.world.settle();
    }

    /// What comes until nothing more does.
    pub fn read(&mut self) -> String {
        let mut text = Vec::new();
        let mut part = [0; 4_096];
        while let Some(read) = self.server.wait(self.stream.read(&mut part)) {
            match read.unwrap() {
                0 => return String::from_utf8(text).unwrap() + "[end]",
                bytes => text.extend_from_slice(&part[..bytes]),
            }
        }
        String::from_utf8(text).unwrap()
    }

    pub fn subscribe(&mut self, topic: &str) -> String {
        self.send(&format!(
            "GET /events/{topic} HTTP/1.1\r\nHost: hub.example\r\n\r\n"
        ));
        self.read()
    }

    pub fn is_over(&self) -> bool {
        self.server.world.settle();
        self.serving.is_finished()
    }
}

fn connector(trusts: &Certificate, speaks: Speaks) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(trusts.der()).unwrap();
    let version = if speaks.old { &TLS12 } else { &TLS13 };
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![speaks.alpn.to_vec()];
    Arc::new(config).into()
}
