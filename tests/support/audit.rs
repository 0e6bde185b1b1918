//! Comparing what was heard with what was sent.

use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::time::Duration;

use ssehub::EventId;

use super::ledger::{Heard, Number, Said, Sent};

/// Complaints of one kind that are put into words.
const COMPLAINTS: usize = 10;

/// What a run has shown. Whatever was heard is counted for each subscriber by itself.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    pub acknowledged: usize,
    pub unacknowledged: usize,
    pub received: usize,
    /// Acknowledged events that a subscriber of their topic has not heard, nor been told of a gap there.
    pub lost: usize,
    /// Those where it has been told.
    pub told: usize,
    pub duplicated: usize,
    /// Events whose position is not higher than that of an earlier one, and acknowledged ones that come
    /// behind what their publisher has sent later.
    pub out_of_order: usize,
    /// Events on a topic that they were not sent to.
    pub strange: usize,
    pub gaps: usize,
    /// Subscribers that have not heard the same as the first one of their topic.
    pub differing: Vec<String>,
    /// Subscribers that have not come to the end of their topic.
    pub unfinished: Vec<String>,
    /// The first of what is complained of, in words.
    pub complaints: Vec<String>,
}

/// Where among all that one subscriber has heard a number came for the first time, and for the last.
#[derive(Clone, Copy)]
struct Place {
    first: usize,
    last: usize,
}

/// What a subscriber was told that it may be missing: something between these places.
struct Gap {
    after: usize,
    told: usize,
}

impl Gap {
    /// Whether it concerns something between two places.
    fn excuses(&self, after: usize, before: usize) -> bool {
        self.told > after && self.after < before
    }
}

/// The numbers of one publisher that one subscriber has heard.
type Places = BTreeMap<u32, Place>;

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
            let places = verdict.count(sent, one);
            for (publisher, (sent, places)) in (0..).zip(sent.iter().zip(places)) {
                verdict.miss((publisher, sent), one, &places);
            }
            verdict.order(sent, one);
            let first = firsts.entry(one.topic).or_insert(one);
            if first.said != one.said {
                verdict.differing.push(one.name.clone());
            }
        }
        verdict
    }

    /// How often each event has come, and where.
    fn count(&mut self, sent: &[Vec<Sent>], heard: &Heard) -> Vec<Places> {
        let mut places: Vec<Places> = sent.iter().map(|_| Places::new()).collect();
        let mut last_gap = 0;
        for (at, said) in (1..).zip(&heard.said) {
            let number = match said {
                Said::Number(number, _) => *number,
                Said::Gap(_) => {
                    last_gap = at;
                    continue;
                }
                Said::End => continue,
                Said::Strange => {
                    self.strange += 1;
                    continue;
                }
            };
            self.received += 1;
            if look_up(sent, number).is_none_or(|it| it.topic != heard.topic) {
                self.strange += 1;
                continue;
            }
            match places[number.0 as usize].entry(number.1) {
                Entry::Vacant(place) => {
                    let (first, last) = (at, at);
                    place.insert(Place { first, last });
                }
                // What was lost in a gap may have been sent again.
                Entry::Occupied(mut place) if place.get().last < last_gap => {
                    place.get_mut().last = at
                }
                Entry::Occupied(_) => {
                    self.duplicated += 1;
                    self.complain("is heard twice", number, heard);
                }
            }
        }
        self.gaps += gaps(heard).len();
        if !heard.ended {
            self.unfinished.push(heard.name.clone());
        }
        places
    }

    /// What one publisher's acknowledged events are missing, and whether there is a gap between those that
    /// stand before them and behind them.
    fn miss(&mut self, (publisher, sent): (u32, &[Sent]), heard: &Heard, places: &Places) {
        let gaps = gaps(heard);
        let excuse = |after, before| gaps.iter().any(|gap| gap.excuses(after, before));
        let mut before = Place { first: 0, last: 0 };
        let mut missing = Vec::new();
        for (number, it) in (0..).zip(sent) {
            if !it.acknowledged || it.topic != heard.topic {
                continue;
            }
            let Some(place) = places.get(&number) else {
                missing.push((publisher, number));
                continue;
            };
            if !is_firm(it, gaps.len()) {
                continue;
            }
            let was_told = match place.first > before.last {
                true => excuse(before.last, place.first),
                // All was heard once more behind a gap, and had to be told once more.
                false => excuse(before.first, place.first) && excuse(before.last, place.last),
            };
            self.settle(&missing, was_told, heard);
            (missing, before) = (Vec::new(), *place);
        }
        self.settle(&missing, excuse(before.last, usize::MAX), heard);
    }

    fn settle(&mut self, missing: &[Number], was_told: bool, heard: &Heard) {
        if was_told {
            self.told += missing.len();
            return;
        }
        self.lost += missing.len();
        for number in missing {
            self.complain("is lost", *number, heard);
        }
    }

    fn complain(&mut self, of: &str, (publisher, number): Number, heard: &Heard) {
        let known = self.complaints.iter().filter(|it| it.contains(of)).count();
        if known < COMPLAINTS {
            let complaint = format!("{publisher}:{number} {of}: {}", heard.name);
            self.complaints.push(complaint);
        }
    }

    /// Whether they came in the log's order and in that of each publisher.
    fn order(&mut self, sent: &[Vec<Sent>], heard: &Heard) {
        let all_gaps = gaps(heard).len();
        let mut last_at = EventId::ZERO;
        let mut highest: HashMap<u32, u32> = HashMap::new();
        for said in &heard.said {
            let (number, at) = match *said {
                Said::Number(number, at) => (number, at),
                // Behind a gap comes all that is kept, also what came before.
                Said::Gap(_) => {
                    last_at = EventId::ZERO;
                    highest.clear();
                    continue;
                }
                Said::End | Said::Strange => continue,
            };
            let goes_back = at.is_some_and(|at| at <= last_at);
            last_at = at.unwrap_or(last_at);
            let highest = highest.entry(number.0).or_insert(number.1);
            let is_firm = look_up(sent, number).is_some_and(|it| is_firm(it, all_gaps));
            let is_late = is_firm && number.1 < *highest;
            *highest = number.1.max(*highest);
            if goes_back || is_late {
                self.out_of_order += 1;
                self.complain("is out of order", number, heard);
            }
        }
    }

    /// Everything has arrived, once and in order, and nobody was told of a gap.
    pub fn is_clean(&self) -> bool {
        self.is_honest() && self.gaps == 0 && self.told == 0 && self.differing.is_empty()
    }

    /// Everything has arrived, once and in order, or whoever misses it was told.
    pub fn is_honest(&self) -> bool {
        let complaints = [
            self.lost,
            self.duplicated,
            self.out_of_order,
            self.strange,
            self.unfinished.len(),
        ];
        self.acknowledged > 0 && complaints == [0; 5]
    }

    /// The verdict on one line, below what its columns mean.
    pub fn table(&self, took: Duration) -> String {
        let columns = [
            ("acknowledged", self.acknowledged),
            ("unacknowledged", self.unacknowledged),
            ("received", self.received),
            ("lost", self.lost),
            ("duplicated", self.duplicated),
            ("out of order", self.out_of_order),
            ("gaps told", self.gaps),
            ("missed in gaps", self.told),
        ];
        let names: String = columns
            .iter()
            .map(|(name, _)| format!("{name}  "))
            .collect();
        let counts: String = columns
            .iter()
            .map(|(name, count)| format!("{count:>width$}  ", width = name.len()))
            .collect();
        format!("{names}seconds\n{counts}{:>7.1}", took.as_secs_f64())
    }
}

