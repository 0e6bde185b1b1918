//! The web pages: files embedded in the binary, or read from a folder while one works on them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use super::head::Head;
use super::reply::Reply;
use super::validator;
use super::{HttpConfig, MetricsAccess};

/// What the page may load and do: its own files, and nothing else (W3C CSP Level 3).
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; \
     frame-ancestors 'none'; object-src 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const TYPES: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// One embedded file.
#[derive(Debug)]
pub(super) struct Asset {
    /// Its path on the server; under `static/`, too.
    path: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($path:literal, $kind:expr) => {
        Asset {
            path: $path,
            kind: $kind,
            bytes: include_bytes!(concat!("../../static", $path)),
        }
    };
}

static ASSETS: &[Asset] = &[
    asset!("/index.html", HTML),
    asset!("/css/site.css", CSS),
    asset!("/js/sse.page.js", SCRIPT),
    asset!("/css/aside.css", CSS),
    asset!("/js/aside.js", SCRIPT),
    asset!("/js/curl.js", SCRIPT),
    asset!("/js/joined.js", SCRIPT),
    asset!("/js/messages.js", SCRIPT),
    asset!("/js/name.js", SCRIPT),
    asset!("/js/people.js", SCRIPT),
    asset!("/js/reading.js", SCRIPT),
    asset!("/js/rooms.js", SCRIPT),
    asset!("/js/send.js", SCRIPT),
    asset!("/js/ssehub.d.ts", TYPES),
    asset!("/js/ssehub.js", SCRIPT),
    asset!("/js/stream.js", SCRIPT),
    asset!("/js/transcript.js", SCRIPT),
    asset!("/js/view.js", SCRIPT),
    asset!("/favicon.svg", SVG),
];

/// What only the debug page needs.
static DEBUG_ASSETS: &[Asset] = &[
    asset!("/debug.html", HTML),
    asset!("/css/debug.css", CSS),
    asset!("/js/debug/answer.js", SCRIPT),
    asset!("/js/debug/entries.js", SCRIPT),
    asset!("/js/debug/form.js", SCRIPT),
    asset!("/js/debug/frames.js", SCRIPT),
    asset!("/js/debug/grants.js", SCRIPT),
    asset!("/js/debug/json.js", SCRIPT),
    asset!("/js/debug/page.js", SCRIPT),
    asset!("/js/debug/publish.js", SCRIPT),
    asset!("/js/debug/requests.js", SCRIPT),
    asset!("/js/debug/subscribe.js", SCRIPT),
    asset!("/js/debug/subscription.js", SCRIPT),
    asset!("/js/debug/token.js", SCRIPT),
    asset!("/js/debug/token_view.js", SCRIPT),
];

/// What only the dashboard needs.
static DASHBOARD_ASSETS: &[Asset] = &[
    asset!("/dashboard.html", HTML),
    asset!("/css/dashboard.css", CSS),
    asset!("/js/dashboard/figures.js", SCRIPT),
    asset!("/js/dashboard/page.js", SCRIPT),
    asset!("/js/dashboard/plot.js", SCRIPT),
    asset!("/js/dashboard/stream.js", SCRIPT),
    asset!("/js/dashboard/view.js", SCRIPT),
];

/// What the dashboard shares with the other pages.
const SHARED: [&str; 2] = ["/css/site.css", "/favicon.svg"];

impl Asset {
    /// The file that a request's path names. Those of the debug page and of the dashboard are there only if
    /// they are asked for.
    pub(super) fn at(path: &str, config: &HttpConfig) -> Option<&'static Asset> {
        let path = match path {
            "/" | "/pages/sse" => "/index.html",
            "/debug" => "/debug.html",
            path => path,
        };
        let debug = config.debug_page.then_some(DEBUG_ASSETS);
        let dashboard = config.metrics != MetricsAccess::Off;
        find(path, ASSETS)
            .or_else(|| find(path, debug?))
            .or_else(|| Asset::of_dashboard(path).filter(|_| dashboard))
    }

    /// The same, where there is nothing but the dashboard.
    pub(super) fn of_dashboard(path: &str) -> Option<&'static Asset> {
        match path {
            "/dashboard" => find("/dashboard.html", DASHBOARD_ASSETS),
            path if SHARED.contains(&path) => find(path, ASSETS),
            path => find(path, DASHBOARD_ASSETS),
        }
    }
}

fn find(path: &str, assets: &'static [Asset]) -> Option<&'static Asset> {
    assets.iter().find(|asset| asset.path == path)
}

/// Where the page's files come from.
#[derive(Debug)]
pub(super) struct Pages {
    folder: Option<PathBuf>,
}

impl Pages {
    pub(super) fn new(folder: Option<PathBuf>) -> Pages {
        Pages { folder }
    }

    /// Answers with a file, or tells the client that its copy is still good.
    pub(super) async fn get(&self, asset: &'static Asset, head: &Head) -> Result<Reply, Reply> {
        let reply = match &self.folder {
            None => Reply {
                body: asset.bytes.into(),
                ..Reply::new(200)
            },
            Some(folder) => Reply {
                body: read(folder, asset).await?.into(),
                ..Reply::new(200)
            },
        };
        let tag = entity_tag(&reply.body);
        let reply = match validator::is_fresh(head, &tag) {
            true => Reply::new(304),
            false => reply.field("content-type", asset.kind),
        };
        // The copy may be kept, but is asked about each time: an upgrade shows at once.
        let reply = reply.field("etag", tag).field("cache-control", "no-cache");
        Ok(match asset.kind {
            HTML => reply
                .field("content-security-policy", CONTENT_SECURITY_POLICY)
                .field("referrer-policy", "no-referrer"),
            _ => reply,
        })
    }
}

async fn read(folder: &Path, asset: &'static Asset) -> Result<Vec<u8>, Reply> {
    let path = folder.join(asset.path.trim_start_matches('/'));
    blocking::unblock(move || {
        std::fs::read(&path).map_err(|error| {
            log::warn!("cannot read {}: {error}", path.display());
            Reply::error(404, "the file is not in the folder that is served")
        })
    })
    .await
}

/// Names a version of a file by its content (RFC 9110, section 8.8.3).
fn entity_tag(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}
