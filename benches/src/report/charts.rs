//! Which charts there are.

use crate::run::Result;

use super::svg::{Bar, Line, bars, lines};
use super::{floor_of, number};

/// A chart of bars: one figure of one scenario.
struct Chart {
    file: &'static str,
    scenario: &'static str,
    metric: &'static str,
    title: &'static str,
    note: &'static str,
}

static CHARTS: [Chart; 7] = [
    Chart {
        file: "bench-fanout-cpu.svg",
        scenario: "fanout",
        metric: "cpu_us_per_delivery",
        title: "CPU per delivered event, µs",
        note: "subscribers on one topic, 10 events/s, 64 bytes; less is better",
    },
    Chart {
        file: "bench-fanout-latency.svg",
        scenario: "fanout",
        metric: "latency_p99_ms",
        title: "From publish to receipt, p99, ms",
        note: "the same run; less is better",
    },
    Chart {
        file: "bench-memory.svg",
        scenario: "fanout",
        metric: "rss_per_subscriber_bytes",
        title: "Memory per idle subscriber, bytes",
        note: "growth of the server's resident memory; less is better",
    },
    Chart {
        file: "bench-connecting.svg",
        scenario: "fanout",
        metric: "connects_per_s",
        title: "Subscribers arriving, per second",
        note: "500 handshakes in flight; more is better",
    },
    Chart {
        file: "bench-saturation.svg",
        scenario: "saturation",
        metric: "deliveries_per_s",
        title: "Deliveries per second at saturation",
        note: "1,000 subscribers, 4 publishers in a closed loop; more is better",
    },
    Chart {
        file: "bench-catchup.svg",
        scenario: "catchup",
        metric: "caught_up_s",
        title: "Until everyone has caught up, seconds",
        note: "all come back at once, 100 events behind; less is better",
    },
    Chart {
        file: "bench-start.svg",
        scenario: "startup",
        metric: "start_ms",
        title: "From exec to accepting, ms",
        note: "less is better",
    },
];

/// File names and their contents, for whatever has been measured.
pub fn render(results: &[Result]) -> Vec<(String, String)> {
    let mut charts: Vec<_> = CHARTS
        .iter()
        .filter_map(|chart| draw(chart, results))
        .collect();
    charts.extend(scale_chart(results));
    charts
}

fn draw(chart: &Chart, results: &[Result]) -> Option<(String, String)> {
    let group = results
        .iter()
        .filter(|result| result.scenario.name == chart.scenario);
    let found: Vec<_> = group
        .filter_map(|result| bar(chart, result, results))
        .collect();
    let size = results
        .iter()
        .find(|r| r.scenario.name == chart.scenario)?
        .size;
    let note = match size {
        0 | 1_000 => chart.note.to_owned(),
        _ => format!("{} {}", number(size as f64), chart.note),
    };
    (!found.is_empty()).then(|| (chart.file.to_owned(), bars(chart.title, &note, &found)))
}

fn bar(chart: &Chart, result: &Result, results: &[Result]) -> Option<Bar> {
    let values = result.values(chart.metric);
    let ratio = floor_of(result, results)
        .filter(|floor| floor.server.name != result.server.name)
        .and_then(|floor| result.ratio_to(floor, chart.metric));
    let broken = broken_promises(result);
    let remark = match ratio {
        _ if !broken.is_empty() => broken,
        Some(ratio) => format!("{ratio:.2} × floor"),
        None => String::new(),
    };
    Some(Bar {
        label: result.server.title.to_owned(),
        class: class_of(result.server.name),
        median: result.median(chart.metric)?,
        least: values.iter().copied().fold(f64::MAX, f64::min),
        most: values.iter().copied().fold(f64::MIN, f64::max),
        remark,
    })
}

/// A high figure means little when events or subscribers were lost on the way.
fn broken_promises(result: &Result) -> String {
    let lost = result.median("lost_share").unwrap_or_default();
    let dropped = result.median("dropped").unwrap_or_default();
    let lost = (lost > 0.0).then(|| format!("{} % lost", number(lost * 100.0)));
    let dropped = (dropped > 0.0).then(|| format!("{} dropped", number(dropped)));
    lost.into_iter()
        .chain(dropped)
        .collect::<Vec<_>>()
        .join(", ")
}

fn scale_chart(results: &[Result]) -> Option<(String, String)> {
    let mut found: Vec<Line> = Vec::new();
    for result in results
        .iter()
        .filter(|result| result.scenario.name == "scale")
    {
        let Some(cost) = result.median("cpu_us_per_delivery") else {
            continue;
        };
        let point = (result.size as f64, cost);
        match found
            .iter_mut()
            .find(|line| line.label == result.server.title)
        {
            Some(line) => line.points.push(point),
            None => found.push(Line {
                label: result.server.title.to_owned(),
                class: class_of(result.server.name),
                points: vec![point],
            }),
        }
    }
    let note = "CPU per delivered event, µs, by number of subscribers; flat is good";
    (!found.is_empty()).then(|| {
        (
            "bench-scale.svg".into(),
            lines("Cost as the crowd grows", note, &found),
        )
    })
}

fn class_of(server: &str) -> &'static str {
    match server {
        "ssehub" => "own",
        "floor" => "floor",
        _ => "peer",
    }
}