/// The gaps that a subscriber was told of. One that begins before what was heard last, begins behind the last
/// of those whose position says that they came before.
fn gaps(heard: &Heard) -> Vec<Gap> {
    let said = &heard.said;
    let gap = |(told, it): (usize, &Said)| {
        let Said::Gap(after) = it else { return None };
        let is_before = |it: &Said| matches!((it, after), (Said::Number(_, Some(at)), Some(after)) if at <= after);
        let after = match after {
            Some(_) => said[..told - 1]
                .iter()
                .rposition(is_before)
                .map_or(0, |at| at + 1),
            None => told,
        };
        Some(Gap { after, told })
    };
    (1..).zip(said).filter_map(gap).collect()
}

/// Whether an event has its place among those of its publisher. What was not acknowledged may arrive at any
/// later time; so may the first copy of what was repeated, if the log has forgotten that it knows it.
fn is_firm(sent: &Sent, gaps: usize) -> bool {
    sent.acknowledged && (gaps == 0 || !sent.repeated)
}

/// What is known of a number; none if it was never sent.
fn look_up(sent: &[Vec<Sent>], (publisher, number): Number) -> Option<&Sent> {
    sent.get(publisher as usize)?.get(number as usize)
}

#[cfg(test)]
mod tests {
    use super::super::ledger::{END, own_id};
    use super::*;

    /// An event that a subscriber has heard, as its id and its data; for a gap, the position as data after
    /// which something is missing, or nothing.
    type Event<'e> = (&'e str, &'e str);

