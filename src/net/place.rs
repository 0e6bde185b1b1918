//! Where another server is, as a URL says it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Position, Url};

/// A server that is asked by HTTP or HTTPS: `https://example.com`, or with a port, and nothing behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whether it is asked by HTTPS.
    pub is_https: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// That of the URL, or the one that is usual for its scheme.
    pub port: u16,
    /// The field `Host` of a request.
    pub authority: String,
}

/// The URL names no such server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPlace;

impl Place {
    /// The server of a URL, whatever is asked there. A password would end up where settings are shown, so
    /// there must be none.
    pub(crate) fn of(url: &Url) -> Result<Place, InvalidPlace> {
        let host = match url.host().ok_or(InvalidPlace)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let is_https = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(InvalidPlace),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidPlace);
        }
        Ok(Place {
            is_https,
            host,
            port: url.port_or_known_default().ok_or(InvalidPlace)?,
            authority: url[Position::BeforeHost..Position::AfterPort].to_owned(),
        })
    }

    /// Whether it is on this machine, so that nobody is on the way.
    pub fn is_local(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

impl FromStr for Place {
    type Err = InvalidPlace;

    fn from_str(text: &str) -> Result<Place, InvalidPlace> {
        let url = Url::parse(text).map_err(|_| InvalidPlace)?;
        match &url[Position::BeforePath..] {
            "" | "/" => Place::of(&url),
            _ => Err(InvalidPlace),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority)
    }
}

impl fmt::Display for InvalidPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a server's URL reads http://HOST:PORT or https://HOST:PORT")
    }
}

impl std::error::Error for InvalidPlace {}
