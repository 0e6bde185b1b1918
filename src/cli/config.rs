//! The configuration file: TOML (version 1.0), a key for each setting, and no tables.

use std::borrow::Cow;
use std::path::Path;

use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{ParseError, Source, Span};

use super::layers::Given;
use super::settings::Setting;
use super::token::source::read_file;

/// Largest file, in bytes.
const FILE_BYTES: usize = 1 << 20;

/// Deepest nesting that is parsed; a list has one level, and more are refused by name.
const DEPTH: u32 = 16;

/// What a file says, and what is wrong with it.
#[derive(Default)]
pub(super) struct File {
    pub(super) given: Vec<Given>,
    pub(super) problems: Vec<String>,
}

/// Reads a file. What is wrong with it is told with its name and the line.
pub(super) fn read(path: &Path) -> File {
    match read_file(path, FILE_BYTES) {
        Ok(text) => parse(&path.display().to_string(), &text),
        Err(error) => File {
            problems: vec![error],
            ..File::default()
        },
    }
}

/// Reads the text of a file of this name.
pub(super) fn parse(name: &str, text: &str) -> File {
    let source = Source::new(text);
    let tokens = source.lex().into_vec();
    let mut events: Vec<Event> = Vec::new();
    let mut errors: Vec<ParseError> = Vec::new();
    let mut whitespace = ValidateWhitespace::new(&mut events, source);
    let mut shallow = RecursionGuard::new(&mut whitespace, DEPTH);
    parse_document(&tokens, &mut shallow, &mut errors);

    let mut reader = Reader {
        name,
        source,
        file: File::default(),
        errors,
        key: None,
        seen: Vec::new(),
        in_list: false,
    };
    for event in &events {
        reader.take(event);
    }
    reader.end()
}

struct Reader<'t> {
    name: &'t str,
    source: Source<'t>,
    file: File,
    /// What is not TOML.
    errors: Vec<ParseError>,
    /// The key whose value comes next, if that is worth a look.
    key: Option<&'static Setting>,
    /// The keys that have been met, with their lines.
    seen: Vec<(String, usize)>,
    in_list: bool,
}

impl<'t> Reader<'t> {
    fn take(&mut self, event: &Event) {
        use EventKind::*;
        match event.kind() {
            SimpleKey => self.key(event),
            Scalar => self.value(event),
            ArrayOpen => self.list(event.span()),
            ArrayClose => self.in_list = false,
            StdTableOpen | ArrayTableOpen | InlineTableOpen | KeySep => {
                self.key = None;
                self.problem(event.span(), "there are no tables in this file");
            }
            StdTableClose | ArrayTableClose | InlineTableClose | KeyValSep | ValueSep
            | Whitespace | Comment | Newline | Error => {}
        }
    }

    fn key(&mut self, event: &Event) {
        let mut key = Cow::Borrowed("");
        if let Some(raw) = self.source.get(event) {
            raw.decode_key(&mut key, &mut self.errors);
        }
        self.key = Setting::named(&key).filter(|it| it.flag != "config");
        if self.key.is_none() {
            return self.problem(event.span(), &format!("there is no setting {key:?}"));
        }
        let line = self.line(event.span());
        match self.seen.iter().find(|(seen, _)| *seen == key) {
            Some((_, first)) => {
                let twice = format!("{key}: this is set in line {first} already");
                self.key = None;
                self.problem(event.span(), &twice);
            }
            None => self.seen.push((key.into_owned(), line)),
        }
    }

    fn list(&mut self, span: Span) {
        let Some(setting) = self.key else { return };
        if self.in_list || setting.clear.is_none() {
            self.key = None;
            self.problem(span, &format!("{}: {}", setting.flag, expected(setting)));
        }
        self.in_list = true;
    }

    fn value(&mut self, event: &Event) {
        let (Some(setting), Some(raw)) = (self.key, self.source.get(event)) else {
            return;
        };
        let mut text = Cow::Borrowed("");
        let kind = raw.decode_scalar(&mut text, &mut self.errors);
        let from = format!(
            "{}:{}: {}",
            self.name,
            self.line(event.span()),
            setting.flag
        );
        match as_argument(setting, kind, text) {
            Some(value) => self.file.given.push(Given {
                setting,
                value,
                from,
            }),
            None => {
                let problem = format!("{from}: {}", expected(setting));
                self.file.problems.push(problem);
            }
        }
    }

    fn problem(&mut self, span: Span, text: &str) {
        let line = self.line(span);
        self.file
            .problems
            .push(format!("{}:{line}: {text}", self.name));
    }

    /// The number of a line, from one.
    fn line(&self, span: Span) -> usize {
        let before = self.source.input().get(..span.start()).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// What is no TOML may be anything, so nothing of it counts.
    fn end(mut self) -> File {
        if self.errors.is_empty() {
            return self.file;
        }
        self.file = File::default();
        for error in std::mem::take(&mut self.errors) {
            let span = error.unexpected().or(error.context()).unwrap_or_default();
            self.problem(span, error.description());
        }
        self.file
    }
}

/// What a setting can be in a file.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Switch,
    Number,
    /// A number, or a text with a unit.
    Amount,
    Text,
}

impl Kind {
    pub(super) fn of(setting: &Setting) -> Kind {
        match setting.value {
            "" | "YES-OR-NO" => Kind::Switch,
            "NUMBER" => Kind::Number,
            "SIZE" | "RATE" => Kind::Amount,
            _ => Kind::Text,
        }
    }
}

/// The value as it would stand on the command line, if its type is right.
fn as_argument(setting: &Setting, kind: ScalarKind, text: Cow<'_, str>) -> Option<String> {
    match (Kind::of(setting), kind) {
        (Kind::Switch, ScalarKind::Boolean(true)) => Some("yes".to_owned()),
        (Kind::Switch, ScalarKind::Boolean(false)) => Some("no".to_owned()),
        (Kind::Number | Kind::Amount, ScalarKind::Integer(radix)) => {
            let number = i64::from_str_radix(&text, radix.value()).ok()?;
            Some(number.to_string())
        }
        (Kind::Amount | Kind::Text, ScalarKind::String) => Some(text.into_owned()),
        _ => None,
    }
}

/// What the type should be.
fn expected(setting: &Setting) -> String {
    let one = match Kind::of(setting) {
        Kind::Switch => "true or false",
        Kind::Number => "a number without quotes",
        Kind::Amount => "a number, or a text in quotes",
        Kind::Text => "a text in quotes",
    };
    match setting.clear {
        Some(_) => format!("{one}, or a list of these, is expected"),
        None => format!("{one} is expected"),
    }
}

#[cfg(test)]
mod tests;
