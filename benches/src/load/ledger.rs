//! Who has received what: loss, duplicates and disorder, in a few bytes for each subscriber.

use super::record::Record;

/// Counts for all subscribers together.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    /// Events received, duplicates not counted.
    pub received: u64,
    /// Events received once more.
    pub duplicates: u64,
    /// Events received after a later one of the same series.
    pub disorder: u64,
    /// Events of another topic, and records that could not be read.
    pub strays: u64,
}

/// One series as one subscriber has seen it.
#[derive(Default, Clone, Copy)]
struct Seen {
    /// The number that should come next.
    next: u32,
    /// Numbers below `next` that have not come.
    missing: u32,
    /// Which of the 64 numbers below `next` have come; bit 0 is `next - 1`.
    recent: u64,
}

impl Seen {
    fn advance(&mut self, sequence: u32) {
        let step = sequence - self.next + 1;
        self.missing += step - 1;
        self.recent = self.recent.checked_shl(step).unwrap_or(0) | 1;
        self.next = sequence + 1;
    }

    /// Whether a number below `next` is new; older than the window, it is new if one is missing.
    fn fill(&mut self, sequence: u32) -> bool {
        let bit = 1u64.checked_shl(self.next - 1 - sequence).unwrap_or(0);
        let is_new = self.missing > 0 && self.recent & bit == 0;
        self.recent |= bit;
        self.missing -= u32::from(is_new);
        is_new
    }
}

/// The books of a whole crowd of subscribers.
#[derive(Clone)]
pub struct Ledger {
    series_per_topic: usize,
    seen: Vec<Seen>,
    /// A hash of everything received in order: equal among subscribers that saw the same order.
    order: Vec<u64>,
    arrived: Vec<bool>,
    pub tally: Tally,
}

/// What an event meant to its subscriber.
#[derive(PartialEq, Eq, Debug)]
pub enum Entry {
    Next,
    Other,
}

impl Ledger {
    pub fn new(subscribers: usize, series_per_topic: usize) -> Ledger {
        Ledger {
            series_per_topic,
            seen: vec![Seen::default(); subscribers * series_per_topic],
            order: vec![0; subscribers],
            arrived: vec![false; subscribers],
            tally: Tally::default(),
        }
    }

    /// Notes that the subscriber's stream has been open: what it misses from now on is lost.
    pub fn arrive(&mut self, subscriber: usize) {
        self.arrived[subscriber] = true;
    }

    pub fn has_arrived(&self, subscriber: usize) -> bool {
        self.arrived[subscriber]
    }

    /// Books one event for `subscriber`, who reads `topic`.
    pub fn book(&mut self, subscriber: usize, topic: usize, record: Option<Record>) -> Entry {
        let base = topic * self.series_per_topic;
        let series = record.and_then(|record| usize::from(record.source).checked_sub(base));
        let (Some(record), Some(series)) = (record, series.filter(|s| *s < self.series_per_topic))
        else {
            self.tally.strays += 1;
            return Entry::Other;
        };
        let seen = &mut self.seen[subscriber * self.series_per_topic + series];
        if record.sequence < seen.next {
            return self.book_late(subscriber, series, record.sequence);
        }
        seen.advance(record.sequence);
        self.tally.received += 1;
        let mixed =
            self.order[subscriber] ^ (u64::from(record.source) << 32 | u64::from(record.sequence));
        self.order[subscriber] = mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        Entry::Next
    }

    /// One that comes late fills a hole, if there is one; else it is a duplicate.
    fn book_late(&mut self, subscriber: usize, series: usize, sequence: u32) -> Entry {
        let seen = &mut self.seen[subscriber * self.series_per_topic + series];
        if seen.fill(sequence) {
            self.tally.received += 1;
            self.tally.disorder += 1;
        } else {
            self.tally.duplicates += 1;
        }
        Entry::Other
    }

    /// How many events of a series the subscriber has received without the missing ones.
    pub fn received(&self, subscriber: usize, series: usize) -> u32 {
        let seen = self.seen[subscriber * self.series_per_topic + series];
        seen.next - seen.missing
    }

    /// The number that the subscriber waits for.
    pub fn next(&self, subscriber: usize, series: usize) -> u32 {
        self.seen[subscriber * self.series_per_topic + series].next
    }

    /// Hashes of the order in which each subscriber received.
    pub fn orders(&self) -> &[u64] {
        &self.order
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(ledger: &mut Ledger, source: u16, sequence: u32) {
        ledger.book(
            0,
            0,
            Some(Record {
                source,
                sequence,
                sent_ns: 0,
            }),
        );
    }

    #[test]
    fn order_loss_duplicates_and_strays_are_told_apart() {
        let mut ledger = Ledger::new(1, 2);
        [0, 1, 4, 2, 4]
            .into_iter()
            .for_each(|n| book(&mut ledger, 1, n));
        book(&mut ledger, 2, 0);
        let Tally {
            received,
            duplicates,
            disorder,
            strays,
        } = ledger.tally;
        assert_eq!((received, duplicates, disorder, strays), (4, 1, 1, 1));
        assert_eq!((ledger.received(0, 1), ledger.next(0, 1)), (4, 5));
    }

    #[test]
    fn the_same_events_in_another_order_have_another_hash() {
        let mut ledger = Ledger::new(2, 2);
        for (subscriber, sources) in [(0, [0, 1]), (1, [1, 0])] {
            for source in sources {
                ledger.book(
                    subscriber,
                    0,
                    Some(Record {
                        source,
                        sequence: 0,
                        sent_ns: 0,
                    }),
                );
            }
        }
        assert_ne!(ledger.orders()[0], ledger.orders()[1]);
    }
}
