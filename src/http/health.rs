//! `GET /healthz`: whether the server runs; `GET /readyz`: whether it takes events and subscribers.

use super::Site;
use super::reply::Reply;

/// It runs, or it would not answer: a supervisor that starts it again would mend nothing else.
pub(super) fn health(site: &Site) -> Reply {
    let health = site.hub.log().health();
    if health.is_well() {
        return Reply::json(200, r#"{"status":"ok"}"#);
    }
    let body = serde_json::json!({ "status": "degraded", "reason": health.to_string() });
    Reply::json(200, body.to_string())
}

/// Whether clients are to be sent here.
pub(super) fn readiness(site: &Site) -> Result<Reply, Reply> {
    match why_not(site) {
        None => Ok(Reply::json(200, r#"{"status":"ready"}"#)),
        Some(reason) => Err(Reply::unavailable(reason)),
    }
}

/// Why no events and no subscribers are taken, if they are not.
pub(super) fn why_not(site: &Site) -> Option<String> {
    let is_shut = site.hub.metrics().connections.shut.get() > 0;
    if is_shut || site.hub.is_closed() {
        return Some("the server is stopping".to_owned());
    }
    let health = site.hub.log().health();
    (!health.is_well()).then(|| health.to_string())
}
