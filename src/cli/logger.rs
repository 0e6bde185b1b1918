//! Log lines on standard error: time, level, what happened, and what belongs to it.
//!
//! A line that nobody takes is dropped and counted: whoever has the other end of a pipe and does not read must
//! not hold up the hub.

mod line;

use std::io::{Stderr, Write as _};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use log::{Level, LevelFilter, Log, Metadata, Record};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssehub::Clock;

use line::Line;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Human,
    /// A JSON object on each line.
    Json,
}

struct Lines {
    json: AtomicBool,
    /// Lines that nobody has taken.
    lost: AtomicU64,
}

static LINES: Lines = Lines {
    json: AtomicBool::new(false),
    lost: AtomicU64::new(0),
};

/// Sends log lines of this level and above to standard error.
pub(crate) fn log_to_stderr(level: LevelFilter, format: LogFormat) {
    LINES
        .json
        .store(format == LogFormat::Json, Ordering::Relaxed);
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
        let format = match self.json.load(Ordering::Relaxed) {
            true => LogFormat::Json,
            false => LogFormat::Human,
        };
        let now_ms = Clock::system().unix_ms();
        let line = Line::new(format, now_ms, record.level(), &record.args().to_string());
        self.write(&line.with(record.key_values()), |lost| {
            let text = format!("{lost} log lines were lost: nobody took them");
            Line::new(format, now_ms, Level::Warn, &text).finish()
        });
    }

    fn flush(&self) {}
}

impl Lines {
    /// Writes a line, if that does not have to wait, and before it how many could not be written.
    fn write(&self, line: &str, loss: impl FnOnce(u64) -> String) {
        let stderr = std::io::stderr();
        // Held from the look at the room to the writing.
        let mut lock = stderr.lock();
        let has_room = has_room(&stderr);
        let lost = match has_room {
            true => self.lost.swap(0, Ordering::Relaxed),
            false => self.lost.fetch_add(1, Ordering::Relaxed),
        };
        // A standard error that is closed or full must not end the server.
        match (has_room, lost) {
            (false, _) => {}
            (true, 0) => _ = lock.write_all(line.as_bytes()),
            (true, _) => {
                _ = lock.write_all(loss(lost).as_bytes());
                match self::has_room(&stderr) {
                    true => _ = lock.write_all(line.as_bytes()),
                    false => _ = self.lost.fetch_add(1, Ordering::Relaxed),
                }
            }
        }
    }
}

/// Whether a line can be written at once. A pipe that says so takes 4,096 bytes, which no line exceeds.
fn has_room(stderr: &Stderr) -> bool {
    const NOW: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let mut waiting = [PollFd::from_borrowed_fd(stderr.as_fd(), PollFlags::OUT)];
    let polled = poll(&mut waiting, Some(&NOW));
    polled.is_ok() && waiting[0].revents().contains(PollFlags::OUT)
}
