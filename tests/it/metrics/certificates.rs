//! When certificates end, for those who watch.

use std::sync::Arc;

use ssehub::http::{HttpConfig, MetricsAccess};
use ssehub::tls::{Acceptor, Identities};

use super::Figures;
use crate::talk::Talk;
use crate::tls::client::Certificate;

const NAME: &str = "ssehub_tls_certificate_expiry_timestamp_seconds";

#[test]
fn the_end_of_each_certificate_is_told_as_it_is_now() {
    let certificate = |host: &str, end| Certificate::until(&[host], end).identity();
    let others = vec![certificate("*.a.example", 2_524_608_000)];
    let identities = Identities::new(certificate("a.example", 1_000), others).unwrap();
    let acceptor = Arc::new(Acceptor::new(identities).unwrap());
    let talk = Talk::with(
        HttpConfig::default()
            .metrics(MetricsAccess::Open)
            .acceptor(Some(acceptor.clone())),
    );
    let name = |host: &str| format!("{NAME}{{name=\"{host}\"}}");
    Figures::of(&talk).check(&[
        (&name("a.example"), 1_000.0),
        (&name("*.a.example"), 2_524_608_000.0),
    ]);
    acceptor.replace(certificate("b.example", 3_000));
    let figures = Figures::of(&talk);
    figures.check(&[(&name("b.example"), 3_000.0)]);
    assert!(!figures.0.contains_key(&name("a.example")));
}

#[test]
fn a_server_without_certificates_tells_of_none() {
    let figures = Figures::of(&super::server());
    assert!(!figures.0.keys().any(|name| name.starts_with(NAME)));
}
