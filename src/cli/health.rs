//! `ssehub health`: asks a running server how it is, for a container that has no curl.

use lexopt::Parser;

use super::options::{Options, Takes};
use super::server::Server;
use super::{Command, layers, sentences};

pub(super) const HELP: &str = "\
Ask a running server whether it is well.

Usage: ssehub health [--config FILE]
       ssehub health URL [--ca FILE]

Ends with status 0 if the server answers GET /healthz with 200 within ten seconds of being connected, and
with 1 if it does not.

Without URL, it asks the server that has the settings of this environment and of --config, as that server
reads them: at the first address of --listen, by HTTPS if it has a certificate, by the first name of
--allowed-host. Which certificate it shows is not verified, since nothing secret is sent.

URL reads http://HOST:PORT, https://HOST:PORT or unix:PATH.

Options:
  --config FILE
        The server's settings. SSEHUB_CONFIG in the environment says the same.
  --ca FILE
        Certificates, in PEM, of the authorities that the client trusts for a URL with https.
        [default: those that the system trusts]
  -h, --help
        Print this help.
";

pub(super) const TAKES: Takes = Takes {
    options: &["ca", "config"],
    flags: &[],
    words: 1,
};

/// Whom to ask.
#[derive(Debug)]
pub(crate) struct HealthCommand {
    server: Server,
}

/// Reads what follows the word `health`.
pub(super) fn parse(
    parser: &mut Parser,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let read = Options::read(parser, &TAKES).map_err(|error| format!("health: {error}"))?;
    let Some(options) = read else {
        return Ok(Command::Print(HELP.to_owned()));
    };
    match server(&options, variable) {
        Ok(server) => Ok(Command::Health(HealthCommand { server })),
        Err(error) => Err(format!("health: {error}")),
    }
}

/// The server at the URL, or the one that has these settings.
fn server(options: &Options, variable: impl Fn(&str) -> Option<String>) -> Result<Server, String> {
    let (ca, config) = (options.one("ca")?, options.one("config")?);
    match (options.words.first(), config) {
        (Some(_), Some(_)) => Err("a URL and --config exclude each other".to_owned()),
        (Some(url), None) => Server::new(Some(url), ca),
        (None, _) if ca.is_some() => Err("--ca is for a URL with https".to_owned()),
        (None, config) => {
            let told = layers::told(layers::config(config), variable);
            match told.problems.is_empty() {
                true => Server::of(&told.settings),
                false => Err(sentences(told.problems)),
            }
        }
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
