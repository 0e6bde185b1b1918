//! The server that has these settings, asked from its own machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ssehub::server::Address;

use super::{Server, Trusted, Way};
use crate::cli::settings::Settings;

impl Server {
    /// The server with these settings, at the first of its addresses, by a name that it answers to.
    ///
    /// Its certificate is for other names than this address, and may be newer than the one that it shows. So none is
    /// verified; what is sent there is to be no secret.
    pub(in crate::cli) fn of(settings: &Settings) -> Result<Server, String> {
        let address = settings.listen.first().unwrap_or(&Address::Localhost(8080));
        let (host, port) = match address {
            Address::Unix(path) => {
                return Ok(Server::at(Way::Unix(path.clone()), settings, "localhost"));
            }
            Address::Localhost(port) => ("localhost".to_owned(), *port),
            Address::Tcp(address) => (own(address.ip()).to_string(), address.port()),
        };
        if port == 0 {
            return Err(format!(
                "--listen={address}: the system chooses the port, so give a URL"
            ));
        }
        let authority = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let way = Way::to(settings.tls.is_asked_for(), host, port, Trusted::Any);
        Ok(Server::at(way, settings, &authority))
    }

    fn at(way: Way, settings: &Settings, authority: &str) -> Server {
        let allowed = settings.http.allowed_hosts.first();
        Server {
            way,
            authority: allowed.map_or_else(|| authority.to_owned(), |it| it.example()),
            credential: None,
        }
    }
}

/// The address at which a client on this machine reaches a server that listens at `address`.
fn own(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(four) if four.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(six) if six.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    }
}
