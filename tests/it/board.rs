//! The board without a Redis: what one hub shows reaches the others, whatever is lost on the way.

mod model;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::board::{
    Audience, BYTES_AT_ONCE, Board, Change, ENTRIES, ENTRIES_AT_ONCE, HUBS, KEY_BYTES, VALUE_BYTES,
};
use ssehub::{Clock, Interest, Presence, Topic};

/// One who keeps what it is told, and complains if that does not go together.
#[derive(Default)]
struct Listener {
    believed: Mutex<BTreeMap<(String, String), String>>,
    told: Mutex<Vec<String>>,
}

impl Audience for Listener {
    fn hear(&self, change: &Change<'_>) -> Result<(), &'static str> {
        let mut believed = self.believed.lock().unwrap();
        let place = (change.hub.to_owned(), change.key.to_owned());
        assert_ne!(change.before, change.after, "{change:?} is no change");
        let before = match change.after {
            Some(value) => believed.insert(place, value.to_owned()),
            None => believed.remove(&place),
        };
        assert_eq!(before.as_deref(), change.before, "{change:?}");
        let heir = if change.is_heir { " heir" } else { "" };
        let (hub, key) = (change.hub, change.key);
        let line = format!("{hub} {key} {}{heir}", change.after.unwrap_or("gone"));
        self.told.lock().unwrap().push(line);
        Ok(())
    }

    fn was_buried(&self) {
        self.told.lock().unwrap().push("buried".to_owned());
    }
}

impl Listener {
    fn at(board: &Board) -> Arc<Listener> {
        let listener = Arc::new(Listener::default());
        let audience: Arc<dyn Audience> = listener.clone();
        board.attend(&["x", "y"], Arc::downgrade(&audience));
        listener
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }
}

fn post(board: &Board, key: &str, value: Option<&str>) {
    board.post(key.to_owned(), value.map(str::to_owned));
}

/// What is carried next, as short texts; it gets through.
fn carry(board: &Board) -> Vec<String> {
    let posting = board.take();
    let line = |(key, value): &(Arc<str>, Option<Arc<str>>)| {
        format!("{key} {}", value.as_deref().unwrap_or("gone"))
    };
    let mut lines: Vec<_> = posting.entries.iter().map(line).collect();
    if posting.is_whole {
        lines.push("whole".to_owned());
    }
    board.got_through(posting);
    lines
}

fn is_done(waiting: impl Future<Output = ()>) -> bool {
    block_on(poll_once(std::pin::pin!(waiting))).is_some()
}

#[test]
fn the_latest_value_counts_and_what_is_known_is_not_said_again() {
    let board = Board::new("a");
    assert!(is_done(board.changed()), "that it is there at all");
    assert_eq!(carry(&board), ["whole"]);
    assert!(!is_done(board.changed()));
    post(&board, "k", Some("1"));
    post(&board, "k", Some("2"));
    post(&board, "l", Some("1"));
    assert!(is_done(board.changed()));
    assert_eq!(carry(&board), ["k 2", "l 1"]);
    // Back to what the others know.
    post(&board, "k", None);
    post(&board, "k", Some("2"));
    // Never shown.
    post(&board, "m", Some("1"));
    post(&board, "m", None);
    assert_eq!(carry(&board), [""; 0]);
    assert_eq!(board.entries(), (2, 0));
    post(&board, "k", None);
    post(&board, "l", None);
    assert_eq!(carry(&board), ["k gone", "l gone"]);
    assert_eq!(board.entries(), (0, 0), "nothing is left");
}

#[test]
fn what_may_be_lost_is_said_again() {
    let board = Board::new("a");
    carry(&board);
    post(&board, "k", Some("1"));
    let lost = board.take();
    // While it is on its way, nobody knows what the others know.
    post(&board, "k", None);
    board.got_stuck(lost);
    assert!(is_done(board.changed()));
    assert_eq!(carry(&board), ["k gone"]);
    post(&board, "k", Some("1"));
    let lost = board.take();
    board.got_stuck(lost);
    assert_eq!(carry(&board), ["k 1"]);
}

#[test]
fn one_waits_until_what_was_posted_is_carried() {
    let board = Board::new("a");
    assert!(is_done(board.carried()), "nothing was posted");
    post(&board, "k", Some("1"));
    assert!(!is_done(board.carried()));
    let posting = board.take();
    assert!(!is_done(board.carried()), "it is on its way");
    board.got_stuck(posting);
    assert!(!is_done(board.carried()), "it is lost");
    carry(&board);
    assert!(is_done(board.carried()));
}

#[test]
fn much_goes_in_portions() {
    let board = Board::new("a");
    for number in 0..2 * ENTRIES_AT_ONCE {
        post(&board, &number.to_string(), Some("x"));
    }
    let first = carry(&board);
    assert_eq!(first.len(), ENTRIES_AT_ONCE);
    assert!(!is_done(board.carried()), "a half");
    let second = carry(&board);
    assert_eq!((second.len(), &*second[ENTRIES_AT_ONCE]), (501, "whole"));
    assert!(is_done(board.carried()));
    let large = "x".repeat(VALUE_BYTES);
    for number in 0..10 {
        post(&board, &format!("large {number}"), Some(&large));
    }
    assert_eq!(carry(&board).len(), BYTES_AT_ONCE / VALUE_BYTES);
}

#[test]
fn what_exceeds_the_bounds_is_not_shown() {
    let board = Board::new("a");
    post(&board, &"k".repeat(KEY_BYTES + 1), Some("1"));
    post(&board, "k", Some(&"1".repeat(VALUE_BYTES + 1)));
    assert_eq!(board.entries(), (0, 0));
    post(&board, "k", Some("1"));
    post(&board, "k", Some(&"1".repeat(VALUE_BYTES + 1)));
    assert_eq!(carry(&board), ["whole"], "not the old value, either");
    for number in 0..=ENTRIES {
        post(&board, &number.to_string(), Some("1"));
    }
    assert_eq!(board.entries(), (ENTRIES, 0));
    let board = Board::new("a");
    let large = "x".repeat(VALUE_BYTES);
    for number in 0..600 {
        post(&board, &number.to_string(), Some(&large));
    }
    assert_eq!(board.entries(), (511, 0), "64 MiB, keys included");
}

#[test]
fn what_others_show_is_bounded() {
    let board = Board::new("a");
    let listener = Listener::at(&board);
    board.hear("b", &format!("x\n{}", "k".repeat(KEY_BYTES)), Some("1"));
    board.hear("b", "x", Some(&"1".repeat(VALUE_BYTES + 1)));
    for number in 0..HUBS + 10 {
        board.hear(&number.to_string(), "x", Some("1"));
    }
    assert_eq!(board.others().len(), HUBS);
    for number in 0..ENTRIES + 10 {
        board.hear("1", &format!("x\n{number}"), Some("1"));
    }
    assert_eq!(board.entries(), (0, HUBS - 1 + ENTRIES));
    assert_eq!(listener.believed.lock().unwrap().len(), HUBS - 1 + ENTRIES);
}

#[test]
fn differences_are_told_and_nothing_else() {
    let board = Board::new("a");
    board.hear("b", "x\n1", Some("1"));
    board.hear("b", "z\n1", Some("1"));
    let listener = Listener::at(&board);
    assert_eq!(listener.told(), ["b x\n1 1"], "what was there before");
    board.hear("b", "x\n1", Some("1"));
    board.hear("b", "z\n1", None);
    board.hear("c", "x\n1", None);
    assert_eq!(listener.told(), [""; 0]);
    board.hear("b", "y\n1", Some("1"));
    board.hear("c", "x\n1", Some("1"));
    assert_eq!(listener.told(), ["b y\n1 1", "c x\n1 1"]);
    let all = [("x\n1", "1"), ("y\n1", "2")];
    let all = all.map(|(key, value)| (key.to_owned(), value.to_owned()));
    board.hear_all("b", &HashMap::from(all));
    assert_eq!(listener.told(), ["b y\n1 2"]);
    board.hear_all("b", &HashMap::new());
    let mut told = listener.told();
    told.sort();
    assert_eq!(told, ["b x\n1 gone", "b y\n1 gone"]);
    board.hear_gone("c", true);
    board.hear_gone("c", true);
    assert_eq!(listener.told(), ["c x\n1 gone heir"]);
    assert_eq!(board.others(), [""; 0]);
}

#[test]
fn a_buried_hub_says_everything_again() {
    let board = Board::new("a");
    let listener = Listener::at(&board);
    post(&board, "k", Some("1"));
    // At first nobody knows it: that is no burial.
    board.begin_again();
    assert_eq!(listener.told(), [""; 0]);
    assert_eq!(carry(&board), ["k 1", "whole"]);
    post(&board, "l", Some("1"));
    carry(&board);
    post(&board, "k", None);
    let lost = board.take();
    board.got_stuck(lost);
    board.begin_again();
    assert_eq!(listener.told(), ["buried"]);
    assert_eq!(carry(&board), ["l 1", "whole"]);
    assert_eq!(board.entries(), (1, 0));
}

#[test]
fn one_who_is_gone_is_told_nothing() {
    let board = Board::new("a");
    let nobody: Weak<Listener> = Weak::new();
    board.attend(&["x"], nobody);
    drop(Listener::at(&board));
    board.hear("b", "x\n1", Some("1"));
    board.begin_again();
    assert_eq!(board.entries(), (0, 1));
}

#[test]
fn what_is_odd_makes_nobody_present() {
    let presence = Presence::new(Clock::manual(0), Duration::ZERO);
    let board = Board::new("a");
    presence.show_on(&board);
    let topic = Topic::parse("t").unwrap();
    let empty = serde_json::to_string(&presence.roll(&topic)).unwrap();
    for (key, value) in [
        ("user", "1"),
        ("user\n", "1"),
        ("user\nt", "1"),
        ("anonymous\nt\nann", "1"),
        ("user\n\u{7}\nann", "1"),
        ("user\nt\nann", ""),
        ("user\nt\nann", "-1"),
        ("user\nt\nann", "4294967295"),
        ("anonymous\nt", "many"),
        ("anonymous\nt", "99999999999"),
    ] {
        board.hear("b", key, Some(value));
        let roll = serde_json::to_string(&presence.roll(&topic)).unwrap();
        assert_eq!(roll, empty, "{key:?} {value:?}");
    }
    // What was odd and is mended counts, once.
    board.hear("b", "user\nt\nann", Some("1"));
    board.hear("b", "user\nt\nann", Some("x"));
    board.hear("b", "user\nt\nann", Some("2"));
    board.hear("b", "anonymous\nt", Some("3"));
    let roll = presence.roll(&topic);
    assert_eq!((roll.users.len(), roll.users[0].connections), (1, 2));
    assert_eq!(roll.anonymous, 3);
    board.hear_gone("b", false);
    assert_eq!(
        serde_json::to_string(&presence.roll(&topic)).unwrap(),
        empty
    );
    assert_eq!(presence.topics(), 0);
}

#[test]
fn those_who_were_there_before_are_shown() {
    let clock = Clock::manual(0);
    let presence = Presence::new(clock.clone(), Duration::from_secs(1));
    let interest = Interest::topic(Topic::parse("t").unwrap());
    let seat = presence.seat("ann", &interest);
    let board = Board::new("a");
    presence.show_on(&board);
    assert_eq!(carry(&board), ["user\nt\nann 1", "whole"]);
    drop(seat);
    assert_eq!(carry(&board), ["user\nt\nann 0"]);
    // Once a second somebody looks, though nobody asks.
    clock.advance(Duration::from_secs(1));
    presence.keep_shown();
    assert_eq!(carry(&board), ["user\nt\nann gone"]);
}
