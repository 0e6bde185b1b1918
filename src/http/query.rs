//! A request's parameters (WHATWG URL, section 5 "application/x-www-form-urlencoded").

use std::borrow::Cow;

use super::head::Head;
use super::reply::Reply;
use crate::store::Start;

/// Most fields of a form: more than a subscriber's topics or an update's. Each takes some fifty bytes, however short
/// it is.
const FORM_FIELDS: usize = 2_048;

/// Most parameters that a client is told of as unknown, and the longest part of a name, in bytes.
const UNKNOWN_NAMES: usize = 10;
const UNKNOWN_NAME_BYTES: usize = 64;

/// A body that the head says is a form.
pub(super) struct FormType(());

impl FormType {
    /// Refuses a body that is said to be of another type.
    pub(super) fn of(head: &Head) -> Result<FormType, Reply> {
        const FORM: &str = "application/x-www-form-urlencoded";
        let kind = head.request.header("content-type");
        let essence = kind.map(|kind| kind.last().as_str().split(';').next().unwrap_or_default());
        match essence.is_some_and(|kind| !kind.trim().eq_ignore_ascii_case(FORM)) {
            true => Err(Reply::error(415, format!("the body is {FORM} here"))),
            false => Ok(FormType(())),
        }
    }

    /// Reads the body.
    pub(super) fn read(self, body: &[u8]) -> Result<Query<'_>, Reply> {
        if percent_encoding::percent_decode(body)
            .decode_utf8()
            .is_err()
        {
            return Err(Reply::error(400, "a field of the form is not UTF-8"));
        }
        let fields = form_urlencoded::parse(body).take(FORM_FIELDS + 1);
        let fields: Vec<_> = fields.collect();
        match fields.len() > FORM_FIELDS {
            true => Err(Reply::error(413, "a form has at most 2048 fields")),
            false => Ok(Query(fields)),
        }
    }
}

/// How clients spell the id after which they want to begin. The first is added by a library when it reconnects, to
/// an address that may name an older event in another spelling.
pub(super) const CURSOR_NAMES: [&str; 4] = [
    "lastEventId",
    "last_event_id",
    "lastEventID",
    "Last-Event-ID",
];

/// The parameters of a request's target, or the fields of a form.
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

    /// Refuses parameters that mean nothing to a publisher: one whose `private` is misspelt would say it to everyone.
    pub(super) fn check_names(&self, known: &[&str]) -> Result<(), Reply> {
        let Some(name) = self.unknown(known).into_iter().next() else {
            return Ok(());
        };
        let known = match known {
            [] => "none is known".to_owned(),
            known => format!("known are {}", known.join(", ")),
        };
        Err(Reply::error(
            400,
            format!("the parameter {name} is not known here; {known}"),
        ))
    }

    /// The names of parameters that are not among these, percent-encoded, and cut if there are many or long ones.
    pub(super) fn unknown(&self, known: &[&str]) -> Vec<String> {
        let names = self.0.iter().map(|(name, _)| &**name);
        let unknown = names.filter(|name| !known.contains(name));
        let told = unknown.take(UNKNOWN_NAMES).map(|name| {
            let bytes = &name.as_bytes()[..name.len().min(UNKNOWN_NAME_BYTES)];
            form_urlencoded::byte_serialize(bytes).collect()
        });
        told.collect()
    }

    /// Names and values, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
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
        match self.cursor(head) {
            None | Some("") => Start::Now,
            Some("earliest") => Start::Earliest,
            Some(id) => Start::After(id.to_owned()),
        }
    }

    /// The id after which the client wants to begin, as it says it; one that is not empty counts before
    /// one that is.
    pub(super) fn cursor<'q>(&'q self, head: &'q Head) -> Option<&'q str> {
        let field = head.last_event_id.as_deref().filter(|id| !id.is_empty());
        field.or_else(|| self.own_cursor())
    }

    /// The same from the parameters alone.
    pub(super) fn own_cursor(&self) -> Option<&str> {
        let given = || CURSOR_NAMES.into_iter().filter_map(|name| self.get(name));
        given().find(|id| !id.is_empty()).or_else(|| given().next())
    }
}
