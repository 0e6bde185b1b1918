//! `GET` below `/.well-known/mercure/subscriptions`: who is subscribed (section "Subscription API").
//!
//! The number of parts in the path, and the first of them, say which draft is meant:
//!
//! | Path | Draft 07 | Draft 08 |
//! |---|---|---|
//! | nothing | all, unless `Accept` prefers `application/json` | all, if it does |
//! | `/{topic}` | those to a topic | |
//! | `/{topic}/{subscriber}` | one, but for topics that are called like a kind of matcher | |
//! | `/exact/{match}`, `/urlpattern/{match}` | | those of a matcher |
//! | `/exact/{match}/{subscriber}`, `/urlpattern/…` | | one |

use std::sync::Arc;

use futures_lite::future::yield_now;
use serde::Serialize;

use super::LINK;
use crate::http::access::{self, Effect};
use crate::http::head::Head;
use crate::http::query::Query;
use crate::http::reply::Reply;
use crate::http::{Site, accept, topics, validator};
use crate::json;
use crate::roster::{CONTEXT, Document, MATCH_TYPES, Roster, Shape, Subscriber, Told};
use crate::topic::Topic;

/// Most subscriptions in one answer; the protocol lets a hub leave out the others.
const LISTED: usize = 10_000;

/// Subscribers that are looked at before other tasks get a turn.
const SUBSCRIBERS_PER_TURN: usize = 64;

/// What stands for the newest event while there is none.
const EARLIEST: &str = "earliest";

/// What `Accept` is measured against, the first being for those who do not care: released clients.
const OFFERS: [(&str, Shape); 2] = [
    ("application/ld+json", Shape::Draft07),
    ("application/json", Shape::Draft08),
];

/// Which subscriptions are asked for, in the words of which draft.
struct Asked {
    shape: Shape,
    /// What is subscribed to, and by what kind of matcher if that matters.
    text: Option<String>,
    match_type: Option<&'static str>,
    /// The one subscriber.
    subscriber: Option<String>,
}

#[derive(Serialize)]
struct List<'l> {
    #[serde(rename = "@context", skip_serializing_if = "Option::is_none")]
    context: Option<&'static str>,
    id: &'l str,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(rename = "lastEventID", skip_serializing_if = "Option::is_none")]
    last_event_id: Option<&'l str>,
    /// There are more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    subscriptions: Vec<Document<'l>>,
}

/// Lists subscriptions for one who may read private events on a topic that is called like the path.
pub(in crate::http) async fn subscriptions(
    site: &Site,
    head: &Head,
    rest: &str,
) -> Result<Reply, Reply> {
    let Some(roster) = &site.config.roster else {
        return Err(not_found());
    };
    let asked = Asked::of(head, rest)?;
    let path = head.request.url().path();
    authorize(site, head, &asked, path)?;
    // Read in this order: nothing that happens meanwhile is in neither.
    let last = last_event_id(site);
    let tag = tag(roster, &last, asked.shape);
    let is_fresh = validator::is_fresh(head, &tag);
    let subscribers = roster.snapshot();
    let json = match &asked.subscriber {
        Some(id) => {
            let one = asked.one(id, &subscribers, &last);
            one.ok_or_else(not_found)?
        }
        None if is_fresh => String::new(),
        None => asked.list(&subscribers, path, &last).await,
    };
    let reply = match is_fresh {
        true => Reply::new(304),
        false => Reply {
            body: json.into_bytes().into(),
            ..Reply::new(200).field("content-type", asked.content_type())
        },
    };
    Ok(reply
        .field("etag", tag)
        .field("link", asked.link(&last))
        // Whoever has a copy asks whether it is still good.
        .field("cache-control", "private, no-cache")
        .field("vary", "Accept"))
}

/// The topic to authorise is the path as it is asked for, without its query.
fn authorize(site: &Site, head: &Head, asked: &Asked, path: &str) -> Result<(), Reply> {
    let query = Query::of(head)?;
    let token = match asked.shape {
        Shape::Draft07 => query.get("authorization"),
        Shape::Draft08 => None,
    };
    let grant = access::grant(site, head, Effect::Reads, token)?;
    let topic = Topic::parse(path).map_err(|error| Reply::error(400, error.to_string()))?;
    access::check_read_private(&grant, &topic)
}

/// The position of the newest event: whoever goes on after it misses nothing.
fn last_event_id(site: &Site) -> String {
    let log = site.hub.log();
    let tail = log.tail();
    match tail == log.kept_after() {
        true => EARLIEST.to_owned(),
        false => tail.to_string(),
    }
}

