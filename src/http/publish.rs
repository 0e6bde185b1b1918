//! `POST /events/{topic}`: the body becomes an event, or its lines become several. `DELETE` ends a topic.

use serde::Serialize;

use super::access::{self, Effect};
use super::draft::{Labels, milliseconds};
use super::head::Head;
use super::query::Query;
use super::reply::Reply;
use super::{Site, ndjson, quota, topics};
use crate::auth::Grant;
use crate::event::Draft;
use crate::json;
use crate::store::Stored;
use crate::topic::Topic;

/// The type of a body with an event on each line.
const NDJSON: &str = "application/x-ndjson";

/// What a publisher is told of an event.
#[derive(Serialize)]
struct Receipt<'t> {
    id: String,
    topic: &'t str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    repeated: bool,
}

#[derive(Serialize)]
struct Receipts<'t> {
    events: Vec<Receipt<'t>>,
}

/// A publisher whose head was accepted.
pub(super) struct Publisher {
    grant: Grant,
    asked: Asked,
}

/// What the head says of the body.
enum Asked {
    /// It is the data of this event.
    Event(Draft),
    /// It has an event on each line; those that name no topic are on this one.
    Lines(Option<Topic>),
}

/// Accepts a publisher by the head: everything of one event but its data is there, and of several that the
/// publisher may publish at all.
pub(super) fn allow(site: &Site, head: &Head, part: Option<&str>) -> Result<Publisher, Reply> {
    let grant = access::grant(site, head, Effect::Changes, None)?;
    access::check_publish_any(site, &grant)?;
    let topic = part.map(topics::in_path).transpose()?;
    let has_lines = is_ndjson(head);
    if topic.is_none() && !has_lines {
        return Err(Reply::error(415, NO_TOPIC));
    }
    let labels = labels(head)?;
    let asked = match topic {
        _ if has_lines && !labels.is_empty() => return Err(Reply::error(400, LABELS_OF_LINES)),
        Some(topic) if !has_lines => {
            let event = labels.label(Draft::new(topic, ""));
            let event = event.map_err(|reason| Reply::error(400, reason))?;
            access::check_publish(site, &grant, event.topics())?;
            Asked::Event(event)
        }
        topic => Asked::Lines(topic),
    };
    match asked {
        Asked::Event(_) => quota::publish(site, head, &grant, 1)?,
        Asked::Lines(_) => quota::may_publish(site, head, &grant)?,
    }
    Ok(Publisher { grant, asked })
}

impl Publisher {
    /// Appends what the body says to the log; the answer says that it is stored.
    pub(super) async fn publish(
        self,
        site: &Site,
        head: &Head,
        body: &[u8],
    ) -> Result<Reply, Reply> {
        let Publisher { grant, asked } = self;
        let draft = match asked {
            Asked::Event(draft) => draft,
            Asked::Lines(topic) => return publish_lines(site, head, &grant, topic, body).await,
        };
        let data =
            str::from_utf8(body).map_err(|_| Reply::error(400, "the body is not UTF-8 text"))?;
        let topic = draft.topic().clone();
        let stored = site.hub.publish(draft.data(data)).await?;
        Ok(json(&Receipt::new(&topic, stored)))
    }
}

/// Ends a topic, as an event in the log. Whoever reads it by name comes to the end of its stream.
pub(super) async fn end(site: &Site, head: &Head, part: &str) -> Result<Reply, Reply> {
    let grant = access::grant(site, head, Effect::Changes, None)?;
    let topic = topics::in_path(part)?;
    Query::of(head)?.check_names(&[])?;
    access::check_publish(site, &grant, [&topic])?;
    quota::publish(site, head, &grant, 1)?;
    let stored = site.hub.publish(Draft::end(topic.clone())).await?;
    Ok(json(&Receipt::new(&topic, stored)))
}

async fn publish_lines(
    site: &Site,
    head: &Head,
    grant: &Grant,
    topic: Option<Topic>,
    body: &[u8],
) -> Result<Reply, Reply> {
    let may = |draft: &Draft| access::check_publish(site, grant, draft.topics());
    let drafts = ndjson::drafts(body, topic.as_ref(), may).await?;
    let (topics, drafts): (Vec<_>, Vec<_>) = drafts.into_iter().unzip();
    quota::publish(site, head, grant, drafts.len())?;
    let answers = site.hub.publish_all(drafts).await;
    let stored: Vec<_> = answers.iter().flatten().collect();
    if let Some(error) = answers.iter().find_map(|answer| answer.as_ref().err()) {
        let (stored, all) = (stored.len(), topics.len());
        let message = format!("{error}; {stored} of {all} events were stored");
        return Err(Reply::unpublished(error, message));
    }
    let receipts = topics.iter().zip(stored);
    let events = receipts.map(|(topic, stored)| Receipt::new(topic, *stored));
    Ok(json(&Receipts {
        events: events.collect(),
    }))
}

/// What the request says of its event in the query or in fields; both must say the same.
fn labels(head: &Head) -> Result<Labels, Reply> {
    let query = Query::of(head)?;
    query.check_names(&["type", "id", "retry", "private", "alternate"])?;
    let fields = &head.event;
    let retry = one(query.get("retry"), fields.retry.as_deref(), RETRY_TWICE)?;
    let retry_ms = retry
        .map(|digits| milliseconds(&digits))
        .transpose()
        .map_err(|reason| Reply::error(400, reason))?;
    Ok(Labels {
        kind: one(query.get("type"), fields.kind.as_deref(), TYPE_TWICE)?,
        id: one(query.get("id"), fields.id.as_deref(), ID_TWICE)?,
        retry_ms,
        private: match query.get("private") {
            None | Some("0") => false,
            Some("1") => true,
            Some(_) => return Err(Reply::error(400, "private is 1 or 0")),
        },
        alternates: query.all("alternate").map(str::to_owned).collect(),
    })
}

const LABELS_OF_LINES: &str = "each line has its own type, id, retry, private and alternates";
const NO_TOPIC: &str = "publish to /events/{topic}, or send lines of application/x-ndjson";
const TYPE_TWICE: &str = "the parameter type and the field Event-Type differ";
const ID_TWICE: &str = "the parameter id and the field Event-ID differ";
const RETRY_TWICE: &str = "the parameter retry and the field Event-Retry differ";

fn one(
    parameter: Option<&str>,
    field: Option<&str>,
    twice: &'static str,
) -> Result<Option<String>, Reply> {
    match (parameter, field) {
        (Some(parameter), Some(field)) if parameter != field => Err(Reply::error(400, twice)),
        _ => Ok(parameter.or(field).map(str::to_owned)),
    }
}

/// Whether each line of the body is an event (RFC 9110, section 8.3.1: types ignore case).
fn is_ndjson(head: &Head) -> bool {
    head.values("content-type").next().is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(NDJSON)
    })
}

impl Receipt<'_> {
    fn new(topic: &Topic, stored: Stored) -> Receipt<'_> {
        Receipt {
            id: stored.id.to_string(),
            topic: topic.as_str(),
            repeated: stored.repeated,
        }
    }
}

fn json(answer: &impl Serialize) -> Reply {
    Reply::json(200, json::encode(answer))
}
