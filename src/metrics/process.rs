//! What the program itself takes of its machine, as Linux tells it. Elsewhere nothing is known.

use std::fs;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

/// What the program takes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Process {
    /// Memory that it has in the machine's, in bytes.
    pub resident_bytes: Option<u64>,
    /// Time that it has run on all processors together.
    pub cpu: Duration,
    /// Descriptors that it has open.
    pub open_descriptors: Option<u64>,
    /// Descriptors that it may have open.
    pub most_descriptors: Option<u64>,
}

impl Process {
    /// Looks. Takes a while with many descriptors, and blocks meanwhile.
    pub fn look() -> Process {
        // The listing has a descriptor of its own.
        let descriptors = fs::read_dir("/proc/self/fd").map(|found| found.count() as u64 - 1);
        Process {
            open_descriptors: descriptors.ok(),
            most_descriptors: getrlimit(Resource::Nofile).current,
            ..Process::glance()
        }
    }

    /// Looks at nothing but memory and time: that takes microseconds, and no disk.
    pub fn glance() -> Process {
        let cpu = clock_gettime(ClockId::ProcessCPUTime);
        Process {
            resident_bytes: fs::read_to_string("/proc/self/status")
                .ok()
                .and_then(|status| resident(&status)),
            cpu: Duration::new(cpu.tv_sec as u64, cpu.tv_nsec as u32),
            ..Process::default()
        }
    }
}

/// `VmRSS:      4096 kB` among other lines (proc_pid_status(5)).
fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1_024)
}

#[cfg(test)]
mod tests {
    use super::{Process, resident};

    #[test]
    fn the_resident_memory_is_read() {
        assert_eq!(
            resident("Name:\tssehub\nVmRSS:\t    4096 kB\nVmData:\t 1 kB\n"),
            Some(4 << 20)
        );
        assert_eq!(resident("Name:\tssehub\n"), None);
    }

    #[test]
    fn a_descriptor_more_is_one_more() {
        let before = Process::look();
        let file = std::fs::File::open("/proc/self/status").unwrap();
        let after = Process::look();
        // Other tests run beside this one and open files, too.
        assert!(after.open_descriptors.unwrap() > 0 && before.open_descriptors.unwrap() > 0);
        assert!(after.cpu >= before.cpu);
        drop(file);
    }
}
