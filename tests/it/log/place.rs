//! Where a subscriber begins: positions with and without `#`, own ids, and what nobody knows.

use futures_lite::future::block_on;
use ssehub::store::{ReadError, Trimmed};
use ssehub::{EventId, Interest, LogConfig, Retention, Start};

use super::{Kind, SOON, Store, draft, everywhere, interest, keeping, own, topic};

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

/// Publishers that count for each topic by itself, with an event on two of them, and a private one.
#[test]
fn an_own_id_is_looked_for_among_what_is_asked_for() {
    let fill = |store: &Store| {
        let two = own("b", "1", "x").alternates([topic("c")]).unwrap();
        let ids = [
            store.append(own("a", "1", "x")).id,
            store.append(two).id,
            store.append(own("c", "1", "x")).id,
            store.append(own("d", "1", "x").private(true)).id,
            store.append(own("a", "2", "x")).id,
        ];
        // The rest of the log pushes these out of a small window.
        (0..9).for_each(|_| _ = store.say("z", "x"));
        ids
    };
    everywhere(LogConfig::default(), fill, |store, ids| {
        let find = |id, topics: &[&str]| locate_among(store, id, &interest(topics));
        let unknown = Err(store.log().kept_after());
        assert_eq!(find("1", &["a"]), Ok(ids[0]));
        assert_eq!(find("1", &["b"]), Ok(ids[1]));
        assert_eq!(find("1", &["c", "a"]), Ok(ids[0]));
        assert_eq!(find("1", &["b", "c"]), Ok(ids[1]));
        assert_eq!(find("2", &["b", "z"]), unknown);
        assert_eq!(find("1", &["z"]), unknown);
        assert_eq!(find("1", &["d"]), unknown, "it is private");
        let private = interest(&["d"]).and_private(interest(&["d"]).selectors().into());
        assert_eq!(locate_among(store, "1", &private), Ok(ids[3]));
        assert_eq!(find("2", &["{+x}"]), Ok(ids[4]));
        if !matches!(store.kind, Kind::Redis(_)) {
            // Redis knows the first event with an id, and those on topics that come first.
            assert_eq!(find("1", &["c"]), Ok(ids[1]));
            assert_eq!(find("1", &["{x}", "none"]), Ok(ids[0]));
        }
    });
}

/// One id on many topics costs no more than many ids.
#[test]
fn an_id_that_many_topics_share_is_found_on_each() {
    const TOPICS: usize = 2_000;
    for kind in [Kind::Memory, Kind::Disk(SOON, 3), Kind::Disk(SOON, 10_000)] {
        let store = Store::new(kind, LogConfig::default());
        let name = |number: usize| format!("t{number}");
        let append = |number: usize| store.append(own(&name(number), "1", "x"));
        let ids: Vec<_> = (0..TOPICS).map(|number| append(number).id).collect();
        for number in (0..TOPICS).step_by(97) {
            let again = append(number);
            assert_eq!((again.id, again.repeated), (ids[number], true));
            let found = locate_among(&store, "1", &interest(&[&name(number)]));
            assert_eq!(found, Ok(ids[number]), "{kind:?}");
        }
    }
}
