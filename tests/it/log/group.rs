//! Publishers that come together: each is answered once, and in the order of the positions.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_lite::future::{block_on, poll_fn};
use ssehub::store::AppendError;
use ssehub::{LogConfig, Stored};

use super::{KINDS, Kind, Store, draft, everywhere, own};

/// How often a log is closed and opened at once.
const HANDOVERS: u32 = 100;

type Answer = Result<Stored, AppendError>;

/// Waits for all of them at once; their answers, in their order.
pub fn all<F: Future + Unpin>(mut futures: Vec<F>) -> Vec<F::Output> {
    let mut answers: Vec<_> = futures.iter().map(|_| None).collect();
    block_on(poll_fn(|cx| {
        for (future, answer) in futures.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = Pin::new(future).poll(cx)
            {
                *answer = Some(ready);
            }
        }
        match answers.iter().all(Option::is_some) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }));
    answers.into_iter().flatten().collect()
}

/// Appends numbers, many at once, so that they share commits.
pub fn say_all(store: &Store, topic: &str, numbers: std::ops::Range<u32>) {
    for start in numbers.clone().step_by(1_000) {
        let chunk = start..(start + 1_000).min(numbers.end);
        let drafts = chunk.map(|number| draft(topic, &number.to_string()));
        let appends = drafts.map(|it| Box::pin(store.log().append(it)));
        for answer in all(appends.collect()) {
            answer.unwrap();
        }
    }
}

fn numbers(count: u32) -> Vec<String> {
    crate::world::texts(0..count)
}

#[test]
fn each_of_many_is_answered_and_the_order_of_coming_is_the_logs() {
    let fill = |store: &Store| -> Vec<Answer> {
        let said = numbers(1_000);
        let drafts = said.iter().map(|data| draft("t", data));
        all(drafts.map(|it| Box::pin(store.log().append(it))).collect())
    };
    everywhere(LogConfig::default(), fill, |store, answers| {
        let ids: Vec<_> = answers
            .iter()
            .map(|answer| answer.as_ref().unwrap().id)
            .collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(store.kept(&["t"]), numbers(1_000));
        assert_eq!(store.log().tail(), ids[999]);
    });
}

/// Each publisher reads what it has stored as soon as it is told.
#[test]
fn publishers_on_threads_are_answered_each_with_its_own_position() {
    const THREADS: usize = 8;
    const EACH: usize = 50;
    for kind in KINDS {
        let store = Store::new(kind, LogConfig::default());
        let store = &store;
        let publish = |thread: usize| {
            for number in 0..EACH {
                let data = format!("{thread} {number}");
                let id = store.say(&format!("{thread}"), &data);
                assert!(store.log().tail() >= id);
                let (seen, _) = store.read(id.previous(), &[&thread.to_string()]);
                assert_eq!(seen, [data], "{kind:?}");
            }
        };
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || publish(thread));
            }
        });
        assert_eq!(store.kept(&["*"]).len(), THREADS * EACH, "{kind:?}");
        for thread in 0..THREADS {
            let said: Vec<_> = (0..EACH)
                .map(|number| format!("{thread} {number}"))
                .collect();
            assert_eq!(store.kept(&[&thread.to_string()]), said, "{kind:?}");
        }
    }
}

#[test]
fn a_repetition_within_one_commit_is_answered_like_the_first() {
    for kind in KINDS {
        let store = Store::new(kind, LogConfig::default());
        let appends = (0..200).map(|number| {
            let id = (number % 10).to_string();
            Box::pin(store.log().append(own("t", &id, &number.to_string())))
        });
        let answers: Vec<_> = all(appends.collect());
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        for (number, answer) in answers.iter().enumerate() {
            assert_eq!(answer.repeated, number >= 10, "{kind:?}: {number}");
            assert_eq!(answer.id, answers[number % 10].id, "{kind:?}: {number}");
        }
        assert_eq!(store.kept(&["t"]), numbers(10), "{kind:?}");
    }
}

/// Whoever hangs up while its event waits takes nothing with it; the event may be stored.
#[test]
fn a_publisher_that_leaves_does_not_hold_up_the_others() {
    for kind in KINDS {
        let store = Store::new(kind, LogConfig::default());
        let mut cx = Context::from_waker(Waker::noop());
        for number in 0..100 {
            let mut leaving = Box::pin(store.log().append(draft("left", "x")));
            if number % 2 == 0 {
                _ = leaving.as_mut().poll(&mut cx);
            }
            drop(leaving);
            store.say("t", &number.to_string());
        }
        assert_eq!(store.kept(&["t"]), numbers(100), "{kind:?}");
        // Those who had begun to wait were in line before the one that came after them.
        assert_eq!(store.kept(&["left"]).len(), 50, "{kind:?}");
    }
}

/// More than may wait are told so at once; those who wait are answered all the same.
#[test]
fn a_crowd_is_told_to_come_back() {
    for kind in &KINDS[1..] {
        if !matches!(kind, Kind::Disk(_, super::WIDE_EVENTS)) {
            continue;
        }
        let store = Store::new(*kind, LogConfig::default());
        let appends = (0..30_000).map(|_| Box::pin(store.log().append(draft("t", ""))));
        let answers = all(appends.collect());
        let stored = answers.iter().filter(|answer| answer.is_ok()).count();
        let busy = answers
            .iter()
            .filter(|answer| **answer == Err(AppendError::Busy))
            .count();
        // To store an event takes many times as long as to get in line.
        assert!(stored >= 8_192 && busy > 0, "{kind:?}: {stored}, {busy}");
        assert_eq!(stored + busy, 30_000, "{kind:?}");
        let ids: Vec<_> = answers.iter().flatten().map(|stored| stored.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{kind:?}");
        assert_eq!(*ids.last().unwrap(), store.log().tail(), "{kind:?}");
    }
}

/// Whoever closes a log may still write to the file until it lets go of it; the next one waits.
#[test]
fn a_log_that_is_being_closed_is_opened_after_that() {
    for number in 0..HANDOVERS {
        let mut store = Store::new(Kind::Disk(super::SOON, 3), LogConfig::default());
        let events = 1 + number % 7;
        for number in 0..events {
            store.say("t", &number.to_string());
        }
        store.reopen();
        assert_eq!(store.kept(&["t"]).len() as u32, events);
    }
}
