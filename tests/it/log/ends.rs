//! Topics that end, in logs of every kind.

use std::cell::RefCell;
use std::rc::Rc;

use futures_lite::future::block_on;
use ssehub::{EventId, HubConfig, LogConfig, Next, Retention, Start};

use super::{KINDS, Store, end, everywhere, interest, keeping, own};
use crate::world::{World, texts};

/// How often one looks for what a thread is about to do.
const TRIES: u32 = 1_000_000;

fn world(store: &Store) -> World {
    World::over(store.log().clone(), HubConfig::default())
}

/// What a subscriber that begins there gets before it has to wait.
fn reads(store: &Store, topics: &[&str], start: Start) -> Vec<String> {
    let world = world(store);
    let mut subscription = world.hub.subscribe(interest(topics), start);
    let mut read = Vec::new();
    while let Some(next) = block_on(subscription.catch_up()) {
        let is_end = matches!(next, Next::Ended);
        read.extend(says(next));
        if is_end {
            break;
        }
    }
    read
}

fn says(next: Next) -> Vec<String> {
    match next {
        Next::Events(events) => events.iter().map(|event| event.data().to_owned()).collect(),
        Next::Gap { after, resumed } => vec![format!("gap {after} {resumed}")],
        Next::Ended => vec!["ended".to_owned()],
    }
}

/// A subscriber that runs as a task, and what it has got.
fn listen(world: &World, topics: &[&str]) -> Rc<RefCell<Vec<String>>> {
    let heard = Rc::new(RefCell::new(Vec::new()));
    let mut subscription = world.hub.subscribe(interest(topics), Start::Now);
    let told = heard.clone();
    let listening = async move {
        loop {
            let next = subscription.next().await;
            let is_end = matches!(next, Next::Ended);
            told.borrow_mut().extend(says(next));
            if is_end {
                return;
            }
        }
    };
    world.tasks.spawn(listening).detach();
    heard
}

/// Lets threads and tasks go on until somebody has heard this.
#[track_caller]
fn wait_for(world: &World, heard: &Rc<RefCell<Vec<String>>>, expected: &[&str]) {
    for _ in 0..TRIES {
        world.settle();
        if *heard.borrow() == expected {
            return;
        }
        std::thread::yield_now();
    }
    assert_eq!(*heard.borrow(), expected);
}

fn has_ended(store: &Store, topics: &[&str], start: Start) -> bool {
    world(store).has_ended(&interest(topics), &start)
}

fn after(id: EventId) -> Start {
    Start::After(id.to_string())
}

#[test]
fn an_end_is_read_to_by_those_who_asked_by_name() {
    let fill = |store: &Store| {
        let ids: Vec<_> = ["0", "1", "2"].map(|data| store.say("t", data)).into();
        store.append(end("t"));
        // A narrow window has nothing of `t` any more.
        for number in 0..10 {
            store.say("other", &number.to_string());
        }
        ids
    };
    everywhere(LogConfig::default(), fill, |store, ids| {
        let all = ["0", "1", "2", "ended"];
        assert_eq!(reads(store, &["t"], Start::Earliest), all);
        assert_eq!(reads(store, &["t"], after(ids[0])), all[1..]);
        for start in [Start::Now, after(ids[2]), after(ids[2].next())] {
            assert!(has_ended(store, &["t"], start.clone()), "{start:?}");
            assert_eq!(reads(store, &["t"], start), ["ended"]);
        }
        for start in [Start::Earliest, after(ids[0]), after(ids[1])] {
            assert!(!has_ended(store, &["t"], start.clone()), "{start:?}");
        }
        for others in [
            &["other"][..],
            &["t", "other"],
            &["*"],
            &["{t}"],
            &["t", "{t}"],
            &[],
            &["new"],
        ] {
            assert!(!has_ended(store, others, Start::Now), "{others:?}");
            assert_eq!(reads(store, others, Start::Now), [""; 0], "{others:?}");
        }
        assert_eq!(reads(store, &["*"], Start::Earliest).len(), 13);
    });
}

/// The end may be all that the window has of a topic, and what comes before it in the file.
#[test]
fn what_comes_long_before_the_end_is_left_to_read() {
    let fill = |store: &Store| {
        let zero = store.say("t", "0");
        for number in 0..10 {
            store.say("other", &number.to_string());
        }
        store.append(end("t"));
        zero
    };
    everywhere(LogConfig::default(), fill, |store, zero| {
        for start in [Start::Earliest, after(zero.previous())] {
            assert!(!has_ended(store, &["t"], start.clone()));
            assert_eq!(reads(store, &["t"], start), ["0", "ended"]);
        }
        assert!(has_ended(store, &["t"], after(*zero)));
    });
}

#[test]
fn a_topic_begins_anew_with_its_next_event() {
    let fill = |store: &Store| {
        let zero = store.say("t", "0");
        store.append(end("t"));
        store.say("t", "1");
        zero
    };
    everywhere(LogConfig::default(), fill, |store, zero| {
        assert_eq!(reads(store, &["t"], Start::Earliest), ["0", "1"]);
        for start in [Start::Now, after(*zero)] {
            assert!(!has_ended(store, &["t"], start));
        }
    });
}

