//! What every request may use, and the modules in the order in which a request passes them.
//!
//! * `connection`: one connection, request after request; `exchange`: one of them.
//! * `head` and `body`: the front door, which checks what arrives before async-h1 sees it; `body_memory` is what all
//!   bodies may hold together.
//! * `hosts`: which names the server answers to.
//! * `access`: a credential becomes a grant; `origin`: which pages may change something.
//! * `client`, `quota`: whose request it is, and what they may still take.
//! * `route`: method and path become one of a closed set of routes.
//! * `publish`, `subscribe`, `poll`, `presence`, `chat`, `mercure`, `page`: what the routes do.
//! * `health`, `metrics`, `dashboard`: what those ask who watch over the server.
//! * `door`: what is answered before any of that.
//! * `redirect`: the way from plain HTTP to HTTPS.
//! * `reply`: responses and errors.
//! * `stream`: a response that goes on for ever.
//! * `visit`: a line of the access log.
//! * `fetch`: the other way round, a document from another server.

mod accept;
mod access;
mod allowed_origin;
mod answer;
#[doc(hidden)]
pub mod body;
mod body_memory;
mod chat;
mod client;
mod connection;
mod cors;
mod dashboard;
mod deadline;
mod door;
mod draft;
mod exchange;
#[doc(hidden)]
pub mod fetch;
#[doc(hidden)]
pub mod head;
mod health;
mod hosts;
mod lease;
mod mercure;
mod metrics;
mod ndjson;
mod origin;
mod page;
mod poll;
mod presence;
mod publish;
mod query;
mod quota;
mod redirect;
mod reply;
mod reserved;
mod route;
mod stream;
mod subscribe;
mod topics;
mod user;
mod validator;
mod visit;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_channel::{Receiver, Sender};

use crate::auth::Auth;
use crate::clock::{Clock, LONGEST};
use crate::hub::Hub;
use crate::limits::Limits;
use crate::metrics::Gauge;
use crate::options::setters;
use crate::roster::Roster;
#[cfg(feature = "tls")]
use crate::tls::Acceptor;
#[cfg(feature = "urlpattern")]
use crate::topic::BaseUrl;
use cors::Cors;
use hosts::Hosts;
use page::Pages;
use route::Front;

pub use allowed_origin::{AllowedOrigin, InvalidOrigin};
pub use body_memory::BodyMemory;
pub use connection::{Connection, Transport, serve, serve_after, serve_from};
pub use door::TurnedAway;
pub use head::HeadLimits;
pub use hosts::{AllowedHost, InvalidHost};
pub use metrics::MetricsAccess;
pub use redirect::{Redirect, redirect};

/// The shortest time of a deadline: a client that never had any could not be served.
pub const DEADLINE_LEAST: Duration = Duration::from_millis(1);

/// The largest request body that may be allowed, in bytes: it is held in memory as a whole.
pub const BODY_BYTES: usize = 1 << 30;

