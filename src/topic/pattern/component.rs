//! One part of a URL, as a pattern wants it.

use regex_lite::Regex;
use urlpattern::component::Component as Parsed;
use urlpattern::matcher::InnerMatcher;

use super::InvalidPattern;
use super::engine::Engine;
use super::segments::Segments;

/// One part of a URL, as a pattern wants it: it begins so, ends so, and has something in between.
pub(super) struct Component {
    prefix: Box<str>,
    suffix: Box<str>,
    between: Between,
}

enum Between {
    Nothing,
    /// Characters other than this one.
    Run {
        stop: Option<char>,
        may_be_empty: bool,
    },
    Segments(Segments),
    Program(Regex),
}

impl Component {
    /// Keeps what is needed for matching.
    pub(super) fn of(parsed: Parsed<Engine>) -> Result<Component, InvalidPattern> {
        let matcher = parsed.matcher;
        let mut prefix = matcher.prefix;
        let between = match matcher.inner {
            InnerMatcher::Literal { literal } => {
                prefix += &literal;
                Between::Nothing
            }
            InnerMatcher::SingleCapture {
                filter,
                allow_empty,
            } => Between::Run {
                stop: filter,
                may_be_empty: allow_empty,
            },
            InnerMatcher::RegExp { regexp } => {
                let engine = regexp.map_err(InvalidPattern::of)?;
                match Segments::read(engine.text()) {
                    Some(segments) => Between::Segments(segments),
                    None => Between::Program(engine.into_program()?),
                }
            }
        };
        Ok(Component {
            prefix: prefix.into(),
            suffix: matcher.suffix.into(),
            between,
        })
    }

    /// Whether a regular expression is run, which costs more than all else.
    pub(super) fn is_program(&self) -> bool {
        matches!(self.between, Between::Program(_))
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        let Some(rest) = value.strip_prefix(&*self.prefix) else {
            return false;
        };
        let Some(rest) = rest.strip_suffix(&*self.suffix) else {
            return false;
        };
        match &self.between {
            Between::Nothing => rest.is_empty(),
            Between::Run { stop, may_be_empty } => {
                (*may_be_empty || !rest.is_empty()) && !stop.is_some_and(|it| rest.contains(it))
            }
            Between::Segments(segments) => segments.matches(rest),
            Between::Program(program) => program.is_match(rest),
        }
    }
}
