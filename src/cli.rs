//! The command line: arguments, environment and a file become settings.

mod access;
mod acme;
mod check;
mod config;
mod credential;
#[cfg(test)]
mod generate;
mod health;
mod key;
mod layers;
mod log;
mod logger;
mod memory;
mod options;
mod ready;
#[cfg(test)]
mod reasons;
mod redis;
mod server;
mod settings;
pub(crate) mod systemd;
mod tls;
mod token;
mod values;

use std::ffi::OsString;

use ssehub::server::{Address, Entrance, Listener, Speech};

pub(crate) use access::is_loopback;
pub(crate) use check::Check;
pub(crate) use health::HealthCommand;
pub(crate) use key::KeyCommand;
use layers::Words;
pub(crate) use log::LogCommand;
pub(crate) use logger::{log_to_stderr, tell_left_out};
pub(crate) use memory::give_back;
use settings::SETTINGS;
pub(crate) use settings::Settings;
pub(crate) use tls::{redirect, speech};
pub(crate) use token::TokenCommand;

/// What the program is asked to do.
pub(crate) enum Command {
    /// Print this and end.
    Print(String),
    /// Run the server.
    Serve(Box<Settings>),
    /// Say whether a server could be run with this: `ssehub check …`.
    Check(Box<Check>),
    /// Ask a server how it is: `ssehub health …`.
    Health(HealthCommand),
    /// Work on a log: `ssehub log …`.
    Log(LogCommand),
    /// Make or inspect a token: `ssehub token …`.
    Token(TokenCommand),
    /// Make an API key: `ssehub key …`.
    Key(KeyCommand),
}

/// Reads the command line. An argument wins over the environment, which wins over the file that one of
/// them names, which wins over the default.
pub(crate) fn command(
    args: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let mut parser = lexopt::Parser::from_iter(args);
    if begins_with("log", &mut parser) {
        return log::parse(&mut parser, variable);
    }
    if begins_with("token", &mut parser) {
        return token::parse(&mut parser);
    }
    if begins_with("key", &mut parser) {
        return key::parse(&mut parser);
    }
    if begins_with("health", &mut parser) {
        return health::parse(&mut parser, variable);
    }
    let checks = begins_with("check", &mut parser);
    let options = match layers::options(&mut parser)? {
        Words::Help if checks => return Ok(Command::Print(check::HELP.to_owned())),
        Words::Help => return Ok(Command::Print(help())),
        Words::Version => return Ok(Command::Print(version())),
        Words::Options(options) => options,
    };
    let told = layers::told(options, variable);
    match (checks, told.problems.is_empty()) {
        (true, _) => Ok(Command::Check(Box::new(Check::of(told)))),
        (false, true) => Ok(Command::Serve(Box::new(told.settings))),
        (false, false) => Err(sentences(told.errors())),
    }
}

/// Several sentences, to be told behind the name of the program.
pub(crate) fn sentences(all: Vec<String>) -> String {
    all.join("\nssehub: ")
}

/// Takes this word, if it is the next argument.
fn begins_with(command: &str, parser: &mut lexopt::Parser) -> bool {
    parser
        .try_raw_args()
        .is_some_and(|mut args| args.next_if(|word| word == command).is_some())
}

fn version() -> String {
    format!("ssehub {}\n", env!("CARGO_PKG_VERSION"))
}

fn help() -> String {
    let mut text = String::from(
        "Push events from any backend to any browser.\n\n\
         Usage: ssehub [OPTION VALUE]...\n\
         \x20      ssehub check [OPTION VALUE]...  (ssehub check --help tells more)\n\
         \x20      ssehub health [URL]     (ssehub health --help tells more)\n\
         \x20      ssehub log COMMAND      (ssehub log --help tells more)\n\
         \x20      ssehub token [inspect]  (ssehub token --help tells more)\n\
         \x20      ssehub key NAME         (ssehub key --help tells more)\n\n\
         Every option can also be set in the environment: --idle as SSEHUB_IDLE; a list is\n\
         separated by commas; and in a file: --config. Durations read 500ms, 10s, 5m, 24h;\n\
         sizes 4096, 64KiB, 1MiB.\n\n\
         Options:\n",
    );
    for setting in SETTINGS {
        text += format!("  --{} {}", setting.flag, setting.value).trim_end();
        text += "\n";
        for line in setting.help.lines() {
            text += &format!("        {line}\n");
        }
        if !setting.default.is_empty() {
            text += &format!("        [default: {}]\n", setting.default);
        }
    }
    text + "  -h, --help\n        Print this help.\n  -V, --version\n        Print the version.\n"
}

/// Where clients find an entrance, as something to click on.
pub(crate) fn link(entrance: &Entrance) -> String {
    match entrance.speech {
        Speech::Https(_) => url("https", &entrance.listener),
        Speech::Redirect(_) => url("http", &entrance.listener) + ", which leads to HTTPS",
        _ => url("http", &entrance.listener),
    }
}

/// Where a listener is to be found.
pub(crate) fn url(scheme: &str, listener: &Listener) -> String {
    match listener.address() {
        Ok(Address::Tcp(address)) => format!("{scheme}://{address}"),
        Ok(other) => other.to_string(),
        Err(error) => format!("an address that is not known: {error}"),
    }
}

#[cfg(test)]
mod tests;
