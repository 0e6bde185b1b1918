//! URI templates (RFC 6570), read backwards: which topics could one expand to?
//!
//! A template matches a topic if some values of its variables make it expand to that topic. What a
//! value may hold is what the operator lets through unchanged or as `%` and two hexadecimal digits
//! (section 3.2.1), the comma between the items of a list included:
//!
//! | expression | section | begins with | between variables | a variable without modifier |
//! |---|---|---|---|---|
//! | `{x}` | 3.2.2 | | `,` | unreserved, `,` |
//! | `{+x}` | 3.2.3 | | `,` | unreserved, reserved |
//! | `{#x}` | 3.2.4 | `#` | `,` | unreserved, reserved |
//! | `{.x}` | 3.2.5 | `.` | `.` | unreserved, `,` |
//! | `{/x}` | 3.2.6 | `/` | `/` | unreserved, `,` |
//! | `{;x}` | 3.2.7 | `;` | `;` | `x`, or `x=` and unreserved, `,` |
//! | `{?x}` | 3.2.8 | `?` | `&` | `x=` and unreserved, `,` |
//! | `{&x}` | 3.2.9 | `&` | `&` | `x=` and unreserved, `,` |
//!
//! * Unreserved and reserved are those of RFC 3986, sections 2.2 and 2.3. Other characters stand in a
//!   topic that is to be matched as `%` and digits, as in every URI.
//! * Values may be empty. Variables may be undefined, one or all, and are then left out with their
//!   separators (section 3.2.1); the others come in the template's order.
//! * A prefix, `{x:3}` (section 2.4.1), allows so many characters at most, and no list.
//!   Several `%XX` that encode one character count once.
//! * With explode, `{x*}` (section 2.4.2), a value holds the operator's characters, its separator and
//!   `=`, in any order: the names in it are the publisher's.
//! * Literals stand for themselves, byte by byte. They may hold any character that a topic may,
//!   but for braces: topics need not be URIs, so nothing is encoded here (unlike section 3.1).
//! * The operators that section 2.2 reserves for later are refused.
//!
//! A template matches the topic that reads like the template itself, too, as the Mercure protocol
//! has it.
//!
//! The time to match grows with the topic's length, whatever the template: see [`walk`].

mod parse;
#[cfg(test)]
mod tests;
mod walk;

use std::fmt;
use std::sync::Arc;

use super::{Probe, TOPIC_BYTES, Topic};
use walk::{OWN_WORDS, WORDS, Walk};

/// Longest template, in bytes: four times the longest topic, since names and operators add to it.
pub const TEMPLATE_BYTES: usize = 1 << 10;

/// Expressions in one template: more than any URI has parts. Each costs time for every topic.
pub const TEMPLATE_EXPRESSIONS: usize = 32;

/// Variables in all expressions of a template, for the same reason.
pub const TEMPLATE_VARIABLES: usize = 64;

/// What a variable with a length costs beside one without: its characters are counted one by one.
const PREFIX_COST: usize = 8;

/// Text behind the first variable that costs as much as a variable, in bytes.
const TEXT_BYTES: usize = 32;

/// A URI template. Clones share it.
///
/// ```
/// use ssehub::topic::{InvalidTemplate, Template};
/// use ssehub::Topic;
/// let sizes = Topic::parse("orders?size=2").unwrap();
/// assert!(Template::parse("orders{?size}").unwrap().matches(&sizes));
/// assert!(!Template::parse("orders{?page}").unwrap().matches(&sizes));
/// assert!(Template::mercure("orders{?page}").unwrap().matches(&sizes));
/// assert_eq!(Template::parse("orders/{").unwrap_err(), InvalidTemplate::Syntax(8));
/// ```
#[derive(Clone)]
pub struct Template(Arc<Compiled>);

struct Compiled {
    text: Box<str>,
    is_loose: bool,
    parts: Box<[Part]>,
    cost: usize,
}

/// What a template is made of (RFC 6570, section 2).
enum Part {
    Literal(Box<str>),
    Expression(Expression),
}

struct Expression {
    operator: &'static Operator,
    variables: Box<[Variable]>,
}

struct Variable {
    name: Box<str>,
    modifier: Modifier,
}

#[derive(Clone, Copy)]
enum Modifier {
    Nothing,
    /// The longest value, in characters.
    Prefix(u16),
    Explode,
    /// Any value without a name, which may hold these characters, too.
    Loose([u8; 3]),
}

/// How an operator expands its variables (RFC 6570, appendix A).
struct Operator {
    first: &'static str,
    separator: &'static str,
    /// `name=value`, not the value alone.
    named: bool,
    /// An empty value leaves the name alone, without `=`.
    bare_names: bool,
    /// Reserved characters may stand in values.
    reserved: bool,
}

impl Template {
    /// Reads a template: at most 1 KiB, 32 expressions and 64 variables.
    pub fn parse(text: &str) -> Result<Template, InvalidTemplate> {
        let parts = parse::parts(text)?;
        Ok(Template::new(text, false, parts))
    }

