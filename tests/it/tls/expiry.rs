//! When certificates end, and who is told of it.

use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::Clock;
use ssehub::tls::{Acceptor, Expiry, Identities, WARNED_BEFORE};

use super::client::Certificate;
use crate::visits::heard;

const DAY: Duration = Duration::from_secs(86_400);

fn acceptor(certificates: &[&Certificate]) -> Acceptor {
    let others = certificates[1..].iter().map(|it| it.identity()).collect();
    Acceptor::new(Identities::new(certificates[0].identity(), others).unwrap()).unwrap()
}

#[test]
fn the_end_is_read_however_it_is_written() {
    for (end, written) in [
        (0, "700101000000Z"),
        (951_827_696, "000229123456Z"),
        (2_524_607_999, "491231235959Z"),
        (2_524_608_000, "20500101000000Z"),
        (13_574_649_599, "24000229235959Z"),
        (253_402_300_799, "99991231235959Z"),
    ] {
        let certificate = Certificate::until(&["hub.example"], end);
        let der = certificate.der();
        let mut windows = der.windows(written.len());
        assert!(windows.any(|it| it == written.as_bytes()), "{written}");
        let expires = certificate.identity().expires();
        assert_eq!(expires.as_secs(), end, "{written}");
    }
}

#[test]
fn each_name_has_the_end_that_comes_first() {
    let acceptor = acceptor(&[
        &Certificate::until(&["b.example", "a.example"], 300),
        &Certificate::until(&["*.a.example"], 100),
        &Certificate::until(&["b.example"], 200),
        &Certificate::until(&["b.example"], 400),
        &Certificate::until(&["192.0.2.1"], 500),
    ]);
    let ends = |name: &str, seconds| Expiry {
        name: name.to_owned(),
        at: Duration::from_secs(seconds),
    };
    let expected = [
        ends("*.a.example", 100),
        ends("b.example", 200),
        ends("unnamed", 500),
    ];
    assert_eq!(acceptor.expiries(), expected);
}

#[test]
fn doubts_begin_two_weeks_before() {
    let expiry = Expiry {
        name: "hub.example".to_owned(),
        at: 100 * DAY,
    };
    let moment = Duration::from_millis(1);
    for (now, doubt) in [
        (100 * DAY - WARNED_BEFORE, None),
        (86 * DAY + moment, Some("expires in less than 14 days")),
        (98 * DAY + moment, Some("expires in less than 2 days")),
        (99 * DAY + moment, Some("expires in less than a day")),
        (100 * DAY - moment, Some("expires in less than a day")),
        (100 * DAY, Some("has expired")),
        (200 * DAY, Some("has expired")),
    ] {
        let doubt = doubt.map(|doubt| format!("the certificate of hub.example {doubt}"));
        assert_eq!(expiry.doubt(now), doubt, "{now:?}");
    }
}

#[test]
fn the_log_is_told_every_day() {
    let clock = Clock::manual(86 * DAY.as_millis() as u64);
    let end = (100 * DAY).as_secs();
    let acceptor = Arc::new(acceptor(&[
        &Certificate::until(&["a.example"], end),
        &Certificate::until(&["b.example"], 2 * end),
    ]));
    let mut watch = Box::pin(async { acceptor.watch(&clock).await });
    let mut look = || heard(|| assert!(block_on(poll_once(&mut watch)).is_none()));
    assert_eq!(look(), [""; 0]);
    clock.advance(DAY - Duration::from_secs(1));
    assert_eq!(look(), [""; 0]);
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        look(),
        ["WARN the certificate of a.example expires in less than 14 days"]
    );
    assert_eq!(look(), [""; 0]);
    for day in (1..13).rev() {
        clock.advance(DAY);
        let told = look();
        assert_eq!(told.len(), 1, "{day}: {told:?}");
    }
    clock.advance(DAY);
    assert_eq!(look(), ["ERROR the certificate of a.example has expired"]);
    // Whoever renews it has peace.
    acceptor.replace(Certificate::until(&["a.example"], 3 * end).identity());
    clock.advance(DAY);
    assert_eq!(look(), [""; 0]);
}
