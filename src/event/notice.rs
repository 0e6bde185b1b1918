//! What the hub itself tells a stream, beside the events of the log.

use std::fmt;
use std::sync::{LazyLock, OnceLock};

use serde::Serialize;

use super::{Format, Frame};
use crate::json;

/// Something that is true for the moment: it has a type and data, is not in the log, and bears no id, so
/// that it moves no client's last event ID (WHATWG HTML, section 9.2.6).
///
/// ```
/// use std::time::Duration;
/// use ssehub::{Clock, Format, Interest, Notice, Presence, Topic};
/// # futures_lite::future::block_on(async {
/// let presence = Presence::new(Clock::system(), Duration::ZERO);
/// let mut watcher = presence.watch(&Interest::topic(Topic::parse("chat").unwrap()));
/// let notice: &Notice = &*watcher.next().await;
/// assert_eq!(notice.kind(), "presence");
/// assert_eq!(notice.data(), r#"{"topic":"chat","users":[],"anonymous":0}"#);
/// assert!(notice.frame(Format::Text).plain().starts_with(b"event: presence\ndata: {"));
/// # });
/// ```
pub struct Notice {
    kind: &'static str,
    data: LazyLock<String, Box<dyn FnOnce() -> String + Send>>,
    frames: [OnceLock<Frame>; Format::COUNT],
}

impl Notice {
    /// Says `data`, as JSON, which is made when it is needed first: not under a lock, and once for everyone.
    pub(crate) fn new(kind: &'static str, data: impl Serialize + Send + 'static) -> Notice {
        let encode = move || json::encode(&data);
        Notice {
            kind,
            data: LazyLock::new(Box::new(encode)),
            frames: Default::default(),
        }
    }

    /// The type.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What it says: one JSON object.
    pub fn data(&self) -> &str {
        &self.data
    }

    /// The notice as bytes of one representation, made at the first call and shared from then on.
    pub fn frame(&self, format: Format) -> &Frame {
        self.frames[format as usize].get_or_init(|| Frame::notice(self, format))
    }
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notice")
            .field("kind", &self.kind)
            .field("data", &self.data())
            .finish_non_exhaustive()
    }
}
