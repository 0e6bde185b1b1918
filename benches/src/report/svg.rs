//! Charts by hand: plain SVG that follows the reader's light or dark scheme.

use std::fmt::Write;

use super::number;

const WIDTH: f64 = 820.0;
const LABEL_WIDTH: f64 = 250.0;
/// Room for the figure at the end of the longest bar.
const VALUE_WIDTH: f64 = 210.0;
const TOP: f64 = 62.0;
const ROW: f64 = 30.0;
const BAR: f64 = 18.0;

const STYLE: &str = "<style>
    text { font: 13px system-ui, sans-serif; fill: #24292f }
    .title { font-size: 16px; font-weight: 600 }
    .note { fill: #57606a }
    .own { fill: #0a7d5a; stroke: #0a7d5a }
    .peer { fill: #8c959f; stroke: #8c959f }
    .floor { fill: #c9d1d9; stroke: #c9d1d9 }
    .spread { stroke: #24292f; stroke-width: 1.5 }
    .grid { stroke: #d0d7de }
    .line { fill: none; stroke-width: 2 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 } .note { fill: #8d96a0 }
      .own { fill: #3fb98a; stroke: #3fb98a } .peer { fill: #6e7681; stroke: #6e7681 }
      .floor { fill: #3d444d; stroke: #3d444d } .spread { stroke: #e6edf3 } .grid { stroke: #30363d }
    }
  </style>";

/// One bar: the middle, how far the rounds spread, and what to say behind the figure.
pub struct Bar {
    pub label: String,
    pub class: &'static str,
    pub median: f64,
    pub least: f64,
    pub most: f64,
    pub remark: String,
}

/// A line of a chart over subscriber counts.
pub struct Line {
    pub label: String,
    pub class: &'static str,
    pub points: Vec<(f64, f64)>,
}

/// Horizontal bars, all from zero.
pub fn bars(title: &str, note: &str, bars: &[Bar]) -> String {
    let height = TOP + ROW * bars.len() as f64 + 12.0;
    let most = bars
        .iter()
        .map(|bar| bar.most)
        .fold(f64::MIN_POSITIVE, f64::max);
    let scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / most;
    let mut svg = open(title, note, height);
    for (row, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * row as f64;
        draw_bar(&mut svg, bar, y, scale);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_bar(svg: &mut String, bar: &Bar, y: f64, scale: f64) {
    let (middle, end) = (y + BAR / 2.0, LABEL_WIDTH + bar.most * scale);
    let (label, remark) = (escape(&bar.label), escape(&bar.remark));
    let (width, class) = (bar.median * scale, bar.class);
    let _ = writeln!(
        svg,
        "  <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>\n  \
         <rect class=\"{class}\" stroke=\"none\" x=\"{LABEL_WIDTH}\" y=\"{y:.1}\" \
         width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>",
        LABEL_WIDTH - 10.0,
        middle + 4.5,
    );
    if bar.most > bar.least {
        let _ = writeln!(
            svg,
            "  <line class=\"spread\" x1=\"{:.1}\" x2=\"{end:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\"/>",
            LABEL_WIDTH + bar.least * scale,
        );
    }
    let _ = writeln!(
        svg,
        "  <text x=\"{:.1}\" y=\"{:.1}\">{} <tspan class=\"note\">{remark}</tspan></text>",
        end + 8.0,
        middle + 4.5,
        number(bar.median),
    );
}

/// Lines over a logarithmic axis of sizes.
pub fn lines(title: &str, note: &str, lines: &[Line]) -> String {
    const HEIGHT: f64 = 380.0;
    const LEFT: f64 = 60.0;
    let (right, bottom) = (WIDTH - LABEL_WIDTH, HEIGHT - 40.0);
    let points = || lines.iter().flat_map(|line| line.points.iter().copied());
    let most = points().map(|(_, y)| y).fold(f64::MIN_POSITIVE, f64::max) * 1.08;
    let first = points()
        .map(|(x, _)| x)
        .fold(f64::MAX, f64::min)
        .max(1.0)
        .ln();
    let span = points().map(|(x, _)| x).fold(1.0, f64::max).ln() - first;
    let at_x = |x: f64| LEFT + (x.ln() - first) / span.max(1e-9) * (right - LEFT);
    let at_y = |y: f64| bottom - y / most * (bottom - TOP);
    let mut svg = open(title, note, HEIGHT);
    grid(&mut svg, most, LEFT, right, at_y);
    let mut sizes: Vec<_> = points().map(|(x, _)| x).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    for size in sizes {
        let (x, y) = (at_x(size), bottom + 20.0);
        let text = number(size);
        let _ = writeln!(
            svg,
            "  <text class=\"note\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{text}</text>"
        );
    }
    let mut label_ys = Vec::new();
    for line in lines {
        draw_line(&mut svg, line, at_x, at_y, &mut label_ys);
    }
    svg.push_str("</svg>\n");
    svg
}

fn grid(svg: &mut String, most: f64, left: f64, right: f64, at_y: impl Fn(f64) -> f64) {
    for step in 0..=4 {
        let value = most * f64::from(step) / 4.0;
        let y = at_y(value);
        let _ = writeln!(
            svg,
            "  <line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\n  \
             <text class=\"note\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{value:.1}</text>",
            left - 8.0,
            y + 4.5,
        );
    }
}

fn draw_line(
    svg: &mut String,
    line: &Line,
    at_x: impl Fn(f64) -> f64,
    at_y: impl Fn(f64) -> f64,
    label_ys: &mut Vec<f64>,
) {
    let class = line.class;
    let path: Vec<_> = line
        .points
        .iter()
        .map(|&(x, y)| format!("{:.1},{:.1}", at_x(x), at_y(y)))
        .collect();
    let _ = writeln!(
        svg,
        "  <polyline class=\"{class} line\" style=\"fill:none\" points=\"{}\"/>",
        path.join(" ")
    );
    for &(x, y) in &line.points {
        let _ = writeln!(
            svg,
            "  <circle class=\"{class}\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\"/>",
            at_x(x),
            at_y(y)
        );
    }
    let Some(&(x, y)) = line.points.last() else {
        return;
    };
    let mut label_y = at_y(y) + 4.5;
    while label_ys.iter().any(|other| (other - label_y).abs() < 15.0) {
        label_y -= 3.0;
    }
    label_ys.push(label_y);
    let label = escape(&line.label);
    let _ = writeln!(
        svg,
        "  <text x=\"{:.1}\" y=\"{label_y:.1}\">{label}</text>",
        at_x(x) + 8.0
    );
}

fn open(title: &str, note: &str, height: f64) -> String {
    let (title, note) = (escape(title), escape(note));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"{title}\">\n  {STYLE}\n  \
         <text class=\"title\" x=\"14\" y=\"24\">{title}</text>\n  \
         <text class=\"note\" x=\"14\" y=\"44\">{note}</text>\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
