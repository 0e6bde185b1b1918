//! How long something takes, counted in ranges of time.

use std::time::Duration;

use super::Counter;

/// Upper ends of the ranges, in microseconds. What takes longer is counted beyond the last.
const ENDS_US: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// The first range of what is measured in whole milliseconds.
const FIRST_OF_MS: usize = 4;

/// Counts times.
#[derive(Debug)]
pub struct Histogram {
    first: usize,
    counts: [Counter; ENDS_US.len() + 1],
    sum_ns: Counter,
}

impl Histogram {
    pub(crate) fn of_microseconds() -> Histogram {
        Histogram::beginning_with(0)
    }

    pub(crate) fn of_milliseconds() -> Histogram {
        Histogram::beginning_with(FIRST_OF_MS)
    }

    fn beginning_with(first: usize) -> Histogram {
        Histogram {
            first,
            counts: Default::default(),
            sum_ns: Counter::default(),
        }
    }

    /// Counts something that took `time`, so many times.
    pub(crate) fn observe(&self, time: Duration, times: u64) {
        let (us, ns) = (time.as_micros() as u64, time.as_nanos() as u64);
        let range = ENDS_US.partition_point(|end| *end < us).max(self.first);
        self.counts[range].add(times);
        self.sum_ns.add(ns.saturating_mul(times));
    }
}

/// What histograms have counted, added up.
///
/// ```
/// use ssehub::metrics::{Buckets, Histogram};
/// # fn tell(hub: &ssehub::Hub) {
/// let lags: Buckets = hub.metrics().sum_times(|tally| -> &Histogram { &tally.lag });
/// for (end, count) in lags.up_to() {
///     println!("{count} of {} were delivered within {end:?}", lags.count());
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Buckets {
    first: usize,
    counts: [u64; ENDS_US.len() + 1],
    sum_ns: u64,
}

impl Buckets {
    /// What one histogram has counted.
    pub fn of(histogram: &Histogram) -> Buckets {
        let mut buckets = Buckets::default();
        buckets.add(histogram);
        buckets
    }

    pub(super) fn add(&mut self, histogram: &Histogram) {
        self.first = histogram.first;
        for (sum, count) in self.counts.iter_mut().zip(&histogram.counts) {
            *sum += count.get();
        }
        self.sum_ns = self.sum_ns.wrapping_add(histogram.sum_ns.get());
    }

    /// How much was counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All times together.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_ns)
    }

    /// For each range its upper end, and how much took no longer than that.
    pub fn up_to(&self) -> impl Iterator<Item = (Duration, u64)> {
        let mut sum = 0;
        let ranges = ENDS_US.iter().zip(self.counts).skip(self.first);
        ranges.map(move |(end, count)| {
            sum += count;
            (Duration::from_micros(*end), sum)
        })
    }
}
