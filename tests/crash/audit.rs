//! Comparing what was heard with what was sent.

use std::collections::HashMap;
use std::time::Duration;

use ssehub::EventId;

use super::publisher::{END, Sent};
use super::subscriber::Heard;

/// A publisher and its number.
type Number = (usize, usize);

/// What a run has shown. Whatever was heard is counted for each subscriber by itself.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    pub acknowledged: usize,
    pub unacknowledged: usize,
    pub received: usize,
    /// Acknowledged events that a subscriber of their topic has not heard.
    pub lost: usize,
    pub duplicated: usize,
    /// Events whose id or number is not higher than that of an earlier one.
    pub out_of_order: usize,
    /// Events on a topic that they were not sent to.
    pub strange: usize,
    pub gaps: usize,
    /// Subscribers that have not heard the same as the first one of their topic.
    pub differing: Vec<String>,
    /// Subscribers that have not come to the end of their topic.
    pub unfinished: Vec<String>,
}

impl Verdict {
    /// `sent` holds what each publisher has done with its numbers.
    pub fn on(sent: &[Vec<Sent>], heard: &[Heard]) -> Verdict {
        let mut verdict = Verdict {
            acknowledged: sent.iter().flatten().filter(|it| it.acknowledged).count(),
            unacknowledged: sent.iter().flatten().filter(|it| !it.acknowledged).count(),
            ..Verdict::default()
        };
        let mut firsts: HashMap<usize, &Heard> = HashMap::new();
        for one in heard {
            verdict.count(sent, one);
            verdict.order(one);
            let first = firsts.entry(one.topic).or_insert(one);
            if first.events != one.events {
                verdict.differing.push(one.name.clone());
            }
        }
        verdict
    }

    /// How often each event has come.
    fn count(&mut self, sent: &[Vec<Sent>], heard: &Heard) {
        let mut times: HashMap<Number, usize> = HashMap::new();
        for number in numbers(heard).flatten() {
            *times.entry(number).or_default() += 1;
        }
        self.received += times.values().sum::<usize>();
        self.duplicated += times.values().map(|times| times - 1).sum::<usize>();
        let ends = heard.events.iter().filter(|it| it.data == END).count();
        self.strange += numbers(heard).filter(Option::is_none).count() - ends;
        for (publisher, sent) in sent.iter().enumerate() {
            for (number, it) in sent.iter().enumerate() {
                let came = times.remove(&(publisher, number)).is_some();
                let ours = it.topic == heard.topic;
                self.lost += usize::from(ours && it.acknowledged && !came);
                self.strange += usize::from(!ours && came);
            }
        }
        // What is left has never been sent.
        self.strange += times.len();
        self.gaps += heard.gaps;
        if !heard.ended {
            self.unfinished.push(heard.name.clone());
        }
    }

    /// Whether they came in the log's order and in that of each publisher.
    fn order(&mut self, heard: &Heard) {
        let mut last_id = EventId::ZERO;
        let mut last_numbers: HashMap<usize, usize> = HashMap::new();
        for (event, number) in heard.events.iter().zip(numbers(heard)) {
            let id: EventId = event.id.parse().expect("a position of the log");
            let last_number = number.and_then(|(by, number)| last_numbers.insert(by, number));
            let counts_on = last_number.is_none_or(|last| number.is_some_and(|(_, it)| it > last));
            self.out_of_order += usize::from(id <= last_id || !counts_on);
            last_id = id;
        }
    }

    pub fn is_clean(&self) -> bool {
        let complaints = [
            self.lost,
            self.duplicated,
            self.out_of_order,
            self.strange,
            self.gaps,
            self.differing.len(),
            self.unfinished.len(),
        ];
        self.acknowledged > 0 && complaints == [0; 7]
    }

    /// The verdict on one line, below what its columns mean.
    pub fn table(&self, kills: u32, took: Duration) -> String {
        format!(
            "kills  acknowledged  unacknowledged  received  lost  duplicated  out of order  seconds\n\
             {kills:>5}  {:>12}  {:>14}  {:>8}  {:>4}  {:>10}  {:>12}  {:>7.1}",
            self.acknowledged,
            self.unacknowledged,
            self.received,
            self.lost,
            self.duplicated,
            self.out_of_order,
            took.as_secs_f64()
        )
    }
}

/// What the events say, `PUBLISHER:NUMBER`; `None` for one that says something else.
fn numbers(heard: &Heard) -> impl Iterator<Item = Option<Number>> {
    heard.events.iter().map(|event| {
        let (publisher, number) = event.data.split_once(':')?;
        Some((publisher.parse().ok()?, number.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::super::events::StreamEvent;
    use super::*;

    /// What is said of those who heard these, when 0:0 and 0:2 of three were acknowledged.
    fn verdict(heard: &[&[(&str, &str)]]) -> Verdict {
        let sent = [true, false, true].map(|acknowledged| Sent {
            topic: 0,
            acknowledged,
        });
        let heard = heard.iter().map(|events| Heard {
            events: events.iter().map(event).collect(),
            ended: true,
            ..Heard::default()
        });
        Verdict::on(&[sent.to_vec()], &heard.collect::<Vec<_>>())
    }

    fn event((id, data): &(&str, &str)) -> StreamEvent {
        StreamEvent {
            id: (*id).to_owned(),
            data: (*data).to_owned(),
            ..StreamEvent::default()
        }
    }

    const ALL: &[(&str, &str)] = &[("#1-0", "0:0"), ("#1-1", "0:1"), ("#2-0", "0:2")];
    const SOME: &[(&str, &str)] = &[("#1-0", "0:0"), ("#2-0", "0:2"), ("#2-1", END)];

    #[test]
    fn what_was_not_acknowledged_may_come_or_not() {
        for heard in [ALL, SOME] {
            let verdict = verdict(&[heard, heard]);
            assert!(verdict.is_clean(), "{verdict:?}");
            assert_eq!((verdict.acknowledged, verdict.unacknowledged), (2, 1));
        }
    }

    #[test]
    fn everything_else_is_noticed() {
        let lost = verdict(&[&[("#1-0", "0:0")]]);
        assert_eq!((lost.lost, lost.is_clean()), (1, false));
        let twice = verdict(&[&[("#1-0", "0:0"), ("#2-0", "0:2"), ("#3-0", "0:2")]]);
        assert_eq!((twice.duplicated, twice.is_clean()), (1, false));
        let by_number = verdict(&[&[("#1-0", "0:2"), ("#2-0", "0:0")]]);
        assert_eq!((by_number.out_of_order, by_number.is_clean()), (1, false));
        let by_id = verdict(&[&[("#2-0", "0:0"), ("#1-0", "0:2")]]);
        assert_eq!((by_id.out_of_order, by_id.is_clean()), (1, false));
        let differing = verdict(&[ALL, SOME]);
        assert_eq!(
            (differing.differing.len(), differing.is_clean()),
            (1, false)
        );
        for never_sent in ["0:3", "1:0", "hello"] {
            let strange = verdict(&[&[("#1-0", "0:0"), ("#2-0", "0:2"), ("#3-0", never_sent)]]);
            assert_eq!((strange.strange, strange.is_clean()), (1, false));
        }
    }
}
