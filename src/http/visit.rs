//! The access log: a line for each request, and one for each stream at its end.
//!
//! Nothing here is made unless the log is wanted. What a line says goes to the `log` crate as keys and values.

use std::time::Duration;

use log::kv::Value;
use log::{Level, Record};

use super::answer::Asker;
use super::head::{Head, Method};
use super::stream::End;
use super::{Site, client};
use crate::hub::Hub;
use crate::limits::Peer;
use crate::metrics::Sent;

/// Under which name the lines come.
const TARGET: &str = "ssehub::access";

/// Parameters whose values are shown. Of any other not even the name is: it may be a secret in the wrong place.
const SHOWN: [&str; 18] = [
    "alternate",
    "format",
    "id",
    "last_event_id",
    "lastEventID",
    "lastEventId",
    "Last-Event-ID",
    "latest",
    "match",
    "match_exact",
    "match_urlpattern",
    "presence",
    "private",
    "retry",
    "topic",
    "topic[]",
    "type",
    "wait",
];

/// Longest subject in a line, in bytes; a key's name is mostly shorter.
const SUBJECT_BYTES: usize = 128;

/// What stands for a parameter that is not shown.
const MASK: &str = "***";

/// One request, as the access log tells of it.
#[derive(Debug)]
pub(super) struct Visit {
    hub: Hub,
    /// When it began, on the clock.
    began: Duration,
    method: &'static str,
    target: String,
    client: Peer,
    /// Whose credential it is.
    subject: Option<Box<str>>,
    trace: Option<Trace>,
    /// Of a poll or a stream, what it was sent.
    pub(super) sent: Sent,
    /// How its stream has ended, if nobody says it.
    pub(super) end: End,
}

/// A caller's trace (W3C Trace Context, section 3.2).
#[derive(Debug)]
struct Trace(Box<str>);

impl Visit {
    /// A request whose first bytes have come, if anyone wants to know.
    pub(super) fn begin(site: &Site) -> Option<Box<Visit>> {
        site.config.access_log.then(|| {
            Box::new(Visit {
                began: site.hub.clock().now(),
                hub: site.hub.clone(),
                method: "?",
                target: "?".to_owned(),
                client: Peer::Unknown,
                subject: None,
                trace: None,
                sent: Sent::default(),
                end: End::Gone,
            })
        })
    }

    /// Notes what is asked.
    pub(super) fn asks(&mut self, site: &Site, head: &Head) {
        let url = head.request.url();
        self.method = name(head.method);
        self.target = masked(url.path(), url.query());
        self.client = client::of(site.limits(), head);
        self.trace = Trace::of(head);
    }

    /// Notes whose credential it has, once that is known.
    pub(super) fn is_by(&mut self, head: &Head) {
        self.subject = subject(head).map(Into::into);
    }

    /// Tells of an answer. `complaint` is what was wrong with the request, `taken` whether the client has taken
    /// all of the answer.
    pub(super) fn answered(&self, status: u16, bytes: usize, complaint: Option<&str>, taken: bool) {
        let mut fields = self.fields();
        fields.push(("status", Value::from(status)));
        fields.push(("bytes", Value::from(bytes)));
        if self.sent.events > 0 {
            fields.push(("events", Value::from(self.sent.events)));
        }
        let reason = complaint.or((!taken).then_some("the client has gone"));
        fields.extend(reason.map(|reason| ("reason", Value::from(reason))));
        write("request", fields);
    }

    /// Tells of a stream that is over.
    pub(super) fn ended(&self) {
        let reason = match self.end {
            End::Over if self.hub.is_closed() => "stop",
            End::Over => "end",
            End::Time => "time",
            End::Gap => "gap",
            End::Stalled => "stalled",
            End::Gone => "gone",
        };
        let mut fields = self.fields();
        fields.push(("bytes", Value::from(self.sent.bytes)));
        fields.push(("events", Value::from(self.sent.events)));
        fields.push(("reason", Value::from(reason)));
        write("stream ended", fields);
    }

    fn fields(&self) -> Vec<(&'static str, Value<'_>)> {
        let took = self.hub.clock().now().saturating_sub(self.began);
        let mut fields = vec![
            ("method", Value::from(self.method)),
            ("path", Value::from(self.target.as_str())),
            ("seconds", Value::from(took.as_secs_f64())),
        ];
        fields.extend(who(&self.client, self.subject.as_deref()));
        if let Some(trace) = &self.trace {
            fields.push(("trace_id", Value::from(trace.id())));
            fields.push(("span_id", Value::from(trace.span())));
        }
        fields
    }
}