/// Another one after each event and each change of the roster, and in each shape.
fn tag(roster: &Roster, last: &str, shape: Shape) -> String {
    let version = roster.version();
    match shape {
        Shape::Draft07 => format!("\"{last}.{version:x}.ld\""),
        Shape::Draft08 => format!("\"{last}.{version:x}\""),
    }
}

fn not_found() -> Reply {
    Reply::error(404, "there is no such subscription")
}

impl Asked {
    fn of(head: &Head, rest: &str) -> Result<Asked, Reply> {
        let parts = rest.split('/').skip(1).map(topics::decode);
        let parts: Vec<String> = parts.collect::<Result<_, _>>()?;
        if parts.iter().any(String::is_empty) {
            return Err(not_found());
        }
        let match_type = |name: &String| MATCH_TYPES.into_iter().find(|it| it == name);
        let asked = |match_type, text: &String, subscriber: Option<&String>| Asked {
            shape: match match_type {
                None => Shape::Draft07,
                Some(_) => Shape::Draft08,
            },
            text: Some(text.clone()),
            match_type,
            subscriber: subscriber.cloned(),
        };
        Ok(match parts.as_slice() {
            [] => Asked {
                shape: shape(head)?,
                text: None,
                match_type: None,
                subscriber: None,
            },
            [topic] => asked(None, topic, None),
            [first, second] => match match_type(first) {
                None => asked(None, first, Some(second)),
                kind => asked(kind, second, None),
            },
            [first, text, subscriber] => match match_type(first) {
                None => return Err(not_found()),
                kind => asked(kind, text, Some(subscriber)),
            },
            _ => return Err(not_found()),
        })
    }

    fn is_for(&self, told: &Told<'_>) -> bool {
        self.text.as_ref().is_none_or(|text| text == told.text())
            && self.match_type.is_none_or(|kind| kind == told.match_type())
    }

    /// The one subscription that is asked for, as JSON.
    fn one(&self, id: &str, subscribers: &[Arc<Subscriber>], last: &str) -> Option<String> {
        let subscriber = subscribers.iter().find(|it| it.is(id))?;
        let told = subscriber.told(self.shape).find(|it| self.is_for(it))?;
        let mut document = told.document(true, false);
        if self.shape == Shape::Draft07 {
            document.last_event_id = Some(last.to_owned());
        }
        // Strings and JSON cannot fail to serialize.
        Some(json::encode(&document))
    }

    /// All that are asked for, as JSON.
    async fn list(&self, subscribers: &[Arc<Subscriber>], path: &str, last: &str) -> String {
        let mut documents = Vec::new();
        for (number, subscriber) in subscribers.iter().enumerate() {
            if documents.len() > LISTED {
                break;
            }
            let wanted = subscriber.told(self.shape).filter(|it| self.is_for(it));
            documents.extend(wanted.map(|it| it.document(true, true)));
            if number % SUBSCRIBERS_PER_TURN == SUBSCRIBERS_PER_TURN - 1 {
                yield_now().await;
            }
        }
        let truncated = documents.len() > LISTED;
        documents.truncate(LISTED);
        let old = self.shape == Shape::Draft07;
        let list = List {
            context: old.then_some(CONTEXT),
            id: path,
            kind: if old {
                "Subscriptions"
            } else {
                "subscriptions"
            },
            last_event_id: old.then_some(last),
            truncated,
            subscriptions: documents,
        };
        json::encode(&list)
    }

    fn content_type(&self) -> &'static str {
        match self.shape {
            Shape::Draft07 => "application/ld+json",
            Shape::Draft08 => "application/json",
        }
    }

    /// Where the hub is, and in draft 08 also after which event and for which ones to ask it (section "Hub
    /// Discovery").
    fn link(&self, last: &str) -> String {
        match self.shape {
            Shape::Draft07 => LINK.to_owned(),
            Shape::Draft08 => format!(
                "{LINK}; last-event-id=\"{last}\"; type=\"mercure\"; content-type=\"application/json\""
            ),
        }
    }
}

/// All subscriptions are at the same place in both drafts.
fn shape(head: &Head) -> Result<Shape, Reply> {
    accept::best(&head.all("accept"), &OFFERS).ok_or_else(|| {
        const KINDS: &str = "there are application/ld+json and application/json";
        Reply::error(406, KINDS).field("vary", "Accept")
    })
}
