//! The command line: arguments and environment become settings.

mod access;
mod key;
mod log;
mod logger;
mod options;
mod settings;
mod token;
mod values;

use std::ffi::OsString;

use ssehub::server::Address;

pub(crate) use key::KeyCommand;
pub(crate) use log::LogCommand;
pub(crate) use logger::log_to_stderr;
pub(crate) use settings::Settings;
use settings::{SETTINGS, Setting};
pub(crate) use token::TokenCommand;

/// What the program is asked to do.
pub(crate) enum Command {
    /// Print this and end.
    Print(String),
    /// Run the server.
    Serve(Box<Settings>),
    /// Work on a log: `ssehub log …`.
    Log(LogCommand),
    /// Make or inspect a token: `ssehub token …`.
    Token(TokenCommand),
    /// Make an API key: `ssehub key …`.
    Key(KeyCommand),
}

/// Reads the command line. An argument wins over the environment, which wins over the default.
pub(crate) fn command(
    args: impl IntoIterator<Item = OsString>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    use lexopt::Arg::{Long, Short, Value};
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
    let mut settings = Settings::default();
    for setting in SETTINGS {
        if let Some(values) = variable(&setting.variable()) {
            for value in values
                .split(',')
                .map(str::trim)
                .filter(|value| !value.is_empty())
            {
                setting.apply(&mut settings, value, &setting.variable())?;
            }
        }
    }
    let mut seen: Vec<&str> = Vec::new();
    while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Print(help())),
            Short('V') | Long("version") => return Ok(Command::Print(version())),
            Long(name) => {
                let setting = SETTINGS
                    .iter()
                    .find(|setting| setting.flag == name)
                    .ok_or_else(|| format!("there is no option --{name}"))?;
                // The first argument of a list takes the place of what the environment says.
                if !seen.contains(&setting.flag) {
                    (setting.clear)(&mut settings);
                    seen.push(setting.flag);
                }
                let from = format!("--{}", setting.flag);
                if setting.value.is_empty() {
                    setting.apply(&mut settings, "yes", &from)?;
                    continue;
                }
                let value = parser.value().map_err(|error| error.to_string())?;
                let value = value.to_str().ok_or("an argument is not UTF-8")?;
                setting.apply(&mut settings, value, &from)?;
            }
            Short(name) => return Err(format!("there is no option -{name}")),
            Value(value) => return Err(format!("there is no command {value:?}")),
        }
    }
    settings.complete();
    Ok(Command::Serve(Box::new(settings)))
}

/// Takes this word, if it is the next argument.
fn begins_with(command: &str, parser: &mut lexopt::Parser) -> bool {
    parser
        .try_raw_args()
        .is_some_and(|mut args| args.next_if(|word| word == command).is_some())
}

impl Setting {
    /// The environment variable that says the same as the flag.
    fn variable(&self) -> String {
        format!("SSEHUB_{}", self.flag.replace('-', "_").to_uppercase())
    }

    fn apply(&self, settings: &mut Settings, value: &str, from: &str) -> Result<(), String> {
        (self.set)(settings, value).map_err(|error| format!("{from}={value}: {error}"))
    }
}

fn version() -> String {
    format!("ssehub {}\n", env!("CARGO_PKG_VERSION"))
}

fn help() -> String {
    let mut text = String::from(
        "Push events from any backend to any browser.\n\n\
         Usage: ssehub [OPTION VALUE]...\n\
         \x20      ssehub log COMMAND      (ssehub log --help tells more)\n\
         \x20      ssehub token [inspect]  (ssehub token --help tells more)\n\
         \x20      ssehub key NAME         (ssehub key --help tells more)\n\n\
         Every option can also be set in the environment: --idle as SSEHUB_IDLE; a list is\n\
         separated by commas. Durations read 500ms, 10s, 5m, 24h; sizes 4096, 64KiB, 1MiB.\n\n\
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

/// An address as something to click on.
pub(crate) fn link(address: &Address) -> String {
    match address {
        Address::Tcp(address) => format!("http://{address}"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
