//! `ssehub log import`: lines of JSON become events.

use std::io::{BufRead, Write as _};
use std::path::Path;

use ssehub::store::AppendError;
use ssehub::{Draft, Log, Stored};

use super::lines::read_line;
use super::{Stop, envelope, open};

/// Most events of a run: they share a commit.
const RUN_EVENTS: usize = 1_024;

/// Size of their lines, in bytes, after which a run is complete. The log's queue has room for several
/// times as much.
const RUN_BYTES: usize = 8 << 20;

/// Appends the events on standard input, and prints how many there were.
pub(super) async fn import(path: &Path) -> Result<(), Stop> {
    let log = open(path)?;
    let mut import = Import::new(&log);
    let read = import.read(&mut std::io::stdin().lock()).await;
    let appended = import.append().await;
    let flushed = log.flush().await;
    let counts = format!("imported {}, repeated {}", import.imported, import.repeated);
    let wrong = [read, appended].into_iter().filter_map(Result::err);
    if let Some(Wrong { line, what }) = wrong.min() {
        return Err(Stop::With(format!("line {line}: {what}; {counts}")));
    }
    flushed.map_err(|fault| format!("{fault}; {counts}"))?;
    let mut out = std::io::stdout().lock();
    Ok(writeln!(out, "{counts}")?)
}

/// An import as far as it has got.
struct Import<'l> {
    log: &'l Log,
    /// What the log gets next, and the line of each event.
    run: Vec<Draft>,
    run_lines: Vec<u64>,
    run_bytes: usize,
    line: u64,
    imported: u64,
    repeated: u64,
}

/// What is wrong with a line; of several errors the one of the first line counts.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Wrong {
    line: u64,
    what: String,
}

impl<'l> Import<'l> {
    fn new(log: &'l Log) -> Import<'l> {
        Import {
            log,
            run: Vec::new(),
            run_lines: Vec::new(),
            run_bytes: 0,
            line: 0,
            imported: 0,
            repeated: 0,
        }
    }

    /// Appends line after line, up to the first that is wrong.
    async fn read(&mut self, input: &mut impl BufRead) -> Result<(), Wrong> {
        let mut line = Vec::new();
        loop {
            self.line += 1;
            match read_line(input, &mut line) {
                Ok(true) => self.take(&line).await?,
                Ok(false) => return Ok(()),
                Err(error) => return Err(self.wrong(error)),
            }
        }
    }

    async fn take(&mut self, line: &[u8]) -> Result<(), Wrong> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let draft = envelope::parse(line).map_err(|error| self.wrong(error))?;
        self.run.push(draft);
        self.run_lines.push(self.line);
        self.run_bytes += line.len();
        if self.run.len() < RUN_EVENTS && self.run_bytes < RUN_BYTES {
            return Ok(());
        }
        self.append().await
    }

    /// Appends the run; of events that are refused, the first counts.
    async fn append(&mut self) -> Result<(), Wrong> {
        self.run_bytes = 0;
        let lines = std::mem::take(&mut self.run_lines);
        let outcomes = self.log.enqueue(std::mem::take(&mut self.run)).await;
        let mut appended = Ok(());
        for (line, stored) in lines.into_iter().zip(outcomes) {
            appended = appended.and(self.note(line, stored));
        }
        appended
    }

    fn note(&mut self, line: u64, stored: Result<Stored, AppendError>) -> Result<(), Wrong> {
        match stored {
            Ok(stored) if stored.repeated => self.repeated += 1,
            Ok(_) => self.imported += 1,
            Err(error) => {
                let what = error.to_string();
                return Err(Wrong { line, what });
            }
        }
        Ok(())
    }

    fn wrong(&self, error: impl ToString) -> Wrong {
        Wrong {
            line: self.line,
            what: error.to_string(),
        }
    }
}