    /// What is said of those who heard these, when 0:0 and 0:2 of three were acknowledged.
    fn verdict(heard: &[&[Event<'_>]]) -> Verdict {
        judge([true, false, true], heard)
    }

    /// What is said of them when these of three were acknowledged.
    fn judge(acknowledged: [bool; 3], heard: &[&[Event<'_>]]) -> Verdict {
        let sent = acknowledged.map(|acknowledged| Sent {
            topic: 0,
            acknowledged,
            repeated: false,
        });
        let heard = heard.iter().map(|events| {
            let mut heard = Heard::default();
            for (id, data) in *events {
                let is_gap = data.is_empty() || data.starts_with('#');
                heard.take(if is_gap { "gap" } else { "" }, id, data);
            }
            heard.ended = true;
            heard
        });
        Verdict::on(&[sent.to_vec()], &heard.collect::<Vec<_>>())
    }

    const ALL: &[Event<'_>] = &[("#1-0", "0:0"), ("#1-1", "0:1"), ("#2-0", "0:2")];
    const SOME: &[Event<'_>] = &[("#1-0", "0:0"), ("#2-0", "0:2"), ("#2-1", END)];
    const LATE: &[Event<'_>] = &[("#1-0", "0:0"), ("#2-0", "0:2"), ("#2-1", "0:1")];

    #[test]
    fn what_was_not_acknowledged_may_come_or_not() {
        for heard in [ALL, SOME, LATE] {
            let verdict = verdict(&[heard, heard]);
            assert!(verdict.is_clean(), "{verdict:?}");
            assert_eq!((verdict.acknowledged, verdict.unacknowledged), (2, 1));
        }
    }

    #[test]
    fn everything_else_is_noticed() {
        let lost = verdict(&[&[("#1-0", "0:0")]]);
        assert_eq!((lost.lost, lost.is_honest()), (1, false));
        let twice = verdict(&[&[("#1-0", "0:0"), ("#2-0", "0:2"), ("#3-0", "0:2")]]);
        assert_eq!((twice.duplicated, twice.is_honest()), (1, false));
        let own = own_id((0, 2));
        let twice_by_id = verdict(&[&[("#1-0", "0:0"), (&own, "0:2"), (&own, "0:2")]]);
        assert_eq!(
            (twice_by_id.duplicated, twice_by_id.is_honest()),
            (1, false)
        );
        let by_number = verdict(&[&[("#1-0", "0:2"), ("#2-0", "0:0")]]);
        assert_eq!((by_number.out_of_order, by_number.is_honest()), (1, false));
        let by_id = verdict(&[&[("#2-0", "0:0"), ("#1-0", "0:2")]]);
        assert_eq!((by_id.out_of_order, by_id.is_honest()), (1, false));
        let differing = verdict(&[ALL, SOME]);
        assert_eq!(
            (differing.differing.len(), differing.is_clean()),
            (1, false)
        );
        for never_sent in ["0:3", "1:0", "hello"] {
            let strange = verdict(&[&[("#1-0", "0:0"), ("#2-0", "0:2"), ("#3-0", never_sent)]]);
            assert_eq!((strange.strange, strange.is_honest()), (1, false));
        }
    }

    #[test]
    fn a_gap_excuses_what_is_missing_around_it_alone() {
        const GAP: Event<'_> = ("#1-5", "");
        let told = verdict(&[&[("#1-0", "0:0"), GAP], &[GAP, ("#2-0", "0:2")]]);
        assert_eq!((told.told, told.gaps), (2, 2));
        assert!(told.is_honest() && !told.is_clean(), "{told:?}");
        for elsewhere in [
            [GAP, ("#2-0", "0:0"), ("#2-1", END)],
            [("#1-0", "0:1"), ("#2-0", "0:2"), GAP],
        ] {
            let verdict = verdict(&[&elsewhere]);
            assert_eq!((verdict.lost, verdict.is_honest()), (1, false));
        }
        let late = verdict(&[&[("#2-0", "0:2"), ("#3-0", "#1-0")]]);
        assert!(late.is_honest() && late.told == 1, "{late:?}");
        let too_late = verdict(&[&[("#2-0", "0:2"), ("#3-0", "#2-0")]]);
        assert_eq!((too_late.lost, too_late.is_honest()), (1, false));
        let back = verdict(&[&[
            ("#1-0", "0:0"),
            ("#2-0", "0:2"),
            GAP,
            ("#1-0", "0:0"),
            ("#2-0", "0:2"),
        ]]);
        assert!(back.is_honest(), "{back:?}");
        // The same is missing both times that it is heard, and told both times or but once.
        const ONE: Event<'_> = ("#1-0", "0:0");
        const THREE: Event<'_> = ("#2-0", "0:2");
        for (heard, lost) in [
            ([ONE, GAP, THREE, GAP, ONE, GAP, THREE], 0),
            ([ONE, GAP, THREE, GAP, GAP, ONE, THREE], 1),
            ([ONE, THREE, GAP, GAP, ONE, GAP, THREE], 1),
        ] {
            let verdict = judge([true; 3], &[&heard]);
            assert_eq!(verdict.lost, lost, "{heard:?}");
        }
        let again = verdict(&[&[("#1-0", "0:0"), ("#1-1", "0:2"), GAP, ("#2-0", "0:2")]]);
        assert!(again.is_honest(), "{again:?}");
    }
}
