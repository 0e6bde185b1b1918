//! Where a stream of the Mercure protocol begins, and what its head says of that.
//!
//! A client that asks for what came after an id gets it all, and the id back; or it is told `earliest`, gets
//! all that there is, and knows that some before it may be missing.

use crate::event::EventId;
use crate::http::Site;
use crate::http::reply::Reply;
use crate::store::{Budget, Start};
use crate::topic::Interest;

/// What stands for the beginning of what is kept.
const EARLIEST: &str = "earliest";

/// Enough to be told what topics have lost.
const A_LOOK: Budget = Budget {
    events: 1,
    bytes: 1,
};

/// Where a stream begins.
#[derive(Debug)]
pub(in crate::http) struct Resumed {
    pub(super) start: Start,
    /// The id before the first event that is sent, if the client has asked for one.
    after: Option<String>,
}

impl Resumed {
    /// Says in a head, in both versions' words, where the stream begins.
    pub(in crate::http) fn tell(&self, reply: Reply) -> Reply {
        match &self.after {
            None => reply,
            Some(after) => reply
                .field("last-event-id", after.clone())
                .field("mercure-last-event-id", after.clone()),
        }
    }
}

/// Finds where a client's cursor stands; an empty one asks for nothing but an answer.
pub(super) async fn resume(site: &Site, interest: &Interest, cursor: Option<&str>) -> Resumed {
    let (start, after) = match cursor {
        None => (Start::Now, None),
        Some("") => (Start::Now, Some(EARLIEST)),
        Some(EARLIEST) => (Start::Earliest, Some(EARLIEST)),
        Some(id) => match position(site, interest, id).await {
            Some(position) => (Start::After(position.to_string()), Some(id)),
            None => (Start::Earliest, Some(EARLIEST)),
        },
    };
    Resumed {
        start,
        after: after.map(str::to_owned),
    }
}

/// Where an id stands, if everything asked for after it is still there.
///
/// Ids are those of the whole hub here: the protocol hands out the newest one to those who have read nothing yet.
/// Of equal ones the earliest counts (draft 08, section "Reconciliation").
async fn position(site: &Site, interest: &Interest, id: &str) -> Option<EventId> {
    let log = site.hub.log();
    let start = Start::After(id.to_owned());
    let position = log.locate(&start, &Interest::everything()).await.ok()?;
    let page = log.read(position, interest, A_LOOK).await.ok()?;
    (page.lost.max(log.newest_loss()) <= position).then_some(position)
}
