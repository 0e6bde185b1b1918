//! The fields that speak to the server itself: `Connection`, `Expect`, and those that are UTF-8 text.

use super::{Framing, Refusal, Version};
use httparse::Header;

/// The values of all fields with this name.
pub(super) fn all<'h, 'b>(
    fields: &'h [Header<'b>],
    name: &'h str,
) -> impl Iterator<Item = &'b [u8]> + 'h {
    fields
        .iter()
        .filter(move |field| field.name.eq_ignore_ascii_case(name))
        .map(|field| field.value)
}

/// The value of the only field with this name; one that may come once must not come twice.
pub(super) fn only<'b>(fields: &[Header<'b>], name: &str) -> Result<Option<&'b [u8]>, Refusal> {
    let mut values = all(fields, name);
    let first = values.next();
    if values.next().is_some() {
        return Err(Refusal::bad_request(
            "a field that may come once comes twice",
        ));
    }
    Ok(first)
}

/// Whether the connection goes on after the response (RFC 9112 §9.3).
pub(super) fn keep_alive(fields: &[Header], version: Version) -> bool {
    let says = |option: &str| {
        all(fields, "connection")
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(option.as_bytes()))
    };
    !says("close") && (version == Version::Http11 || says("keep-alive"))
}

/// Whether the client may wait for `100 Continue` (RFC 9110 §10.1.1).
pub(super) fn expects_continue(
    fields: &[Header],
    version: Version,
    framing: Framing,
) -> Result<bool, Refusal> {
    let mut expects = false;
    for value in all(fields, "expect") {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal::new(
                417,
                "this server knows only Expect: 100-continue",
            ));
        }
        expects = true;
    }
    // The same section: in HTTP/1.0 it must be ignored, and without a body there is no reason.
    Ok(expects && version == Version::Http11 && framing.has_body())
}

/// Fields that proxies, load balancers and content networks add to what they pass on, beside those that begin with
/// `X-Forwarded-`.
const FORWARDING_FIELDS: [&str; 15] = [
    "cdn-loop",
    "cf-connecting-ip",
    "cf-ray",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-envoy-external-address",
    "x-forwarded",
    "x-original-forwarded-for",
    "x-original-host",
    "x-real-ip",
];

/// Whether a proxy has passed the request on, as far as its fields tell.
pub(super) fn is_forwarded(fields: &[Header]) -> bool {
    fields.iter().any(|field| {
        // Few other fields begin like any of them.
        let begin = field.name.as_bytes().first_chunk::<2>();
        let begin = begin.map(|begin| begin.map(|byte| byte.to_ascii_lowercase()));
        let may_forward = begin.is_some_and(|begin| {
            matches!(
                &begin,
                b"cd" | b"cf" | b"cl" | b"fa" | b"fo" | b"tr" | b"vi" | b"x-"
            )
        });
        may_forward && forwards(field.name)
    })
}

fn forwards(name: &str) -> bool {
    const COMMON: &str = "x-forwarded-";
    let start = name.get(..COMMON.len()).unwrap_or_default();
    start.eq_ignore_ascii_case(COMMON)
        || FORWARDING_FIELDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

/// What a publisher says of an event beside its data; any of it may stand in the query instead.
#[derive(Debug, Default)]
pub struct EventFields {
    /// `Event-ID`: the publisher's own id.
    pub id: Option<String>,
    /// `Event-Type`: the type.
    pub kind: Option<String>,
    /// `Event-Retry`: milliseconds until a client reconnects.
    pub retry: Option<String>,
}

/// Reads `Event-ID`, `Event-Type` and `Event-Retry`.
pub(super) fn event(fields: &[Header]) -> Result<EventFields, Refusal> {
    const NO_TEXT: Refusal =
        Refusal::bad_request("Event-ID, Event-Type or Event-Retry is not UTF-8");
    Ok(EventFields {
        id: text(fields, "event-id", NO_TEXT)?,
        kind: text(fields, "event-type", NO_TEXT)?,
        retry: text(fields, "event-retry", NO_TEXT)?,
    })
}

/// The id that the client has seen last. An `EventSource` sends it in UTF-8 (WHATWG HTML §9.2.2). What is built on
/// `fetch` sends one byte for each character (WHATWG Fetch §5.1), which is ISO 8859-1, and hardly ever UTF-8, too.
pub(super) fn last_event_id(fields: &[Header]) -> Result<Option<String>, Refusal> {
    let id = only(fields, "last-event-id")?.map(|id| match str::from_utf8(id) {
        Ok(id) => id.to_owned(),
        Err(_) => id.iter().copied().map(char::from).collect(),
    });
    Ok(id)
}

/// The value of the only field with this name, which is UTF-8, unlike those of other fields.
fn text(fields: &[Header], name: &str, no_text: Refusal) -> Result<Option<String>, Refusal> {
    let Some(value) = only(fields, name)? else {
        return Ok(None);
    };
    String::from_utf8(value.to_vec())
        .map(Some)
        .map_err(|_| no_text)
}
