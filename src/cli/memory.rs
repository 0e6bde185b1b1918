//! Memory that the log no longer needs goes back to the system.
//!
//! What is freed between blocks that are in use stays with the process: after a flood of events that have grown old,
//! glibc keeps what the log has taken at its largest.

use std::time::Duration;

use ssehub::{Clock, Log};

/// Pause between two looks at the log's size.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Pause after memory was given back.
const REST: Duration = Duration::from_secs(60);

/// The least that is worth the search for free blocks, in bytes. Threads that allocate wait meanwhile, a few
/// milliseconds for each 32 MiB.
const WORTH_BYTES: u64 = 32 << 20;

/// Looks again and again, and gives memory back when the log has less than half of what it has had.
pub(crate) async fn give_back(log: Log) {
    let mut largest = 0;
    loop {
        Clock::system().sleep(LOOK_EVERY).await;
        let bytes = log.window_size().bytes;
        largest = largest.max(bytes);
        if largest - bytes >= WORTH_BYTES && bytes < largest / 2 {
            blocking::unblock(trim).await;
            log::debug!("memory of events that are no longer kept goes back to the system");
            largest = bytes;
            Clock::system().sleep(REST).await;
        }
    }
}

/// Other C libraries, as musl, give pages back when the last block on them is freed.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn trim() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[allow(
    unsafe_code,
    reason = "no crate has this function of glibc as a safe one"
)]
fn trim() {
    // SAFETY: malloc_trim(3) may be called by any thread at any time, with any padding.
    unsafe extern "C" {
        safe fn malloc_trim(padding: usize) -> std::ffi::c_int;
    }
    malloc_trim(0);
}
