//! The way from plain HTTP to HTTPS: every request is sent there, and nothing else is served.

use std::fmt;
use std::sync::Arc;

use super::Site;
use super::answer::{Asker, send};
use super::connection::Transport;
use super::exchange::read_head;
use super::head::{Head, Method};
use super::hosts::split;
use super::reply::Reply;
use super::visit::Visit;
use super::wire::{Broken, Wire};
use crate::limits::Peer;

/// The port that URLs with `https` leave out.
const HTTPS_PORT: u16 = 443;

/// Where requests are sent.
///
/// ```
/// use std::sync::Arc;
/// use ssehub::http::{Redirect, Site, Transport, redirect};
/// use ssehub::limits::Peer;
/// # async fn example(stream: impl Transport, site: Arc<Site>) {
/// let to_https = Arc::new(Redirect::new(443, |host| host == "example.com"));
/// redirect(stream, site, Peer::Unknown, to_https).await;
/// # }
/// ```
pub struct Redirect {
    /// The port of the server that speaks HTTPS.
    port: u16,
    /// Whether that server answers to a name. Nobody is sent to any other.
    is_ours: Box<dyn Fn(&str) -> bool + Send + Sync>,
}

impl Redirect {
    /// Sends requests to the server that speaks HTTPS on this port, if they are for a name that is its own.
    pub fn new(port: u16, is_ours: impl Fn(&str) -> bool + Send + Sync + 'static) -> Redirect {
        let is_ours = Box::new(is_ours);
        Redirect { port, is_ours }
    }
}

impl fmt::Debug for Redirect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Answers one request of a connection, and ends it.
pub async fn redirect<S: Transport>(
    stream: S,
    site: Arc<Site>,
    peer: Peer,
    redirect: Arc<Redirect>,
) {
    let mut wire = Wire::new(stream, peer, site.hub.clock().clone());
    if let Ok(()) = answer(&mut wire, &site, &redirect).await {
        wire.linger().await;
    }
}

async fn answer<S: Transport>(
    wire: &mut Wire<S>,
    site: &Site,
    redirect: &Redirect,
) -> Result<(), Broken> {
    let mut visit = Visit::begin(site);
    let head = match read_head(wire, site).await? {
        Ok(head) => head,
        Err(refusal) => {
            let asker = Asker::unknown(visit.as_deref());
            return send(wire, site, asker, refusal.into(), false)
                .await
                .map(|_| ());
        }
    };
    if let Some(visit) = &mut visit {
        visit.asks(site, &head);
    }
    let reply = point(&head, site, redirect).unwrap_or_else(|refusal| refusal);
    send(wire, site, Asker::of(&head, visit.as_deref()), reply, false)
        .await
        .map(|_| ())
}

/// The same URL by HTTPS (RFC 9110, section 15.4.9). What would change something has been sent in the open,
/// perhaps with a credential: whoever does that should hear of it.
fn point(head: &Head, site: &Site, redirect: &Redirect) -> Result<Reply, Reply> {
    site.hosts.check(head)?;
    if !matches!(head.method, Method::Get | Method::Head) {
        return Err(Reply::error(405, "this is served by HTTPS alone").field("allow", "GET, HEAD"));
    }
    let host = head.request.header("host").map_or("", |it| it.as_str());
    let (name, _) = split(host);
    if !(redirect.is_ours)(name) {
        return Err(Reply::error(
            421,
            "this server does not answer to that host",
        ));
    }
    let port = match redirect.port {
        HTTPS_PORT => String::new(),
        port => format!(":{port}"),
    };
    let url = head.request.url();
    let query = url
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let location = format!("https://{name}{port}{}{query}", url.path());
    Ok(Reply::new(308).field("location", location))
}
