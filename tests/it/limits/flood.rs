//! More clients than there is memory for.

use std::net::Ipv6Addr;
use std::time::Duration;

use ssehub::auth::{Auth, Grant};
use ssehub::limits::{BUCKETS, LimitConfig, Limits, Peer, SHARED_BUCKETS};

use super::{at, rate};

struct Flood {
    limits: Limits,
    nobody: Grant,
    now: Duration,
}

impl Flood {
    fn new(text: &str) -> Flood {
        let config = LimitConfig::default().anonymous_publish(rate(text));
        Flood {
            limits: Limits::new(config),
            nobody: Auth::open().grant(None, 0).unwrap(),
            now: Duration::ZERO,
        }
    }

    fn publish(&self, peer: Peer) -> bool {
        let published = self.limits.publish(&self.nobody, || peer, 1, || self.now);
        published.is_ok()
    }

    /// How many of so many networks are let through once.
    fn pour(&self, networks: std::ops::Range<usize>) -> usize {
        let network = |number: usize| Ipv6Addr::from_bits((number as u128) << 64);
        networks
            .filter(|it| self.publish(Peer::Ip(network(*it).into())))
            .count()
    }
}

#[test]
fn a_flood_of_addresses_is_not_let_through() {
    let mut flood = Flood::new("1:10");
    let ann = at("192.0.2.1");
    let bob = at("192.0.2.2");
    let times = |peer: Peer, times: u32| (0..times).filter(|_| flood.publish(peer)).count();
    assert_eq!([times(ann, 11), times(bob, 5)], [10, 5]);
    assert_eq!(flood.pour(2..BUCKETS), BUCKETS - 2);
    let shared = SHARED_BUCKETS as usize * 10;
    let through = flood.pour(BUCKETS..3 * BUCKETS);
    assert!((shared * 9 / 10..=shared).contains(&through), "{through}");
    // Whoever was there before has lost nothing, and gained nothing.
    assert_eq!([times(ann, 5), times(bob, 6)], [0, 5]);
    flood.now += Duration::from_secs(1);
    assert!(flood.publish(ann));
    assert!(!flood.publish(ann));
}

#[test]
fn after_a_flood_there_is_room() {
    let mut flood = Flood::new("1:10");
    flood.pour(0..2 * BUCKETS);
    // Twice the time in which a bucket fills up.
    flood.now += Duration::from_secs(20);
    assert_eq!(flood.pour(2 * BUCKETS..3 * BUCKETS), BUCKETS);
}

#[test]
fn nobody_is_forgotten_too_early() {
    // One event a second, with a bucket that takes ten seconds to fill.
    let mut flood = Flood::new("1:10");
    let ann = at("192.0.2.1");
    let mut through = 0;
    for step in 0..1_000 {
        flood.now = Duration::from_millis(step * 100);
        through += usize::from(flood.publish(ann));
        // Others come and go, so that the halves turn.
        flood.pour(step as usize..step as usize + 1);
    }
    assert_eq!(through, 10 + 99);
}
