//! The recorded figures, in a file that is kept with the sources.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Map, Value, json};

use super::callgrind;
use super::figures::Figure;

/// What was recorded, and with what.
#[derive(Debug, Default)]
pub struct Record {
    pub arch: String,
    figures: BTreeMap<(String, String), f64>,
}

/// Where the figures are.
pub fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("figures.json")
}

impl Record {
    /// Reads the file; the record of a file that is not there is empty.
    pub fn read() -> Result<Record, String> {
        let Ok(text) = fs::read_to_string(file()) else {
            return Ok(Record::default());
        };
        let record: Value = serde_json::from_str(&text)
            .map_err(|error| format!("{}: {error}", file().display()))?;
        let mut figures = BTreeMap::new();
        for (scenario, kinds) in record["figures"].as_object().into_iter().flatten() {
            for (kind, value) in kinds.as_object().into_iter().flatten() {
                if let Some(value) = value.as_f64() {
                    figures.insert((scenario.clone(), kind.clone()), value);
                }
            }
        }
        Ok(Record {
            arch: record["with"]["arch"].as_str().unwrap_or(ARCH).to_owned(),
            figures,
        })
    }

    /// Whether its instructions are those of this machine.
    pub fn is_ours(&self) -> bool {
        self.arch.is_empty() || self.arch == ARCH
    }

    pub fn get(&self, figure: &Figure) -> Option<f64> {
        let key = (
            figure.scenario.name.to_owned(),
            figure.kind.name().to_owned(),
        );
        self.figures.get(&key).copied()
    }
}

/// Writes the file anew.
pub fn write(figures: &[Figure]) -> Result<(), String> {
    let mut scenarios: Map<String, Value> = Map::new();
    for figure in figures {
        let scenario = scenarios
            .entry(figure.scenario.name)
            .or_insert_with(|| json!({ "per": figure.scenario.unit }));
        scenario[figure.kind.name()] = json!((figure.value * 1e6).round() / 1e6);
    }
    let with = json!({ "arch": ARCH, "rustc": rustc(), "valgrind": callgrind::version() });
    let record = json!({ "with": with, "figures": scenarios });
    fs::write(file(), format!("{record:#}\n"))
        .map_err(|error| format!("{}: {error}", file().display()))
}

fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
