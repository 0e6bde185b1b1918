//! `GET /metrics`, for Prometheus and whatever else reads its text.

use super::Site;
use super::access::{self, Effect, refused};
use super::head::Head;
use super::reply::Reply;
use super::route::Front;
use crate::auth::{Grant, Refusal};
#[cfg(feature = "server")]
use crate::metrics::Process;
use crate::metrics::{Kind, Metrics, STATUSES, Tally, Text, Via};
use crate::topic::Selector;
use Kind::{Counter, Gauge};

/// The content type of the text (Prometheus, "Exposition formats").
const KIND: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Who may read the metrics where everyone else is served. Where only those come who watch over the server,
/// they may be read in any case.
///
/// ```
/// use ssehub::http::{HttpConfig, MetricsAccess};
/// assert_eq!(HttpConfig::default().metrics, MetricsAccess::Off);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricsAccess {
    /// Nobody: there is nothing there.
    #[default]
    Off,
    /// Whoever has a credential by which every topic may be read.
    Granted,
    /// Everyone.
    Open,
}

/// All metrics.
pub(super) async fn show(site: &Site, head: &Head) -> Result<Reply, Reply> {
    admit(site, head)?;
    let mut text = Text::default();
    clients(site, &mut text);
    events(site, &mut text);
    answers(site, &mut text);
    log(site, &mut text);
    mercure(site, &mut text);
    server(site, &mut text);
    #[cfg(feature = "tls")]
    certificates(site, &mut text);
    #[cfg(feature = "server")]
    process(&blocking::unblock(Process::look).await, &mut text);
    Ok(Reply::text(text.finish()).field_again("content-type", KIND))
}

/// Refuses whoever may not look at them. By which grant one may, if by any, is told.
pub(super) fn admit(site: &Site, head: &Head) -> Result<Option<Grant>, Reply> {
    match (site.front, site.config.metrics) {
        (Front::Admin, _) | (_, MetricsAccess::Open) => return Ok(None),
        _ => {}
    }
    let grant = access::grant(site, head, Effect::Reads, None)?;
    // What everyone may read besides is no reason.
    let may_read_all = grant.own().read.selectors().contains(&Selector::All);
    match (grant.is_anonymous(), may_read_all) {
        (true, _) => Err(refused(&Refusal::Missing)),
        (false, false) => Err(refused(&Refusal::NotGranted)),
        (false, true) => Ok(Some(grant)),
    }
}

fn clients(site: &Site, text: &mut Text) {
    let (hub, metrics) = (&site.hub, site.hub.metrics());
    let connections = &metrics.connections;
    text.one(
        Gauge,
        "ssehub_connections_open",
        "Connections that are open.",
        connections.open.get(),
    );
    text.one(
        Counter,
        "ssehub_connections_accepted_total",
        "Connections that were let in.",
        connections.accepted.get(),
    );
    let refused = [
        ("full", connections.full.get()),
        ("address", connections.crowded.get()),
    ];
    text.each(
        Counter,
        "ssehub_connections_refused_total",
        "Connections that found no place: the server was full, or their address had too many.",
        "reason",
        refused,
    );
    let by_via = |number: fn(&Tally, Via) -> u64| {
        Via::ALL.map(|via| (via.name(), metrics.sum(|tally| number(tally, via))))
    };
    text.each(
        Gauge,
        "ssehub_subscribers",
        "Subscribers, by how they get their events.",
        "transport",
        by_via(|tally, via| tally.subscribers(via).get()),
    );
    text.each(
        Counter,
        "ssehub_subscribed_total",
        "Streams and polls that have begun.",
        "transport",
        by_via(|tally, via| tally.subscribed(via).get())
            .into_iter()
            .filter(|(name, _)| *name != Via::Embedded.name()),
    );
    text.one(
        Gauge,
        "ssehub_subscribers_behind",
        "Subscribers that read the log by themselves: they have just come, or could not keep up.",
        hub.subscribers_behind(),
    );
    text.one(
        Counter,
        "ssehub_gaps_total",
        "Gaps that subscribers were told of: what they wanted was no longer kept.",
        metrics.sum(|tally| tally.gaps.get()),
    );
    text.one(
        Counter,
        "ssehub_sent_bytes_total",
        "Bytes written to connections, before any encryption.",
        metrics.sum(|tally| tally.sent_bytes.get()),
    );
}

