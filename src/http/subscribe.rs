//! `GET /events/{topic}`: who asks for which topics, and in which representation. The chat's `GET /sse`
//! differs only in which topics it means.

use std::time::Duration;

use super::access::{self, Effect};
use super::head::{Head, Method};
use super::poll::Question;
use super::query::{CURSOR_NAMES, Query};
use super::reply::Reply;
use super::stream::Opening;
use super::{Site, accept, presence, quota, topics};
use crate::event::Format;
use crate::hub::Reading;
use crate::topic::Interest;

/// The parameters of a subscriber; the last four are spellings of the id after which it wants to begin.
const PARAMETERS: [&str; 10] = {
    let [first, second, third, fourth] = CURSOR_NAMES;
    [
        "topic", "format", "latest", "presence", "user", "wait", first, second, third, fourth,
    ]
};

/// How long a poll waits that does not say it, in seconds: shorter than proxies wait.
const WAIT_SECONDS: u64 = 25;

/// How long a poll may wait.
const MAX_WAIT_SECONDS: u64 = 60;

/// What a subscriber asks for.
pub(super) enum Wanted {
    /// Events, for as long as there are any.
    Stream(Opening),
    /// The next events, when there are any.
    Poll(Question),
}

/// How a subscriber gets its events.
#[derive(Clone, Copy)]
enum Representation {
    Stream(Format),
    Poll,
}

use Representation::{Poll, Stream};

/// What `Accept` is measured against, the first being for those who do not care.
const OFFERS: [(&str, Representation); 3] = [
    ("text/event-stream", Stream(Format::Text)),
    ("application/x-ndjson", Stream(Format::Lines)),
    ("application/json", Poll),
];

/// Checks who asks for the topics in the path and in the query.
pub(super) fn subscribe(site: &Site, head: &Head, part: Option<&str>) -> Result<Wanted, Reply> {
    let query = Query::of(head)?;
    let interest = topics::interest(part, &query)?;
    wanted(site, head, &query, interest)
}

/// Checks how whoever asks for some topics wants to have their events.
pub(super) fn wanted(
    site: &Site,
    head: &Head,
    query: &Query<'_>,
    interest: Interest,
) -> Result<Wanted, Reply> {
    let user = presence::asker(query)?;
    // Who reads by a name is told to others.
    let effect = match user {
        Some(_) => Effect::Changes,
        None => Effect::Reads,
    };
    let grant = access::grant(site, head, effect, None)?;
    access::check_read(&grant, &interest)?;
    let interest = access::with_private(&grant, interest);
    let until = access::end(site, &grant);
    let start = query.start(head);
    let reading = reading(query)?;
    let presence = presence::is_wanted(query, &interest)?;
    // Nobody is there for the sake of a head.
    let user = user.filter(|_| head.method != Method::Head);
    let wait = wait(query)?;
    let representation = representation(head, query)?;
    let unknown = query.unknown(&PARAMETERS);
    quota::join(site, head, user.as_deref(), &interest)?;
    Ok(match representation {
        Stream(format) => Wanted::Stream(Opening {
            interest,
            start,
            reading,
            format,
            user,
            presence,
            until,
            unknown,
            mercure: None,
            newcomer: None,
            places: quota::subscribe(site, head, &grant)?,
        }),
        Poll => Wanted::Poll(Question {
            interest,
            start,
            reading,
            user,
            presence,
            until,
            unknown,
            wait: match head.method {
                Method::Head => Duration::ZERO,
                _ => wait,
            },
            places: quota::subscribe(site, head, &grant)?,
        }),
    })
}

/// The parameter decides, because not every client can say what it accepts.
fn representation(head: &Head, query: &Query<'_>) -> Result<Representation, Reply> {
    match query.get("format") {
        Some("text") => Ok(Stream(Format::Text)),
        Some("json") => Ok(Stream(Format::Json)),
        Some("ndjson") => Ok(Stream(Format::Lines)),
        Some("poll") => Ok(Poll),
        Some(_) => Err(Reply::error(400, "format is text, json, ndjson or poll")),
        None => accept::best(&head.all("accept"), &OFFERS).ok_or_else(|| {
            const KINDS: &str =
                "there are text/event-stream, application/x-ndjson and application/json";
            Reply::error(406, KINDS).field("vary", "Accept")
        }),
    }
}

fn reading(query: &Query<'_>) -> Result<Reading, Reply> {
    match query.get("latest") {
        None | Some("0") => Ok(Reading { latest: false }),
        Some("1") => Ok(Reading { latest: true }),
        Some(_) => Err(Reply::error(400, "latest is 1 or 0")),
    }
}

fn wait(query: &Query<'_>) -> Result<Duration, Reply> {
    let Some(text) = query.get("wait") else {
        return Ok(Duration::from_secs(WAIT_SECONDS));
    };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if is_number && seconds <= MAX_WAIT_SECONDS => Ok(Duration::from_secs(seconds)),
        _ => Err(Reply::error(400, "wait is a number of seconds up to 60")),
    }
}
