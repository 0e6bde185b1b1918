//! One monotonic clock for everyone who stamps or reads an event.

use std::sync::OnceLock;
use std::time::Instant;

static BASE: OnceLock<Instant> = OnceLock::new();

/// Nanoseconds since this process first asked; publishers and subscribers share the process, so
/// they share the clock.
pub fn now_ns() -> u64 {
    BASE.get_or_init(Instant::now).elapsed().as_nanos() as u64
}
