//! Log lines on standard error: time, level, what happened, and what belongs to it.
//!
//! A line that nobody takes is dropped and counted: whoever has the other end of a pipe and does not read must
//! not hold up the hub. A line of which there are too many is left out and counted (`ration.rs`).

mod line;
mod ration;

use std::io::{Stderr, Write as _};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use log::kv::Source;
use log::{Level, LevelFilter, Log, Metadata, Record};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use ssehub::Clock;

use line::Line;
use ration::{Ration, Verdict};

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
    ration: LazyLock<Mutex<Ration>>,
    clock: LazyLock<Clock>,
}

static LINES: Lines = Lines {
    json: AtomicBool::new(false),
    lost: AtomicU64::new(0),
    ration: LazyLock::new(Mutex::default),
    clock: LazyLock::new(Clock::system),
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

/// Pause between two looks at what was left out.
const TELL_PAUSE: Duration = Duration::from_secs(5);

/// Nothing belongs to a line.
const NO_FIELDS: [(&str, &str); 0] = [];

/// Tells how many log lines were left out, also when no other line comes. Does not end.
pub(crate) async fn tell_left_out() {
    loop {
        LINES.clock.sleep(TELL_PAUSE).await;
        LINES.flush();
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
        let mut message = record.args().to_string();
        let verdict = self.ration(|ration, now| ration.judge(record, &message, now));
        let Verdict::Write { repeated } = verdict else {
            return;
        };
        if repeated > 0 {
            message += &format!(" (and {repeated} times since this was told last)");
        }
        self.flush();
        self.write_line(record.level(), &message, record.key_values());
    }

    /// Tells how many lines were left out, if it is time to.
    fn flush(&self) {
        if let Some(left_out) = self.ration(Ration::sum_up) {
            let message = format!("{left_out} more lines were left out: too many of one kind");
            self.write_line(Level::Warn, &message, &NO_FIELDS);
        }
    }
}

impl Lines {
    fn ration<T>(&self, with: impl FnOnce(&mut Ration, Duration) -> T) -> T {
        let mut ration = self.ration.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut ration, self.clock.now())
    }

    fn write_line(&self, level: Level, message: &str, fields: &dyn Source) {
        let format = match self.json.load(Ordering::Relaxed) {
            true => LogFormat::Json,
            false => LogFormat::Human,
        };
        let now_ms = self.clock.unix_ms();
        let line = Line::new(format, now_ms, level, message);
        self.write(&line.with(fields), |lost| {
            let text = format!("{lost} log lines were lost: nobody took them");
            Line::new(format, now_ms, Level::Warn, &text).finish()
        });
    }

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
