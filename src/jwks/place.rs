//! Where keys may be fetched from.

use std::fmt;
use std::str::FromStr;

use url::{Position, Url};

use crate::net::Place;

/// The URL of a JWK Set: `https`, or `http` on this machine, where nobody is on the way.
///
/// ```
/// use ssehub::jwks::{InvalidJwksUrl, JwksUrl};
/// assert!("https://id.example.com/keys".parse::<JwksUrl>().is_ok());
/// assert_eq!("http://id.example.com/keys".parse::<JwksUrl>(), Err(InvalidJwksUrl));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksUrl {
    pub(super) place: Place,
    /// The target of a request: path and query.
    pub(super) target: String,
}

/// The text is no URL from which keys may be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidJwksUrl;

impl FromStr for JwksUrl {
    type Err = InvalidJwksUrl;

    fn from_str(text: &str) -> Result<JwksUrl, InvalidJwksUrl> {
        let url = Url::parse(text).map_err(|_| InvalidJwksUrl)?;
        let place = Place::of(&url).map_err(|_| InvalidJwksUrl)?;
        if !place.is_https && !place.is_local() {
            return Err(InvalidJwksUrl);
        }
        Ok(JwksUrl {
            place,
            target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        })
    }
}

/// Without the query, which may hold a secret.
impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{}{path}", self.place)
    }
}

impl fmt::Display for InvalidJwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys are fetched from an https:// URL, or by http:// from this machine")
    }
}

impl std::error::Error for InvalidJwksUrl {}
