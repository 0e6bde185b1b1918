//! A request's parameters (WHATWG URL, section 5 "application/x-www-form-urlencoded").

use std::borrow::Cow;

use super::head::Head;
use super::reply::Reply;
use crate::store::Start;

/// The parameters of a request's target.
pub(super) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Reads them; escapes that are not UTF-8 are refused.
    pub(super) fn of(head: &'a Head) -> Result<Query<'a>, Reply> {
        let url = head.request.url();
        let raw = percent_encoding::percent_decode_str(url.query().unwrap_or_default());
        if raw.decode_utf8().is_err() {
            return Err(Reply::error(400, "a parameter is not UTF-8"));
        }
        Ok(Query(url.query_pairs().collect()))
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = move |(key, _): &&(Cow<str>, Cow<str>)| key == name;
        self.0.iter().filter(named).map(|(_, value)| &**value)
    }

    /// Where the client wants to begin: the header, which a browser sends when it reconnects, or
    /// a parameter, in any of the spellings that clients use.
    pub(super) fn start(&self, head: &Head) -> Start {
        const SPELLINGS: [&str; 4] = [
            "last_event_id",
            "lastEventID",
            "lastEventId",
            "Last-Event-ID",
        ];
        let id = head
            .last_event_id
            .as_deref()
            .into_iter()
            .chain(SPELLINGS.into_iter().filter_map(|name| self.get(name)))
            .find(|id| !id.is_empty());
        match id {
            None => Start::Now,
            Some("earliest") => Start::Earliest,
            Some(id) => Start::After(id.to_owned()),
        }
    }
}
