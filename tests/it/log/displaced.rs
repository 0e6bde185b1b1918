//! A file that is moved, removed, replaced or cut under a running log: noticed, told, and nothing is
//! acknowledged that goes nowhere.

use std::fs::{self, OpenOptions};
use std::time::Duration;

use futures_lite::future::block_on;
use ssehub::store::{AppendError, Durability};
use ssehub::{EventId, HubConfig, LogConfig, Next, Start};

use super::{Kind, NARROW_EVENTS, OPEN_TRIES, Store, draft, interest};
use crate::world::{World, texts};

/// How long a file that has failed is left alone.
const PAUSE: Duration = Duration::from_secs(1);

fn store() -> Store {
    let kind = Kind::Disk(Durability::Commit, NARROW_EVENTS);
    Store::new(kind, LogConfig::default())
}

fn say(store: &Store, numbers: std::ops::Range<u32>) -> Vec<EventId> {
    numbers
        .map(|number| store.say("t", &number.to_string()))
        .collect()
}

/// Why an event is not stored.
#[track_caller]
fn refused(store: &Store) -> String {
    match block_on(store.log().append(draft("t", "refused"))) {
        Err(AppendError::Fault(fault)) => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let mut tries = std::iter::repeat_with(is_so).take(OPEN_TRIES as usize);
    let is_so = tries.any(|is_so| {
        std::thread::yield_now();
        is_so
    });
    assert!(is_so, "{what} does not happen");
}

/// What one reads from the start on, and the gaps in between.
fn told(store: &Store, start: Start) -> Vec<String> {
    let world = World::over(store.log().clone(), HubConfig::default());
    let mut reader = world.hub.subscribe(interest(&["t"]), start);
    let mut told = Vec::new();
    while let Some(next) = block_on(reader.catch_up()) {
        match next {
            Next::Events(events) => told.extend(events.iter().map(|it| it.data().to_owned())),
            Next::Gap { after, .. } => told.push(format!("gap {after}")),
            Next::Ended => break,
        }
    }
    told
}

#[test]
fn a_file_that_is_removed_takes_no_events_and_no_empty_log_begins() {
    let store = store();
    say(&store, 0..9);
    fs::remove_file(store.folder.file()).unwrap();
    for _ in 0..3 {
        let reason = refused(&store);
        assert!(reason.contains("is gone"), "{reason}");
        assert!(
            reason.contains(store.folder.file().to_str().unwrap()),
            "{reason}"
        );
        assert!(store.log().health().to_string().contains("is gone"));
        store.clock.advance(PAUSE);
    }
    assert!(block_on(store.log().flush()).is_err());
    assert!(!store.folder.file().exists());
    // What was acknowledged can be read for as long as the log is open.
    assert_eq!(store.kept(&["t"]), texts(0..9));
}

#[test]
fn a_file_that_comes_back_is_used_again_and_nothing_is_lost() {
    let store = store();
    say(&store, 0..9);
    let away = store.folder.file().with_extension("away");
    fs::rename(store.folder.file(), &away).unwrap();
    refused(&store);
    fs::rename(&away, store.folder.file()).unwrap();
    say(&store, 9..12);
    assert!(store.log().health().is_well());
    assert_eq!(store.kept(&["t"]), texts(0..12));
}

#[test]
fn a_file_that_goes_is_noticed_though_nobody_publishes() {
    let store = store();
    say(&store, 0..3);
    fs::remove_file(store.folder.file()).unwrap();
    assert!(store.log().health().is_well());
    store.clock.advance(PAUSE);
    store.log().trim();
    wait_until("it is noticed", || !store.log().health().is_well());
    let health = store.log().health().to_string();
    assert!(health.contains("is gone"), "{health}");
}

#[test]
fn a_file_that_is_cut_is_told_of_and_left_as_it_is() {
    let mut store = store();
    say(&store, 0..9);
    for len in [20_000, 0] {
        let file = OpenOptions::new().write(true).open(store.folder.file());
        file.unwrap().set_len(len).unwrap();
        let before = fs::read(store.folder.file()).unwrap();
        let reason = refused(&store);
        let is_told = reason.contains("was cut from") || len == 0;
        assert!(is_told, "{reason}");
        store.clock.advance(PAUSE);
        refused(&store);
        assert!(!store.log().health().is_well());
        assert!(fs::read(store.folder.file()).unwrap() == before, "{len}");
    }
    store.log = None;
    assert_eq!(fs::metadata(store.folder.file()).unwrap().len(), 0);
}

#[test]
fn a_copy_that_is_put_back_is_used_and_what_it_lacks_is_a_gap() {
    let mut store = store();
    let mut ids = say(&store, 0..5);
    let copy = store.folder.file().with_extension("copy");
    fs::copy(store.folder.file(), &copy).unwrap();
    ids.extend(say(&store, 5..15));
    fs::rename(&copy, store.folder.file()).unwrap();
    // The window has the newest three.
    ids.extend(say(&store, 15..16));
    assert!(store.log().health().is_well());
    let gap = |after: usize| format!("gap {}", ids[after]);
    for _ in 0..2 {
        let all = told(&store, Start::After(ids[1].to_string()));
        let expected = [texts(2..5), vec![gap(4)], texts(12..16)].concat();
        assert_eq!(all, expected);
        let within = told(&store, Start::After(ids[7].to_string()));
        assert_eq!(within.len(), 5, "{within:?}");
        assert!(within[0].starts_with("gap "), "{within:?}");
        let behind = told(&store, Start::After(ids[12].to_string()));
        assert_eq!(behind, texts(13..16));
        store.reopen();
    }
}
