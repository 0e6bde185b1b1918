//! The chat: `GET /sse?user=NAME` listens, `POST /sse/message` speaks.

use serde::Deserialize;

use super::access::{self, Effect};
use super::head::Head;
use super::query::Query;
use super::reply::Reply;
use super::subscribe::{self, Wanted};
use super::{Site, quota, topics, user};
use crate::event::Draft;
use crate::topic::{Interest, Topic};

/// Longest message, in bytes of UTF-8.
const MESSAGE_BYTES: usize = 64 << 10;

/// The topic of a chat that names none.
const DEFAULT_TOPIC: &str = "chat";

/// What a request without a user name is told; the first words are the contract's.
const NO_USER: &str = "The parameters have no names: add ?user=NAME";
const NO_SPEAKER: &str = r#"The parameters have no names: "user" in the body is empty"#;

#[derive(Deserialize)]
struct Message {
    message: String,
    user: String,
}

/// Checks who wants to listen to what.
pub(super) fn connect(site: &Site, head: &Head) -> Result<Wanted, Reply> {
    let query = Query::of(head)?;
    user(query.get("user").unwrap_or_default(), NO_USER)?;
    let interest = match query.get("topic") {
        None => Interest::topic(topic(&query)?),
        Some(_) => topics::interest(None, &query)?,
    };
    subscribe::wanted(site, head, &query, interest)
}

/// A speaker whose head was accepted.
pub(super) struct Speaker {
    /// The message, but for what it says and who says it.
    draft: Draft,
}

/// Accepts a message by its head: credential, topic, id and rate.
pub(super) fn allow(site: &Site, head: &Head) -> Result<Speaker, Reply> {
    let grant = access::grant(site, head, Effect::Changes, None)?;
    access::check_publish_any(site, &grant)?;
    let query = Query::of(head)?;
    query.check_names(&["topic", "id"])?;
    let mut draft = Draft::new(topic(&query)?, "");
    if let Some(id) = query.get("id") {
        draft = draft
            .own_id(id)
            .map_err(|error| Reply::error(400, error.to_string()))?;
    }
    access::check_publish(site, &grant, draft.topics())?;
    quota::publish(site, head, &grant, 1)?;
    Ok(Speaker { draft })
}

impl Speaker {
    /// Appends a message to the log; the answer says that it is stored.
    pub(super) async fn say(self, site: &Site, body: &[u8]) -> Result<Reply, Reply> {
        let said = parse(body)?;
        let user = user(&said.user, NO_SPEAKER)?;
        if said.message.len() > MESSAGE_BYTES {
            return Err(Reply::error(413, "a message has at most 64 KiB"));
        }
        site.hub
            .publish(self.draft.data(said.message).user(user))
            .await?;
        Ok(Reply::json(200, r#"{"succeeded":true,"message":"OK"}"#))
    }
}

/// Reads a message. The complaint tells where it goes wrong, and repeats nothing of it.
fn parse(body: &[u8]) -> Result<Message, Reply> {
    const WANTED: &str = r#"the body is not JSON like {"message":"hello","user":"ann"}"#;
    // Serde would take an array of two strings as well.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Reply::error(400, WANTED));
    }
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Reply::error(400, format!("{WANTED} (line {line}, column {column})"))
    })
}

fn topic(query: &Query<'_>) -> Result<Topic, Reply> {
    topics::named(query.get("topic").unwrap_or(DEFAULT_TOPIC))
        .map_err(|reason| Reply::error(400, reason))
}

fn user<'n>(name: &'n str, none: &'static str) -> Result<&'n str, Reply> {
    if name.trim().is_empty() {
        return Err(Reply::error(400, none));
    }
    user::check(name).map_err(|reason| Reply::error(400, reason))
}
