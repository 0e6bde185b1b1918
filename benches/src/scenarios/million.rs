//! As many subscribers as memory can hold, served by the hub's library in a process of its own.

use std::process::Output;

use serde_json::{Map, Value};

use crate::sample::Sample;
use crate::servers::find;

use super::Stage;

/// Subscribers on each topic of a crowd that is spread out.
const ROOM_SIZE: usize = 10;

pub fn run(stage: &Stage, size: usize) -> Result<Sample, String> {
    let mut sample = Sample::default();
    serve(size, 1, "", &mut sample)?;
    stage.progress.tick(|| format!("{size} on one topic"));
    serve(size, size.div_ceil(ROOM_SIZE), "rooms_", &mut sample)?;
    Ok(sample)
}

/// Serves a crowd, and books its figures under names that begin with `prefix`.
fn serve(size: usize, topics: usize, prefix: &str, sample: &mut Sample) -> Result<(), String> {
    let program = find::program("million")?;
    let output = find::bound_to_us(&program)
        .args(["step", &size.to_string(), &topics.to_string()])
        .output()
        .map_err(|e| format!("{}: {e}", program.display()))?;
    for (name, value) in figures(&output)? {
        if let Some(value) = value.as_f64() {
            sample.put(&format!("{prefix}{name}"), value);
        }
    }
    Ok(())
}

fn figures(output: &Output) -> Result<Map<String, Value>, String> {
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.lines().next_back().unwrap_or("it said nothing").into());
    }
    serde_json::from_slice(&output.stdout).map_err(|e| format!("million: {e}"))
}
