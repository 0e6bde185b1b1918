//! Method and path become one of a closed set of routes. No logic here.

use super::head::Method;
use super::page::Asset;

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    /// A file of the page.
    Page(&'static Asset),
    /// The chat's stream of messages.
    ChatStream,
    /// A message to the chat.
    ChatMessage,
    /// Whether the server is well.
    Health,
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

const READ: &str = "GET, HEAD, OPTIONS";
const WRITE: &str = "POST, OPTIONS";

/// Finds what `method` on `path` asks for.
pub(super) fn find(method: Method, path: &str) -> Result<Route, NoRoute> {
    let (methods, route) = match path {
        "/sse" => (READ, Route::ChatStream),
        "/sse/message" => (WRITE, Route::ChatMessage),
        "/healthz" => (READ, Route::Health),
        _ => match Asset::at(path) {
            Some(asset) => (READ, Route::Page(asset)),
            None => return Err(NoRoute::NotFound),
        },
    };
    match method {
        Method::Options => Ok(Route::Options(methods)),
        Method::Get | Method::Head if methods == READ => Ok(route),
        Method::Post if methods == WRITE => Ok(route),
        _ => Err(NoRoute::Method(methods)),
    }
}

impl Route {
    /// Whether a request must say how long its body is.
    pub(super) fn wants_body(self) -> bool {
        matches!(self, Route::ChatMessage)
    }
}