    /// Reads a template that matches as loosely as those of hubs of the Mercure protocol do.
    ///
    /// The names of variables and the lengths of prefixes do not count, and the values of `{;x}`,
    /// `{?x}`, `{&x}` and of exploded variables hold `=` anywhere: `{?page}` matches `?size=2`.
    pub fn mercure(text: &str) -> Result<Template, InvalidTemplate> {
        let mut parts = parse::parts(text)?;
        parts.iter_mut().for_each(Part::loosen);
        Ok(Template::new(text, true, parts))
    }

    fn new(text: &str, is_loose: bool, parts: Box<[Part]>) -> Template {
        Template(Arc::new(Compiled {
            text: text.into(),
            is_loose,
            cost: cost(&parts),
            parts,
        }))
    }

    /// Whether the template could expand to `topic`, or is written like it.
    pub fn matches(&self, topic: &Topic) -> bool {
        self.fits(&Probe::new(topic))
    }

    /// The same of a topic that other templates are compared with, too.
    pub(super) fn fits(&self, probe: &Probe<'_>) -> bool {
        self.as_str() == probe.topic().as_str() || probe.terrain().arrives(&self.0.parts)
    }

    /// What it takes to match a topic, in variables: one with a length counts for eight, and 32 bytes of text
    /// behind the first variable, or of names in `{?x}` and the like, for one.
    pub(super) fn cost(&self) -> usize {
        self.0.cost
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }
}

/// A topic that templates walk over.
#[derive(Debug)]
pub(super) struct Terrain<'t>(Size<'t>);

/// Few topics are long.
#[derive(Debug)]
enum Size<'t> {
    Short(Walk<'t, WORDS>),
    Long(Walk<'t, OWN_WORDS>),
}

impl<'t> Terrain<'t> {
    pub(super) fn of(topic: &'t Topic) -> Terrain<'t> {
        let topic = topic.as_str();
        Terrain(match topic.len() <= TOPIC_BYTES {
            true => Size::Short(Walk::over(topic)),
            false => Size::Long(Walk::over(topic)),
        })
    }

    fn arrives(&self, parts: &[Part]) -> bool {
        match &self.0 {
            Size::Short(walk) => walk.arrives(parts),
            Size::Long(walk) => walk.arrives(parts),
        }
    }
}

fn cost(parts: &[Part]) -> usize {
    let is_text = |part: &&Part| matches!(part, Part::Literal(_));
    let behind = parts.iter().skip_while(is_text);
    let (mut variables, mut bytes) = (0, 0);
    for part in behind {
        match part {
            Part::Literal(text) => bytes += text.len(),
            Part::Expression(expression) => {
                for Variable { name, modifier } in &expression.variables {
                    bytes += if expression.operator.named {
                        name.len()
                    } else {
                        0
                    };
                    variables += match modifier {
                        Modifier::Prefix(_) => PREFIX_COST,
                        Modifier::Nothing | Modifier::Explode | Modifier::Loose(_) => 1,
                    };
                }
            }
        }
    }
    variables + bytes / TEXT_BYTES
}

impl Part {
    fn loosen(&mut self) {
        let Part::Expression(Expression {
            operator,
            variables,
        }) = self
        else {
            return;
        };
        let explodes = |it: &Variable| matches!(it.modifier, Modifier::Explode);
        let more = match variables.iter().any(explodes) {
            // Any number of values.
            true => [b',', b'=', operator.separator.as_bytes()[0]],
            false if operator.named => [b',', b'=', b','],
            false => [b','; 3],
        };
        for variable in variables {
            variable.modifier = Modifier::Loose(more);
        }
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Template) -> bool {
        self.0.text == other.0.text && self.0.is_loose == other.0.is_loose
    }
}

impl Eq for Template {}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0.text, f)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// Why a template is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidTemplate {
    /// It is longer than [`TEMPLATE_BYTES`].
    TooLong,
    /// It has more than [`TEMPLATE_EXPRESSIONS`].
    TooManyExpressions,
    /// It has more than [`TEMPLATE_VARIABLES`].
    TooManyVariables,
    /// It holds a control character.
    Control,
    /// What stands at this byte, counted from 0, cannot stand there.
    Syntax(usize),
}

impl fmt::Display for InvalidTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidTemplate::TooLong => write!(f, "a template has at most {TEMPLATE_BYTES} bytes"),
            InvalidTemplate::TooManyExpressions => {
                write!(
                    f,
                    "a template has at most {TEMPLATE_EXPRESSIONS} expressions"
                )
            }
            InvalidTemplate::TooManyVariables => {
                write!(f, "a template has at most {TEMPLATE_VARIABLES} variables")
            }
            InvalidTemplate::Control => f.write_str("a template must not hold control characters"),
            InvalidTemplate::Syntax(at) => {
                write!(f, "this is no URI template (RFC 6570): see its byte {at}")
            }
        }
    }
}

impl std::error::Error for InvalidTemplate {}
