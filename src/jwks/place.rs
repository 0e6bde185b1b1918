//! Where keys may be fetched from.

use std::fmt;
use std::str::FromStr;

use url::{Host, Position, Url};

/// The URL of a JWK Set: `https`, or `http` on this machine, where nobody is on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwksUrl {
    pub(super) is_https: bool,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// The field `Host` of a request.
    pub(super) authority: String,
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
        let (host, is_local) = match url.host().ok_or(InvalidJwksUrl)? {
            Host::Domain(name) => (name.to_owned(), name == "localhost"),
            Host::Ipv4(address) => (address.to_string(), address.is_loopback()),
            Host::Ipv6(address) => (address.to_string(), address.is_loopback()),
        };
        let is_https = match url.scheme() {
            "https" => true,
            "http" if is_local => false,
            _ => return Err(InvalidJwksUrl),
        };
        // A password would end up where settings are shown.
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidJwksUrl);
        }
        Ok(JwksUrl {
            is_https,
            host,
            port: url.port_or_known_default().ok_or(InvalidJwksUrl)?,
            authority: url[Position::BeforeHost..Position::AfterPort].to_owned(),
            target: url[Position::BeforePath..Position::AfterQuery].to_owned(),
        })
    }
}

/// Without the query, which may hold a secret.
impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{}{path}", self.authority)
    }
}

impl fmt::Display for InvalidJwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys are fetched from an https:// URL, or by http:// from this machine")
    }
}

impl std::error::Error for InvalidJwksUrl {}
