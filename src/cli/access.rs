//! Who may do what: settings and the files that they name become an [`Auth`].

use std::path::PathBuf;

use ssehub::auth::{API_KEY_FILE_BYTES, ApiKeys, Auth, Authority, Details, Keys, Plain, Rights};
use ssehub::server::Address;

use super::token::source::{KeySource, read_file};

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
}

/// Keys of tokens, and what these may grant.
#[derive(Debug)]
pub(super) struct TokenKeys {
    pub(super) source: KeySource,
    pub(super) grants: Grants,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grants {
    Both,
    Publishing,
    Reading,
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

    /// Reads the files again. What cannot be read stays as it was.
    pub(crate) fn reload(&self, auth: &Auth) {
        match self.read_api_keys() {
            Ok(keys) => auth.replace_api_keys(keys),
            Err(error) => log::error!("the API keys stay as they were: {error}"),
        }
        for (number, keys) in self.token_keys.iter().enumerate() {
            match keys.read() {
                Ok(keys) => _ = auth.replace_keys(number, keys),
                Err(error) => log::error!("the keys of tokens stay as they were: {error}"),
            }
        }
        log::info!("credentials were read again");
    }

    fn has_credentials(&self) -> bool {
        self.api_keys.is_some() || !self.token_keys.is_empty()
    }

    fn read_api_keys(&self) -> Result<ApiKeys, String> {
        let Some(path) = &self.api_keys else {
            return Ok(ApiKeys::default());
        };
        let text = read_file(path, API_KEY_FILE_BYTES)?;
        ApiKeys::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }

    fn authority(&self, keys: &TokenKeys) -> Result<Authority, String> {
        let authority = Authority::new(keys.read()?)
            .with_plain(Some(Plain {
                issuer: self.issuer.clone(),
                audience: self.audience.clone(),
            }))
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
        Some(Details { issuer, resource })
    }
}

impl TokenKeys {
    pub(super) fn of(source: KeySource, grants: Grants) -> TokenKeys {
        TokenKeys { source, grants }
    }

    fn read(&self) -> Result<Keys, String> {
        let text = self.source.read()?;
        Keys::from_text(&text).map_err(|error| self.source.blame(error))
    }
}

/// Whether only this machine can connect there.
fn is_local(address: &Address) -> bool {
    match address {
        Address::Tcp(address) => address.ip().is_loopback(),
        Address::Localhost(_) | Address::Unix(_) => true,
    }
}
