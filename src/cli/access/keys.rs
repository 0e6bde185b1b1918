//! Keys of tokens: where they are, and what these tokens may grant.

use ssehub::auth::{Bell, Keys};
use ssehub::jwks::JwksUrl;

use crate::cli::token::source::KeySource;

/// Keys of one authority.
#[derive(Debug)]
pub(in crate::cli) struct TokenKeys {
    pub(super) source: TokenSource,
    pub(super) grants: Grants,
}

/// Where keys of tokens are.
#[derive(Debug)]
pub(super) enum TokenSource {
    Here(KeySource),
    /// Fetched when they are wanted, as the bell says.
    There(JwksUrl, Bell),
}

/// What tokens may let their bearers do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Grants {
    Both,
    Publishing,
    Reading,
}

impl TokenKeys {
    pub(in crate::cli) fn file(path: &str, grants: Grants) -> TokenKeys {
        let source = TokenSource::Here(KeySource::File(path.into()));
        TokenKeys { source, grants }
    }

    pub(in crate::cli) fn variable(name: &str, grants: Grants) -> TokenKeys {
        let source = TokenSource::Here(KeySource::Environment(name.to_owned()));
        TokenKeys { source, grants }
    }

    pub(in crate::cli) fn url(url: JwksUrl, grants: Grants) -> TokenKeys {
        let source = TokenSource::There(url, Bell::default());
        TokenKeys { source, grants }
    }

    /// Whether they are in a file.
    pub(in crate::cli) fn is_file(&self, grants: Grants) -> bool {
        let is_file = matches!(self.source, TokenSource::Here(KeySource::File(_)));
        is_file && self.grants == grants
    }

    /// Whether they are in the environment.
    pub(in crate::cli) fn is_variable(&self) -> bool {
        matches!(self.source, TokenSource::Here(KeySource::Environment(_)))
    }

    /// Whether they are fetched.
    pub(in crate::cli) fn is_url(&self, grants: Grants) -> bool {
        matches!(self.source, TokenSource::There(..)) && self.grants == grants
    }

    /// Reads them. Of those that are fetched there is none yet.
    pub(super) fn read(&self) -> Result<Keys, String> {
        match &self.source {
            TokenSource::There(..) => Ok(Keys::none()),
            TokenSource::Here(source) => {
                Keys::from_text(&source.read()?).map_err(|error| source.blame(error))
            }
        }
    }
}
