//! Push events from any backend to any browser.
//!
//! A publisher appends to the log; one pump reads the log and offers each event's bytes to the
//! matching subscribers; nobody ever waits for a subscriber.
//!
//! A hub in a program of one's own, with the pages and all that `docs/http-api.md` says:
//!
//! ```
//! use std::net::TcpListener;
//! use std::pin::Pin;
//! use std::sync::Arc;
//!
//! use async_io::Async;
//! use ssehub::http::{HttpConfig, Site, serve};
//! use ssehub::{Clock, Draft, Hub, HubConfig, Log, LogConfig, Topic};
//!
//! type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
//!
//! /// `spawn` runs a task beside the others, in the way of the program's runtime.
//! async fn run(spawn: impl Fn(Task)) -> Result<(), Box<dyn std::error::Error>> {
//!     let log = Log::memory(LogConfig::default(), Clock::system());
//!     let (hub, pump) = Hub::new(log, HubConfig::default());
//!     spawn(Box::pin(pump.run()));
//!     hub.publish(Draft::new(Topic::parse("chat")?, "hello")).await?;
//!
//!     let site = Arc::new(Site::new(hub, HttpConfig::default()));
//!     let listener = Async::<TcpListener>::bind(([127, 0, 0, 1], 8080))?;
//!     loop {
//!         let (stream, _) = listener.accept().await?;
//!         spawn(Box::pin(serve(stream, site.clone())));
//!     }
//! }
//! ```
//!
//! The library names no async runtime and spawns nothing: it takes futures-io streams and returns
//! futures, which the program runs on whatever it likes.
//!
//! The same without HTTP, to be read within the program:
//!
//! ```
//! use ssehub::{Clock, Draft, Hub, HubConfig, Interest, Log, LogConfig, Next, Start, Topic};
//! # futures_lite::future::block_on(async {
//! let log = Log::memory(LogConfig::default(), Clock::system());
//! let (hub, pump) = Hub::new(log, HubConfig::default());
//! let topic = Topic::parse("orders/42").unwrap();
//! hub.publish(Draft::new(topic.clone(), "paid")).await.unwrap();
//!
//! // Nothing is delivered live unless the pump runs; what is in the log can be read without.
//! let mut reader = hub.subscribe(Interest::topic(topic), Start::Earliest);
//! let read = async {
//!     let Next::Events(events) = reader.next().await else { panic!() };
//!     assert_eq!(events[0].data(), "paid");
//! };
//! futures_lite::future::or(read, pump.run()).await;
//! # });
//! ```
//!
//! # Where to go on
//!
//! `docs/embedding.md` leads through it: who may do what, limits, logs on disk and in Redis, threads, stopping, and
//! what a new version may change. The folder `examples/` has whole programs on smol, async-std and tokio.
//!
//! The modules in the order in which an event passes them:
//!
//! * [`topic`]: what events are about, and what a subscriber asks for.
//! * [`event`]: what a publisher says, its position, and its bytes on the wire.
//! * [`store`]: the log, which gives events their positions and keeps them.
//! * [`presence`]: who is on which topic.
//! * [`hub`]: publishing, subscribing, and the pump between the two.
//! * [`auth`]: who may publish and read what, and until when.
//! * [`roster`]: who is subscribed to what, for those who ask by the Mercure protocol.
//! * [`limits`]: what one client or one credential may take of the hub.
//! * [`metrics`]: counters of what the hub does.
//! * [`http`]: the front through which browsers and publishers reach the hub.
//! * [`net`]: who vouches for the servers to which the hub connects itself (feature `tls`).
//! * `jwks` (feature `tls`): keys of tokens from the URL where their issuer publishes them.
//! * `tls` (feature `tls`): the server's side of TLS.
//! * `server` (feature `server`): accepting connections, on smol.
//! * [`clock`]: time as a parameter.

#![forbid(unsafe_code)]

pub mod auth;
#[doc(hidden)]
pub mod board;
pub mod clock;
pub mod event;
pub mod http;
pub mod hub;
mod json;
#[cfg(feature = "tls")]
pub mod jwks;
pub mod limits;
pub mod metrics;
pub mod net;
mod options;
pub mod presence;
pub mod roster;
#[cfg(feature = "server")]
pub mod server;
pub mod store;
#[cfg(feature = "tls")]
pub mod tls;
pub mod topic;

pub use clock::Clock;
pub use event::{Draft, Event, EventId, Format, Frame, Notice};
pub use hub::{Hub, HubConfig, Next, Pump, Reading, Subscription};
pub use presence::{Presence, Roll, Seat, Watcher};
pub use roster::{Announcer, Roster};
pub use store::{Log, LogConfig, Retention, Start, Stored};
#[cfg(feature = "urlpattern")]
pub use topic::{BaseUrl, InvalidPattern, Pattern};
pub use topic::{Interest, InvalidSelector, Selector, Template, Topic};

/// The Rust on a page of the documentation.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../docs/embedding.md")]
mod embedding {}
