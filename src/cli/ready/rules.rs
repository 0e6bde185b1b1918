//! Which settings go together: every rule that is about more than one of them.

use std::net::SocketAddr;

use ssehub::server::Address;

use super::Settings;
use crate::cli::settings::takes_both_families;

/// A sentence for each rule that these settings break. `has_sockets` says that a service manager passes sockets,
/// which may stand for addresses.
pub(super) fn broken(settings: &Settings, has_sockets: bool) -> Vec<String> {
    let rules = [
        drain(settings),
        bodies(settings),
        one_log(settings),
        events_of_a_topic(settings),
        certificates_have_a_port(settings, has_sockets),
        certificates_and_keys(settings),
        one_source_of_certificates(settings),
        redirect(settings),
        settings.tls.acme.problem(),
    ];
    let mut broken: Vec<_> = rules.into_iter().flatten().collect();
    broken.extend(listening_twice(settings));
    broken
}

fn drain(settings: &Settings) -> Option<String> {
    let (spread, drain) = (settings.hub.drain_spread, settings.drain);
    (spread > drain)
        .then(|| format!("--drain-spread ({spread:?}) must not be longer than --drain ({drain:?})"))
}

fn bodies(settings: &Settings) -> Option<String> {
    let (body, all) = (
        settings.http.body_bytes,
        settings.http.body_memory.limit_bytes(),
    );
    (body > all).then(|| {
        format!("--body-bytes={body} is more than --body-memory={all}, which all bodies share")
    })
}

fn one_log(settings: &Settings) -> Option<String> {
    (settings.data.is_some() && settings.redis.url.is_some())
        .then(|| "--data and --redis exclude each other: a log lives in one place".to_owned())
}

fn events_of_a_topic(settings: &Settings) -> Option<String> {
    (settings.keep.topic_events.is_some() && settings.redis.url.is_some()).then(|| {
        "--keep-topic-events does not go with --redis: a stream in Redis forgets the oldest events, of \
         whatever topic"
            .to_owned()
    })
}

fn certificates_and_keys(settings: &Settings) -> Option<String> {
    let (certificates, keys) = (settings.tls.certificates.len(), settings.tls.keys.len());
    (certificates != keys).then(|| {
        format!("--tls-cert and --tls-key need each other: {certificates} of the one, {keys} of the other")
    })
}

fn one_source_of_certificates(settings: &Settings) -> Option<String> {
    (!settings.tls.certificates.is_empty() && settings.tls.acme.is_asked_for())
        .then(|| "--tls-cert and --acme-domain exclude each other".to_owned())
}

fn certificates_have_a_port(settings: &Settings, has_sockets: bool) -> Option<String> {
    let is_unix = |address: &Address| matches!(address, Address::Unix(_));
    let no_port = !has_sockets && settings.listen.iter().all(is_unix);
    (settings.tls.is_asked_for() && no_port).then(|| {
        "a certificate needs an address with a port to listen on: --listen IP:PORT".to_owned()
    })
}

fn redirect(settings: &Settings) -> Option<String> {
    (!settings.tls.redirect.is_empty() && !settings.tls.is_asked_for()).then(|| {
        "--http-redirect needs a certificate: --tls-cert and --tls-key, or --acme-domain".to_owned()
    })
}

/// Addresses that are named again, or are a part of another one.
fn listening_twice(settings: &Settings) -> Vec<String> {
    let all: Vec<_> = settings.addresses().collect();
    let again = |(at, (flag, address)): (usize, &(&str, &Address))| {
        let before = all[..at]
            .iter()
            .find(|(_, before)| overlap(before, address));
        before.map(|(_, before)| match before == address {
            true => format!("--{flag}={address}: this is named twice"),
            false => format!("--{flag}={address}: {before} is named, too, and holds the same port"),
        })
    };
    all.iter().enumerate().filter_map(again).collect()
}

/// Whether two listeners cannot be at these addresses at one time.
fn overlap(one: &Address, other: &Address) -> bool {
    takes(one, other) || takes(other, one)
}

/// Whether a listener at one address takes what is meant for another.
pub(in crate::cli) fn takes(listener: &Address, other: &Address) -> bool {
    if let (Address::Unix(one), Address::Unix(other)) = (listener, other) {
        return one == other;
    }
    let own = sockets(listener);
    let is_taken = |it: &SocketAddr| own.iter().any(|own| covers(own, it));
    sockets(other).iter().any(is_taken)
}

fn sockets(address: &Address) -> Vec<SocketAddr> {
    match address {
        Address::Tcp(address) => vec![*address],
        Address::Localhost(port) => vec![
            ([127, 0, 0, 1], *port).into(),
            ([0, 0, 0, 0, 0, 0, 0, 1], *port).into(),
        ],
        Address::Unix(_) => Vec::new(),
    }
}

/// Whether a listener at the first takes what is meant for the second.
fn covers(all: &SocketAddr, one: &SocketAddr) -> bool {
    let takes_family = all.is_ipv4() == one.is_ipv4() || all.is_ipv6() && takes_both_families();
    let takes_ip = all.ip() == one.ip() || all.ip().is_unspecified() && takes_family;
    all.port() == one.port() && all.port() != 0 && takes_ip
}
