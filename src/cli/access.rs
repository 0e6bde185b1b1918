//! Who may do what: settings and the files that they name become an [`Auth`].

mod keys;

use std::path::PathBuf;
use std::time::Duration;

use ssehub::Clock;
use ssehub::auth::{API_KEY_FILE_BYTES, ApiKeys, Auth, Authority, Details, Plain, Rights};
use ssehub::jwks::Jwks;
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
    /// Reads the files, and says in the log what everyone may do.
    pub(crate) fn auth(&self, listen: &[Address]) -> Result<Auth, String> {
        // Who gives out credentials wants them to be shown, also behind a proxy on this machine.
        let local = listen.iter().all(is_local) && !self.has_credentials();
        let mut everyone = match self.open || local {
            true => Rights::everything(),
            false => Rights::to_read(),
        };
        if !self.anonymous_read {
            everyone.read = Rights::nothing().read;
        }
        match (self.open || local, local) {
            (true, true) => log::info!("everyone who can connect from this machine may publish"),
            (true, false) => log::warn!("everyone who can connect may publish, as --open says"),
            (false, _) if self.has_credentials() => {
                log::info!("publishing needs a token or an API key");
            }
            (false, _) => log::warn!(
                "nobody may publish: give tokens (--token-key-file) or API keys (--api-keys), or --open"
            ),
        }
        let mut auth = Auth::new(everyone).with_api_keys(self.read_api_keys()?);
        for keys in &self.token_keys {
            auth = auth.with_authority(self.authority(keys)?);
        }
        Ok(auth)
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

    /// What is wrong with the files.
    pub(super) fn problems(&self) -> Vec<String> {
        let api_keys = self.read_api_keys().err();
        let token_keys = self.token_keys.iter().filter_map(|keys| keys.read().err());
        let authorities = self.fetched().err();
        api_keys
            .into_iter()
            .chain(token_keys)
            .chain(authorities)
            .collect()
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

/// Whether only this machine can connect there.
pub(super) fn is_local(address: &Address) -> bool {
    match address {
        Address::Tcp(address) => address.ip().is_loopback(),
        Address::Localhost(_) | Address::Unix(_) => true,
    }
}
