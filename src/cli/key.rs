//! `ssehub key`: makes an API key.

use std::io::Write as _;

use lexopt::Parser;
use ssehub::auth::{ApiKey, KeyLine};
use ssehub::{Clock, Selector};

use super::Command;
use super::options::{Options, Takes};
use super::values::duration;

pub(super) const HELP: &str = "\
Make an API key, for publishers and subscribers that sign no tokens.

Usage: ssehub key NAME [--publish TOPIC]... [--subscribe TOPIC]... [--expires DURATION]

Two lines go to standard output. The first is the key: hand it over, it is not shown again. The second
is for the file of keys of a server, and holds the key's SHA-256 digest, from which nobody can find the
key.

Options:
  --publish TOPIC
        A topic to which the key may publish: a name, a URI template, or * for all. May be repeated.
  --subscribe TOPIC
        A topic that it may read. May be repeated.
  --expires DURATION
        When the key ends, from now.  [default: never]
  -h, --help
        Print this help.
";

pub(super) const TAKES: Takes = Takes {
    options: &["publish", "subscribe", "expires"],
    flags: &[],
    words: 1,
};

/// A key to make.
#[derive(Debug)]
pub(crate) struct KeyCommand {
    name: String,
    publish: Vec<String>,
    subscribe: Vec<String>,
    expires: Option<std::time::Duration>,
}

/// Reads what follows the word `key`.
pub(super) fn parse(parser: &mut Parser) -> Result<Command, String> {
    let read = Options::read(parser, &TAKES).map_err(of_key)?;
    let Some(options) = read else {
        return Ok(Command::Print(HELP.to_owned()));
    };
    KeyCommand::from(&options).map(Command::Key).map_err(of_key)
}

fn of_key(error: String) -> String {
    format!("key: {error}")
}

fn selector(text: &str) -> Result<(), ssehub::InvalidSelector> {
    Selector::parse(text).map(|_| ())
}

impl KeyCommand {
    fn from(options: &Options) -> Result<KeyCommand, String> {
        let name = options.words.first().ok_or("NAME is expected")?;
        if name.is_empty() || name.contains(char::is_control) {
            return Err("a name is not empty and has no control characters".to_owned());
        }
        Ok(KeyCommand {
            name: name.clone(),
            publish: options.checked("publish", selector)?,
            subscribe: options.checked("subscribe", selector)?,
            expires: options.parsed("expires", duration)?,
        })
    }

    /// Makes it; an error is a sentence for the user.
    pub(crate) fn run(self) -> Result<(), String> {
        let key = ApiKey::generate().map_err(|error| error.to_string())?;
        let now_s = Clock::system().unix_ms() / 1_000;
        let text = format!("{}\n{}\n", key.reveal(), self.line(&key, now_s)?);
        let mut out = std::io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| format!("cannot write: {error}"))
    }

    /// The line for the file, at this time in Unix seconds.
    pub(super) fn line(self, key: &ApiKey, now_s: u64) -> Result<String, String> {
        let line = KeyLine::default()
            .name(self.name)
            .sha256(key.digest())
            .publish(self.publish)
            .subscribe(self.subscribe)
            .expires(self.expires.map(|from_now| now_s + from_now.as_secs()));
        serde_json::to_string(&line).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests;
