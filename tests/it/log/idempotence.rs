//! A publisher that repeats itself: same id, same topic.

use futures_lite::future::block_on;
use redb::{Database, ReadableTableMetadata as _, TableDefinition};
use ssehub::store::Durability;
use ssehub::{LogConfig, Retention, Start};

use super::{KINDS, Kind, OPEN_TRIES, Store, everywhere, interest, keeping, own};

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

/// Before version 3, a file knew where ids are, but not on which topics.
#[test]
fn a_file_of_an_older_version_learns_which_topics_its_ids_are_on() {
    const META: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("meta");
    const IDS: TableDefinition<'_, (&str, u64, u64), ()> = TableDefinition::new("ids");
    let mut store = Store::new(Kind::Disk(Durability::Commit, 1), LogConfig::default());
    let ids = ["a", "b", "c"].map(|name| store.append(own(name, "1", name)).id);
    store.say("d", "x");
    store.log = None;
    let file = std::iter::repeat_with(|| Database::open(store.folder.file()));
    let file = file.take(OPEN_TRIES as usize).find_map(Result::ok).unwrap();
    let write = file.begin_write().unwrap();
    let mut by_topic = write.open_table(IDS).unwrap();
    by_topic.retain(|(id, ..), ()| !id.contains('\0')).unwrap();
    assert_eq!(by_topic.len().unwrap(), 3);
    drop(by_topic);
    let mut meta = write.open_table(META).unwrap();
    meta.insert("format", (2, 0)).unwrap();
    drop(meta);
    write.commit().unwrap();
    drop(file);
    store.reopen();
    for (name, id) in ["a", "b", "c"].iter().zip(ids) {
        let again = store.append(own(name, "1", "again"));
        assert_eq!((again.id, again.repeated), (id, true), "{name}");
        let start = Start::After("1".to_owned());
        let found = block_on(store.log().locate(&start, &interest(&[name])));
        assert_eq!(found.unwrap(), id, "{name}");
    }
}
