//! What events are about: a checked topic name, and what a subscriber asks for.

use std::fmt;
use std::sync::Arc;

/// Longest topic, in bytes of UTF-8.
pub const TOPIC_BYTES: usize = 255;

/// The name of one line of events: 1 to 255 bytes of UTF-8 without control characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(Arc<str>);

impl Topic {
    /// Checks a name.
    ///
    /// ```
    /// use ssehub::Topic;
    /// assert!(Topic::parse("orders/42").is_ok());
    /// assert!(Topic::parse("").is_err());
    /// assert!(Topic::parse("two\nlines").is_err());
    /// ```
    pub fn parse(name: &str) -> Result<Topic, TopicError> {
        if name.is_empty() {
            return Err(TopicError::Empty);
        }
        if name.len() > TOPIC_BYTES {
            return Err(TopicError::TooLong);
        }
        if name.chars().any(char::is_control) {
            return Err(TopicError::Control);
        }
        Ok(Topic(name.into()))
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a topic's name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopicError {
    /// The name has no characters.
    Empty,
    /// The name is longer than [`TOPIC_BYTES`].
    TooLong,
    /// The name holds a control character.
    Control,
}

impl fmt::Display for TopicError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TopicError::Empty => f.write_str("a topic must not be empty"),
            TopicError::TooLong => write!(f, "a topic has at most {TOPIC_BYTES} bytes"),
            TopicError::Control => f.write_str("a topic must not hold control characters"),
        }
    }
}

impl std::error::Error for TopicError {}

/// Which topics a subscriber asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every topic; written `*`.
    All,
    /// This topic and no other.
    Exact(Topic),
}

impl Selector {
    /// Reads `*` or the name of a topic.
    pub fn parse(text: &str) -> Result<Selector, TopicError> {
        match text {
            "*" => Ok(Selector::All),
            name => Topic::parse(name).map(Selector::Exact),
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        match self {
            Selector::All => true,
            Selector::Exact(name) => name == topic,
        }
    }
}

/// All that one subscriber asks for.
#[derive(Clone, Debug)]
pub struct Interest(Selectors);

/// Nearly always there is one: it needs no memory of its own.
#[derive(Clone, Debug)]
enum Selectors {
    One(Selector),
    Many(Box<[Selector]>),
}

impl Interest {
    /// One topic.
    pub fn topic(topic: Topic) -> Interest {
        Interest(Selectors::One(Selector::Exact(topic)))
    }

    /// Any of these selectors, each counted once. None at all matches nothing.
    pub fn any(selectors: impl IntoIterator<Item = Selector>) -> Interest {
        let mut kept: Vec<Selector> = Vec::new();
        for selector in selectors {
            if !kept.contains(&selector) {
                kept.push(selector);
            }
        }
        Interest(Selectors::Many(kept.into()))
    }

    /// The selectors.
    pub fn selectors(&self) -> &[Selector] {
        match &self.0 {
            Selectors::One(selector) => std::slice::from_ref(selector),
            Selectors::Many(selectors) => selectors,
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        self.selectors()
            .iter()
            .any(|selector| selector.matches(topic))
    }

    /// The names asked for, when every selector is exact; these can be looked up in an index.
    pub(crate) fn names(&self) -> Option<impl Iterator<Item = &Topic>> {
        let exact = |selector: &Selector| matches!(selector, Selector::Exact(_));
        self.selectors().iter().all(exact).then(|| {
            self.selectors()
                .iter()
                .filter_map(|selector| match selector {
                    Selector::Exact(topic) => Some(topic),
                    Selector::All => None,
                })
        })
    }
}
