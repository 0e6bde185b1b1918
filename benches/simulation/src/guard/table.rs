//! The figures of this run beside the recorded ones, for people.

use std::fmt::Write;

use super::figures::{Figure, Verdict, ratio};
use super::record::Record;

/// One line for each figure.
pub fn compare(figures: &[Figure], record: &Record) -> String {
    let mut text = format!(
        "{:<36}{:>12}{:>12}{:>8}{:>8}\n",
        "", "recorded", "now", "ratio", "limit"
    );
    for figure in figures {
        let recorded = record.get(figure);
        let (was, ratio) = match recorded {
            Some(was) => (number(was), format!("{:.2}", ratio(figure.value, was))),
            None => ("–".to_owned(), "–".to_owned()),
        };
        let mark = match figure.verdict(recorded) {
            Verdict::Good => "",
            Verdict::Better => "  better",
            Verdict::Worse => "  WORSE",
            Verdict::NotRecorded => "  NOT RECORDED",
        };
        let (now, limit) = (number(figure.value), figure.kind.limit());
        let name = name(figure);
        let _ = writeln!(
            text,
            "{name:<36}{was:>12}{now:>12}{ratio:>8}{limit:>8.2}{mark}"
        );
    }
    text
}

/// The spread of each figure over several runs, in per cent of the smallest.
pub fn spread(runs: &[Vec<Figure>]) -> String {
    let mut text = format!("{:<36}{:>12}{:>12}{:>10}\n", "", "least", "most", "spread");
    let figures = runs.first().into_iter().flatten();
    for (index, figure) in figures.enumerate() {
        let values = || runs.iter().filter_map(|run| Some(run.get(index)?.value));
        let least = values().fold(f64::INFINITY, f64::min);
        let most = values().fold(0.0, f64::max);
        let per_cent = (ratio(most, least) - 1.0) * 100.0;
        let (name, least, most) = (name(figure), number(least), number(most));
        let _ = writeln!(text, "{name:<36}{least:>12}{most:>12}{per_cent:>8.3} %");
    }
    text
}

fn name(figure: &Figure) -> String {
    let Figure { scenario, kind, .. } = figure;
    format!("{}: {} per {}", scenario.name, kind.name(), scenario.unit)
}

fn number(value: f64) -> String {
    match value {
        _ if value >= 1_000.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}
