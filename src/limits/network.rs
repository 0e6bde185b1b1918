//! Proxies whose word is taken about the addresses of their clients.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::Peer;

/// A proxy: whoever connects by a Unix socket, or from this network.
///
/// ```
/// use ssehub::limits::{Peer, Proxy};
/// let proxy: Proxy = "10.0.0.0/8".parse().unwrap();
/// assert!(proxy.is(Peer::Ip([10, 1, 2, 3].into())));
/// assert!(!proxy.is(Peer::Ip([11, 1, 2, 3].into())));
/// assert!("10.0.0.1/8".parse::<Proxy>().is_err(), "it says more than it means");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Proxy {
    /// Whoever may open the Unix socket.
    Unix,
    /// Machines whose addresses begin with so many bits of this one.
    Network(IpAddr, u32),
}

impl Proxy {
    /// Whether it is this peer.
    pub fn is(self, peer: Peer) -> bool {
        match (self, peer) {
            (Proxy::Unix, Peer::Unix) => true,
            (Proxy::Network(network, bits), Peer::Ip(address)) => {
                agree(network, address.to_canonical(), bits)
            }
            _ => false,
        }
    }
}

/// Whether two addresses have so many first bits in common; none, if they are of different kinds.
fn agree(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    let common = match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        _ => return false,
    };
    common >= bits
}

/// The text names no proxy.
///
/// ```
/// use ssehub::limits::{InvalidProxy, Proxy};
/// assert_eq!("proxy.example.com".parse::<Proxy>(), Err(InvalidProxy));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidProxy;

impl fmt::Display for InvalidProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "an address, a network such as 10.0.0.0/8 or 2001:db8::/32, or unix is expected",
        )
    }
}

impl std::error::Error for InvalidProxy {}

impl FromStr for Proxy {
    type Err = InvalidProxy;

    fn from_str(text: &str) -> Result<Proxy, InvalidProxy> {
        if text == "unix" {
            return Ok(Proxy::Unix);
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidProxy)?;
        // Peers are compared as IPv4 wherever they can be.
        if address != address.to_canonical() {
            return Err(InvalidProxy);
        }
        let most = if address.is_ipv4() {
            u32::BITS
        } else {
            u128::BITS
        };
        let bits = bits.map_or(Ok(most), |bits| digits(bits).ok_or(InvalidProxy))?;
        match bits <= most && has_no_more_bits(address, bits) {
            true => Ok(Proxy::Network(address, bits)),
            false => Err(InvalidProxy),
        }
    }
}

fn digits(text: &str) -> Option<u32> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// Whether everything behind the prefix is zero. If it is not, somebody has meant something else.
fn has_no_more_bits(address: IpAddr, bits: u32) -> bool {
    match address {
        IpAddr::V4(four) => four.to_bits().checked_shl(bits).unwrap_or(0) == 0,
        IpAddr::V6(six) => six.to_bits().checked_shl(bits).unwrap_or(0) == 0,
    }
}
