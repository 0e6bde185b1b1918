//! Who may read the metrics.

use std::sync::Arc;

use ssehub::auth::Rights;
use ssehub::http::{HttpConfig, MetricsAccess, Site};

use super::{Figures, awaited, bearer, get, guarded};
use crate::talk::Talk;

/// The status for one without a credential, and for those with either key.
fn statuses(metrics: MetricsAccess) -> [u16; 3] {
    let [first, second] = [Rights::nothing(), Rights::everything()]
        .map(|everyone| statuses_if(guarded(metrics, everyone)));
    assert_eq!(first, second, "what everyone may do makes no difference");
    first
}

fn statuses_if(talk: Talk) -> [u16; 3] {
    [None, Some(0), Some(1)].map(|key| {
        let mut talk = talk.another();
        let field = bearer(key);
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
fn those_who_watch_get_the_metrics_and_nothing_else() {
    let talk = guarded(MetricsAccess::Off, Rights::everything());
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
}
