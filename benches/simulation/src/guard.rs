//! The regression guard: what a delivery, a publish, a connection and a waiting subscriber cost,
//! counted and not timed, beside what they cost when the figures were recorded.

pub mod callgrind;
pub mod figures;
pub mod lock;
pub mod record;
pub mod scenarios;
pub mod table;
pub mod work;

use std::env;
use std::path::PathBuf;
use std::process::Command;

use figures::{Figure, Kind};
use scenarios::{Counted, SCENARIOS, Scenario};

/// Takes every figure, each scenario in a process of its own.
pub fn measure() -> Result<Vec<Figure>, String> {
    let mut figures = Vec::new();
    for scenario in &SCENARIOS {
        figures.extend(take(scenario).map_err(|why| format!("{}: {why}", scenario.name))?);
    }
    Ok(figures)
}

fn take(scenario: &'static Scenario) -> Result<Vec<Figure>, String> {
    let (first, allocations) = match scenario.counted {
        Counted::Instructions => {
            let (instructions, allocations) = least_instructions(scenario)?;
            ((Kind::Instructions, instructions), allocations)
        }
        Counted::Memory => {
            let (allocations, bytes) = ran(Command::new(me()?), scenario)?;
            ((Kind::Bytes, bytes), allocations)
        }
    };
    let figure = |(kind, count): (Kind, f64)| Figure {
        scenario,
        kind,
        value: count / scenario.units as f64,
    };
    Ok(vec![
        figure(first),
        figure((Kind::Allocations, allocations)),
    ])
}

/// The instructions and allocations of the best of a few runs.
fn least_instructions(scenario: &Scenario) -> Result<(f64, f64), String> {
    let mut best = (f64::INFINITY, 0.0);
    for _ in 0..scenario.runs {
        let (allocations, _) = ran(callgrind::over(scenario.name, &me()?), scenario)?;
        let instructions = callgrind::instructions(scenario.name)? as f64;
        if instructions < best.0 {
            best = (instructions, allocations);
        }
    }
    Ok(best)
}

/// Runs a scenario in a process of its own: its allocations and its bytes.
fn ran(mut command: Command, scenario: &Scenario) -> Result<(f64, f64), String> {
    let output = command.args(["count", scenario.name]).output();
    let output = output.map_err(|e| format!("{command:?}: {e}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(allocations), Some(bytes)) if output.status.success() => Ok((allocations, bytes)),
        _ => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn me() -> Result<PathBuf, String> {
    env::current_exe().map_err(|e| e.to_string())
}

/// Counts one scenario in this process, and prints its allocations and its bytes.
pub fn count(name: &str) -> Result<(), String> {
    let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name);
    let scenario = scenario.ok_or_else(|| format!("there is no scenario `{name}`"))?;
    let heap = (scenario.run)(scenario.units)?;
    let allocations = match scenario.counted {
        Counted::Instructions => heap.made,
        Counted::Memory => heap.held,
    };
    println!("{allocations} {}", heap.bytes);
    Ok(())
}
