//! Certificates that come by themselves: settings become an order.

#[cfg(feature = "acme")]
use std::fs::DirBuilder;
#[cfg(feature = "acme")]
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
#[cfg(feature = "acme")]
use std::path::Path;
use std::path::PathBuf;
#[cfg(feature = "acme")]
use std::sync::Arc;

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
    pub(in crate::cli) fn problem(&self) -> Option<String> {
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

    /// The roots by which the authority's own server is known; `None`, if no certificate is asked for.
    pub(super) fn roots(&self, access: &Access) -> Result<Option<Roots>, String> {
        if !self.is_asked_for() {
            return Ok(None);
        }
        match (Roots::of_system(), access.own_roots()?) {
            (Ok(system), Some(own)) => Ok(Some(system.and(own))),
            (Ok(roots), None) | (Err(_), Some(roots)) => Ok(Some(roots)),
            (Err(error), None) => Err(format!(
                "--acme-domain: nobody vouches for the authority: {error}; install ca-certificates, or \
                 name a file with --ca-file"
            )),
        }
    }

    /// Prepares the order.
    #[cfg(feature = "acme")]
    pub(super) fn begin(&self, roots: Roots) -> Result<Secured, String> {
        let cache = self.cache.as_deref().unwrap_or(Path::new("."));
        make_private(cache).map_err(|error| format!("cannot use {}: {error}", cache.display()))?;
        let contacts = self.contacts.iter().map(|it| mail(it)).collect();
        let acme =
            Acme::new(self.domains.clone(), cache, &self.directory, roots).contacts(contacts);
        let (acceptor, renewal) = acme.begin().map_err(|error| error.to_string())?;
        Ok(Secured {
            acceptor: Arc::new(acceptor),
            work: Some(Box::pin(renewal.run())),
        })
    }

    /// Says that there is nothing that could order one.
    #[cfg(not(feature = "acme"))]
    pub(super) fn begin(&self, _: Roots) -> Result<Secured, String> {
        Err(self.problem().unwrap_or_default())
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
