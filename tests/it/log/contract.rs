//! What every log promises to those who append and read: an order, and all of it.

use std::time::Duration;

use ssehub::store::Budget;
use ssehub::topic::OWN_TOPICS;
use ssehub::{Clock, EventId, Interest, LogConfig, Selector, Topic};

use super::{BEGIN_MS, KINDS, Kind, Store, WIDE, draft, everywhere, interest, read};

/// Appends numbers on topics in turn; their positions.
fn numbers(store: &Store, topics: &[&str], count: usize) -> Vec<EventId> {
    let turn = topics.iter().cycle().zip(0..count);
    turn.map(|(topic, number)| store.say(topic, &number.to_string()))
        .collect()
}

/// The numbers that [`numbers`] says on one of so many topics.
fn every(step: usize, from: usize, count: usize) -> Vec<String> {
    let numbers = (from..count).step_by(step);
    numbers.map(|number| number.to_string()).collect()
}

#[test]
fn events_come_back_as_they_were_said() {
    let said = |store: &Store| {
        let data = "Zeile\r\nzwei \u{0} \"quoted\" \\ \u{1F600}";
        let full = super::own("a/b", "own \"id\" ü", data);
        let full = full.kind("kind").unwrap().user("ann\n");
        let full = full.retry(Duration::from_millis(u64::from(u32::MAX)));
        store.append(full);
        store.append(draft("*", ""));
        store.append(draft(&"t".repeat(255), &"x".repeat(100_000)));
        store.append(super::end("a/b").own_id("end").unwrap());
    };
    everywhere(LogConfig::default(), said, |store, ()| {
        let all = interest(&["*"]);
        let (events, _) = read(store.log(), store.log().kept_after(), &all, WIDE).unwrap();
        let [full, empty, large, end] = &events[..] else {
            panic!("{events:?}")
        };
        assert_eq!(full.topic().as_str(), "a/b");
        assert_eq!(full.data(), "Zeile\r\nzwei \u{0} \"quoted\" \\ \u{1F600}");
        assert_eq!(full.own_id(), Some("own \"id\" ü"));
        assert_eq!(full.kind(), Some("kind"));
        assert_eq!(full.user(), Some("ann\n"));
        assert_eq!(full.retry(), Some(Duration::from_millis(4_294_967_295)));
        assert_eq!((empty.topic().as_str(), empty.data()), ("*", ""));
        assert_eq!((empty.own_id(), empty.kind()), (None, None));
        assert_eq!((empty.user(), empty.retry()), (None, None));
        assert_eq!(
            (large.topic().as_str().len(), large.data().len()),
            (255, 100_000)
        );
        assert!(!full.is_end() && !empty.is_end() && !large.is_end());
        assert!(end.is_end());
        assert_eq!((end.topic().as_str(), end.data()), ("a/b", ""));
        assert_eq!(end.own_id(), Some("end"));
    });
}

/// They are longer than others, and there is but one on each.
#[test]
fn topics_of_the_hub_itself() {
    let topic = |number: u32| {
        let filler = "%C3%A9".repeat(2_000);
        format!("{OWN_TOPICS}/urlpattern/{filler}/{number}")
    };
    let said = |store: &Store| {
        for number in 0..3 {
            store.append(draft(&topic(number), &number.to_string()).private(true));
        }
    };
    everywhere(LogConfig::default(), said, |store, ()| {
        let one = Topic::parse(&topic(1)).unwrap();
        for interest in [Interest::topic(one.clone()), interest(&["*"])] {
            let interest = interest.and_private([Selector::Exact(one.clone())].into());
            let (events, _) = read(store.log(), store.log().kept_after(), &interest, WIDE).unwrap();
            let said: Vec<_> = events.iter().map(|it| (it.topic(), it.data())).collect();
            assert_eq!(said, [(&one, "1")]);
        }
    });
}

#[test]
fn positions_increase_and_replay_is_in_their_order() {
    let fill = |store: &Store| {
        let mut ids = numbers(store, &["a", "b", "c"], 50);
        store.clock.advance(Duration::from_millis(5));
        ids.extend(numbers(store, &["c"], 50));
        ids
    };
    everywhere(LogConfig::default(), fill, |store, ids| {
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        if store.kind.goes_by_the_clock() {
            assert_eq!((ids[49].ms, ids[50].ms), (BEGIN_MS, BEGIN_MS + 5));
        }
        assert_eq!(store.log().tail(), ids[99]);
        let all = interest(&["*"]);
        let begin = store.log().kept_after();
        let (events, _) = read(store.log(), begin, &all, WIDE).unwrap();
        let read: Vec<_> = events.iter().map(|event| event.id()).collect();
        assert_eq!(&read, ids);
    });
}

#[test]
fn positions_never_go_back_though_the_clock_does() {
    for kind in KINDS {
        let mut store = Store::new(kind, LogConfig::default());
        let mut newest = store.say("t", "0");
        for (number, unix_ms) in [5, BEGIN_MS - 1, BEGIN_MS + 7, 0].into_iter().enumerate() {
            if !store.reopen_at(unix_ms) {
                break;
            }
            assert_eq!(store.log().tail(), newest, "{kind:?}");
            let id = store.say("t", &(number + 1).to_string());
            assert!(id > newest, "{kind:?}: {id} after {newest}");
            newest = id;
        }
        let count = if kind == Kind::Memory { 1 } else { 5 };
        assert_eq!(store.kept(&["t"]), every(1, 0, count), "{kind:?}");
    }
}

