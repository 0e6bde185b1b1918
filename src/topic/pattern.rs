//! URL patterns (<https://urlpattern.spec.whatwg.org/>): which topics, read as URLs, look like this?
//!
//! The crate `urlpattern` reads a pattern; what it makes of each part of a URL is matched here, in
//! time that grows with the length of the topic and with the size of the pattern, which is bounded.
//! There is nothing to backtrack: a part is a text, a run of characters between two texts, a row of whole
//! segments, or a program of `regex-lite`, which follows all ways at once. So regexp groups have no look-around, no
//! back references and no modifiers. Case always counts.
//!
//! A colon before a letter begins a name: it is `urn\:uuid\:*`, and `/{\:a}`.
//!
//! Hosts are in ASCII, in patterns and in topics; those of other letters are written in Punycode.

mod base;
mod brackets;
mod component;
mod engine;
mod segments;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use url::Url;
use urlpattern::{UrlPattern, UrlPatternInit, UrlPatternOptions};

use super::Topic;
pub use base::{BaseUrl, InvalidBase, PATTERNS_SHARED};
use component::Component;
use engine::Engine;
pub use engine::REGEXP_BYTES;

/// Longest URL pattern, in bytes: what the Mercure protocol's reference hub takes.
pub const PATTERN_BYTES: usize = 4 << 10;

/// A URL pattern and its base. Clones share it.
///
/// ```
/// use ssehub::{BaseUrl, InvalidPattern, Pattern, Topic};
/// let hub = BaseUrl::parse("https://example.com/").unwrap();
/// let pattern = Pattern::parse("/books/:id", &hub).unwrap();
/// assert!(pattern.matches(&Topic::parse("https://example.com/books/42").unwrap()));
/// assert_eq!((pattern.as_str(), pattern.programs()), ("/books/:id", 0));
/// assert_eq!(Pattern::parse("/(?<=a)", &hub).unwrap_err(), InvalidPattern::Syntax);
/// ```
#[derive(Clone)]
pub struct Pattern(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    base: BaseUrl,
    /// What is to be asked first tells most topics apart.
    components: [Component; 8],
}

impl Pattern {
    /// Reads a pattern of at most 4 KiB; what it leaves out is taken from `base`.
    ///
    /// The same text and base give the same pattern again, as long as someone has it.
    pub fn parse(text: &str, base: &BaseUrl) -> Result<Pattern, InvalidPattern> {
        if text.len() > PATTERN_BYTES {
            return Err(InvalidPattern::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidPattern::Control);
        }
        base.shared(text, || Compiled::new(text, base)).map(Pattern)
    }

    /// Whether the topic, resolved against the base, is a URL that looks like this.
    pub fn matches(&self, topic: &Topic) -> bool {
        self.0.base.resolved(topic, |url| self.0.matches(url))
    }

    /// How many regular expressions it takes to match a topic: one for each part of a URL that has a regexp
    /// group, or several names or wildcards that are no whole segments. Each may cost up to half a millisecond.
    pub fn programs(&self) -> usize {
        let parts = self.0.components.iter();
        parts.filter(|part| part.is_program()).count()
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The base that it was read with.
    pub fn base(&self) -> &BaseUrl {
        &self.0.base
    }
}

impl Compiled {
    fn new(text: &str, base: &BaseUrl) -> Result<Compiled, InvalidPattern> {
        if brackets::unpaired(text) {
            return Err(InvalidPattern::Syntax);
        }
        let base_url = Some(base.url().clone());
        let mut init = UrlPatternInit::parse_constructor_string::<Engine>(text, base_url)
            .map_err(InvalidPattern::of)?;
        if init.protocol.is_some() {
            // It is absolute. The standard would put the base's folder before an opaque path, and
            // no urn: would ever match.
            init.base_url = None;
        }
        let pattern = UrlPattern::<Engine>::parse(init, UrlPatternOptions::default())
            .map_err(InvalidPattern::of)?;
        let components = [
            Component::of(pattern.pathname)?,
            Component::of(pattern.hostname)?,
            Component::of(pattern.protocol)?,
            Component::of(pattern.port)?,
            Component::of(pattern.search)?,
            Component::of(pattern.hash)?,
            Component::of(pattern.username)?,
            Component::of(pattern.password)?,
        ];
        Ok(Compiled {
            text: text.into(),
            base: base.clone(),
            components,
        })
    }

    fn matches(&self, url: &Url) -> bool {
        let values = [
            url.path(),
            url.host_str().unwrap_or_default(),
            url.scheme(),
            url::quirks::port(url),
            url.query().unwrap_or_default(),
            url.fragment().unwrap_or_default(),
            url.username(),
            url.password().unwrap_or_default(),
        ];
        // Regular expressions cost most, and come last.
        let fit = |are_programs: bool| {
            let pairs = self.components.iter().zip(values);
            let mut pairs = pairs.filter(|(component, _)| component.is_program() == are_programs);
            pairs.all(|(component, value)| component.matches(value))
        };
        fit(false) && fit(true)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.text == other.0.text && self.0.base == other.0.base)
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.text, f)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// Why a URL pattern is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPattern {
    /// It is longer than [`PATTERN_BYTES`].
    TooLong,
    /// It holds a control character.
    Control,
    /// It is no URL pattern.
    Syntax,
    /// What stands in it cannot stand at that place of a URL.
    Url,
    /// A regexp group cannot be read, or needs look-around, back references or modifiers.
    Regexp,
    /// A part of it needs more than [`REGEXP_BYTES`] of memory.
    TooComplex,
}

impl InvalidPattern {
    pub(super) fn of(error: urlpattern::Error) -> InvalidPattern {
        match error {
            urlpattern::Error::Url(_) => InvalidPattern::Url,
            urlpattern::Error::RegExp(()) => InvalidPattern::Regexp,
            _ => InvalidPattern::Syntax,
        }
    }
}

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidPattern::TooLong => {
                write!(f, "a URL pattern has at most {PATTERN_BYTES} bytes")
            }
            InvalidPattern::Control => {
                f.write_str("a URL pattern must not hold control characters")
            }
            InvalidPattern::Syntax => f.write_str("this is no URL pattern"),
            InvalidPattern::Url => {
                f.write_str("this URL pattern has a part that no URL has at that place")
            }
            InvalidPattern::Regexp => f.write_str(
                "a group of this URL pattern is no regular expression that the hub can match: \
                 there is no look-around, no back reference and no modifier",
            ),
            InvalidPattern::TooComplex => {
                f.write_str("this URL pattern has too many parts, or repeats one too often")
            }
        }
    }
}

impl std::error::Error for InvalidPattern {}
