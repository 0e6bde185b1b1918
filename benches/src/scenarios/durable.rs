//! Publishers who are told "stored" only when their event is on the disk.

use std::fs::File;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use crate::load::swarm::Swarm;
use crate::sample::Sample;
use crate::scale::{EVENT_BYTES, SETTLE};

use super::Stage;
use super::{common, saturation};

/// How long the disk is measured alone.
const DISK_TIME: Duration = Duration::from_secs(1);
/// What is written before each `fsync` of that measurement: one page of a file.
const PAGE_BYTES: usize = 4_096;

/// `size` publishers in a closed loop, one subscriber, and the disk's own rate beside them.
pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let running = common::start(stage, 1)?;
    let syncs_per_s = syncs_per_s(running.dir()).map_err(|e| format!("the disk: {e}"))?;
    let swarm = Swarm::new(running.addr, 1, 1, size).map_err(|e| format!("the subscriber: {e}"))?;
    let mut sample = common::arrive(stage, &swarm, 1)?;
    common::pause(SETTLE);
    let mut publishers = common::publishers(stage, &running, size, 1, EVENT_BYTES)?;
    saturation::push(stage, &running, &swarm, 1, &mut publishers, &mut sample)?;
    let rate = sample.get("publishes_per_s").unwrap_or_default();
    sample.put("syncs_per_s", syncs_per_s);
    sample.put("events_per_sync", rate / syncs_per_s);
    Ok(sample)
}

/// How often a second the disk takes a page and says that it is there.
fn syncs_per_s(dir: &std::path::Path) -> io::Result<f64> {
    let path = dir.join("syncs");
    let mut file = File::create(&path)?;
    let (began, mut syncs) = (Instant::now(), 0);
    while began.elapsed() < DISK_TIME {
        file.write_all(&[b'x'; PAGE_BYTES])?;
        file.sync_data()?;
        syncs += 1;
    }
    std::fs::remove_file(path)?;
    Ok(f64::from(syncs) / began.elapsed().as_secs_f64())
}