#[test]
fn an_empty_log_keeps_its_beginning() {
    for kind in KINDS {
        let mut store = Store::new(kind, LogConfig::default());
        let begin = store.log().tail();
        if kind.goes_by_the_clock() {
            let (ms, seq) = (BEGIN_MS, 0);
            assert_eq!(begin, EventId { ms, seq });
        }
        for unix_ms in [BEGIN_MS + 60_000, 5] {
            assert_eq!(store.log().tail(), begin);
            assert_eq!(store.log().kept_after(), begin);
            assert_eq!(store.kept(&["*"]), [""; 0]);
            store.reopen_at(unix_ms);
        }
    }
}

#[test]
fn replay_by_topic_by_topics_and_of_all() {
    let fill = |store: &Store| numbers(store, &["a", "b", "c"], 60);
    everywhere(LogConfig::default(), fill, |store, ids| {
        assert_eq!(store.kept(&["b"]), every(3, 1, 60));
        let mut two = [every(3, 0, 60), every(3, 2, 60)].concat();
        two.sort_by_key(|text| text.parse::<u32>().unwrap());
        assert_eq!(store.kept(&["c", "a"]), two);
        assert_eq!(store.kept(&["c", "nobody", "a", "c"]), two);
        assert_eq!(store.kept(&["*"]), every(1, 0, 60));
        assert_eq!(store.kept(&["a", "*"]), every(1, 0, 60));
        assert_eq!(store.kept(&["nobody"]), [""; 0]);
        assert_eq!(store.kept(&[]), [""; 0]);
        // From each position on, be it of that topic or of another.
        for (number, id) in ids.iter().enumerate() {
            assert_eq!(store.read(*id, &["*"]).0, every(1, number + 1, 60));
            let next_b = number + 1 + (3 - number % 3) % 3;
            assert_eq!(store.read(*id, &["b"]).0, every(3, next_b, 60));
        }
        assert_eq!(store.read(ids[59].next(), &["*"]).0, [""; 0]);
    });
}

/// A topic's name is not the beginning of another's.
#[test]
fn similar_topics_are_not_mixed_up() {
    let names = ["a", "a/", "a/b", "aa", "A", "ä", "a b", "%61"];
    let fill = |store: &Store| names.map(|name| store.say(name, name));
    everywhere(LogConfig::default(), fill, |store, _| {
        for name in names {
            assert_eq!(store.kept(&[name]), [name]);
        }
    });
}

#[test]
fn pages_are_within_the_budget_and_miss_nothing() {
    let fill = |store: &Store| {
        for number in 0..40 {
            let data = format!("{number:0width$}", width = 1 + number % 7 * 300);
            store.say(["a", "b", "c"][number % 3], &data);
        }
    };
    everywhere(LogConfig::default(), fill, |store, ()| {
        for topics in [&["*"][..], &["a"], &["b", "c"]] {
            let whole = store.kept(topics);
            for budget in [
                (1, 1),
                (1, 1 << 20),
                (7, 1 << 20),
                (1_000, 1),
                (1_000, 4_000),
            ] {
                let (events, bytes) = budget;
                check_pages(store, &interest(topics), Budget { events, bytes }, &whole);
            }
        }
    });
}

fn check_pages(store: &Store, interest: &Interest, budget: Budget, whole: &[String]) {
    let mut after = store.log().kept_after();
    let mut read = Vec::new();
    while after < store.log().tail() {
        let page = futures_lite::future::block_on(store.log().read(after, interest, budget));
        let page = page.unwrap();
        assert!(page.events.len() <= budget.events, "{budget:?}");
        // What fills the budget is the last event; without it there is room.
        let data = page.events.iter().rev().skip(1).map(|event| event.data());
        assert!(
            data.map(str::len).sum::<usize>() <= budget.bytes,
            "{budget:?}"
        );
        assert!(page.upto > after && page.events.iter().all(|it| it.id() <= page.upto));
        read.extend(page.events.iter().map(|event| event.data().to_owned()));
        after = page.upto;
    }
    assert_eq!(read, whole, "{budget:?}");
}

#[test]
fn a_budget_of_nothing_skips_nothing() {
    let fill = |store: &Store| numbers(store, &["a", "b"], 10);
    everywhere(LogConfig::default(), fill, |store, ids| {
        let budget = Budget {
            events: 0,
            bytes: 100,
        };
        for (after, topics) in [(0, &["*"][..]), (0, &["a"]), (8, &["*"]), (8, &["b"])] {
            let interest = interest(topics);
            let page = store.log().read(ids[after], &interest, budget);
            let page = futures_lite::future::block_on(page).unwrap();
            assert!(page.events.is_empty());
            let unread = ids[(after + 2).min(9)];
            assert!(page.upto < unread, "{topics:?} from {after}: {}", page.upto);
        }
    });
}

#[test]
fn the_clock_is_the_one_that_the_log_was_given() {
    let store = Store::new(Kind::Memory, LogConfig::default());
    let clock: &Clock = store.log().clock();
    store.clock.advance(Duration::from_secs(3));
    assert_eq!(clock.unix_ms(), BEGIN_MS + 3_000);
}