#[test]
fn several_topics_end_with_the_last_of_them() {
    let fill = |store: &Store| {
        store.say("a", "0");
        store.append(end("a"));
        let one = store.say("b", "1");
        for number in 0..5 {
            store.say("other", &number.to_string());
        }
        store.append(end("b"));
        store.append(end("b"));
        one
    };
    everywhere(LogConfig::default(), fill, |store, one| {
        assert_eq!(
            reads(store, &["b", "a"], Start::Earliest),
            ["0", "1", "ended"]
        );
        assert!(has_ended(store, &["a", "b"], after(*one)));
        assert!(!has_ended(store, &["a", "b"], after(one.previous())));
        assert!(!has_ended(store, &["a", "b", "c"], Start::Now));
    });
}

/// A topic holds no more state than its events: an end that is forgotten has never been.
#[test]
fn an_end_that_is_no_longer_kept_is_none() {
    let retention = Retention::default().events(4);
    for kind in KINDS {
        let mut store = Store::new(kind, keeping(retention));
        store.say("t", "0");
        store.append(end("t"));
        for ended in [true, true, true, true, false] {
            assert_eq!(has_ended(&store, &["t"], Start::Now), ended, "{kind:?}");
            store.reopen();
            assert_eq!(has_ended(&store, &["t"], Start::Now), ended, "{kind:?}");
            store.say("other", "x");
        }
        assert_eq!(reads(&store, &["t"], Start::Earliest), [""; 0], "{kind:?}");
    }
}

/// The marker counts as an event, and may push out the last one that its topic could keep.
#[test]
fn an_end_counts_among_a_topics_events() {
    let retention = Retention::default().topic_events(Some(1));
    let fill = |store: &Store| {
        let ids = ["0", "1"].map(|data| store.say("t", data));
        let end = store.append(end("t")).id;
        store.say("other", "x");
        (ids, end)
    };
    everywhere(keeping(retention), fill, |store, (ids, end)| {
        assert_eq!(reads(store, &["t"], Start::Earliest), ["ended"]);
        assert!(has_ended(store, &["t"], Start::Earliest));
        assert!(has_ended(store, &["t"], after(ids[1])));
        assert!(has_ended(store, &["t"], after(*end)));
        // One who has not read the last event is told so, and then not again.
        assert!(!has_ended(store, &["t"], after(ids[0])));
        let told = reads(store, &["t"], after(ids[0]));
        assert_eq!(told.len(), 2, "{told:?}");
        let (gap, resumed) = told[0].rsplit_once(' ').unwrap();
        assert_eq!(gap, format!("gap {}", ids[0]));
        assert!(has_ended(store, &["t"], Start::After(resumed.to_owned())));
    });
}

/// Whoever comes with an id that the log does not know is told once, however often it comes back.
#[test]
fn a_gap_before_the_end_is_told_once() {
    let fill = |store: &Store| {
        store.append(end("t"));
        store.say("other", "x");
    };
    everywhere(LogConfig::default(), fill, |store, ()| {
        for start in ["#1-0", "never-heard-of"] {
            let start = Start::After(start.to_owned());
            assert!(!has_ended(store, &["t"], start.clone()));
            let told = reads(store, &["t"], start);
            let resumed = told[0].rsplit_once(' ').unwrap().1;
            assert_eq!(told[1..], ["ended"]);
            assert_eq!(resumed, store.log().tail().to_string());
            assert!(has_ended(store, &["t"], Start::After(resumed.to_owned())));
        }
    });
}

#[test]
fn an_end_with_an_id_is_stored_once() {
    let said = |id: &str| end("t").own_id(id).unwrap();
    for kind in KINDS {
        let mut store = Store::new(kind, LogConfig::default());
        let first = store.append(said("1"));
        store.reopen();
        assert_eq!(store.append(said("1")).id, first.id, "{kind:?}");
        // The repetition of an old end does not end what has begun since.
        store.append(own("t", "2", "x"));
        assert!(store.append(said("1")).repeated, "{kind:?}");
        assert!(!has_ended(&store, &["t"], Start::Now), "{kind:?}");
        assert!(!store.append(said("3")).repeated, "{kind:?}");
        assert!(
            has_ended(&store, &["t"], Start::After("3".to_owned())),
            "{kind:?}"
        );
    }
}

/// Lines join and are cut while ends are stored by the thread that writes the file.
#[test]
fn those_who_wait_hear_of_an_end() {
    for kind in KINDS {
        println!("{kind:?}");
        let store = Store::new(kind, LogConfig::default());
        let world = world(&store);
        let [one, two, all] = [&["t"][..], &["t", "u"], &["*"]].map(|it| listen(&world, it));
        world.settle();
        world.publish("t", "0");
        world.end("t");
        wait_for(&world, &one, &["0", "ended"]);
        wait_for(&world, &two, &["0"]);
        for number in 0..20 {
            world.publish("other", &number.to_string());
        }
        world.publish("u", "1");
        world.end("u");
        wait_for(&world, &two, &["0", "1", "ended"]);
        let numbers = texts(0..20);
        let mut expected: Vec<_> = numbers.iter().map(String::as_str).collect();
        expected.insert(0, "0");
        expected.push("1");
        wait_for(&world, &all, &expected);
    }
}
