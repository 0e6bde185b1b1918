//! Which topics a subscriber asks for.

use std::fmt;

#[cfg(feature = "urlpattern")]
use super::{BaseUrl, InvalidPattern, Pattern};
use super::{InvalidTemplate, Template, Topic, TopicError};

/// Which topics a subscriber asks for.
///
/// ```
/// use ssehub::topic::{InvalidSelector, InvalidTemplate};
/// use ssehub::{Selector, Topic};
/// assert_eq!(Selector::parse("*"), Ok(Selector::All));
/// let news = Selector::Exact(Topic::parse("news").unwrap());
/// assert_eq!(Selector::parse("news"), Ok(news));
/// let invalid = InvalidSelector::Template(InvalidTemplate::Syntax(10));
/// assert_eq!(Selector::parse("orders/{id"), Err(invalid));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selector {
    /// Every topic; written `*`.
    All,
    /// This topic and no other.
    Exact(Topic),
    /// Every topic that the template could expand to.
    Template(Template),
    /// Every topic that is a URL of this form.
    #[cfg(feature = "urlpattern")]
    Pattern(Pattern),
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

    /// Reads a topic selector of the Mercure protocol, up to draft 07: `*`, or a topic's name, or a
    /// URI template in the sense of [`Template::mercure`]. Of what holds a `{` and is no template,
    /// the topic of that name is meant.
    ///
    /// ```
    /// use ssehub::{Selector, Topic};
    /// let odd = Selector::mercure("books/{id").unwrap();
    /// assert!(odd.matches(&Topic::parse("books/{id").unwrap()));
    /// ```
    pub fn mercure(text: &str) -> Result<Selector, InvalidSelector> {
        match text {
            "*" => Ok(Selector::All),
            text => match Template::mercure(text) {
                Ok(template) if text.contains('{') => Ok(Selector::Template(template)),
                _ => Ok(Selector::Exact(Topic::parse(text)?)),
            },
        }
    }

    /// Reads `*` or a URL pattern, which is resolved against `base`.
    ///
    /// ```
    /// use ssehub::{BaseUrl, Selector, Topic};
    /// let hub = BaseUrl::parse("https://example.com/.well-known/mercure").unwrap();
    /// let books = Selector::pattern("/books/:id", &hub).unwrap();
    /// assert!(books.matches(&Topic::parse("https://example.com/books/42").unwrap()));
    /// assert!(books.matches(&Topic::parse("/books/42?").unwrap()));
    /// assert!(!books.matches(&Topic::parse("/books/42/pages").unwrap()));
    /// ```
    #[cfg(feature = "urlpattern")]
    pub fn pattern(text: &str, base: &BaseUrl) -> Result<Selector, InvalidSelector> {
        match text {
            "*" => Ok(Selector::All),
            pattern => Ok(Selector::Pattern(Pattern::parse(pattern, base)?)),
        }
    }

    /// Whether an event on `topic` is asked for.
    pub fn matches(&self, topic: &Topic) -> bool {
        match self {
            Selector::All => true,
            Selector::Exact(name) => name == topic,
            Selector::Template(template) => template.matches(topic),
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(pattern) => pattern.matches(topic),
        }
    }

    /// How many regular expressions it takes to match a topic.
    pub fn programs(&self) -> usize {
        match self {
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(pattern) => pattern.programs(),
            _ => 0,
        }
    }

    /// The text that this selector was read from.
    pub fn as_str(&self) -> &str {
        match self {
            Selector::All => "*",
            Selector::Exact(name) => name.as_str(),
            Selector::Template(template) => template.as_str(),
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(pattern) => pattern.as_str(),
        }
    }
}

/// Why a selector is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSelector {
    /// It names a topic that cannot be.
    Topic(TopicError),
    /// It has a `{` and is no template.
    Template(InvalidTemplate),
    /// It is no URL pattern that the hub can match.
    #[cfg(feature = "urlpattern")]
    Pattern(InvalidPattern),
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

#[cfg(feature = "urlpattern")]
impl From<InvalidPattern> for InvalidSelector {
    fn from(error: InvalidPattern) -> InvalidSelector {
        InvalidSelector::Pattern(error)
    }
}

impl fmt::Display for InvalidSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidSelector::Topic(error) => error.fmt(f),
            InvalidSelector::Template(error) => error.fmt(f),
            #[cfg(feature = "urlpattern")]
            InvalidSelector::Pattern(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for InvalidSelector {}
