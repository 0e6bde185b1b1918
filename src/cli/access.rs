//! Who may do what: settings and the files that they name become an [`Auth`].

mod keys;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use ssehub::Clock;
use ssehub::auth::{API_KEY_FILE_BYTES, ApiKeys, Auth, Authority, Details, Plain, Rights};
use ssehub::jwks::Jwks;
use ssehub::limits::LimitConfig;
use ssehub::net::{CA_FILE_BYTES, Roots};
use ssehub::server::Address;

use super::token::source::read_file;
use keys::TokenSource;
pub(super) use keys::{Grants, TokenKeys};

/// What a server is told of who may do what.
#[derive(Debug)]
pub(crate) struct Access {
    /// Everyone may publish, from wherever they can connect.
    pub(super) open: bool,
    /// Everyone may read what is not private.
    pub(super) anonymous_read: bool,
    pub(super) api_keys: Option<PathBuf>,
    pub(super) token_keys: Vec<TokenKeys>,
    /// Who issues the tokens, if that is checked.
    pub(super) issuer: Option<String>,
    /// For whom they are, if that is checked.
    pub(super) audience: Option<String>,
    /// Pause between two fetches of keys.
    pub(super) jwks_refresh: Duration,
    /// Certificates of those who vouch for other servers, beside those that the system has.
    pub(super) ca_file: Option<PathBuf>,
}

impl Default for Access {
    fn default() -> Access {
        Access {
            open: false,
            anonymous_read: true,
            api_keys: None,
            token_keys: Vec::new(),
            issuer: None,
            audience: None,
            jwks_refresh: Duration::from_secs(600),
            ca_file: None,
        }
    }
}

impl Access {
    /// Reads the files, and says in the log who may publish.
    pub(crate) fn auth(&self, publishers: Publishers) -> Result<Auth, String> {
        match publishers {
            Publishers::ThisMachine | Publishers::Credentials => log::info!("{publishers}"),
            Publishers::Everyone | Publishers::Nobody => log::warn!("{publishers}"),
        }
        let anonymous = |mut rights: Rights| {
            if !self.anonymous_read {
                rights.read = Rights::nothing().read;
            }
            rights
        };
        let everyone = match publishers {
            Publishers::Everyone => Rights::everything(),
            _ => Rights::to_read(),
        };
        let mut auth = Auth::new(anonymous(everyone)).with_api_keys(self.read_api_keys()?);
        if publishers == Publishers::ThisMachine {
            auth = auth.with_this_machine(anonymous(Rights::everything()));
        }
        for keys in &self.token_keys {
            auth = auth.with_authority(self.authority(keys)?);
        }
        Ok(auth)
    }

    /// Who may publish at a server that listens there.
    pub(crate) fn publishers(&self, listen: &[Address], limits: &LimitConfig) -> Publishers {
        // With a trusted proxy, requests of other machines are expected.
        let has_proxy = !limits.trusted_proxies.is_empty();
        if self.open {
            Publishers::Everyone
        } else if self.has_credentials() {
            Publishers::Credentials
        } else if has_proxy || !is_loopback(listen) {
            Publishers::Nobody
        } else {
            Publishers::ThisMachine
        }
    }

    /// What keeps the keys fresh that are fetched, with the number of their authority.
    pub(crate) fn fetched(&self) -> Result<Vec<(usize, Jwks)>, String> {
        let roots = self.own_roots()?;
        let sources = self.token_keys.iter().enumerate();
        let fetched = sources.filter_map(|(number, keys)| match &keys.source {
            TokenSource::Here(_) => None,
            TokenSource::There(url, bell) => Some((
                number,
                Jwks::new(url.clone(), bell.clone(), Clock::system())
                    .refresh(self.jwks_refresh)
                    .roots(roots.clone()),
            )),
        });
        Ok(fetched.collect())
    }

