//! Who may read the metrics.

use std::sync::Arc;

use serde_json::json;
use ssehub::auth::{ApiKey, ApiKeys, Auth, Rights};
use ssehub::http::{HttpConfig, MetricsAccess, Site};

use super::{Figures, awaited, get};
use crate::talk::Talk;

/// A server that everyone may read from; the bearer of key 0 may read nothing more, and that of key 1 all.
fn server(metrics: MetricsAccess) -> Talk {
    let line = |number: u8, read: &str| {
        let digest = ApiKey::from_bytes(&[number; 32]).digest();
        json!({ "name": "k", "sha256": digest, "subscribe": [read] }).to_string()
    };
    let lines = [line(0, "a"), line(1, "*")];
    let auth =
        Auth::new(Rights::nothing()).with_api_keys(ApiKeys::parse(&lines.join("\n")).unwrap());
    Talk::with(HttpConfig {
        metrics,
        auth: Arc::new(auth),
        ..HttpConfig::default()
    })
}

/// The status for one without a credential, and for those with either key.
fn statuses(metrics: MetricsAccess) -> [u16; 3] {
    let talk = server(metrics);
    [None, Some(0), Some(1)].map(|key| {
        let mut talk = talk.another();
        let field = key.map(|number| {
            let key = ApiKey::from_bytes(&[number; 32]);
            format!("Authorization: Bearer {}\r\n", key.reveal())
        });
        let field = field.unwrap_or_default();
        talk.send(format!("GET /metrics HTTP/1.1\r\nHost: h\r\n{field}\r\n"));
        awaited(&mut talk).status
    })
}

#[test]
fn there_are_no_metrics_unless_they_are_wanted() {
    assert_eq!(statuses(MetricsAccess::default()), [404, 404, 404]);
}

#[test]
fn metrics_are_for_those_who_may_read_everything() {
    assert_eq!(statuses(MetricsAccess::Granted), [401, 403, 200]);
}

#[test]
fn metrics_are_for_everyone_if_they_are_open() {
    assert_eq!(statuses(MetricsAccess::Open), [200, 200, 200]);
}

#[test]
fn what_everyone_may_read_opens_no_metrics() {
    let talk = Talk::with(HttpConfig {
        metrics: MetricsAccess::Granted,
        ..HttpConfig::default()
    });
    let mut talk = talk.another();
    talk.send(get("/metrics"));
    assert_eq!(awaited(&mut talk).status, 401);
}

#[test]
fn those_who_watch_get_the_metrics_and_nothing_else() {
    let talk = server(MetricsAccess::Off);
    let site = Arc::new(Site::admin(talk.world.hub.clone(), HttpConfig::default()));
    let mut admin = Talk::in_world(talk.world.clone(), site);
    for target in [
        "/",
        "/events/a",
        "/sse?user=a",
        "/.well-known/mercure",
        "/debug",
    ] {
        admin.send(get(target));
        assert_eq!(admin.reply().unwrap().status, 404, "{target}");
    }
    for target in ["/healthz", "/readyz"] {
        admin.send(get(target));
        assert_eq!(admin.reply().unwrap().status, 200, "{target}");
    }
    assert_eq!(
        Figures::of(&admin).get("ssehub_build_info{version=\"0.1.0\"}"),
        1.0
    );
    admin.send("HEAD /metrics HTTP/1.1\r\nHost: h\r\n\r\nPOST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}
