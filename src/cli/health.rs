//! `ssehub health`: asks a running server how it is, for a container that has no curl.

use lexopt::Parser;

use super::Command;
use super::log::Server;
use super::options::{Options, Takes};

pub(super) const HELP: &str = "\
Ask a running server whether it is well.

Usage: ssehub health [URL]

Ends with status 0 if the server answers GET /healthz with 200 within ten seconds, and with 1 if it does
not. URL reads http://IP:PORT or http://localhost:PORT.
[default: http://localhost:8080]

Options:
  -h, --help
        Print this help.
";

pub(super) const TAKES: Takes = Takes {
    options: &[],
    flags: &[],
    words: 1,
};

/// Whom to ask.
#[derive(Debug)]
pub(crate) struct HealthCommand {
    server: Server,
}

/// Reads what follows the word `health`.
pub(super) fn parse(parser: &mut Parser) -> Result<Command, String> {
    let read = Options::read(parser, &TAKES).map_err(|error| format!("health: {error}"))?;
    let Some(options) = read else {
        return Ok(Command::Print(HELP.to_owned()));
    };
    let server = match options.words.first() {
        Some(url) => url
            .parse()
            .map_err(|error| format!("health: {url}: {error}"))?,
        None => Server::default(),
    };
    Ok(Command::Health(HealthCommand { server }))
}

impl HealthCommand {
    /// Asks; an error is a sentence for the user.
    pub(crate) fn run(self) -> Result<(), String> {
        match self.server.status_of("/healthz") {
            Ok(200) => Ok(()),
            Ok(status) => Err(format!("{} answers {status}", self.server)),
            Err(error) => Err(format!("cannot read from {}: {error}", self.server)),
        }
    }
}
