//! What a topic, an id or a type may be in the Mercure protocol, beside what the hub asks for anyway.

use http_types::Url;
use percent_encoding::percent_decode_str;

use super::PATH;
use crate::http::reply::Reply;
use crate::topic::{Topic, TopicError};

/// The topic of an update.
pub(super) fn topic(name: &str) -> Result<Topic, Reply> {
    if name == "*" {
        return Err(Reply::error(
            400,
            "* stands for every topic and is none itself",
        ));
    }
    check("a topic", name)?;
    let topic = Topic::parse(name).map_err(|error| match error {
        TopicError::TooLong => Reply::error(413, error.to_string()),
        TopicError::Empty | TopicError::Control => Reply::error(400, error.to_string()),
    })?;
    match is_reserved(name) {
        true => Err(Reply::error(400, "topics of the hub itself are reserved")),
        false => Ok(topic),
    }
}

/// Refuses control and format characters, which could make one text look like another.
pub(super) fn check(what: &str, text: &str) -> Result<(), Reply> {
    match text.chars().any(|it| it.is_control() || is_format(it)) {
        true => Err(Reply::error(
            400,
            format!("{what} must not hold control or format characters"),
        )),
        false => Ok(()),
    }
}

/// Whether a topic, seen from the hub, lies at the hub's own path: those tell of subscriptions.
///
/// `https:/a` is a path if the hub is at `https`, and a host if not (WHATWG URL, section 4.4): so the hub is
/// taken to be at both.
fn is_reserved(name: &str) -> bool {
    const HUBS: [&str; 2] = [
        "http://h/.well-known/mercure",
        "https://h/.well-known/mercure",
    ];
    HUBS.iter().any(|hub| {
        let url = Url::parse(hub).and_then(|hub| hub.join(name));
        url.is_ok_and(|url| is_of_hub(url.path()))
    })
}

/// Whether a path is that of the hub or below it, decoded.
fn is_of_hub(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    path.strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The general category Cf of Unicode 16.
fn is_format(character: char) -> bool {
    matches!(
        character as u32,
        0xAD | 0x600..=0x605
            | 0x61C
            | 0x6DD
            | 0x70F
            | 0x890..=0x891
            | 0x8E2
            | 0x180E
            | 0x200B..=0x200F
            | 0x202A..=0x202E
            | 0x2060..=0x2064
            | 0x2066..=0x206F
            | 0xFEFF
            | 0xFFF9..=0xFFFB
            | 0x110BD
            | 0x110CD
            | 0x13430..=0x1343F
            | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A
            | 0xE0001
            | 0xE0020..=0xE007F
    )
}
