//! What a server's processes cost, from `/proc`.

use std::fs;

/// Kibibytes in a megabyte figure of `/proc`.
const KIB: u64 = 1024;

/// CPU time and memory of a process and all its descendants, added up.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// User and system time, in seconds.
    pub cpu_s: f64,
    /// Resident memory, in bytes.
    pub rss: u64,
    /// The most that was ever resident in each process, in bytes.
    pub peak_rss: u64,
    /// Resident memory, shared pages split among those who share them, in bytes.
    pub pss: u64,
}

/// Reads the CPU time alone, which is cheap.
pub fn cpu_seconds(root: u32) -> f64 {
    seconds(Some(tree(root).into_iter().filter_map(ticks_of).sum()))
}

/// The CPU time of this process alone, without the servers it has started.
pub fn own_cpu_seconds() -> f64 {
    seconds(stat_ticks(&own_stat(), 11..13))
}

/// The CPU time of this process and of the servers that have ended.
pub fn own_cpu_seconds_with_children() -> f64 {
    seconds(stat_ticks(&own_stat(), 11..15))
}

/// The CPU time of everything on the machine since it started.
pub fn machine_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let all = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1);
    let ticks = all
        .map(|ticks| ticks.parse::<u64>().unwrap_or(0))
        .collect::<Vec<_>>();
    // user, nice, system, irq, softirq, steal; what waits or idles does not count.
    seconds(
        [0, 1, 2, 5, 6, 7]
            .iter()
            .map(|&n| ticks.get(n).copied())
            .sum(),
    )
}

fn own_stat() -> String {
    fs::read_to_string("/proc/self/stat").unwrap_or_default()
}

fn seconds(ticks: Option<u64>) -> f64 {
    ticks.unwrap_or(0) as f64 / rustix::param::clock_ticks_per_second() as f64
}

/// Reads everything; `pss` walks the page tables, so not for use in a measured stretch.
pub fn usage(root: u32) -> Usage {
    let mut usage = Usage {
        cpu_s: cpu_seconds(root),
        ..Usage::default()
    };
    for pid in tree(root) {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        usage.rss += field_kib(&status, "VmRSS:") * KIB;
        usage.peak_rss += field_kib(&status, "VmHWM:") * KIB;
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        usage.pss += field_kib(&rollup, "Pss:") * KIB;
    }
    usage
}

/// Reads resident memory alone, in bytes.
pub fn resident(root: u32) -> u64 {
    let status = |pid| fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    tree(root)
        .into_iter()
        .map(|pid| field_kib(&status(pid), "VmRSS:") * KIB)
        .sum()
}

/// The machine's memory, in bytes.
pub fn machine_memory() -> u64 {
    field_kib(
        &fs::read_to_string("/proc/meminfo").unwrap_or_default(),
        "MemTotal:",
    ) * KIB
}

/// A process and its descendants.
pub fn tree(root: u32) -> Vec<u32> {
    let mut pids = vec![root];
    let mut looked_at = 0;
    while let Some(&pid) = pids.get(looked_at) {
        looked_at += 1;
        for task in fs::read_dir(format!("/proc/{pid}/task"))
            .into_iter()
            .flatten()
            .flatten()
        {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            pids.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<u32>().ok()),
            );
        }
    }
    pids
}

/// `utime`, `stime`, and those of children already waited for: fields 14 to 17 of `stat`.
fn ticks_of(pid: u32) -> Option<u64> {
    stat_ticks(
        &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?,
        11..15,
    )
}

/// Adds up fields of `stat`, counted from the one after the name, which may contain anything.
fn stat_ticks(stat: &str, fields: std::ops::Range<usize>) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let all: Vec<_> = after_name.split_whitespace().collect();
    Some(
        all.get(fields)?
            .iter()
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum(),
    )
}

fn field_kib(text: &str, name: &str) -> u64 {
    text.lines()
        .find_map(|line| {
            line.strip_prefix(name)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .unwrap_or(0)
}
