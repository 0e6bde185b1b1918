//! What this process has used of the machine.

use std::fs;
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

use crate::heap::Heap;

const KIB: u64 = 1_024;

/// Time and memory at one moment, or between two.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    at: Instant,
    /// CPU time of the process, in seconds.
    cpu_s: f64,
    pub heap: Heap,
    /// Resident memory, in bytes.
    rss: i64,
}

/// What has happened between two moments.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub wall_s: f64,
    pub cpu_s: f64,
    pub heap: Heap,
    pub rss: i64,
}

impl Usage {
    pub fn now() -> Usage {
        Usage {
            heap: Heap::now(),
            rss: resident_bytes() as i64,
            cpu_s: cpu_s(),
            at: Instant::now(),
        }
    }

    /// What has been spent since.
    pub fn spent(&self) -> Spent {
        let (wall_s, cpu_s) = (self.at.elapsed().as_secs_f64(), cpu_s() - self.cpu_s);
        Spent {
            wall_s,
            cpu_s,
            heap: Heap::now() - self.heap,
            rss: resident_bytes() as i64 - self.rss,
        }
    }
}

/// CPU time of this process, in seconds.
pub fn cpu_s() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Memory that the machine could still give, in bytes.
pub fn available_bytes() -> u64 {
    field("/proc/meminfo", "MemAvailable:")
}

fn resident_bytes() -> u64 {
    field("/proc/self/status", "VmRSS:")
}

fn field(file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(name));
    let kib = value.and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * KIB
}