/// Tells of a refusal where no access log tells of it. The record has a place in the source, by which lines are
/// rationed.
pub(super) fn refused(site: &Site, asker: Asker<'_>, status: u16, complaint: &str) {
    if log::max_level() < Level::Info {
        return;
    }
    let Asker { path, head, .. } = asker;
    let client = head.map_or(Peer::Unknown, |head| client::of(site.limits(), head));
    let fields: Vec<_> = who(&client, head.and_then(subject)).collect();
    log::logger().log(
        &Record::builder()
            .level(Level::Info)
            .target(module_path!())
            .module_path_static(Some(module_path!()))
            .line(Some(line!()))
            .args(format_args!("{status} {path}: {complaint}"))
            .key_values(&fields)
            .build(),
    );
}

/// The client, and whose credential it has shown.
fn who<'v>(
    client: &'v Peer,
    subject: Option<&'v str>,
) -> impl Iterator<Item = (&'static str, Value<'v>)> {
    let client = match client {
        Peer::Ip(address) => Some(Value::from_dyn_display(address)),
        Peer::Unix => Some(Value::from("unix")),
        Peer::Unknown => None,
    };
    let client = client.map(|client| ("client", client));
    let subject = subject.map(|subject| ("subject", Value::from(subject)));
    client.into_iter().chain(subject)
}

/// Whose credential a request has, as far as a line has room for it. A token's issuer chooses it.
fn subject(head: &Head) -> Option<&str> {
    let subject = head.subject()?;
    let most = subject.len().min(SUBJECT_BYTES);
    let end = (0..=most)
        .rev()
        .find(|end| subject.is_char_boundary(*end))?;
    Some(&subject[..end])
}

fn write(what: &str, fields: Vec<(&str, Value<'_>)>) {
    if log::max_level() < Level::Info {
        return;
    }
    log::logger().log(
        &Record::builder()
            .level(Level::Info)
            .target(TARGET)
            .args(format_args!("{what}"))
            .key_values(&fields)
            .build(),
    );
}

/// The target, with the values of those parameters alone that hold no secret.
fn masked(path: &str, query: Option<&str>) -> String {
    let mut target = path.to_owned();
    for (place, pair) in query.into_iter().flat_map(|it| it.split('&')).enumerate() {
        let name = pair.split_once('=').map(|(name, _)| name);
        target.push(if place == 0 { '?' } else { '&' });
        target += match name {
            Some(name) if SHOWN.contains(&name) => pair,
            _ => MASK,
        };
    }
    target
}

fn name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Patch => "PATCH",
        Method::Options => "OPTIONS",
        Method::Query => "QUERY",
    }
}

impl Trace {
    const ID: std::ops::Range<usize> = 3..35;
    const SPAN: std::ops::Range<usize> = 36..52;

    /// What the field `traceparent` says, if it is there once and is right.
    fn of(head: &Head) -> Option<Trace> {
        let mut fields = head.values("traceparent");
        match (fields.next(), fields.next()) {
            (Some(text), None) => Trace::parse(text),
            _ => None,
        }
    }

    /// `00-`, 32 digits, `-`, 16 digits, `-`, two digits; a later version may say more behind them.
    fn parse(text: &str) -> Option<Trace> {
        const LENGTH: usize = 55;
        let is_dash = |at: &usize| matches!(at, 2 | 35 | 52);
        let known = text.get(..LENGTH)?;
        let is_shaped = known.bytes().enumerate().all(|(at, byte)| {
            byte == b'-' && is_dash(&at)
                || !is_dash(&at) && matches!(byte, b'0'..=b'9' | b'a'..=b'f')
        });
        let rest = &text[LENGTH..];
        let is_version = match &known[..2] {
            "ff" => false,
            "00" => rest.is_empty(),
            _ => rest.is_empty() || rest.starts_with('-'),
        };
        let is_set = |part: &str| part.bytes().any(|byte| byte != b'0');
        (is_shaped && is_version && is_set(&known[Trace::ID]) && is_set(&known[Trace::SPAN]))
            .then(|| Trace(known.into()))
    }

    fn id(&self) -> &str {
        &self.0[Trace::ID]
    }

    fn span(&self) -> &str {
        &self.0[Trace::SPAN]
    }
}
