//! Settings with which a server starts, but which can hardly be meant.

use ssehub::http::AllowedOrigin;

use crate::cli::access::{Publishers, is_loopback};
use crate::cli::layers::Told;
use crate::cli::settings::Settings;

/// Settings that say something about a log on disk alone.
const OF_A_FILE: [&str; 3] = ["durability", "window-events", "window-bytes"];

/// Settings of tokens, which say nothing where no token can be checked.
const OF_TOKENS: [&str; 2] = ["token-issuer", "token-audience"];

/// A sentence for each.
pub(super) fn of(told: &Told) -> Vec<String> {
    let mut doubts = Vec::new();
    doubts.extend(idle(
        told,
        &OF_A_FILE,
        told.settings.data.is_none(),
        "without --data",
    ));
    let no_tokens = !told.settings.access.checks_tokens();
    doubts.extend(idle(told, &OF_TOKENS, no_tokens, "without keys of tokens"));
    doubts.extend(rights(told));
    doubts.extend(retention(told));
    doubts.extend(one_for_all(told));
    doubts.extend(proxied_names(told));
    doubts.extend(origins(told));
    doubts.extend(told.settings.tls.doubts());
    doubts
}

/// Settings that were set and do nothing.
fn idle(told: &Told, flags: &[&str], useless: bool, why: &str) -> Vec<String> {
    let set = told
        .set
        .iter()
        .filter(|flag| useless && flags.contains(flag));
    set.map(|flag| format!("--{flag} does nothing {why}"))
        .collect()
}

/// Nobody, or everybody.
fn rights(told: &Told) -> Vec<String> {
    let settings = &told.settings;
    let access = &settings.access;
    let credentials = access.has_credentials();
    let publishers = access.publishers(&settings.listen, &settings.limits);
    let mut doubts = Vec::new();
    if access.open && credentials {
        doubts.push("everyone may publish, as --open says, also without a credential".to_owned());
    }
    if publishers == Publishers::Nobody {
        let ways = "--token-key-file, --api-keys or --open";
        doubts.push(format!("nobody may publish, for want of {ways}"));
    }
    if !access.anonymous_read && !credentials {
        doubts.push(
            "nobody may read: --anonymous-read is no, and there are no credentials".to_owned(),
        );
    }
    doubts
}

/// Limits that a smaller one keeps from being reached.
fn retention(told: &Told) -> Option<String> {
    let kept = told.settings.log_config().retention;
    let topic = kept.topic_events.filter(|events| *events > kept.events)?;
    Some(format!(
        "--keep-topic-events={topic} does nothing: --keep-events={} is less",
        kept.events
    ))
}

/// Behind a proxy that is not trusted, everyone has its address.
fn one_for_all(told: &Told) -> Option<String> {
    let limits = &told.settings.limits;
    let by_address = limits.address_connections > 0 || limits.anonymous_publish.is_some();
    let hidden = told.settings.is_local() && limits.trusted_proxies.is_empty();
    (by_address && hidden).then(|| {
        "behind a proxy on this machine all clients share the limits of one address; name it with \
         --trusted-proxy"
            .to_owned()
    })
}

/// A proxy passes on public names, to which a server on loopback addresses does not answer by itself.
fn proxied_names(told: &Told) -> Option<String> {
    let Settings { http, limits, .. } = &told.settings;
    let has_proxy = !limits.trusted_proxies.is_empty();
    let has_names = !http.allowed_hosts.is_empty() || http.public_url.is_some();
    let refuses = !told.settings.tls.is_asked_for() && is_loopback(&told.settings.listen);
    (has_proxy && refuses && !has_names).then(|| {
        "what a proxy passes on for a public name is answered with 421; name it with --allowed-host"
            .to_owned()
    })
}

/// Origins that nearly every page may have.
fn origins(told: &Told) -> Option<String> {
    let origins = &told.settings.http.cors_origins;
    origins.iter().any(AllowedOrigin::is_wide).then(|| {
        "--cors-origin: with a single name behind the *, pages of strangers may call, with their visitors' \
         cookies"
            .to_owned()
    })
}