fn events(site: &Site, text: &mut Text) {
    let metrics = site.hub.metrics();
    let mut counter = |name, help, number: fn(&Tally) -> u64| {
        text.one(Counter, name, help, metrics.sum(number));
    };
    counter(
        "ssehub_events_published_total",
        "Events that were stored.",
        |tally| tally.published.get(),
    );
    counter(
        "ssehub_events_repeated_total",
        "Events that repeated one that was stored before.",
        |tally| tally.repeated.get(),
    );
    counter(
        "ssehub_events_unpublished_total",
        "Events that could not be stored: the log failed, the hub was overloaded, or it was stopping.",
        |tally| tally.unpublished.get(),
    );
    counter(
        "ssehub_deliveries_total",
        "Events written to subscribers, once for each.",
        |tally| tally.deliveries.get(),
    );
    text.times(
        "ssehub_publish_duration_seconds",
        "From the hub's taking an event until it is stored.",
        &metrics.sum_times(|tally| &tally.publish_time),
    );
    text.times(
        "ssehub_delivery_lag_seconds",
        "From the time of an event's position until a pump has written it, of each delivery to a subscriber \
         that keeps up; in whole milliseconds.",
        &metrics.sum_times(|tally| &tally.lag),
    );
    text.one(
        Gauge,
        "ssehub_pump_lag_events",
        "Events that the last of the pumps has still to offer.",
        site.hub.pump_lag(),
    );
}

/// Why a request is refused, as far as its status tells.
fn reason(status: u16) -> Option<&'static str> {
    Some(match status {
        401 | 403 => "access",
        408 => "late",
        413 | 414 | 431 => "size",
        429 => "limit",
        500.. => "server",
        400.. => "request",
        _ => return None,
    })
}

