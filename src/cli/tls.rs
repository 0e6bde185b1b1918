//! HTTPS: settings and the files that they name become an [`Acceptor`].

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ssehub::Clock;
use ssehub::http::Redirect;
use ssehub::net::Roots;
use ssehub::server::{Address, Listener, Speech};
use ssehub::tls::{Acceptor, IDENTITY_FILE_BYTES, Identities, Identity};

use super::acme::Automatic;
use super::token::source::read_file;

/// What a server is told of HTTPS.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    /// Each with the key at the same place.
    pub(super) certificates: Vec<PathBuf>,
    pub(super) keys: Vec<PathBuf>,
    /// Where plain HTTP is sent to HTTPS.
    pub(crate) redirect: Vec<Address>,
    pub(super) acme: Automatic,
}

impl Tls {
    /// Whether HTTPS is to be spoken.
    pub(super) fn is_asked_for(&self) -> bool {
        !self.certificates.is_empty() || self.acme.is_asked_for()
    }

    /// Reads the files; `None`, if there are no such files.
    pub(super) fn acceptor(&self) -> Result<Option<Acceptor>, String> {
        let acceptor = self.identities()?.map(Acceptor::new).transpose();
        acceptor.map_err(|error| format!("--tls-cert: {error}"))
    }

    /// Takes the certificates from files, or begins to get one from an authority that is known by these roots.
    /// `None`: HTTP without TLS is what is wanted.
    pub(crate) fn secured(
        &self,
        files: Option<Acceptor>,
        authority: Option<Roots>,
    ) -> Result<Option<Secured>, String> {
        match (files, authority) {
            (Some(acceptor), _) => Ok(Some(Secured::by(acceptor))),
            (None, Some(roots)) => self.acme.begin(roots).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// What looks doubtful in the certificates: one that has expired, or soon will.
    pub(super) fn doubts(&self) -> Vec<String> {
        let now = Duration::from_millis(Clock::system().unix_ms());
        let identities = self.identities().ok().flatten();
        let expiries = identities.map_or_else(Vec::new, |it| it.expiries());
        expiries.iter().filter_map(|it| it.doubt(now)).collect()
    }

    /// Reads all files again. If one cannot be used, all certificates stay as they were.
    pub(crate) fn reload(&self, acceptor: &Acceptor) {
        match self.identities() {
            Ok(Some(identities)) => {
                acceptor.replace(identities);
                log::info!("the certificates were read again");
            }
            Ok(None) => {}
            Err(error) => log::error!("the certificates stay as they were: {error}"),
        }
        acceptor.look(&Clock::system());
    }

    /// Reads the files; none, if there are no such files.
    fn identities(&self) -> Result<Option<Identities>, String> {
        let mut pairs = self.certificates.iter().zip(&self.keys);
        let Some((certificate, key)) = pairs.next() else {
            return Ok(None);
        };
        let first = identity(certificate, key)?;
        let others: Result<Vec<_>, _> = pairs
            .map(|(certificate, key)| identity(certificate, key))
            .collect();
        let identities = Identities::new(first, others?);
        identities
            .map(Some)
            .map_err(|error| format!("--tls-cert: {error}"))
    }
}

/// HTTPS, ready to begin.
pub(crate) struct Secured {
    pub(crate) acceptor: Arc<Acceptor>,
    /// What has to run for the certificate to come, and to be renewed.
    pub(crate) work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Secured {
    fn by(acceptor: Acceptor) -> Secured {
        Secured {
            acceptor: Arc::new(acceptor),
            work: None,
        }
    }
}

/// What is spoken at a listener for the hub: a Unix socket does without TLS.
pub(crate) fn speech(listener: &Listener, acceptor: Option<&Arc<Acceptor>>) -> Speech {
    match (listener.is_unix(), acceptor) {
        (false, Some(acceptor)) => Speech::Https(acceptor.clone()),
        (true, _) | (false, None) => Speech::Http,
    }
}

/// The redirection to an HTTPS server on this port, which answers to the names in its certificate.
pub(crate) fn redirect(port: u16, acceptor: &Arc<Acceptor>) -> Speech {
    let acceptor = acceptor.clone();
    let is_ours = move |host: &str| acceptor.is_for(host);
    Speech::Redirect(Arc::new(Redirect::new(port, is_ours)))
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, String> {
    let chain = read_file(certificate, IDENTITY_FILE_BYTES)?;
    let secret = read_file(key, IDENTITY_FILE_BYTES)?;
    Identity::from_pem(&chain, &secret)
        .map_err(|error| format!("{} and {}: {error}", certificate.display(), key.display()))
}
