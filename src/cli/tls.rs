//! HTTPS: settings and the files that they name become an [`Acceptor`].

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use ssehub::http::Redirect;
use ssehub::server::{Address, Listener, Speech};
use ssehub::tls::{Acceptor, IDENTITY_FILE_BYTES, Identity};

use super::access::Access;
use super::acme::Automatic;
use super::token::source::read_file;

/// What a server is told of HTTPS.
#[derive(Debug, Default)]
pub(crate) struct Tls {
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
    /// Where plain HTTP is sent to HTTPS.
    pub(crate) redirect: Vec<Address>,
    pub(super) acme: Automatic,
}

impl Tls {
    /// Reads the files, or begins to get a certificate. `None`: HTTP without TLS is what is wanted.
    pub(crate) fn secured(&self, access: &Access) -> Result<Option<Secured>, String> {
        let files = self.files()?;
        if let Some(secured) = self.acme.begin(access)? {
            return match files {
                None => Ok(Some(secured)),
                Some(_) => Err("--tls-cert and --acme-domain exclude each other".to_owned()),
            };
        }
        let Some((certificate, key)) = files else {
            return match self.redirect.is_empty() {
                true => Ok(None),
                false => Err("--http-redirect needs a certificate".to_owned()),
            };
        };
        let acceptor = Acceptor::new(identity(certificate, key)?)
            .map_err(|error| format!("{}: {error}", certificate.display()))?;
        Ok(Some(Secured::by(acceptor)))
    }

    /// What is wrong with the files.
    pub(super) fn problems(&self) -> Option<String> {
        match self.files() {
            Ok(Some((certificate, key))) => identity(certificate, key).err(),
            Ok(None) if !self.redirect.is_empty() && !self.acme.is_asked_for() => {
                Some("--http-redirect needs a certificate".to_owned())
            }
            Ok(None) => self.acme.problem(),
            Err(error) => Some(error),
        }
    }

    /// Reads the files again. What cannot be read stays as it was.
    pub(crate) fn reload(&self, acceptor: &Acceptor) {
        let Ok(Some((certificate, key))) = self.files() else {
            return;
        };
        match identity(certificate, key) {
            Ok(identity) => {
                acceptor.replace(identity);
                log::info!("the certificate was read again");
            }
            Err(error) => log::error!("the certificate stays as it was: {error}"),
        }
    }

    fn files(&self) -> Result<Option<(&Path, &Path)>, String> {
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Ok(Some((certificate, key))),
            (None, None) => Ok(None),
            _ => Err("--tls-cert and --tls-key need each other".to_owned()),
        }
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
    match (listener, acceptor) {
        (Listener::Tcp(_), Some(acceptor)) => Speech::Https(acceptor.clone()),
        (Listener::Tcp(_), None) | (Listener::Unix(..), _) => Speech::Http,
    }
}

/// The redirection to an HTTPS server on this port, which answers to the names in its certificate.
pub(crate) fn redirect(port: u16, acceptor: &Arc<Acceptor>) -> Speech {
    let acceptor = acceptor.clone();
    Speech::Redirect(Arc::new(Redirect {
        port,
        is_ours: Box::new(move |host| acceptor.is_for(host)),
    }))
}

fn identity(certificate: &Path, key: &Path) -> Result<Identity, String> {
    let chain = read_file(certificate, IDENTITY_FILE_BYTES)?;
    let secret = read_file(key, IDENTITY_FILE_BYTES)?;
    Identity::from_pem(&chain, &secret)
        .map_err(|error| format!("{} and {}: {error}", certificate.display(), key.display()))
}