    /// Those who vouch for other servers, beside those that the system has.
    pub(super) fn own_roots(&self) -> Result<Option<Roots>, String> {
        let own = self.ca_file.as_deref().map(|path| {
            let roots = Roots::from_pem(&read_file(path, CA_FILE_BYTES)?);
            roots.map_err(|error| format!("{}: {error}", path.display()))
        });
        own.transpose()
    }

    /// Reads the files again, and has those keys fetched that are elsewhere. What cannot be read stays
    /// as it was.
    pub(crate) fn reload(&self, auth: &Auth) {
        match self.read_api_keys() {
            Ok(keys) => auth.replace_api_keys(keys),
            Err(error) => log::error!("the API keys stay as they were: {error}"),
        }
        for (number, keys) in self.token_keys.iter().enumerate() {
            match (&keys.source, keys.read()) {
                (TokenSource::There(_, bell), _) => bell.ring(),
                (_, Ok(keys)) => _ = auth.replace_keys(number, keys),
                (_, Err(error)) => log::error!("the keys of tokens stay as they were: {error}"),
            }
        }
        log::info!("credentials were read again");
    }

    /// What is wrong with the files of keys.
    pub(super) fn problems(&self) -> Vec<String> {
        let api_keys = self.read_api_keys().err();
        let token_keys = self.token_keys.iter().filter_map(|keys| keys.read().err());
        api_keys.into_iter().chain(token_keys).collect()
    }

    pub(super) fn has_credentials(&self) -> bool {
        self.api_keys.is_some() || self.checks_tokens()
    }

    pub(super) fn checks_tokens(&self) -> bool {
        !self.token_keys.is_empty()
    }

    fn read_api_keys(&self) -> Result<ApiKeys, String> {
        let Some(path) = &self.api_keys else {
            return Ok(ApiKeys::default());
        };
        let text = read_file(path, API_KEY_FILE_BYTES)?;
        ApiKeys::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn authority(&self, keys: &TokenKeys) -> Result<Authority, String> {
        let authority = Authority::new(keys.read()?);
        let authority = match &keys.source {
            TokenSource::Here(_) => authority,
            TokenSource::There(_, bell) => authority.with_bell(bell.clone()),
        };
        let authority = authority
            .with_plain(Some(
                Plain::default()
                    .issuer(self.issuer.clone())
                    .audience(self.audience.clone()),
            ))
            .with_details(self.details());
        Ok(match keys.grants {
            Grants::Both => authority,
            Grants::Publishing => authority.publishers_only(),
            Grants::Reading => authority.subscribers_only(),
        })
    }

    /// Draft 08 does not do without an issuer and an audience.
    fn details(&self) -> Option<Details> {
        let (issuer, resource) = (self.issuer.clone()?, self.audience.clone()?);
        Some(Details::new(issuer, resource))
    }
}

/// Who may publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Publishers {
    Everyone,
    /// Requests from this machine, which show no credential.
    ThisMachine,
    /// Requests with a credential.
    Credentials,
    Nobody,
}

impl fmt::Display for Publishers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Publishers::Everyone => "everyone who can connect may publish, as --open says",
            Publishers::ThisMachine => {
                "this machine may publish without a key or token, but no request that comes through a proxy"
            }
            Publishers::Credentials => "publishing needs a token or an API key",
            Publishers::Nobody => {
                "nobody may publish: give tokens (--token-key-file) or API keys (--api-keys), or --open"
            }
        })
    }
}

/// Whether clients can reach these addresses from this machine alone, and at least one of them by TCP: who is at
/// the other side of a Unix socket cannot be told.
pub(crate) fn is_loopback(listen: &[Address]) -> bool {
    let by_tcp = |address: &Address| !matches!(address, Address::Unix(_));
    listen.iter().all(is_local) && listen.iter().any(by_tcp)
}

/// Whether only this machine can connect there.
pub(super) fn is_local(address: &Address) -> bool {
    match address {
        Address::Tcp(address) => address.ip().is_loopback(),
        Address::Localhost(_) | Address::Unix(_) => true,
    }
}
