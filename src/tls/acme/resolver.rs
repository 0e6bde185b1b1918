//! What handshakes show while certificates come by themselves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_rustls::rustls::server::ClientHello;
use futures_rustls::rustls::sign::CertifiedKey;

use crate::tls::handshake::CHALLENGE;
use crate::tls::{Expiry, Identity};

/// The certificate that there is, once there is one, and the answer to the authority's challenge.
#[derive(Debug)]
pub(in crate::tls) struct Automatic {
    names: Vec<String>,
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    identity: Option<Identity>,
    /// For this name alone. An order proves one name after the other.
    challenge: Option<(String, Arc<CertifiedKey>)>,
}

impl Automatic {
    pub(super) fn new(names: Vec<String>) -> Automatic {
        Automatic {
            names,
            shown: Mutex::default(),
        }
    }

    pub(in crate::tls) fn is_for(&self, host: &str) -> bool {
        self.names
            .iter()
            .any(|name| name.eq_ignore_ascii_case(host))
    }

    pub(in crate::tls) fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_challenge = hello.alpn().into_iter().flatten().eq([CHALLENGE]);
        let shown = self.shown();
        if is_challenge {
            let (name, answer) = shown.challenge.as_ref()?;
            return (hello.server_name() == Some(name)).then(|| answer.clone());
        }
        shown.identity.as_ref().map(Identity::key)
    }

    pub(in crate::tls) fn expiry(&self) -> Option<Expiry> {
        let at: Duration = self.shown().identity.as_ref()?.expires();
        let name = self.names.first()?.clone();
        Some(Expiry { name, at })
    }

    pub(super) fn identity(&self) -> Option<Identity> {
        self.shown().identity.clone()
    }

    pub(super) fn set(&self, identity: Identity) {
        self.shown().identity = Some(identity);
    }

    pub(super) fn set_challenge(&self, challenge: Option<(String, Arc<CertifiedKey>)>) {
        self.shown().challenge = challenge;
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