/// Limits and choices of the HTTP front. A value outside of its field's limits counts as the nearest within:
/// a deadline, `idle` and `stall` are [`DEADLINE_LEAST`] or more, and no time is longer than [`LONGEST`].
///
/// ```
/// use std::time::Duration;
/// use ssehub::auth::{Auth, Rights};
/// use ssehub::http::{HttpConfig, MetricsAccess};
/// let config = HttpConfig::default()
///     .auth(Auth::new(Rights::to_read()))
///     .cors_origins(vec!["https://example.com".parse().unwrap()])
///     .public_url(Some("https://hub.example.com".to_owned()))
///     .idle(Duration::from_secs(30))
///     .metrics(MetricsAccess::Granted);
/// assert_eq!(config.body_bytes, 1 << 20);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpConfig {
    /// Limits of a request head.
    pub head: HeadLimits,
    /// How long a request head may take to arrive, from its first byte.
    pub head_deadline: Duration,
    /// Largest request body, in bytes: 1 to [`BODY_BYTES`].
    pub body_bytes: usize,
    /// The memory that the bodies of all requests share; workers share it.
    pub body_memory: Arc<BodyMemory>,
    /// How long a request body may take to arrive.
    pub body_deadline: Duration,
    /// How long a connection may stay open without a request.
    pub idle: Duration,
    /// How long a write may make no progress before its connection is given up.
    pub stall: Duration,
    /// How long a stream may last: it ends, at random, after 80 to 100 % of that, and its client comes
    /// back. Zero for ever.
    pub stream_life: Duration,
    /// Origins whose pages may call from elsewhere.
    pub cors_origins: Vec<AllowedOrigin>,
    /// Where clients find this server, without a path: `https://example.com`.
    pub public_url: Option<String>,
    /// Whether clients reach it by HTTPS, which matters where `public_url` does not say.
    pub https: bool,
    /// Who shakes hands for it, if somebody here does: the metrics tell when the certificates end.
    #[cfg(feature = "tls")]
    pub acceptor: Option<Arc<Acceptor>>,
    /// Who may do what; everyone everything, unless it says otherwise.
    pub auth: Arc<Auth>,
    /// What one client or one credential may take; workers share it.
    pub limits: Arc<Limits>,
    /// Tells and lists the subscriptions of the Mercure protocol, if it is there; workers share it.
    pub roster: Option<Roster>,
    /// Names that requests may ask for, beside that of `public_url`; any, if there is none.
    pub allowed_hosts: Vec<AllowedHost>,
    /// Whether clients reach this server by plain HTTP at loopback addresses alone. Then, if there are no
    /// `allowed_hosts`, requests by TCP must ask for a loopback name or for that of `public_url`: so a page that has
    /// bound its own name to such an address reaches nothing.
    pub loopback_only: bool,
    /// Serves the page's files from this folder, freshly read, instead of the embedded ones.
    pub static_dir: Option<PathBuf>,
    /// Serves the debug page, at `/debug`.
    pub debug_page: bool,
    /// Who may read the metrics, at `/metrics`, and look at the dashboard, at `/dashboard`.
    pub metrics: MetricsAccess,
    /// Tells the `log` crate, as target `ssehub::access`, of each request and of each stream at its end.
    pub access_log: bool,
}

impl Default for HttpConfig {
    fn default() -> HttpConfig {
        HttpConfig {
            head: HeadLimits::default(),
            head_deadline: Duration::from_secs(10),
            body_bytes: 1 << 20,
            body_memory: Arc::default(),
            body_deadline: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            stall: Duration::from_secs(30),
            stream_life: Duration::ZERO,
            cors_origins: Vec::new(),
            public_url: None,
            https: false,
            #[cfg(feature = "tls")]
            acceptor: None,
            auth: Arc::new(Auth::open()),
            limits: Arc::default(),
            roster: None,
            allowed_hosts: Vec::new(),
            loopback_only: false,
            static_dir: None,
            debug_page: false,
            metrics: MetricsAccess::Off,
            access_log: false,
        }
    }
}

#[cfg(feature = "tls")]
setters!(HttpConfig {
    acceptor: Option<Arc<Acceptor>>,
});

setters!(HttpConfig {
    head: HeadLimits,
    head_deadline: Duration,
    body_bytes: usize,
    body_memory: impl Into<Arc<BodyMemory>>,
    body_deadline: Duration,
    idle: Duration,
    stall: Duration,
    stream_life: Duration,
    cors_origins: Vec<AllowedOrigin>,
    public_url: Option<String>,
    https: bool,
    auth: impl Into<Arc<Auth>>,
    limits: impl Into<Arc<Limits>>,
    roster: impl Into<Option<Roster>>,
    allowed_hosts: Vec<AllowedHost>,
    loopback_only: bool,
    static_dir: Option<PathBuf>,
    debug_page: bool,
    metrics: MetricsAccess,
    access_log: bool,
});

impl HttpConfig {
    /// Every field within its limits.
    fn within_limits(self) -> HttpConfig {
        let deadline = |time: Duration| time.clamp(DEADLINE_LEAST, LONGEST);
        HttpConfig {
            head: self.head.within_limits(),
            head_deadline: deadline(self.head_deadline),
            body_bytes: self.body_bytes.clamp(1, BODY_BYTES),
            body_deadline: deadline(self.body_deadline),
            idle: deadline(self.idle),
            stall: deadline(self.stall),
            stream_life: self.stream_life.min(LONGEST),
            ..self
        }
    }
}

