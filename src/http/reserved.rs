//! Topics that are the hub's own: they tell of subscriptions, so nobody publishes to them, by whatever protocol.

#[cfg(test)]
mod tests;

use http_types::Url;
use percent_encoding::percent_decode_str;

use super::mercure::PATH;
use super::reply::Reply;
use crate::topic::Topic;

/// Refuses a publisher's topic that is the hub's own.
pub(super) fn check(topic: &Topic) -> Result<(), Reply> {
    match is_reserved(topic.as_str()) {
        true => Err(Reply::error(400, "topics of the hub itself are reserved")),
        false => Ok(()),
    }
}

fn is_reserved(name: &str) -> bool {
    may_resolve_to_hub(name) && resolves_to_hub(name)
}

/// Whether it is worth to resolve a topic: what does not spell the end of the hub's path can only mean the hub if it
/// leaves the path out.
fn may_resolve_to_hub(name: &str) -> bool {
    name.contains("mercure") || name.contains('%') || has_no_path(name)
}

fn has_no_path(name: &str) -> bool {
    // A URL parser drops spaces around it (WHATWG URL, section 4.4).
    let rest = name.trim_matches(' ');
    let rest = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme_of_hub(scheme) => rest,
        _ => rest,
    };
    rest.is_empty() || rest.starts_with(['?', '#'])
}

fn is_scheme_of_hub(scheme: &str) -> bool {
    let known = ["http", "https"];
    known.iter().any(|it| scheme.eq_ignore_ascii_case(it))
}

/// Whether a topic, seen from the hub, lies at the hub's own path.
///
/// `https:/a` is a path if the hub is at `https`, and a host if not (WHATWG URL, section 4.4): so the hub is
/// taken to be at both.
fn resolves_to_hub(name: &str) -> bool {
    const HUBS: [&str; 2] = [
        "http://h/.well-known/mercure",
        "https://h/.well-known/mercure",
    ];
    HUBS.iter().any(|hub| {
        let url = Url::parse(hub).and_then(|hub| hub.join(name));
        url.is_ok_and(|url| is_of_hub(url.path()))
    })
}

/// Whether a path is that of the hub or below it, decoded.
fn is_of_hub(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
