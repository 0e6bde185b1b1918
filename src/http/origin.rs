//! Which pages a request that changes something may come from.

use super::Site;
use super::head::{Head, Method};
use super::hosts;
use super::reply::Reply;

/// Refuses what another site's page sends, unless it is allowed to call. A client that is no browser sends no such
/// field.
pub(super) fn check(site: &Site, head: &Head, by_cookie: bool) -> Result<(), Reply> {
    let field = |name| head.values(name).last();
    // A browser sends it over TLS and to this machine, and a page cannot forge it.
    let fetch_site = field("sec-fetch-site");
    if let Some("same-origin" | "none") = fetch_site {
        return Ok(());
    }
    let referer = || field("referer").map(origin_of);
    // With a GET a browser says where it comes from only if the page is of another origin, or nothing is hidden.
    let is_get = matches!(head.method, Method::Get | Method::Head);
    let origin = match field("origin") {
        Some(origin) => origin,
        None if fetch_site.is_some() || (by_cookie && !is_get) => referer().unwrap_or_default(),
        None if is_get => match referer() {
            Some(origin) => origin,
            None => return Ok(()),
        },
        None => return Ok(()),
    };
    let host = field("host").unwrap_or_default();
    match is_own(origin, host) || site.cors.trusts(origin, by_cookie) {
        true => Ok(()),
        false => Err(Reply::error(
            403,
            "this comes from a page of another origin: name it with --cors-origin, \
             or let the proxy pass on the Host field",
        )),
    }
}

/// Whether an origin is that of a host. A port that is the scheme's own may be left out on either side.
fn is_own(origin: &str, host: &str) -> bool {
    let Some((scheme, own)) = origin.split_once("://") else {
        return false;
    };
    let usual = match scheme {
        "http" => "80",
        "https" => "443",
        _ => "",
    };
    let parts = |text| {
        let (name, port) = hosts::split(text);
        (name, if port.is_empty() { usual } else { port })
    };
    let ((own_name, own_port), (name, port)) = (parts(own), parts(host));
    own_name.eq_ignore_ascii_case(name) && own_port == port
}

/// The origin of a URL: all before its path.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |scheme| scheme + "://".len());
    let end = url[start..]
        .find('/')
        .map_or(url.len(), |path| start + path);
    &url[..end]
}
