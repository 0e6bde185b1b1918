//! A publisher that repeats itself: same id, same topic.

use ssehub::{LogConfig, Retention, Start};

use super::{KINDS, Store, everywhere, interest, keeping, own};
use futures_lite::future::block_on;

fn position(store: &Store, id: &str) -> ssehub::EventId {
    let start = Start::After(id.to_owned());
    block_on(store.log().locate(&start, &interest(&["*"]))).unwrap()
}

#[test]
fn a_repetition_is_answered_like_the_first_and_not_stored() {
    for kind in KINDS {
        let mut store = Store::new(kind, LogConfig::default());
        let first = store.append(own("t", "1", "first"));
        assert!(!first.repeated);
        for number in 0..10 {
            store.say("t", &number.to_string());
        }
        for _ in 0..2 {
            let again = store.append(own("t", "1", "again"));
            assert_eq!((again.id, again.repeated), (first.id, true), "{kind:?}");
            store.reopen();
        }
        assert_eq!(store.kept(&["*"]).len(), 11, "{kind:?}");
        assert_eq!(store.kept(&["t"])[0], "first", "{kind:?}");
    }
}

#[test]
fn the_same_id_on_another_topic_is_another_event() {
    let fill = |store: &Store| ["a", "b", "c"].map(|name| store.append(own(name, "1", name)));
    everywhere(LogConfig::default(), fill, |store, stored| {
        assert!(stored.iter().all(|stored| !stored.repeated));
        assert!(stored[0].id < stored[1].id && stored[1].id < stored[2].id);
        for (name, stored) in ["a", "b", "c"].iter().zip(stored) {
            let again = store.append(own(name, "1", "again"));
            assert_eq!((again.id, again.repeated), (stored.id, true), "{name}");
        }
        assert_eq!(store.kept(&["*"]), ["a", "b", "c"]);
        assert_eq!(position(store, "1"), stored[0].id);
    });
}

#[test]
fn an_event_without_an_id_is_never_a_repetition() {
    let fill = |store: &Store| [0; 5].map(|_| store.say("t", "same"));
    everywhere(LogConfig::default(), fill, |store, _| {
        assert_eq!(store.kept(&["t"]), ["same"; 5]);
    });
}

#[test]
fn repetitions_are_stored_where_that_is_asked_for_and_the_earliest_counts() {
    let config = LogConfig::default().deduplicate(false);
    let fill = |store: &Store| ["0", "1", "2", "3", "4"].map(|it| store.append(own("t", "1", it)));
    everywhere(config, fill, |store, stored| {
        assert!(stored.iter().all(|stored| !stored.repeated));
        assert_eq!(store.kept(&["t"]), ["0", "1", "2", "3", "4"]);
        assert_eq!(position(store, "1"), stored[0].id);
    });
}

#[test]
fn an_id_whose_event_is_no_longer_kept_is_new() {
    let config = keeping(Retention::default().events(3));
    for kind in KINDS {
        let mut store = Store::new(kind, config);
        let first = store.append(own("t", "1", "first")).id;
        for data in ["a", "b", "c"] {
            store.say("t", data);
        }
        store.reopen();
        let second = store.append(own("t", "1", "second"));
        assert!(!second.repeated && second.id > first, "{kind:?}");
        assert_eq!(store.kept(&["t"]), ["b", "c", "second"], "{kind:?}");
        assert_eq!(position(&store, "1"), second.id, "{kind:?}");
        assert!(store.append(own("t", "1", "third")).repeated, "{kind:?}");
    }
}

#[test]
fn of_equal_ids_the_earliest_that_is_left_counts() {
    let config = keeping(Retention::default().topic_events(Some(2))).deduplicate(false);
    let fill = |store: &Store| ["0", "1", "2", "3"].map(|it| store.append(own("t", "1", it)).id);
    everywhere(config, fill, |store, ids| {
        assert_eq!(store.kept(&["t"]), ["2", "3"]);
        assert_eq!(position(store, "1"), ids[2]);
    });
}
