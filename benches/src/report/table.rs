//! The figures as Markdown tables, one for each scenario and size.

use std::fmt::Write;

use crate::machine;
use crate::options::Options;
use crate::run::{Missing, Result};

use super::figures::{self, Figure};
use super::{floor_of, number};

/// Others may have used this share of the machine before a table says so.
const WORTH_TELLING: f64 = 0.05;

pub fn render(options: &Options, results: &[Result], missing: &[Missing]) -> String {
    let mut text = String::from("<!-- written by `make bench`; do not edit -->\n\n");
    let machine = machine::facts()
        .into_iter()
        .map(|(name, value)| format!("{name} {value}"));
    let (scale, rounds) = (options.scale.name, options.scale.rounds);
    let _ = writeln!(
        text,
        "Scale {scale}, medians of {rounds} round(s), servers in turn. Machine: {}.\n\
         In brackets: multiples of the kernel floor in the same round.",
        machine.collect::<Vec<_>>().join(", ")
    );
    for missing in missing {
        let _ = writeln!(
            text,
            "\nMissing: {} ({}).",
            missing.server.title, missing.why
        );
    }
    let mut from = 0;
    while from < results.len() {
        let group = results[from..]
            .iter()
            .take_while(|r| r.is_beside(&results[from]))
            .count();
        section(&mut text, &results[from..from + group]);
        from += group;
    }
    text
}

fn section(text: &mut String, group: &[Result]) {
    let (scenario, size) = (group[0].scenario, group[0].size);
    let size = if size > 0 {
        format!(", {}", number(size as f64))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "\n### {}{size}\n\n{}\n",
        scenario.name,
        sentence(scenario.about)
    );
    let columns = figures::of(scenario.name);
    let headings: Vec<_> = columns.iter().map(|figure| figure.heading).collect();
    let _ = writeln!(text, "| server | {} |", headings.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(columns.len()));
    for result in group {
        let cells: Vec<_> = columns
            .iter()
            .map(|figure| cell(result, figure, group))
            .collect();
        let _ = writeln!(text, "| {} | {} |", result.server.title, cells.join(" | "));
    }
    notes(text, group);
}

fn cell(result: &Result, figure: &Figure, group: &[Result]) -> String {
    let Some(value) = result.median(figure.metric) else {
        return "–".into();
    };
    if figure.metric.contains("_is_") {
        return if value > 0.5 { "yes" } else { "no" }.into();
    }
    let floor = floor_of(result, group).filter(|_| figure.beside_floor);
    match floor.and_then(|floor| result.ratio_to(floor, figure.metric)) {
        Some(ratio) => format!("{} ({ratio:.2})", number(value)),
        None => number(value),
    }
}

/// What went wrong, and how busy the machine was with other things.
fn notes(text: &mut String, group: &[Result]) {
    for note in group.iter().flat_map(notes_on) {
        let _ = writeln!(text, "\n{note}");
    }
    let shares = group.iter().map(|result| result.most("others_cpu_share"));
    let most = shares.fold(0.0, f64::max) * 100.0;
    if most > WORTH_TELLING * 100.0 {
        let _ = writeln!(
            text,
            "\nOthers used up to {most:.0} % of the machine meanwhile."
        );
    }
}

fn notes_on(result: &Result) -> Vec<String> {
    let server = result.server.title;
    let failed = result
        .rounds
        .iter()
        .filter_map(|round| round.as_ref().err());
    let mut notes: Vec<_> = failed
        .map(|why| format!("{server} failed: {why}."))
        .collect();
    let absent = result.most("not_connected");
    if absent > 0.0 {
        notes.push(format!(
            "{server}: up to {} never connected.",
            number(absent)
        ));
    }
    if result.most("stopped_for_memory") > 0.0 {
        notes.push(format!(
            "{server} was stopped: it took more than half of the memory."
        ));
    }
    notes
}

fn sentence(text: &str) -> String {
    let (first, rest) = text.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}
