//! Who is at the other end of a connection.

use std::net::{IpAddr, Ipv6Addr};

/// Bits of an IPv6 address that name a network. What follows them, a machine chooses by itself (RFC 4291,
/// section 2.5.1), so it tells nobody from anybody.
const NETWORK_BITS: u32 = 64;

/// Who is at the other end of a connection, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Peer {
    /// Nothing is known.
    #[default]
    Unknown,
    /// A program on this machine, through a Unix socket.
    Unix,
    /// A machine at this address.
    Ip(IpAddr),
}

impl Peer {
    /// All those that are taken for one: an IPv4 address, or the network that an IPv6 address is in.
    ///
    /// ```
    /// use ssehub::limits::Peer;
    /// let network = |text: &str| Peer::Ip(text.parse().unwrap()).network();
    /// assert_eq!(network("2001:db8::1"), network("2001:db8::ffff:1"));
    /// assert_ne!(network("2001:db8::1"), network("2001:db8:0:1::1"));
    /// assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    /// ```
    pub fn network(self) -> Peer {
        match self {
            Peer::Ip(address) => Peer::Ip(match address.to_canonical() {
                IpAddr::V6(six) => prefix(six, NETWORK_BITS).into(),
                four => four,
            }),
            other => other,
        }
    }

    /// Whether this is an address of the internet. At one of a private network, and at this machine's own, may be a
    /// proxy that no option names, with all its clients behind it.
    pub(super) fn is_public(self) -> bool {
        match self {
            Peer::Unknown | Peer::Unix => false,
            Peer::Ip(address) => match address.to_canonical() {
                IpAddr::V4(four) => {
                    // 100.64.0.0/10 is shared by the customers of a carrier (RFC 6598).
                    let [first, second, ..] = four.octets();
                    let is_shared = first == 100 && second & 0xc0 == 64;
                    !(four.is_private() || four.is_loopback() || four.is_link_local() || is_shared)
                }
                IpAddr::V6(six) => {
                    !(six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local())
                }
            },
        }
    }
}

/// The address with these of its bits, and no others.
fn prefix(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (u128::BITS - bits)))
}

impl From<IpAddr> for Peer {
    fn from(address: IpAddr) -> Peer {
        Peer::Ip(address.to_canonical())
    }
}
