//! `ssehub log list`: what a log holds, for a person to read.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use ssehub::{Event, EventId, Interest, Log, Selector, Start, Topic};

use super::pages::Pages;
use super::{Stop, open_existing};
use crate::cli::values::time;

/// Topics that are listed by name.
const LISTED_TOPICS: usize = 50;

/// What has been counted.
#[derive(Default)]
struct Summary {
    events: u64,
    /// The positions of the first and the last event.
    ends: Option<(EventId, EventId)>,
    topics: HashMap<Topic, Count>,
}

/// What has been counted of one topic.
#[derive(Clone, Copy, Default)]
struct Count {
    events: u64,
    /// Its newest event is its end.
    ended: bool,
}

/// Prints a summary of the log to standard output.
pub(super) async fn list(path: &Path) -> Result<(), Stop> {
    let log = open_existing(path)?;
    let summary = count(&log).await?;
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len());
    let mut out = std::io::stdout().lock();
    out.write_all(summary.text(bytes).as_bytes())?;
    Ok(out.flush()?)
}

async fn count(log: &Log) -> Result<Summary, String> {
    let mut summary = Summary::default();
    let everything = Interest::any([Selector::All]);
    let mut pages = Pages::new(log, everything, &Start::Earliest).await?;
    while let Some(events) = pages.next().await? {
        events.iter().for_each(|event| summary.take(event));
    }
    Ok(summary)
}

impl Summary {
    fn take(&mut self, event: &Event) {
        let first = self.ends.map_or(event.id(), |(first, _)| first);
        self.ends = Some((first, event.id()));
        self.events += 1;
        let count = self.topics.entry(event.topic().clone()).or_default();
        count.events += 1;
        count.ended = event.is_end();
    }

    fn text(&self, file_bytes: u64) -> String {
        let mut text = format!("events  {}\n", self.events);
        _ = writeln!(text, "size    {}", size(file_bytes));
        if let Some((oldest, newest)) = self.ends {
            _ = writeln!(text, "oldest  {oldest}  {}", time(oldest.ms));
            _ = writeln!(text, "newest  {newest}  {}", time(newest.ms));
        }
        _ = writeln!(text, "topics  {}{}", self.topics.len(), self.ended());
        self.list_topics(&mut text);
        text
    }

    /// How many topics have ended, unless none has.
    fn ended(&self) -> String {
        match self.topics.values().filter(|count| count.ended).count() {
            0 => String::new(),
            ended => format!("  ({ended} ended)"),
        }
    }

    /// The topics with the most events; of equal ones the first by name.
    fn list_topics(&self, text: &mut String) {
        let mut topics: Vec<_> = self.topics.iter().collect();
        topics.sort_by(|(a, fewer), (b, more)| more.events.cmp(&fewer.events).then(a.cmp(b)));
        let (listed, rest) = topics.split_at(topics.len().min(LISTED_TOPICS));
        for (topic, Count { events, ended }) in listed {
            let ended = if *ended { "  (ended)" } else { "" };
            _ = writeln!(text, "{events:>12}  {topic}{ended}");
        }
        if !rest.is_empty() {
            let events: u64 = rest.iter().map(|(_, count)| count.events).sum();
            _ = writeln!(text, "{events:>12}  in {} more topics", rest.len());
        }
    }
}

/// A number of bytes with one digit behind the point.
fn size(bytes: u64) -> String {
    const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", bytes as f64 / *unit as f64),
        None => format!("{bytes} bytes"),
    }
}
