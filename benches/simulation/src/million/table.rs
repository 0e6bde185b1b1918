//! The figures for people, a line for each step.

use serde_json::Value;

use super::Figures;

/// A column: the figure, its heading, its width, and its decimals.
type Column = (&'static str, &'static str, usize, usize);

const COLUMNS: [Column; 14] = [
    ("subscribers", "subscribers", 11, 0),
    ("topics", "topics", 8, 0),
    ("connect_us", "connect µs", 12, 2),
    ("heap_per_subscriber_bytes", "heap B", 8, 0),
    ("rss_per_subscriber_bytes", "RSS B", 7, 0),
    ("cpu_us_per_delivery", "delivery µs", 13, 3),
    ("last_has_it_ms", "last has it ms", 16, 3),
    ("last_has_it_worst_ms", "worst", 9, 3),
    ("take_in_ms", "take in ms", 12, 1),
    ("heartbeats_ms", "beats ms", 10, 2),
    ("leave_us", "leave µs", 10, 2),
    ("let_go_ms", "let go ms", 11, 1),
    ("heap_kept_bytes", "heap kept B", 13, 0),
    ("rss_kept_bytes", "RSS kept B", 13, 0),
];

pub const LEGEND: &str = "\
heap, RSS: for each subscriber that waits, without what the simulated stream itself holds
delivery: CPU for each subscriber and event, publishing included; last has it: from publish on
take in, let go: the pump, when all have come or left since its last tick; beats: one such tick
kept: what is still held when all have left";

pub fn heading() -> String {
    line(|&(_, heading, width, _)| format!("{heading:>width$}"))
}

pub fn row(figures: &Figures) -> String {
    line(|&(name, _, width, decimals)| {
        let value = figures.get(name).and_then(Value::as_f64);
        format!("{:>width$.decimals$}", value.unwrap_or(f64::NAN))
    })
}

fn line(cell: impl FnMut(&Column) -> String) -> String {
    COLUMNS.iter().map(cell).collect()
}
