//! `ssehub token`: makes and inspects tokens.

mod inspect;
mod mint;
pub(super) mod source;

use lexopt::Parser;

pub(super) use inspect::Inspection;
pub(super) use mint::Mint;

use super::options::{Options, Takes};
use super::{Command, begins_with};

pub(super) const HELP: &str = "\
Make and inspect tokens: JSON Web Tokens as the Mercure protocol has them.

Usage: ssehub token (--key-file PATH | --key-env NAME) [--publish TOPIC]... [--subscribe TOPIC]...
       ssehub token inspect [TOKEN] [--key-file PATH | --key-env NAME]

`ssehub token` prints a token. `ssehub token inspect` prints what is in one, and, given a key, whether it
would be taken and what it grants; it ends with status 1 if the token would be refused. Without TOKEN it
reads standard input, which other users of the machine cannot see.

The key:
  --key-file PATH
        A file with a secret of at least 32 bytes, or with a key in PEM: a private one (PKCS#8) to make a
        token, a public one to inspect one. To inspect, it may also be a JWK Set. The line end behind a
        secret does not count.
  --key-env NAME
        The same in the environment variable of this name.

Options of a new token:
  --publish TOPIC
        A topic to which it lets publish: a name, a URI template, or * for all. May be repeated.
  --subscribe TOPIC
        A topic of which it lets read private events. May be repeated.
  --expires DURATION
        How long it is valid, from now.  [default: 1h]
  --alg ALGORITHM
        HS256, HS384, HS512, ES256, ES384 or EdDSA.  [default: HS256]
  --subject TEXT
        Whose token it is.
  --payload JSON
        What the hub tells others about its subscriptions.
  --kid TEXT
        The name of the key.
  --details
        Make a token of draft 08 of the protocol: an access token with authorization details, which
        needs --issuer and --audience, and takes no URI templates.

For both:
  --issuer TEXT
        Who makes the token. When inspecting: who must have made it.
  --audience TEXT
        For whom it is. When inspecting: for whom it must be. Authorization details are only looked at
        with both of them.
  -h, --help
        Print this help.
";

pub(super) const MINT: Takes = Takes {
    options: &[
        "key-file",
        "key-env",
        "publish",
        "subscribe",
        "expires",
        "alg",
        "subject",
        "payload",
        "kid",
        "issuer",
        "audience",
    ],
    flags: &["details"],
    words: 0,
};

pub(super) const INSPECT: Takes = Takes {
    options: &["key-file", "key-env", "issuer", "audience"],
    flags: &[],
    words: 1,
};

/// What to do about a token.
#[derive(Debug)]
pub(crate) enum TokenCommand {
    /// Print a new one.
    Mint(Mint),
    /// Print what is in one.
    Inspect(Inspection),
}

/// Reads what follows the word `token`.
pub(super) fn parse(parser: &mut Parser) -> Result<Command, String> {
    let inspects = begins_with("inspect", parser);
    let (name, takes) = match inspects {
        true => ("token inspect", &INSPECT),
        false => ("token", &MINT),
    };
    let named = |error| format!("{name}: {error}");
    let Some(options) = Options::read(parser, takes).map_err(named)? else {
        return Ok(Command::Print(HELP.to_owned()));
    };
    let command = match inspects {
        true => Inspection::from(&options).map(TokenCommand::Inspect),
        false => Mint::from(&options).map(TokenCommand::Mint),
    };
    command.map(Command::Token).map_err(named)
}

impl TokenCommand {
    /// Does it; an error is a sentence for the user.
    pub(crate) fn run(self) -> Result<(), String> {
        match self {
            TokenCommand::Mint(mint) => mint.run(),
            TokenCommand::Inspect(inspection) => inspection.run(),
        }
    }
}

/// Writes to standard output.
fn print(text: &str) -> Result<(), String> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| format!("cannot write: {error}"))
}

#[cfg(test)]
mod tests;
