//! `ssehub log import`: lines of JSON become events.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{BufRead, Write as _};
use std::path::Path;
use std::pin::Pin;

use futures_lite::future::poll_once;
use ssehub::store::AppendError;
use ssehub::{Draft, Log, Stored};

use super::lines::read_line;
use super::{Stop, envelope, open};

/// Events on their way into the log at a time: they share a commit.
const WAITING_EVENTS: usize = 1_024;

/// Size of their lines, in bytes. The log has room for several times as much.
const WAITING_BYTES: usize = 8 << 20;

/// Appends the events on standard input, and prints how many there were.
pub(super) async fn import(path: &Path) -> Result<(), Stop> {
    let log = open(path)?;
    let mut import = Import::new(&log);
    let read = import.read(&mut std::io::stdin().lock()).await;
    let settled = import.settle().await;
    let flushed = log.flush().await;
    let counts = format!("imported {}, repeated {}", import.imported, import.repeated);
    let wrong = [read, settled].into_iter().filter_map(Result::err);
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
    waiting: VecDeque<Waiting<'l>>,
    waiting_bytes: usize,
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

/// An event on its way.
struct Waiting<'l> {
    line: u64,
    bytes: usize,
    stored: Pin<Box<dyn Future<Output = Result<Stored, AppendError>> + 'l>>,
}

impl<'l> Import<'l> {
    fn new(log: &'l Log) -> Import<'l> {
        Import {
            log,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
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
        while self.waiting.len() >= WAITING_EVENTS || self.waiting_bytes >= WAITING_BYTES {
            self.answer().await?;
        }
        self.append(draft, line.len()).await
    }

    /// Puts an event into the log's queue. It takes its place there when it is polled for the first
    /// time, so that the events keep their order.
    async fn append(&mut self, draft: Draft, bytes: usize) -> Result<(), Wrong> {
        let log = self.log;
        let mut stored = Box::pin(log.append(draft));
        if let Some(stored) = poll_once(&mut stored).await {
            return self.note(self.line, stored);
        }
        self.waiting_bytes += bytes;
        self.waiting.push_back(Waiting {
            line: self.line,
            bytes,
            stored,
        });
        Ok(())
    }

    /// Waits for all that is on its way.
    async fn settle(&mut self) -> Result<(), Wrong> {
        let mut settled = Ok(());
        while !self.waiting.is_empty() {
            settled = settled.and(self.answer().await);
        }
        settled
    }

    /// Waits for the event that has been on its way for longest.
    async fn answer(&mut self) -> Result<(), Wrong> {
        let Some(oldest) = self.waiting.pop_front() else {
            return Ok(());
        };
        self.waiting_bytes -= oldest.bytes;
        let stored = oldest.stored.await;
        self.note(oldest.line, stored)
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
