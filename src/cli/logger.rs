//! Log lines on standard error: time, level, what happened.

use std::io::Write as _;

use log::{LevelFilter, Log, Metadata, Record};
use ssehub::Clock;

use super::values::time;

struct Lines;

static LINES: Lines = Lines;

/// Sends log lines of this level and above to standard error.
pub(crate) fn log_to_stderr(level: LevelFilter) {
    if log::set_logger(&LINES).is_ok() {
        log::set_max_level(level);
    }
}

impl Log for Lines {
    /// Only what the hub says; its libraries talk to themselves.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("ssehub")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let time = time(Clock::system().unix_ms());
        let text = record.args().to_string();
        // A standard error that is closed or full must not end the server.
        _ = writeln!(
            std::io::stderr().lock(),
            "{time} {:<5} {}",
            record.level(),
            one_line(&text)
        );
    }

    fn flush(&self) {}
}

/// What a client has sent may be part of the text: it must not look like a line of its own.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
