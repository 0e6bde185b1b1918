//! The only writer of the text in which Prometheus reads metrics (its text-based format, version 0.0.4).

use std::fmt::{Display, Write as _};

use super::Buckets;

/// What a number does over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
}

/// Metrics as text. Names, labels and their values are the program's own, and need no escaping.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// A metric with one number.
    pub fn one(&mut self, kind: Kind, name: &str, help: &str, number: impl Display) {
        self.head(kind.name(), name, help);
        self.line(name, "", &number);
    }

    /// A metric with a number for each value of a label.
    pub fn each<'v, N: Display>(
        &mut self,
        kind: Kind,
        name: &str,
        help: &str,
        label: &str,
        numbers: impl IntoIterator<Item = (&'v str, N)>,
    ) {
        self.head(kind.name(), name, help);
        for (value, number) in numbers {
            self.line(name, &format!("{{{label}=\"{value}\"}}"), &number);
        }
    }

    /// How long something takes, in seconds.
    pub fn times(&mut self, name: &str, help: &str, times: &Buckets) {
        self.head("histogram", name, help);
        for (end, count) in times.up_to() {
            let end = end.as_secs_f64();
            self.line(name, &format!("_bucket{{le=\"{end}\"}}"), &count);
        }
        self.line(name, "_bucket{le=\"+Inf\"}", &times.count());
        self.line(name, "_sum", &times.sum().as_secs_f64());
        self.line(name, "_count", &times.count());
    }

    /// All that has been written.
    pub fn finish(self) -> String {
        self.0
    }

    fn head(&mut self, kind: &str, name: &str, help: &str) {
        // Writing to a string cannot fail.
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, rest: &str, number: &dyn Display) {
        _ = writeln!(self.0, "{name}{rest} {number}");
    }
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
        }
    }
}
