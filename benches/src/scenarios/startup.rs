//! How soon a server is there, and what it takes before anyone uses it.

use crate::sample::{Sample, median};
use crate::scale::SETTLE;
use crate::servers::{Running, find};

use super::Stage;
use super::common;

pub fn run(stage: &Stage, _size: usize) -> Result<Sample, String> {
    let (mut accepted, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..stage.scale.starts {
        let running = Running::start_bare(stage.server)?;
        accepted.push(running.accepted_s * 1e3);
        answered.push(running.answered_s * 1e3);
    }
    let running = Running::start_bare(stage.server)?;
    common::pause(SETTLE);
    let usage = running.usage();
    let mut sample = Sample::default();
    sample.put("start_ms", median(&accepted).unwrap_or(f64::NAN));
    sample.put("first_answer_ms", median(&answered).unwrap_or(f64::NAN));
    sample.put("rss_empty_mb", usage.rss as f64 / 1e6);
    sample.put("pss_empty_mb", usage.pss as f64 / 1e6);
    put_binary(stage, &mut sample)?;
    Ok(sample)
}

fn put_binary(stage: &Stage, sample: &mut Sample) -> Result<(), String> {
    let file = find::program(stage.server.program)?;
    let bytes = std::fs::read(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    sample.put("binary_mb", bytes.len() as f64 / 1e6);
    sample.put(
        "binary_is_static",
        f64::from(u8::from(!has_interpreter(&bytes))),
    );
    Ok(())
}

/// Whether a 64-bit ELF file has a `PT_INTERP` segment, that is, needs a dynamic loader.
fn has_interpreter(elf: &[u8]) -> bool {
    const PT_INTERP: u64 = 3;
    let number = |at: usize, width: usize| {
        let bytes = elf.get(at..at + width)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0u64, |n, &byte| n << 8 | u64::from(byte)),
        )
    };
    let table = || {
        Some((
            number(0x20, 8)? as usize,
            number(0x36, 2)? as usize,
            number(0x38, 2)?,
        ))
    };
    let Some((offset, entry, count)) = table() else {
        return false;
    };
    (0..count as usize).any(|n| number(offset + n * entry, 4) == Some(PT_INTERP))
}
