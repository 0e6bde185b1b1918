//! The options of a command, as they are given.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};
use lexopt::Parser;

/// What a command can be told.
pub(super) struct Takes {
    /// Options with a value.
    pub(super) options: &'static [&'static str],
    /// Options without one.
    pub(super) flags: &'static [&'static str],
    /// Arguments that are no options, at most.
    pub(super) words: usize,
}

/// What it is told, in order.
#[derive(Debug, Default)]
pub(super) struct Options {
    given: Vec<(String, String)>,
    flags: Vec<String>,
    pub(super) words: Vec<String>,
}

impl Options {
    /// Reads all that is left; `None` asks for help.
    pub(super) fn read(parser: &mut Parser, takes: &Takes) -> Result<Option<Options>, String> {
        let mut read = Options::default();
        while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
            match arg {
                Short('h') | Long("help") => return Ok(None),
                Short(name) => return Err(format!("there is no option -{name}")),
                Long(name) if takes.flags.contains(&name) => read.flags.push(name.to_owned()),
                Long(name) if takes.options.contains(&name) => {
                    let name = name.to_owned();
                    let value = utf8(parser.value().map_err(|error| error.to_string())?)?;
                    read.push(name, value)?;
                }
                Long(name) => return Err(format!("there is no option --{name}")),
                Value(word) if read.words.len() < takes.words => read.words.push(utf8(word)?),
                // It may be a secret, so it is not repeated.
                Value(_) => return Err("there is one argument too many".to_owned()),
            }
        }
        Ok(Some(read))
    }

    fn push(&mut self, name: String, value: String) -> Result<(), String> {
        if value.is_empty() {
            return Err(format!("--{name} must not be empty"));
        }
        self.given.push((name, value));
        Ok(())
    }

    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }

    /// Every value of an option.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.given.iter().filter(move |(it, _)| it == name);
        named.map(|(_, value)| value.as_str())
    }

    /// The value of an option that may be given once.
    pub(super) fn one(&self, name: &str) -> Result<Option<&str>, String> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(format!("--{name} is given twice")),
            (value, None) => Ok(value),
        }
    }

    /// The value of an option that may be given once, read.
    pub(super) fn parsed<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, String> {
        let value = self.one(name)?;
        let read = |text| parse(text).map_err(|error| format!("--{name}={text}: {error}"));
        value.map(read).transpose()
    }

    /// Every value of an option, each of which must pass.
    pub(super) fn checked<E: ToString>(
        &self,
        name: &str,
        check: impl Fn(&str) -> Result<(), E>,
    ) -> Result<Vec<String>, String> {
        let pass = |text: &str| match check(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(error) => Err(format!("--{name}={text}: {}", error.to_string())),
        };
        self.all(name).map(pass).collect()
    }
}

fn utf8(value: OsString) -> Result<String, String> {
    value
        .into_string()
        .map_err(|_| "an argument is not UTF-8".to_owned())
}
