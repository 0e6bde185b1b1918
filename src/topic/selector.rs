//! Which topics a subscriber asks for.

use std::fmt;

use super::{InvalidTemplate, Template, Topic, TopicError};

/// Which topics a subscriber asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every topic; written `*`.
    All,
    /// This topic and no other.
    Exact(Topic),
    /// Every topic that the template could expand to.
    Template(Template),
}

impl Selector {
    /// Reads `*`, the name of a topic, or a URI template, which is what holds a `{`.
    ///
    /// ```
    /// use ssehub::{Selector, Topic};
    /// let books = Selector::parse("https://example.com/books/{id}").unwrap();
    /// assert!(books.matches(&Topic::parse("https://example.com/books/42").unwrap()));
    /// assert!(!books.matches(&Topic::parse("https://example.com/books/42/pages").unwrap()));
    /// assert!(Selector::parse("https://example.com/books/{id").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Selector, InvalidSelector> {
        match text {
            "*" => Ok(Selector::All),
            template if template.contains('{') => {
                Ok(Selector::Template(Template::parse(template)?))
            }
            name => Ok(Selector::Exact(Topic::parse(name)?)),
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        match self {
            Selector::All => true,
            Selector::Exact(name) => name == topic,
            Selector::Template(template) => template.matches(topic),
        }
    }

    /// The text that [`parse`](Selector::parse) would read as this selector.
    pub fn as_str(&self) -> &str {
        match self {
            Selector::All => "*",
            Selector::Exact(name) => name.as_str(),
            Selector::Template(template) => template.as_str(),
        }
    }
}

/// Why a selector is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidSelector {
    /// It names a topic that cannot be.
    Topic(TopicError),
    /// It has a `{` and is no template.
    Template(InvalidTemplate),
}

impl From<TopicError> for InvalidSelector {
    fn from(error: TopicError) -> InvalidSelector {
        InvalidSelector::Topic(error)
    }
}

impl From<InvalidTemplate> for InvalidSelector {
    fn from(error: InvalidTemplate) -> InvalidSelector {
        InvalidSelector::Template(error)
    }
}

impl fmt::Display for InvalidSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidSelector::Topic(error) => error.fmt(f),
            InvalidSelector::Template(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InvalidSelector {}
