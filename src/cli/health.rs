//! `ssehub health`: asks a running server how it is, for a container that has no curl.

use lexopt::Parser;

use super::Command;
use super::options::{Options, Takes};
use super::server::Server;

pub(super) const HELP: &str = "\
Ask a running server whether it is well.

Usage: ssehub health [URL] [--ca FILE]

Ends with status 0 if the server answers GET /healthz with 200 within ten seconds of being connected, and
with 1 if it does not. URL reads http://HOST:PORT or https://HOST:PORT.
[default: http://localhost:8080]

Options:
  --ca FILE
        Certificates, in PEM, of those who vouch for a server at https.
        [default: those that the system trusts]
  -h, --help
        Print this help.
";

pub(super) const TAKES: Takes = Takes {
    options: &["ca"],
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
    let url = options.words.first().map(String::as_str);
    let server = options.one("ca").and_then(|ca| Server::new(url, ca));
    match server {
        Ok(server) => Ok(Command::Health(HealthCommand { server })),
        Err(error) => Err(format!("health: {error}")),
    }
}

impl HealthCommand {
    /// Asks; an error is a sentence for the user.
    pub(crate) async fn run(self) -> Result<(), String> {
        match self.server.get("/healthz", "").await.map(|it| it.status) {
            Ok(200) => Ok(()),
            Ok(status) => Err(format!("{} answers {status}", self.server)),
            Err(error) => Err(format!("cannot read from {}: {error}", self.server)),
        }
    }
}
