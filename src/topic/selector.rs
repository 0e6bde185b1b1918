//! Which topics a subscriber asks for.

use std::fmt;
use std::hash::{Hash, Hasher};

#[cfg(feature = "urlpattern")]
use super::{BaseUrl, InvalidPattern, Pattern};
use super::{InvalidTemplate, Probe, Template, Topic, TopicError};

/// What a URL pattern costs, in variables of templates.
#[cfg(feature = "urlpattern")]
const PATTERN_COST: usize = 4;

/// What a regular expression costs when work is shared out, in variables of templates: half a millisecond beside
/// some fifty nanoseconds.
const PROGRAM_STEPS: usize = 10_000;

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
        self.fits(&Probe::new(topic))
    }

    /// The same of a topic that other selectors are compared with, too.
    pub(crate) fn fits(&self, probe: &Probe<'_>) -> bool {
        match self {
            Selector::All => true,
            Selector::Exact(name) => name == probe.topic(),
            Selector::Template(template) => template.fits(probe),
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(pattern) => pattern.matches(probe.topic()),
        }
    }

    /// What it takes to match a topic, regular expressions aside, in variables of templates. A name can be looked
    /// up, and costs nothing.
    pub(super) fn cost(&self) -> usize {
        match self {
            Selector::All | Selector::Exact(_) => 0,
            Selector::Template(template) => template.cost(),
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(_) => PATTERN_COST,
        }
    }

    /// How much of a turn it takes to match a topic; one at least.
    pub(crate) fn steps(&self) -> usize {
        1 + self.cost() + self.programs() * PROGRAM_STEPS
    }

    /// How many regular expressions it takes to match a topic.
    pub fn programs(&self) -> usize {
        match self {
            #[cfg(feature = "urlpattern")]
            Selector::Pattern(pattern) => pattern.programs(),
            _ => 0,
        }
    }

    /// Whether it is the plain name of a topic.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self, Selector::Exact(_))
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

/// Equal selectors have the same text.
impl Hash for Selector {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
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