/// A hub with its HTTP front: all that a connection needs to be served.
///
/// ```
/// use std::os::unix::net::UnixStream;
/// use std::sync::Arc;
///
/// use async_io::Async;
/// use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
/// use ssehub::http::{HttpConfig, Site, serve};
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
/// # future::block_on(async {
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let site = Arc::new(Site::new(hub, HttpConfig::default()));
///
/// // Any stream can be served: TCP, TLS, or a pair of sockets.
/// let (mut client, stream) = Async::<UnixStream>::pair()?;
/// let talk = async {
///     client.write_all(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
///     let mut answer = String::new();
///     client.read_to_string(&mut answer).await?;
///     assert!(answer.ends_with(r#"{"status":"ok"}"#));
///     std::io::Result::Ok(())
/// };
/// let (answered, ()) = future::zip(talk, serve(stream, site)).await;
/// # answered
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Site {
    hub: Hub,
    config: HttpConfig,
    cors: Cors,
    pages: Pages,
    hosts: Hosts,
    front: Front,
    /// How many look at the dashboard.
    dashboards: Arc<Gauge>,
    /// What relative topics and patterns are resolved against.
    #[cfg(feature = "urlpattern")]
    base: Option<BaseUrl>,
    /// Never carries anything; closed when the site closes.
    open: (Sender<()>, Receiver<()>),
}

impl Site {
    /// Puts an HTTP front before a hub.
    pub fn new(hub: Hub, config: HttpConfig) -> Site {
        Site::with_front(hub, config, Front::Everyone)
    }

    fn with_front(hub: Hub, config: HttpConfig, front: Front) -> Site {
        let config = config.within_limits();
        Site {
            cors: Cors::new(&config.cors_origins),
            pages: Pages::new(config.static_dir.clone()),
            #[cfg(feature = "urlpattern")]
            base: mercure::base(config.public_url.as_deref()),
            open: async_channel::bounded(1),
            hosts: Hosts::new(&config, front),
            front,
            dashboards: Arc::default(),
            hub,
            config,
        }
    }

    /// Puts a front before a hub that has nothing but what those ask who watch over it: `/metrics` and
    /// `/dashboard`, for everyone who comes here, `/healthz` and `/readyz`. It stays open while the hub closes. Beside
    /// the hosts that the configuration allows it answers to addresses and to loopback names.
    ///
    /// ```
    /// use ssehub::http::{HttpConfig, Site};
    /// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
    /// let log = Log::memory(LogConfig::default(), Clock::system());
    /// let (hub, _pump) = Hub::new(log, HubConfig::default());
    /// let config = HttpConfig::default();
    /// let (site, admin) = (Site::new(hub.clone(), config.clone()), Site::admin(hub, config));
    /// ```
    pub fn admin(hub: Hub, config: HttpConfig) -> Site {
        let config = HttpConfig {
            cors_origins: Vec::new(),
            ..config
        };
        Site::with_front(hub, config, Front::Admin)
    }

    /// The hub.
    pub fn hub(&self) -> &Hub {
        &self.hub
    }

    /// The hub's clock.
    pub fn clock(&self) -> Clock {
        self.hub.clock().clone()
    }

    /// What one client or one credential may take.
    pub fn limits(&self) -> &Limits {
        &self.config.limits
    }

    /// The memory that the bodies of all requests share.
    pub fn body_memory(&self) -> &Arc<BodyMemory> {
        &self.config.body_memory
    }

    /// Who is subscribed by the Mercure protocol, if that is told.
    pub fn roster(&self) -> Option<&Roster> {
        self.config.roster.as_ref()
    }

    /// Ends idle connections now, streams once they have been sent what the log holds, and every
    /// other connection after the request that it is at.
    ///
    /// Nothing is told of subscriptions any more: see [`Roster::close`].
    pub fn close(&self) {
        self.open.0.close();
        if let Some(roster) = self.roster() {
            roster.stop();
        }
        self.hub.close();
    }

    /// When a stream that begins now has to end, on the clock.
    fn stream_end(&self) -> Option<Duration> {
        const LEAST_PART: f64 = 0.8;
        let life = self.config.stream_life;
        let part = LEAST_PART + (1.0 - LEAST_PART) * self.hub.chance();
        (!life.is_zero()).then(|| self.hub.clock().now() + life.mul_f64(part))
    }

    fn is_closed(&self) -> bool {
        self.open.0.is_closed()
    }

    /// Completes when the site closes.
    async fn closed(&self) {
        _ = self.open.1.recv().await;
    }
}
