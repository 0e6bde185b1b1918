//! Method and path become one of a closed set of routes. No logic here.

use super::head::Method;
use super::page::Asset;
use super::{HttpConfig, MetricsAccess, dashboard, mercure};
use crate::topic::OWN_TOPICS;

/// What a request asks for. A topic stands here as it does in the path, percent-encoded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'p> {
    /// To publish what the body says.
    Publish(Publish<'p>),
    /// Something else.
    Other(Route<'p>),
}

/// What a request wants to publish.
#[derive(Clone, Copy, Debug)]
pub(super) enum Publish<'p> {
    /// A message to the chat.
    Message,
    /// One event, or a line for each of several. The topic may stand in the path.
    Events(Option<&'p str>),
    /// An update by the Mercure protocol.
    Update,
}

/// What a request asks for that does not publish a body.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route<'p> {
    /// A file of the page.
    Page(&'static Asset),
    /// The chat's stream of messages.
    ChatStream,
    /// The events of some topics, of which one may stand in the path.
    Subscribe(Option<&'p str>),
    /// The end of a topic.
    End(&'p str),
    /// Who is on a topic.
    Presence(&'p str),
    /// Updates of the Mercure protocol.
    MercureStream,
    /// What is to be known of that before.
    MercureMetadata,
    /// The subscriptions of the Mercure protocol, by what stands in the path behind where they are.
    MercureSubscriptions(&'p str),
    /// Whether the server is well.
    Health,
    /// Whether it takes events and subscribers.
    Readiness,
    /// What it has counted.
    Metrics,
    /// How it does, told every second.
    Dashboard,
    /// Which methods a target knows.
    Options(&'static str),
}

/// Why there is no route.
#[derive(Clone, Copy, Debug)]
pub(super) enum NoRoute {
    /// Nothing is there.
    NotFound,
    /// These methods are known there, others not.
    Method(&'static str),
}

/// What is at a path.
#[derive(Clone, Copy)]
enum Place<'p> {
    Page(&'static Asset),
    ChatStream,
    ChatMessage,
    Events,
    Topic(&'p str),
    Presence(&'p str),
    Mercure,
    MercureMetadata,
    MercureSubscriptions(&'p str),
    Health,
    Readiness,
    Metrics,
    Dashboard,
}

/// Whom a site is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// Publishers and subscribers.
    Everyone,
    /// Those who watch over the server.
    Admin,
}

/// Finds what `method` on `path` asks for; what is there at all depends on whom it is for, and on the
/// configuration.
pub(super) fn find<'p>(
    method: Method,
    path: &'p str,
    front: Front,
    config: &HttpConfig,
) -> Result<Target<'p>, NoRoute> {
    let place = match front {
        Front::Everyone => Place::at(path, config),
        Front::Admin => Place::of_admin(path),
    };
    let place = place.ok_or(NoRoute::NotFound)?;
    let route = match (method, place) {
        (Method::Post, Place::ChatMessage) => return Ok(Target::Publish(Publish::Message)),
        (Method::Post, Place::Events) => return Ok(Target::Publish(Publish::Events(None))),
        (Method::Post, Place::Topic(topic)) => {
            return Ok(Target::Publish(Publish::Events(Some(topic))));
        }
        (Method::Post, Place::Mercure) => return Ok(Target::Publish(Publish::Update)),
        (Method::Options, place) => Route::Options(place.methods()),
        (Method::Get | Method::Head, Place::Page(asset)) => Route::Page(asset),
        (Method::Get | Method::Head, Place::ChatStream) => Route::ChatStream,
        (Method::Get | Method::Head, Place::Events) => Route::Subscribe(None),
        (Method::Get | Method::Head, Place::Topic(topic)) => Route::Subscribe(Some(topic)),
        (Method::Get | Method::Head, Place::Presence(topic)) => Route::Presence(topic),
        (Method::Get | Method::Head | Method::Query, Place::Mercure) => Route::MercureStream,
        (Method::Get | Method::Head, Place::MercureMetadata) => Route::MercureMetadata,
        (Method::Get | Method::Head, Place::MercureSubscriptions(rest)) => {
            Route::MercureSubscriptions(rest)
        }
        (Method::Get | Method::Head, Place::Health) => Route::Health,
        (Method::Get | Method::Head, Place::Readiness) => Route::Readiness,
        (Method::Get | Method::Head, Place::Metrics) => Route::Metrics,
        (Method::Get | Method::Head, Place::Dashboard) => Route::Dashboard,
        (Method::Delete, Place::Topic(topic)) => Route::End(topic),
        (_, place) => return Err(NoRoute::Method(place.methods())),
    };
    Ok(Target::Other(route))
}

impl<'p> Place<'p> {
    fn of_admin(path: &str) -> Option<Place<'p>> {
        Some(match path {
            "/healthz" => Place::Health,
            "/readyz" => Place::Readiness,
            "/metrics" => Place::Metrics,
            dashboard::PATH => Place::Dashboard,
            _ => return Asset::of_dashboard(path).map(Place::Page),
        })
    }

    fn at(path: &'p str, config: &HttpConfig) -> Option<Place<'p>> {
        Some(match path {
            "/healthz" => Place::Health,
            "/readyz" => Place::Readiness,
            "/metrics" if config.metrics != MetricsAccess::Off => Place::Metrics,
            dashboard::PATH if config.metrics != MetricsAccess::Off => Place::Dashboard,
            "/sse" => Place::ChatStream,
            "/sse/message" => Place::ChatMessage,
            "/events" => Place::Events,
            mercure::PATH => Place::Mercure,
            mercure::METADATA_PATH => Place::MercureMetadata,
            _ => return Place::below(path, config),
        })
    }

    /// What is at a path that holds something of the client's own, or is a file.
    fn below(path: &'p str, config: &HttpConfig) -> Option<Place<'p>> {
        if let Some(topic) = path.strip_prefix("/events/") {
            return Some(Place::Topic(topic));
        }
        if let Some(topic) = path.strip_prefix("/presence/") {
            return Some(Place::Presence(topic));
        }
        if config.roster.is_some()
            && let Some(rest) = path.strip_prefix(OWN_TOPICS)
            && (rest.is_empty() || rest.starts_with('/'))
        {
            return Some(Place::MercureSubscriptions(rest));
        }
        Asset::at(path, config).map(Place::Page)
    }

    /// As the `Allow` field lists them.
    fn methods(self) -> &'static str {
        match self {
            Place::Page(_)
            | Place::ChatStream
            | Place::Presence(_)
            | Place::Health
            | Place::Readiness
            | Place::Metrics
            | Place::Dashboard
            | Place::MercureMetadata
            | Place::MercureSubscriptions(_) => "GET, HEAD, OPTIONS",
            Place::ChatMessage => "POST, OPTIONS",
            Place::Mercure => "GET, HEAD, POST, QUERY, OPTIONS",
            Place::Events => "GET, HEAD, POST, OPTIONS",
            Place::Topic(_) => "GET, HEAD, POST, DELETE, OPTIONS",
        }
    }
}
