//! What a topic, an id or a type may be in the Mercure protocol, beside what the hub asks for anyway.

use crate::http::reply::Reply;
use crate::http::reserved;
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
    reserved::check(&topic)?;
    Ok(topic)
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
