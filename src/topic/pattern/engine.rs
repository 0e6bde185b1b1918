//! The regular expressions of a URL pattern.

use std::sync::OnceLock;

use regex_lite::{Regex, RegexBuilder};
use urlpattern::RegexSyntax;
use urlpattern::regexp::RegExp;

use super::InvalidPattern;

/// Largest program of one part of a URL, in bytes: each step of it costs time for each character of
/// a topic. That is enough for some fifty variables, or for the groups of a UUID.
pub const REGEXP_BYTES: usize = 16 << 10;

/// A regular expression, which is compiled when it is first needed: most never are.
#[derive(Debug)]
pub(super) struct Engine {
    text: String,
    program: OnceLock<Result<Regex, InvalidPattern>>,
}

impl Engine {
    /// The expression, without captures.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn into_program(self) -> Result<Regex, InvalidPattern> {
        _ = self.program();
        self.program
            .into_inner()
            .unwrap_or(Err(InvalidPattern::Regexp))
    }

    fn program(&self) -> &Result<Regex, InvalidPattern> {
        self.program.get_or_init(|| compile(&self.text))
    }
}

impl RegExp for Engine {
    fn syntax() -> RegexSyntax {
        RegexSyntax::Rust
    }

    fn parse(pattern: &str, _flags: &str, _force_eval: bool) -> Result<Engine, ()> {
        let text = without_captures(pattern).ok_or(())?;
        Ok(Engine {
            text,
            program: OnceLock::new(),
        })
    }

    /// Nobody asks for captures.
    fn matches<'a>(&self, text: &'a str) -> Option<Vec<Option<&'a str>>> {
        self.program().as_ref().ok()?.is_match(text).then(Vec::new)
    }

    fn pattern_string(&self) -> &str {
        &self.text
    }
}

fn compile(text: &str) -> Result<Regex, InvalidPattern> {
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(REGEXP_BYTES).build().map_err(|error| {
        // The engine does not tell the two apart in any other way.
        match error.to_string().contains("size limit") {
            true => InvalidPattern::TooComplex,
            false => InvalidPattern::Regexp,
        }
    })
}

/// The same expression without captures, for each of which the engine keeps places in the text, in
/// every step of its program. Of the groups with `?` there are those that capture nothing, and those
/// that capture under a name, as in ECMAScript.
fn without_captures(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + pattern.len() / 2);
    let mut rest = pattern;
    let mut is_class = false;
    while let Some(first) = rest.chars().next() {
        let taken = match first {
            '\\' => 1 + rest[1..].chars().next()?.len_utf8(),
            '(' if !is_class => {
                rest = behind_opening(rest)?;
                out += "(?:";
                continue;
            }
            _ => first.len_utf8(),
        };
        match first {
            '[' => is_class = true,
            ']' => is_class = false,
            _ => {}
        }
        out += &rest[..taken];
        rest = &rest[taken..];
    }
    Some(out)
}

/// What follows `(`, `(?:` or `(?<name>`.
fn behind_opening(group: &str) -> Option<&str> {
    let inner = group.strip_prefix('(')?;
    let Some(special) = inner.strip_prefix('?') else {
        return Some(inner);
    };
    if let Some(inner) = special.strip_prefix(':') {
        return Some(inner);
    }
    let (name, inner) = special.strip_prefix('<')?.split_once('>')?;
    let is_name = |c: char| c == '_' || c == '$' || c.is_ascii_alphanumeric();
    let named = !name.is_empty() && name.chars().all(is_name);
    named.then_some(inner)
}
