//! A latency histogram that cannot fail: what is out of range counts as the longest.

use hdrhistogram::Histogram;

/// Everything above counts as this: two minutes.
const LONGEST_NS: u64 = 120_000_000_000;
/// Below a microsecond nothing is told apart.
const SHORTEST_NS: u64 = 1_000;

/// Times in nanoseconds, kept to three digits.
#[derive(Clone)]
pub struct Latency(Histogram<u64>);

impl Default for Latency {
    fn default() -> Self {
        let histogram = Histogram::new_with_bounds(SHORTEST_NS, LONGEST_NS, 3);
        Latency(histogram.expect("the bounds are constants"))
    }
}

impl Latency {
    pub fn record(&mut self, ns: u64) {
        self.0.saturating_record(ns);
    }

    pub fn merge(&mut self, other: &Latency) {
        let _ = self.0.add(&other.0);
    }

    pub fn clear(&mut self) {
        self.0.reset();
    }

    /// Milliseconds below which the given share of the times lies.
    pub fn quantile_ms(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1e6
    }

    pub fn max_ms(&self) -> f64 {
        self.0.max() as f64 / 1e6
    }
}
