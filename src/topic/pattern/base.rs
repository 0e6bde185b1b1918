//! What patterns and topics are resolved against.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use url::Url;

use super::{Compiled, InvalidPattern};
use crate::topic::Topic;

/// Patterns that are kept to be shared. More are compiled for each subscriber of their own.
pub const PATTERNS_SHARED: usize = 1 << 10;

/// Topics that a thread keeps as URLs: those of one event, which are matched with many patterns.
const TOPICS_RESOLVED: usize = 4;

/// What stands for a hub that has no URL of its own, by the Mercure protocol.
const NO_HUB: &str = "http://mercure.invalid/.well-known/mercure";

/// A hub's own URL, against which patterns and topics are resolved, and the patterns that are in
/// use. Clones share these.
///
/// ```
/// use ssehub::topic::{BaseUrl, InvalidBase};
/// let hub = BaseUrl::parse("https://example.com/.well-known/mercure").unwrap();
/// assert_eq!(hub.as_str(), "https://example.com/.well-known/mercure");
/// assert_eq!(BaseUrl::parse("data:,").err(), Some(InvalidBase));
/// ```
#[derive(Clone)]
pub struct BaseUrl(Arc<Base>);

struct Base {
    url: Url,
    /// No pattern is kept alive by this.
    patterns: Mutex<HashMap<Box<str>, Weak<Compiled>>>,
}

impl BaseUrl {
    /// Reads an absolute URL, such as `https://example.com/.well-known/mercure`.
    pub fn parse(url: &str) -> Result<BaseUrl, InvalidBase> {
        let url = Url::parse(url).map_err(|_| InvalidBase)?;
        match url.cannot_be_a_base() {
            true => Err(InvalidBase),
            false => Ok(BaseUrl(Arc::new(Base {
                url,
                patterns: Mutex::default(),
            }))),
        }
    }

    /// For a hub that does not know its URL: `http://mercure.invalid/.well-known/mercure`.
    pub fn unknown() -> Result<BaseUrl, InvalidBase> {
        BaseUrl::parse(NO_HUB)
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        self.0.url.as_str()
    }

    pub(super) fn url(&self) -> &Url {
        &self.0.url
    }

    #[cfg(test)]
    pub(super) fn shared_patterns(&self) -> usize {
        let patterns = self.0.patterns.lock();
        patterns.unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The pattern of this text, as somebody has it, or compiled.
    pub(super) fn shared(
        &self,
        text: &str,
        compile: impl FnOnce() -> Result<Compiled, InvalidPattern>,
    ) -> Result<Arc<Compiled>, InvalidPattern> {
        let lock = || {
            self.0
                .patterns
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(kept) = lock().get(text).and_then(Weak::upgrade) {
            return Ok(kept);
        }
        // Not under the lock: others need not wait for it, and two may do it at once.
        let compiled = Arc::new(compile()?);
        let mut patterns = lock();
        if patterns.len() >= PATTERNS_SHARED {
            patterns.retain(|_, pattern| pattern.strong_count() > 0);
        }
        if patterns.len() < PATTERNS_SHARED {
            patterns.insert(text.into(), Arc::downgrade(&compiled));
        }
        Ok(compiled)
    }

    /// Asks about the URL that a topic stands for; if it stands for none, that is a no.
    ///
    /// One event is matched with many patterns in turn, and so resolved once, by each thread.
    pub(super) fn resolved(&self, topic: &Topic, ask: impl FnOnce(&Url) -> bool) -> bool {
        thread_local! {
            static RECENT: RefCell<Vec<Resolved>> = const { RefCell::new(Vec::new()) };
        }
        RECENT.with_borrow_mut(|recent| {
            let is_it = |it: &Resolved| it.topic == *topic && Arc::ptr_eq(&it.base.0, &self.0);
            let place = recent.iter().position(is_it).unwrap_or_else(|| {
                recent.truncate(TOPICS_RESOLVED - 1);
                recent.insert(0, Resolved::new(topic, self));
                0
            });
            let resolved = recent.get(place).and_then(|it| it.url.as_ref());
            resolved.is_some_and(ask)
        })
    }
}

/// A topic and what it stands for.
struct Resolved {
    topic: Topic,
    base: BaseUrl,
    url: Option<Url>,
}

impl Resolved {
    fn new(topic: &Topic, base: &BaseUrl) -> Resolved {
        Resolved {
            topic: topic.clone(),
            base: base.clone(),
            url: base.url().join(topic.as_str()).ok(),
        }
    }
}

impl PartialEq for BaseUrl {
    fn eq(&self, other: &BaseUrl) -> bool {
        self.0.url == other.0.url
    }
}

impl Eq for BaseUrl {}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text that is no absolute URL, or one to which nothing is relative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidBase;

impl fmt::Display for InvalidBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hub's URL must be absolute, like https://example.com/events")
    }
}

impl std::error::Error for InvalidBase {}
