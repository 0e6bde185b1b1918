//! The machine: what it is, and how busy others keep it while we measure.

use std::fs;
use std::time::{Duration, Instant};

use crate::load::process::{machine_cpu_seconds, own_cpu_seconds_with_children};
use crate::progress::Progress;

/// Others may use this share of the machine before a measurement waits.
const CALM_SHARE: f64 = 0.05;
/// How long the machine is watched to tell.
const LOOK: Duration = Duration::from_millis(500);

/// Measures what is used of the machine by anyone but us and our servers.
pub struct Others {
    began: Instant,
    machine_s: f64,
    own_s: f64,
}

impl Others {
    pub fn watch() -> Others {
        let (machine_s, own_s) = (machine_cpu_seconds(), own_cpu_seconds_with_children());
        Others {
            began: Instant::now(),
            machine_s,
            own_s,
        }
    }

    /// Their share of all cores since the watch began; servers must have ended by now.
    pub fn share(&self) -> f64 {
        let own_s = own_cpu_seconds_with_children() - self.own_s;
        let others_s = machine_cpu_seconds() - self.machine_s - own_s;
        let all_s = self.began.elapsed().as_secs_f64() * cores() as f64;
        (others_s / all_s).clamp(0.0, 1.0)
    }
}

/// Waits until others leave the machine alone, but no longer than `limit`.
pub fn wait_for_calm(limit: Duration, progress: &Progress) {
    let give_up = Instant::now() + limit;
    while Instant::now() < give_up {
        let others = Others::watch();
        std::thread::sleep(LOOK);
        let share = others.share();
        if share < CALM_SHARE {
            return;
        }
        progress.tick(|| {
            format!(
                "waiting for calm: others use {:.0} % of the machine",
                share * 1e2
            )
        });
    }
}

pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |n| n.get())
}

/// A few facts for the record.
pub fn facts() -> Vec<(&'static str, String)> {
    let line = |file: &str| {
        fs::read_to_string(file)
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let cpu_info = line("/proc/cpuinfo");
    let model = cpu_info
        .lines()
        .find_map(|l| l.strip_prefix("model name")?.split(": ").nth(1));
    vec![
        ("cpu", model.unwrap_or("unknown").to_owned()),
        ("cores", cores().to_string()),
        ("kernel", line("/proc/sys/kernel/osrelease")),
        (
            "tcp_congestion_control",
            line("/proc/sys/net/ipv4/tcp_congestion_control"),
        ),
        (
            "tcp_wmem",
            line("/proc/sys/net/ipv4/tcp_wmem").replace('\t', " "),
        ),
        ("somaxconn", line("/proc/sys/net/core/somaxconn")),
    ]
}
