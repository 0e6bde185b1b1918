//! What is written down: a table, JSON, and charts.

mod charts;
mod figures;
mod json;
mod svg;
mod table;

use std::fs;
use std::io;

use crate::options::Options;
use crate::run::{Missing, Result, Round};
use crate::sample::median;

/// Writes everything to the output folder, again and again as results come in.
pub fn write(options: &Options, results: &[Result], missing: &[Missing]) -> io::Result<()> {
    fs::create_dir_all(&options.out)?;
    let write = |name: &str, text: String| fs::write(options.out.join(name), text);
    write("benchmarks.json", json::render(options, results, missing))?;
    write(
        "benchmarks-table.md",
        table::render(options, results, missing),
    )?;
    charts::render(results)
        .into_iter()
        .try_for_each(|(name, svg)| write(&name, svg))
}

/// A figure with as many digits as it deserves.
pub fn number(value: f64) -> String {
    match value.abs() {
        _ if !value.is_finite() => "–".into(),
        size if size >= 1e6 => format!("{:.2} M", value / 1e6),
        size if size >= 100.0 || value.fract() == 0.0 => thousands(value.round() as i64),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.095 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

fn thousands(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let groups: Vec<_> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(String::from_utf8_lossy)
        .collect();
    format!("{}{}", if value < 0 { "−" } else { "" }, groups.join(","))
}

impl Result {
    /// The values of one figure in the rounds that succeeded.
    fn values(&self, metric: &str) -> Vec<f64> {
        self.rounds
            .iter()
            .flatten()
            .filter_map(|sample| sample.get(metric))
            .collect()
    }

    fn median(&self, metric: &str) -> Option<f64> {
        median(&self.values(metric))
    }

    /// The highest value of one figure; 0 if there is none.
    fn most(&self, metric: &str) -> f64 {
        self.values(metric).into_iter().fold(0.0, f64::max)
    }

    /// The median of each round's ratio to the floor in the same round.
    fn ratio_to(&self, floor: &Result, metric: &str) -> Option<f64> {
        let ratio = |(own, floor): (&Round, &Round)| {
            let (own, floor) = (own.as_ref().ok()?, floor.as_ref().ok()?);
            Some(own.get(metric)? / floor.get(metric)?)
        };
        median(
            &self
                .rounds
                .iter()
                .zip(&floor.rounds)
                .filter_map(ratio)
                .collect::<Vec<_>>(),
        )
    }

    /// Whether `other` is of the same scenario and size.
    fn is_beside(&self, other: &Result) -> bool {
        std::ptr::eq(self.scenario, other.scenario) && self.size == other.size
    }
}

/// The floor's result in the same scenario and size.
fn floor_of<'a>(result: &Result, results: &'a [Result]) -> Option<&'a Result> {
    results
        .iter()
        .find(|r| r.server.name == "floor" && r.is_beside(result))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn figures_keep_the_digits_that_matter() {
        let cases = [
            (3_612_345.0, "3.61 M"),
            (12_345.6, "12,346"),
            (12.34, "12.3"),
            (1.234, "1.23"),
            (0.0123, "0.012"),
            (7.0, "7"),
            (f64::NAN, "–"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text);
        }
    }
}
