//! What is deployed beside the server, and what is written of it, names metrics that there are.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use ssehub::http::{HttpConfig, MetricsAccess, Site};
use ssehub::store::Durability;
use ssehub::tls::Acceptor;
use ssehub::{Clock, HubConfig, LogConfig};

use super::Figures;
use crate::house::source::read;
use crate::talk::Talk;
use crate::tls::client::Certificate;
use crate::world::World;

/// The name of each metric of a server with a log on disk, and with a certificate.
fn metrics() -> HashSet<String> {
    let certificate = Certificate::of(&["hub.example"]);
    let folder = crate::log::Folder::new();
    let (clock, config) = (Clock::manual(1_000), LogConfig::default());
    let log = crate::log::open(&folder.file(), Durability::Commit, config, &clock).unwrap();
    let world = World::over(log, HubConfig::default());
    let acceptor = Arc::new(Acceptor::new(certificate.identity()).unwrap());
    let config = HttpConfig::default()
        .metrics(MetricsAccess::Open)
        .acceptor(Some(acceptor));
    let site = Arc::new(Site::new(world.hub.clone(), config));
    let figures = Figures::of(&Talk::in_world(world.into(), site));
    let names = figures.0.keys();
    let names = names.map(|name| name.split('{').next().unwrap_or_default());
    names.map(str::to_owned).collect()
}

/// Every word in a text that looks like the name of a metric.
fn named(text: &str) -> HashSet<String> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter| !is_part(letter));
    let prefixes = ["ssehub_", "mercure_", "process_"];
    let metrics = words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix)));
    metrics.map(str::to_owned).collect()
}

#[track_caller]
fn check_known(what: &str, text: &str) {
    let (known, named) = (metrics(), named(text));
    assert!(named.len() > 3, "{what} names {named:?}");
    let unknown: Vec<_> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "{what} names {unknown:?}");
}

#[test]
fn the_dashboard_shows_metrics_that_there_are() {
    let text = read("deploy/grafana.json");
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut ids = HashSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().unwrap()));
        for target in panel["targets"].as_array().unwrap() {
            check_named(target["expr"].as_str().unwrap());
        }
    }
    check_known("the dashboard", &text);
}

fn check_named(query: &str) {
    assert!(!named(query).is_empty(), "{query}");
}

#[test]
fn the_alerts_watch_metrics_that_there_are() {
    check_known("rules.yml", &read("deploy/prometheus/rules.yml"));
}

#[test]
fn the_page_lists_every_metric() {
    let text = read("docs/operations.md");
    let listed = named(&text);
    let parts = ["_bucket", "_sum", "_count"];
    let missing: Vec<_> = metrics()
        .into_iter()
        .map(|name| {
            let whole = parts.iter().find_map(|part| name.strip_suffix(part));
            whole.map_or(name.clone(), str::to_owned)
        })
        .filter(|name| !listed.contains(name))
        .collect();
    assert!(missing.is_empty(), "docs/operations.md lacks {missing:?}");
}
