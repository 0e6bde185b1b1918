//! What a log has lost although it was acknowledged, and where that is told.

use crate::event::EventId;

/// Losses that are told apart. With more of them, the oldest two count as one.
#[cfg(any(feature = "disk", feature = "redis"))]
pub(crate) const LOSSES: usize = 16;

/// Events that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loss {
    /// Nothing up to this position is missing.
    pub(crate) after: EventId,
    /// Where the loss stands in the log: whoever has read up to here knows of it. What stands before, and
    /// behind `after`, may have been read by some before anyone knew.
    pub(crate) at: EventId,
}

/// The latest losses, in the log's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses(Vec<Loss>);

impl Losses {
    /// Adds a loss, unless it is known.
    #[cfg(any(feature = "disk", feature = "redis"))]
    pub(crate) fn push(&mut self, loss: Loss) {
        if loss.at <= self.newest() {
            return;
        }
        // One that is told again, further on.
        self.0.retain(|known| known.after != loss.after);
        self.0.push(loss);
        if self.0.len() > LOSSES {
            let oldest = self.0.remove(0);
            self.0[0].after = self.0[0].after.min(oldest.after);
        }
    }

    /// Where the newest loss stands; zero if nothing is lost.
    pub(crate) fn newest(&self) -> EventId {
        self.0.last().map_or(EventId::ZERO, |loss| loss.at)
    }

    /// The first that stands after a position.
    pub(crate) fn next(&self, after: EventId) -> Option<Loss> {
        self.0.iter().find(|loss| loss.at > after).copied()
    }

    /// From where on something is missing to one who has read the log up to `position`, and goes on after
    /// `resumed`: there, or where a loss begins that it passes over.
    pub(crate) fn missing_after(&self, position: EventId, resumed: EventId) -> EventId {
        let passed = |loss: &&Loss| loss.at > position && loss.at <= resumed;
        let passed = self.0.iter().filter(passed).map(|loss| loss.after);
        passed.fold(position, EventId::min)
    }

    #[cfg(feature = "redis")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Loss> {
        self.0.iter()
    }
}

#[cfg(all(test, feature = "redis"))]
mod tests {
    use super::*;

    fn at(ms: u64) -> EventId {
        EventId { ms, seq: 0 }
    }

    fn losses(all: &[(u64, u64)]) -> Losses {
        let mut losses = Losses::default();
        for &(after, told_at) in all {
            let (after, at) = (at(after), at(told_at));
            losses.push(Loss { after, at });
        }
        losses
    }

    #[test]
    fn something_is_missing_from_where_a_loss_begins_that_is_passed_over() {
        let losses = losses(&[(10, 20), (15, 30), (35, 40)]);
        let missing = |read| losses.missing_after(at(read), at(39)).ms;
        assert_eq!(
            [5, 12, 20, 25, 30, 37].map(missing),
            [5, 10, 15, 15, 30, 37]
        );
        assert_eq!(losses.missing_after(at(37), at(40)), at(35));
        assert_eq!(losses.newest(), at(40));
        let next = |after| losses.next(at(after)).map(|loss| loss.at.ms);
        assert_eq!(
            [0, 19, 20, 39, 40].map(next),
            [Some(20), Some(20), Some(30), Some(40), None]
        );
    }

    #[test]
    fn a_loss_is_known_once() {
        let twice = losses(&[(10, 20), (5, 20), (5, 19)]);
        assert_eq!(twice, losses(&[(10, 20)]));
    }

    #[test]
    fn the_oldest_of_too_many_count_as_one() {
        let all: Vec<_> = (0..20)
            .map(|number| (number * 10, number * 10 + 5))
            .collect();
        let losses = losses(&all);
        assert_eq!(losses.iter().count(), LOSSES);
        let missing = |read| losses.missing_after(at(read), at(45));
        assert_eq!(missing(42), EventId::ZERO, "told of as one loss");
        assert_eq!(missing(45), at(45));
    }
}
