//! Everything that was measured, for programs.

use serde_json::{Map, Value, json};

use crate::machine;
use crate::options::Options;
use crate::run::{Missing, Result};

use super::{figures, floor_of};

pub fn render(options: &Options, results: &[Result], missing: &[Missing]) -> String {
    let machine: Map<String, Value> = machine::facts()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let missing: Vec<_> = missing
        .iter()
        .map(|m| json!({ "server": m.server.name, "why": m.why }))
        .collect();
    let results: Vec<_> = results
        .iter()
        .map(|result| entry(result, results))
        .collect();
    let report = json!({
        "scale": options.scale.name,
        "rounds": options.scale.rounds,
        "machine": machine,
        "missing": missing,
        "results": results,
    });
    format!("{report:#}\n")
}

fn entry(result: &Result, results: &[Result]) -> Value {
    let rounds: Vec<_> = result
        .rounds
        .iter()
        .map(|round| match round {
            Ok(sample) => json!(sample.0),
            Err(why) => json!({ "error": why }),
        })
        .collect();
    json!({
        "scenario": result.scenario.name,
        "size": result.size,
        "server": result.server.name,
        "median": medians(result),
        "ratio_to_floor": ratios(result, results),
        "rounds": rounds,
    })
}

fn medians(result: &Result) -> Map<String, Value> {
    let names = result
        .rounds
        .iter()
        .flatten()
        .flat_map(|sample| sample.0.keys());
    names
        .map(|name| (name.clone(), json!(result.median(name))))
        .collect()
}

fn ratios(result: &Result, results: &[Result]) -> Map<String, Value> {
    let Some(floor) = floor_of(result, results) else {
        return Map::new();
    };
    figures::of(result.scenario.name)
        .iter()
        .filter(|figure| figure.beside_floor)
        .filter_map(|f| {
            Some((
                f.metric.to_owned(),
                json!(result.ratio_to(floor, f.metric)?),
            ))
        })
        .collect()
}
