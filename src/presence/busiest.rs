//! The topics with most subscriptions.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Serialize;

use crate::topic::Topic;

/// Topics that are listed.
pub const BUSIEST_TOPICS: usize = 20;

/// Topics that are looked at. Nobody comes or goes meanwhile, so it has to be over in less than a millisecond.
pub const TOPICS_LOOKED_AT: usize = 16_384;

/// The topics with most subscriptions by name, among those that were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Busiest {
    /// The first [`BUSIEST_TOPICS`], each with its subscriptions; the one with most comes first.
    pub topics: Vec<(Topic, usize)>,
    /// How many were looked at: all of them, or [`TOPICS_LOOKED_AT`], of which chance decides.
    pub looked_at: usize,
    /// How many there are.
    pub known: usize,
}

impl Busiest {
    pub(super) fn of(subscriptions: &HashMap<Topic, usize>) -> Busiest {
        let mut first: Vec<(Reverse<usize>, &Topic)> = Vec::with_capacity(BUSIEST_TOPICS + 1);
        for (topic, count) in subscriptions.iter().take(TOPICS_LOOKED_AT) {
            let place = (Reverse(*count), topic);
            // Most of very many are no better than the last, and names take time to compare.
            let last = first.get(BUSIEST_TOPICS - 1);
            if last.is_some_and(|last| *last <= place) {
                continue;
            }
            let index = first.partition_point(|before| *before < place);
            first.insert(index, place);
            first.truncate(BUSIEST_TOPICS);
        }
        let topics = first
            .into_iter()
            .map(|(Reverse(count), topic)| (topic.clone(), count));
        Busiest {
            topics: topics.collect(),
            looked_at: subscriptions.len().min(TOPICS_LOOKED_AT),
            known: subscriptions.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{BUSIEST_TOPICS, Busiest, TOPICS_LOOKED_AT};
    use crate::topic::Topic;

    /// Topics of these numbers, with as many subscriptions.
    fn busiest(numbers: impl Iterator<Item = usize>) -> Busiest {
        let entry = |number: usize| (Topic::parse(&format!("t{number}")).unwrap(), number / 2);
        Busiest::of(&numbers.map(entry).collect::<HashMap<_, _>>())
    }

    #[test]
    fn those_with_most_come_first_and_equals_by_name() {
        let found = busiest(2..8);
        let found: Vec<_> = found
            .topics
            .iter()
            .map(|(it, n)| (it.as_str(), *n))
            .collect();
        let expected = [
            ("t6", 3),
            ("t7", 3),
            ("t4", 2),
            ("t5", 2),
            ("t2", 1),
            ("t3", 1),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn only_so_many_are_listed_and_looked_at() {
        let found = busiest(0..1_000);
        assert_eq!(found.topics.len(), BUSIEST_TOPICS);
        assert_eq!(found.topics[0].0.as_str(), "t998");
        assert_eq!(found.topics[BUSIEST_TOPICS - 1].0.as_str(), "t981");
        assert_eq!((found.looked_at, found.known), (1_000, 1_000));
        let found = busiest(0..20_000);
        assert_eq!((found.looked_at, found.known), (TOPICS_LOOKED_AT, 20_000));
        assert_eq!(busiest(0..0), Busiest::default());
    }
}
