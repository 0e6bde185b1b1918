//! The arguments of `ssehub log`.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg::{Long, Short, Value};
use lexopt::Parser;
use ssehub::{Interest, Selector, Start, Topic};

use super::LogCommand;
use crate::cli::Command;
use crate::cli::credential::Credential;
use crate::cli::server::Server;

pub(in crate::cli) const HELP: &str = "\
Read and write event logs from the command line.

An event log is what a server keeps with --data. The lines that it writes to standard error are not meant;
those are the business of --log.

Usage: ssehub log list   --data PATH
       ssehub log export --data PATH [--topic TOPIC]... [--after ID]
       ssehub log import --data PATH
       ssehub log follow [URL] [--topic TOPIC] [--after ID] [--key-file FILE] [--ca FILE]

Commands:
  list
        Print what an event log holds: how many events, the oldest and the newest, the topics, and which
        of them have ended.
  export
        Write events to standard output, oldest first, one JSON object a line.
  import
        Append events from standard input, in the order of the lines. The log is made if there is
        none. Each event gets a new position, and with it a new time; all else stays as it was.
        An event whose publisher's id is known on its topic is a repetition and is not stored
        again; one without such an id is stored each time it is imported. The first line that is
        wrong ends the import: what stands before it is stored, what stands behind it is not.
        Nothing old is dropped; that is up to the server, by its options.
  follow
        Write events of a running server to standard output as they are published, one JSON object
        a line. When the connection is lost, it is made again, and goes on after the last event,
        until the topic has ended.
        URL reads http://HOST:PORT, https://HOST:PORT or unix:PATH.
        [default: http://localhost:8080]

Options:
  --data PATH
        The log's file, which no server may be using. SSEHUB_DATA in the environment says the same.
  --topic TOPIC
        export: only events of this topic; may be repeated.  [default: all topics]
        follow: the topic to follow.  [default: chat]
  --after ID
        Only events after the one with this id; `earliest` stands for all that are kept.
        [default: export: earliest; follow: whatever comes next]
  --key-file FILE
        follow: a file whose first line is an API key or a token, for a server that lets nobody read
        without one. It is read again for each connection. SSEHUB_KEY in the environment may hold the
        key itself.
  --ca FILE
        follow: certificates, in PEM, of the authorities that the client trusts for a URL with https.
        [default: those that the system trusts]
  -h, --help
        Print this help.
";

/// The topic that a server takes when none is named.
const DEFAULT_TOPIC: &str = "chat";

/// Reads what follows the word `log`.
pub(in crate::cli) fn parse(
    parser: &mut Parser,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let word = match parser.next().map_err(|error| error.to_string())? {
        Some(Short('h') | Long("help")) => return Ok(Command::Print(HELP.to_owned())),
        Some(Value(word)) => word.to_string_lossy().into_owned(),
        _ => return Err("log list, log export, log import or log follow is expected".to_owned()),
    };
    let takes = Takes::of(&word).ok_or_else(|| format!("there is no command \"log {word}\""))?;
    let of_log = |error| format!("log {word}: {error}");
    let Some(given) = Given::read(parser, &takes).map_err(of_log)? else {
        return Ok(Command::Print(HELP.to_owned()));
    };
    let command = match word.as_str() {
        "list" => given.data(variable).map(|data| LogCommand::List { data }),
        "import" => given.data(variable).map(|data| LogCommand::Import { data }),
        "export" => given.export(variable),
        _ => given.follow(variable),
    };
    command.map(Command::Log).map_err(of_log)
}

/// What a command can be told.
struct Takes {
    options: &'static [&'static str],
    url: bool,
}

impl Takes {
    fn of(word: &str) -> Option<Takes> {
        let options: &[&str] = match word {
            "list" | "import" => &["data"],
            "export" => &["data", "topic", "after"],
            "follow" => &["topic", "after", "key-file", "ca"],
            _ => return None,
        };
        let url = word == "follow";
        Some(Takes { options, url })
    }
}

/// The options of a command, for its completions.
#[cfg(test)]
pub(in crate::cli) fn options_of(word: &str) -> &'static [&'static str] {
    Takes::of(word).map_or(&[], |takes| takes.options)
}

/// The arguments as they were given.
#[derive(Default)]
struct Given {
    data: Option<String>,
    topics: Vec<String>,
    after: Option<String>,
    key_file: Option<String>,
    ca: Option<String>,
    url: Option<String>,
}

impl Given {
    /// Reads the arguments that a command takes; `None` asks for help.
    fn read(parser: &mut Parser, takes: &Takes) -> Result<Option<Given>, String> {
        let mut given = Given::default();
        while let Some(arg) = parser.next().map_err(|error| error.to_string())? {
            match arg {
                Short('h') | Long("help") => return Ok(None),
                Short(name) => return Err(format!("there is no option -{name}")),
                Long(name) if takes.options.contains(&name) => {
                    let name = name.to_owned();
                    let value = parser.value().map_err(|error| error.to_string())?;
                    given.set(&name, utf8(value)?)?;
                }
                Long(name) => return Err(format!("there is no option --{name}")),
                Value(url) if takes.url && given.url.is_none() => given.url = Some(utf8(url)?),
                Value(value) => return Err(format!("{value:?} is one argument too many")),
            }
        }
        Ok(Some(given))
    }

    fn set(&mut self, option: &str, value: String) -> Result<(), String> {
        if value.is_empty() {
            return Err(format!("--{option} must not be empty"));
        }
        match option {
            "data" => self.data = Some(value),
            "topic" => self.topics.push(value),
            "key-file" => self.key_file = Some(value),
            "ca" => self.ca = Some(value),
            _ => self.after = Some(value),
        }
        Ok(())
    }

    fn export(self, variable: impl Fn(&str) -> Option<String>) -> Result<LogCommand, String> {
        let named: Result<Vec<_>, _> = self.topics.iter().map(|name| topic(name)).collect();
        let interest = match named? {
            none if none.is_empty() => Interest::any([Selector::All]),
            topics => Interest::any(topics.into_iter().map(Selector::Exact)),
        };
        Ok(LogCommand::Export {
            interest,
            start: self.start(Start::Earliest),
            data: self.data(variable)?,
        })
    }

    fn follow(self, variable: impl Fn(&str) -> Option<String>) -> Result<LogCommand, String> {
        let name = match self.topics.as_slice() {
            [] => DEFAULT_TOPIC,
            [name] => name,
            _ => return Err("--topic: one topic can be followed at a time".to_owned()),
        };
        let credential = Credential::find(self.key_file.as_deref(), variable)?;
        let server = Server::new(self.url.as_deref(), self.ca.as_deref())?;
        Ok(LogCommand::Follow {
            server: server.showing(credential),
            topic: topic(name)?,
            start: self.start(Start::Now),
        })
    }

    fn start(&self, otherwise: Start) -> Start {
        match self.after.as_deref() {
            None => otherwise,
            Some("earliest") => Start::Earliest,
            Some(id) => Start::After(id.to_owned()),
        }
    }

    fn data(self, variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf, String> {
        self.data
            .or_else(|| variable("SSEHUB_DATA"))
            .filter(|path| !path.is_empty())
            .map(Into::into)
            .ok_or_else(|| "--data PATH is expected, the log's file".to_owned())
    }
}

fn topic(name: &str) -> Result<Topic, String> {
    Topic::parse(name).map_err(|error| format!("--topic={name}: {error}"))
}

fn utf8(value: OsString) -> Result<String, String> {
    value
        .into_string()
        .map_err(|_| "an argument is not UTF-8".to_owned())
}