/// Requests that were refused, by the reason.
pub(super) fn refusals(metrics: &Metrics) -> [(&'static str, u64); 6] {
    const REASONS: [&str; 6] = ["access", "late", "size", "limit", "server", "request"];
    REASONS.map(|wanted| {
        let those = STATUSES
            .into_iter()
            .filter(|status| reason(*status) == Some(wanted));
        let counts = those.map(|status| metrics.sum(|tally| tally.answers(status).get()));
        (wanted, counts.sum())
    })
}

fn answers(site: &Site, text: &mut Text) {
    let metrics = site.hub.metrics();
    let counts = STATUSES.map(|status| {
        let count = metrics.sum(|tally| tally.answers(status).get());
        (status.to_string(), count)
    });
    let by_status = counts.iter().map(|(name, count)| (name.as_str(), count));
    text.each(
        Counter,
        "ssehub_responses_total",
        "Answers to requests.",
        "status",
        by_status,
    );
    text.each(
        Counter,
        "ssehub_refusals_total",
        "Requests that were refused: for want of a right, by a limit, for their size, because they came too \
         slowly, because the server could not, or for what they said.",
        "reason",
        refusals(metrics),
    );
}

fn log(site: &Site, text: &mut Text) {
    let log = site.hub.log();
    let (size, window) = (log.size(), log.window_size());
    let mut gauge = |name, help, number: f64| text.one(Gauge, name, help, number);
    gauge(
        "ssehub_log_events",
        "Events that are kept.",
        size.events as f64,
    );
    gauge("ssehub_log_bytes", "Their size.", size.bytes as f64);
    gauge(
        "ssehub_log_window_events",
        "Events that are in memory.",
        window.events as f64,
    );
    gauge(
        "ssehub_log_window_bytes",
        "Memory for these, encodings included.",
        window.bytes as f64,
    );
    gauge(
        "ssehub_log_newest_timestamp_seconds",
        "Unix time of the newest position.",
        seconds(log.tail().ms),
    );
    gauge(
        "ssehub_log_kept_after_timestamp_seconds",
        "Unix time of the position after which every event is kept.",
        seconds(log.kept_after().ms),
    );
    gauge(
        "ssehub_log_up",
        "Whether the log can be used.",
        f64::from(log.health().is_well()),
    );
    text.one(
        Counter,
        "ssehub_log_faults_total",
        "How often the log's storage has failed.",
        log.faults(),
    );
    #[cfg(feature = "redis")]
    if let Some(mishaps) = log.mishaps() {
        text.one(
            Counter,
            "ssehub_log_losses_total",
            "How often Redis has lost events, which was told as gaps.",
            mishaps.losses,
        );
        text.one(
            Counter,
            "ssehub_log_foreign_total",
            "Entries of the stream in Redis that are no events.",
            mishaps.skipped,
        );
    }
    #[cfg(feature = "disk")]
    if let Some(commits) = log.commits() {
        text.times(
            "ssehub_log_commit_duration_seconds",
            "How long a commit to the disk takes.",
            &crate::metrics::Buckets::of(commits),
        );
    }
}

/// The names by which dashboards of Mercure hubs know these numbers.
fn mercure(site: &Site, text: &mut Text) {
    let metrics = site.hub.metrics();
    text.one(
        Counter,
        "mercure_subscribers_total",
        "Subscribers by the Mercure protocol, ever.",
        metrics.sum(|tally| tally.subscribed(Via::Mercure).get()),
    );
    text.one(
        Gauge,
        "mercure_subscribers_connected",
        "Subscribers by the Mercure protocol.",
        metrics.sum(|tally| tally.subscribers(Via::Mercure).get()),
    );
    text.one(
        Counter,
        "mercure_updates_total",
        "Updates by the Mercure protocol that were stored.",
        metrics.sum(|tally| tally.updates.get()),
    );
}

fn server(site: &Site, text: &mut Text) {
    text.one(
        Gauge,
        "ssehub_ready",
        "Whether events and subscribers are taken.",
        u8::from(super::health::why_not(site).is_none()),
    );
    text.each(
        Gauge,
        "ssehub_build_info",
        "Always 1; the label tells the version.",
        "version",
        [(env!("CARGO_PKG_VERSION"), 1)],
    );
    text.one(
        Gauge,
        "process_start_time_seconds",
        "Unix time at which the hub was made.",
        seconds(site.hub.metrics().started_ms),
    );
}

#[cfg(feature = "tls")]
fn certificates(site: &Site, text: &mut Text) {
    let Some(acceptor) = &site.config.acceptor else {
        return;
    };
    let expiries = acceptor.expiries();
    text.each(
        Gauge,
        "ssehub_tls_certificate_expiry_timestamp_seconds",
        "Unix time at which a certificate ends, by its first name.",
        "name",
        expiries
            .iter()
            .map(|it| (it.name.as_str(), it.at.as_secs())),
    );
}

/// By the names that Prometheus has for every process.
#[cfg(feature = "server")]
fn process(process: &Process, text: &mut Text) {
    text.one(
        Counter,
        "process_cpu_seconds_total",
        "Time on all processors.",
        process.cpu.as_secs_f64(),
    );
    let gauges = [
        (
            "process_resident_memory_bytes",
            "Memory that the program has in the machine's.",
            process.resident_bytes,
        ),
        (
            "process_open_fds",
            "File descriptors that are open.",
            process.open_descriptors,
        ),
        (
            "process_max_fds",
            "File descriptors that may be open.",
            process.most_descriptors,
        ),
    ];
    for (name, help, number) in gauges {
        if let Some(number) = number {
            text.one(Gauge, name, help, number);
        }
    }
}

fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}
