//! `ssehub log`: lists, exports, imports and follows a log from the command line.

mod args;
mod envelope;
mod export;
mod follow;
mod import;
mod lines;
mod list;
mod pages;
mod stop;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ssehub::store::{Durability, OpenError};
use ssehub::{Clock, Interest, Log, LogConfig, Retention, Start, Topic};

pub(super) use args::parse;
#[cfg(test)]
pub(super) use args::{HELP, options_of};
use stop::Stop;

use super::server::Server;

/// What to do with a log.
#[derive(Debug)]
pub(crate) enum LogCommand {
    /// Print a summary.
    List { data: PathBuf },
    /// Write events to standard output.
    Export {
        data: PathBuf,
        interest: Interest,
        start: Start,
    },
    /// Append events from standard input.
    Import { data: PathBuf },
    /// Write events of a running server to standard output, for ever.
    Follow {
        server: Server,
        topic: Topic,
        start: Start,
    },
}

impl LogCommand {
    /// Does it; an error is a sentence for the user.
    pub(crate) async fn run(self) -> Result<(), String> {
        let done = match self {
            LogCommand::List { data } => list::list(&data).await,
            LogCommand::Export {
                data,
                interest,
                start,
            } => export::export(&data, interest, &start).await,
            LogCommand::Import { data } => import::import(&data).await,
            LogCommand::Follow {
                server,
                topic,
                start,
            } => follow::follow(server, &topic, start),
        };
        match done {
            Ok(()) | Err(Stop::Quietly) => Ok(()),
            Err(Stop::With(error)) => Err(error),
        }
    }
}

/// Drops nothing: how much is too much is for the server to say, by its own settings.
fn everything() -> Retention {
    Retention::default()
        .events(usize::MAX)
        .bytes(usize::MAX)
        .age(Duration::from_millis(u64::MAX))
}

/// What is in memory: few events, since nobody asks for them twice, but room for a large one.
fn window() -> Retention {
    everything().events(16).bytes(256 << 20)
}

/// Opens a log that is there; it is not made by looking for it.
fn open_existing(path: &Path) -> Result<Log, String> {
    let shown = path.display();
    match std::fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(format!("there is no log at {shown}"))
        }
        Ok(found) if found.is_file() && found.len() == 0 => {
            Err(format!("there is no log at {shown}: the file is empty"))
        }
        _ => open(path),
    }
}

/// Opens a log, and makes it if there is none.
fn open(path: &Path) -> Result<Log, String> {
    let config = LogConfig::default()
        .retention(everything())
        .window(window());
    let opened = Log::open(path, Durability::Commit, config, Clock::system());
    opened.map_err(|error| match error {
        OpenError::InUse(text) => {
            format!("{text}; if that is a running server, `ssehub log follow` reads from it")
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests;
