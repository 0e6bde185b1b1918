//! Certificates that come by themselves: settings become an order.

#[cfg(feature = "acme")]
use std::fs::DirBuilder;
#[cfg(feature = "acme")]
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
#[cfg(feature = "acme")]
use std::sync::Arc;

#[cfg(feature = "acme")]
use ssehub::net::Roots;
#[cfg(feature = "acme")]
use ssehub::tls::Acme;

use super::access::Access;
use super::tls::Secured;

/// What a server is told of certificates that it is to get.
#[derive(Debug)]
pub(in crate::cli) struct Automatic {
    pub(super) domains: Vec<String>,
    pub(super) contacts: Vec<String>,
    pub(super) cache: Option<PathBuf>,
    pub(super) directory: String,
}

impl Default for Automatic {
    fn default() -> Automatic {
        Automatic {
            domains: Vec::new(),
            contacts: Vec::new(),
            cache: None,
            directory: "https://acme-v02.api.letsencrypt.org/directory".to_owned(),
        }
    }
}

impl Automatic {
    pub(super) fn is_asked_for(&self) -> bool {
        !self.domains.is_empty()
    }

    /// What keeps it from being ordered.
    pub(super) fn problem(&self) -> Option<String> {
        let missing = self.is_asked_for() && self.cache.is_none();
        let built = cfg!(feature = "acme") || !self.is_asked_for();
        match (built, missing) {
            (false, _) => {
                Some("--acme-domain: this binary was built without the feature acme".to_owned())
            }
            (true, true) => {
                Some("--acme-domain needs --acme-cache, or each start would order anew".to_owned())
            }
            (true, false) => None,
        }
    }

    /// Prepares the order; nothing, if no certificate is asked for.
    pub(super) fn begin(&self, access: &Access) -> Result<Option<Secured>, String> {
        if let Some(problem) = self.problem() {
            return Err(problem);
        }
        match &self.cache {
            Some(cache) if self.is_asked_for() => self.order(cache, access).map(Some),
            _ => Ok(None),
        }
    }

    #[cfg(feature = "acme")]
    fn order(&self, cache: &Path, access: &Access) -> Result<Secured, String> {
        make_private(cache).map_err(|error| format!("cannot use {}: {error}", cache.display()))?;
        let contacts = self.contacts.iter().map(|it| mail(it)).collect();
        let acme = Acme::new(self.domains.clone(), cache, &self.directory, roots(access)?)
            .contacts(contacts);
        let (acceptor, renewal) = acme.begin().map_err(|error| error.to_string())?;
        Ok(Secured {
            acceptor: Arc::new(acceptor),
            work: Some(Box::pin(renewal.run())),
        })
    }

    #[cfg(not(feature = "acme"))]
    fn order(&self, _: &Path, _: &Access) -> Result<Secured, String> {
        Err(self.problem().unwrap_or_default())
    }
}

/// Those who vouch for the authority's own server.
#[cfg(feature = "acme")]
fn roots(access: &Access) -> Result<Roots, String> {
    match (Roots::of_system(), access.own_roots()?) {
        (Ok(system), Some(own)) => Ok(system.and(own)),
        (Ok(roots), None) | (Err(_), Some(roots)) => Ok(roots),
        (Err(error), None) => Err(format!("nobody vouches for the authority: {error}")),
    }
}

/// Makes a folder that nobody else can look into, and says so if others can look into one that is there.
#[cfg(feature = "acme")]
fn make_private(folder: &Path) -> std::io::Result<()> {
    const OTHERS: u32 = 0o077;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mode = std::fs::metadata(folder)?.permissions().mode();
    if mode & OTHERS != 0 {
        log::warn!(
            "others may look into {}, which holds keys: chmod 700",
            folder.display()
        );
    }
    Ok(())
}

/// An address as a URL.
#[cfg(feature = "acme")]
fn mail(address: &str) -> String {
    match address.contains(':') {
        true => address.to_owned(),
        false => format!("mailto:{address}"),
    }
}
