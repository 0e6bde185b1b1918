//! Where a subscriber begins: positions with and without `#`, own ids, and what nobody knows.

use futures_lite::future::block_on;
use ssehub::store::{ReadError, Trimmed};
use ssehub::{EventId, Interest, LogConfig, Retention, Start};

use super::{Store, draft, everywhere, interest, keeping, own};

/// Where an id is; `Err` with where the log's memory begins if it is unknown.
fn locate(store: &Store, id: &str) -> Result<EventId, EventId> {
    locate_among(store, id, &interest(&["*"]))
}

/// The same for one that asks for this.
fn locate_among(store: &Store, id: &str, interest: &Interest) -> Result<EventId, EventId> {
    match block_on(store.log().locate(&Start::After(id.to_owned()), interest)) {
        Ok(position) => Ok(position),
        Err(ReadError::Trimmed(Trimmed { kept_after, .. })) => Err(kept_after),
        Err(fault) => panic!("{fault:?}"),
    }
}

#[test]
fn positions_are_found_with_and_without_the_hash() {
    let fill = |store: &Store| [0; 9].map(|_| store.say("t", "x"));
    everywhere(LogConfig::default(), fill, |store, ids| {
        for id in ids {
            let text = id.to_string();
            assert_eq!(locate(store, &text), Ok(*id));
            assert_eq!(locate(store, &text[1..]), Ok(*id));
        }
        let begin = ids[0].previous();
        assert_eq!(locate(store, &begin.to_string()), Ok(begin));
    });
}

#[test]
fn now_and_earliest_are_the_ends() {
    let fill = |store: &Store| [0; 9].map(|_| store.say("t", "x"));
    let config = keeping(Retention::default().events(5));
    everywhere(config, fill, |store, ids| {
        let all = interest(&["*"]);
        let now = block_on(store.log().locate(&Start::Now, &all)).unwrap();
        assert_eq!(now, ids[8]);
        let earliest = block_on(store.log().locate(&Start::Earliest, &all)).unwrap();
        assert_eq!(store.log().kept_after(), earliest);
        assert!(store.begins_after(ids[3], ids[4]));
    });
}

#[test]
fn own_ids_are_found_wherever_their_events_are() {
    let fill = |store: &Store| {
        ["a", "bb", "\"", "5-x", "é", "0"].map(|id| store.append(own("t", id, "x")).id)
    };
    everywhere(LogConfig::default(), fill, |store, ids| {
        for (id, position) in ["a", "bb", "\"", "5-x", "é", "0"].iter().zip(ids) {
            assert_eq!(locate(store, id), Ok(*position), "{id}");
        }
        // With `#` it is a position and nothing else.
        assert_eq!(locate(store, "#5-0"), Err(store.log().kept_after()));
    });
}

#[test]
fn what_nobody_knows_begins_where_the_memory_does() {
    let fill = |store: &Store| {
        for _ in 0..9 {
            store.append(draft("t", "x"));
        }
        store.append(own("t", "id", "x"));
    };
    everywhere(LogConfig::default(), fill, |store, ()| {
        let (begin, tail) = (store.log().kept_after(), store.log().tail());
        let future = [
            tail.next(),
            EventId {
                ms: u64::MAX,
                seq: u64::MAX,
            },
        ];
        for id in future.map(|id| id.to_string()) {
            assert_eq!(locate(store, &id), Err(begin), "{id}");
        }
        for id in [
            "",
            "i",
            "id2",
            "ID",
            "#",
            "#-",
            "#1",
            "1-",
            "-1",
            "#999999-5",
            "999999-5",
        ] {
            assert_eq!(locate(store, id), Err(begin), "{id}");
        }
        let large = format!("#{}-0", "9".repeat(400));
        assert_eq!(locate(store, &large), Err(begin));
    });
}

#[test]
fn what_is_no_longer_kept_is_as_good_as_unknown() {
    let fill = |store: &Store| {
        let old = store.append(own("t", "old", "x")).id;
        for _ in 0..8 {
            store.append(draft("t", "x"));
        }
        (old, store.append(own("t", "new", "x")).id)
    };
    let config = keeping(Retention::default().events(4));
    everywhere(config, fill, |store, (old, new)| {
        let begin = store.log().kept_after();
        assert_eq!(locate(store, "old"), Err(begin));
        assert_eq!(locate(store, &old.to_string()), Err(begin));
        assert_eq!(locate(store, &begin.previous().to_string()), Err(begin));
        assert_eq!(locate(store, &begin.to_string()), Ok(begin));
        assert_eq!(locate(store, "new"), Ok(*new));
    });
}
