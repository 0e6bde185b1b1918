//! What is answered to one who is not let in, whatever they would have asked.
//!
//! Nothing has been read of them, so nobody knows of which origin a page might be that asks. Only where pages
//! of every origin may call are they told so, and can tell their users what is wrong.

use super::Site;
use super::head::Method;
use super::reply::Reply;

/// Why somebody is not let in.
///
/// ```
/// use ssehub::http::{HttpConfig, Site, TurnedAway};
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, _pump) = Hub::new(log, HubConfig::default());
/// let answer = Site::new(hub, HttpConfig::default()).turn_away(TurnedAway::Full);
/// assert!(answer.starts_with(b"HTTP/1.1 503 "));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TurnedAway {
    /// The server has as many connections as it may have.
    Full,
    /// Their address has as many as it may have.
    Crowded,
    /// They speak HTTP without TLS where that is not spoken.
    Plain,
}

impl Site {
    /// The bytes of the whole answer.
    pub fn turn_away(&self, why: TurnedAway) -> Vec<u8> {
        let soon = |status, sentence| Reply::error(status, sentence).field("retry-after", "5");
        let reply = match why {
            TurnedAway::Full => soon(503, "the server has no place left now"),
            TurnedAway::Crowded => soon(429, "your address has too many connections"),
            TurnedAway::Plain => Reply::error(400, "this port speaks HTTPS: use https://"),
        };
        let reply = reply.field("connection", "close");
        self.cors.allow(None, reply).encode(Method::Get)
    }
}
