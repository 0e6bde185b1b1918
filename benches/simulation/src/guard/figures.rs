//! Figures, and how far each may be from what was recorded.

use super::scenarios::Scenario;

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Instructions,
    Allocations,
    Bytes,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Instructions => "instructions",
            Kind::Allocations => "allocations",
            Kind::Bytes => "bytes",
        }
    }

    /// The largest ratio to the recorded figure. Compilers and C libraries differ in instructions;
    /// in what they allocate they hardly do.
    pub fn limit(self) -> f64 {
        match self {
            Kind::Instructions => 1.15,
            Kind::Allocations | Kind::Bytes => 1.10,
        }
    }
}

/// One figure, for each unit of its scenario.
#[derive(Clone, Debug)]
pub struct Figure {
    pub scenario: &'static Scenario,
    pub kind: Kind,
    pub value: f64,
}

/// What a figure is beside the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    /// So much better that the record says little.
    Better,
    Worse,
    NotRecorded,
}

impl Figure {
    pub fn verdict(&self, recorded: Option<f64>) -> Verdict {
        let limit = self.kind.limit();
        match recorded.map(|recorded| ratio(self.value, recorded)) {
            None => Verdict::NotRecorded,
            Some(ratio) if ratio > limit => Verdict::Worse,
            Some(ratio) if ratio * limit < 1.0 => Verdict::Better,
            Some(_) => Verdict::Good,
        }
    }
}

/// How often `recorded` goes into `now`.
pub fn ratio(now: f64, recorded: f64) -> f64 {
    match now == recorded {
        true => 1.0,
        false => now / recorded,
    }
}

#[cfg(test)]
mod tests {
    use super::{Figure, Kind, Verdict};
    use crate::guard::scenarios::SCENARIOS;

    #[test]
    fn the_margin_is_the_same_both_ways() {
        let verdict = |value, recorded| {
            let figure = Figure {
                scenario: &SCENARIOS[0],
                kind: Kind::Instructions,
                value,
            };
            figure.verdict(recorded)
        };
        assert_eq!(verdict(114.0, Some(100.0)), Verdict::Good);
        assert_eq!(verdict(116.0, Some(100.0)), Verdict::Worse);
        assert_eq!(verdict(88.0, Some(100.0)), Verdict::Good);
        assert_eq!(verdict(86.0, Some(100.0)), Verdict::Better);
        assert_eq!(verdict(0.0, Some(0.0)), Verdict::Good);
        assert_eq!(verdict(1.0, Some(0.0)), Verdict::Worse);
        assert_eq!(verdict(1.0, None), Verdict::NotRecorded);
    }
}
