//! A crowd of any size in one process: what a subscriber costs must not depend on how many there
//! are.

pub mod machine;
pub mod options;
pub mod step;
pub mod table;

use std::env;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use options::Options;

/// The figures of one step, by name.
pub type Figures = Map<String, Value>;

/// Subscribers on each topic of a crowd that is spread out.
pub const ROOM: u32 = 10;

/// Takes every step in a process of its own, so that none finds memory that another has left:
/// each size once with one topic, and once with ten subscribers on each.
pub fn run(options: &Options, mut after: impl FnMut(&Figures)) -> Result<Vec<Figures>, String> {
    let mut steps = Vec::new();
    for size in options.sizes() {
        for topics in [1, size.div_ceil(ROOM)] {
            let figures = in_own_process(size, topics)
                .map_err(|why| format!("{size} subscribers, topics {topics}: {why}"))?;
            after(&figures);
            steps.push(figures);
        }
    }
    Ok(steps)
}

fn in_own_process(size: u32, topics: u32) -> Result<Figures, String> {
    let me = env::current_exe().map_err(|e| e.to_string())?;
    let output = Command::new(me)
        .args(["step", &size.to_string(), &topics.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(format!("ended with {}", output.status));
    }
    serde_json::from_slice(&output.stdout).map_err(|e| e.to_string())
}
