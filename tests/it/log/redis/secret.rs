//! A Redis that is reached by TLS.

use futures_lite::future::block_on;
use ssehub::net::Tls;
use ssehub::store::RedisSettings;
use ssehub::{Clock, Log, LogConfig};

use super::super::draft;
use super::{Link, Server};
use crate::net::server::Ca;

#[test]
fn a_log_is_followed_and_written_by_tls() {
    let ca = Ca::new();
    let (server, port) = Server::with_tls(&ca, "localhost");
    let settings = RedisSettings::parse(&format!("rediss://localhost:{port}")).unwrap();
    assert!(settings.wants_tls());
    let tls = Tls::client(ca.roots()).unwrap();
    let mut link = Link::with(settings.clone().tls(tls));
    let log = link.open(LogConfig::default(), &Clock::system());
    let id = block_on(log.append(draft("t", "x"))).unwrap().id;
    assert_eq!(log.tail(), id);
    drop(server);
}

/// Nobody who could read along, or answer in its place, is talked to.
#[test]
fn a_redis_that_nobody_vouches_for_is_refused() {
    let ca = Ca::new();
    let (_server, port) = Server::with_tls(&ca, "elsewhere");
    let settings = RedisSettings::parse(&format!("rediss://localhost:{port}")).unwrap();
    let stranger = Tls::client(Ca::new().roots()).unwrap();
    let known = Tls::client(ca.roots()).unwrap();
    for settings in [
        settings.clone(),
        settings.clone().tls(stranger),
        settings.tls(known),
    ] {
        let opened = Log::redis(settings, LogConfig::default(), Clock::system());
        let refused = block_on(opened).unwrap_err().to_string();
        assert!(refused.contains("cannot be reached"), "{refused}");
    }
}
