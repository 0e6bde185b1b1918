//! Whether a client's copy is still good (RFC 9110, section 13.1.2 "If-None-Match").

use super::head::Head;

/// Whether the client has what bears this tag.
pub(super) fn is_fresh(head: &Head, tag: &str) -> bool {
    let known = head.request.header("if-none-match");
    known.is_some_and(|known| is_listed(known.as_str(), tag))
}

/// A list of tags, compared weakly, or an asterisk.
fn is_listed(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|listed| {
        let listed = listed.strip_prefix("W/").unwrap_or(listed);
        listed == "*" || listed == tag
    })
}
