//! What is forgotten: by number, by size, by age, by topic; and who is told.

use std::time::Duration;

use futures_lite::future::block_on;
use redb::{ReadOnlyDatabase, ReadableDatabase, ReadableTableMetadata, TableHandle};
use ssehub::store::{AppendError, Durability, ReadError, Trimmed};
use ssehub::{EventId, Format, HubConfig, LogConfig, Next, Retention, Start};

use super::{
    KINDS, Kind, Store, WIDE, draft, everywhere, interest, keeping, kinds, on, prompt_kinds, read,
    topic,
};
use crate::world::World;

fn say_numbers(store: &Store, topic: &str, numbers: std::ops::Range<u32>) -> Vec<EventId> {
    numbers
        .map(|number| store.say(topic, &number.to_string()))
        .collect()
}

fn trimmed(store: &Store, after: EventId) -> Option<EventId> {
    match block_on(store.log().read(after, &interest(&["*"]), WIDE)) {
        Ok(_) => None,
        Err(ReadError::Trimmed(Trimmed { kept_after, .. })) => Some(kept_after),
        Err(fault) => panic!("{fault:?}"),
    }
}

#[test]
fn the_newest_are_kept_and_who_asks_for_older_is_told() {
    let fill = |store: &Store| say_numbers(store, "t", 0..30);
    everywhere(
        keeping(Retention::default().events(7)),
        fill,
        |store, ids| {
            assert!(store.begins_after(ids[22], ids[23]));
            assert_eq!(store.kept(&["t"]), crate::world::texts(23..30));
            assert_eq!(store.kept(&["*"]), crate::world::texts(23..30));
            let begin = store.log().kept_after();
            for id in [EventId::ZERO, ids[0], ids[21]] {
                assert!(trimmed(store, id).is_some_and(|kept_after| kept_after >= begin));
            }
            for id in [&[begin], &ids[23..]].concat() {
                assert_eq!(trimmed(store, id), None);
            }
        },
    );
}

#[test]
fn size_is_bounded_and_not_by_much_less_than_is_allowed() {
    let fill = |store: &Store| {
        for number in 0..60 {
            store.say("t", &format!("{number:01000}"));
        }
    };
    let bytes = 50_000;
    let config = keeping(Retention::default().bytes(bytes));
    // Redis is asked for the size of a stream now and then.
    on(prompt_kinds(), config, fill, |store, ()| {
        let kept = store.kept(&["t"]);
        // In memory, an event counts with its text and three encodings of it.
        let most = if store.kind == Kind::Memory { 10 } else { 49 };
        assert!((most - 2..=most).contains(&kept.len()), "{}", kept.len());
        assert!(kept.last().unwrap().ends_with("59"));
    });
}

#[test]
fn an_event_that_would_not_fit_alone_is_refused() {
    let retention = Retention::default().bytes(10_000);
    let config = keeping(retention).window(retention);
    let fill = |store: &Store| store.say("t", "kept");
    everywhere(config, fill, |store, _| {
        let refused = block_on(store.log().append(draft("t", &"x".repeat(10_000))));
        assert_eq!(refused, Err(AppendError::TooLarge));
        assert_eq!(store.kept(&["t"]), ["kept"]);
    });
}

/// A window may be set larger than the log.
#[test]
fn the_window_has_nothing_that_the_log_has_not() {
    let config = keeping(Retention::default().events(7));
    let mut store = Store::new(Kind::Disk(Durability::Commit, super::WIDE_EVENTS), config);
    store.config.window.events = super::WIDE_EVENTS;
    store.reopen();
    let ids = say_numbers(&store, "t", 0..30);
    assert_eq!(store.log().kept_after(), ids[22]);
    assert_eq!(trimmed(&store, ids[0]), Some(ids[22]));
}

/// What is larger than the window but not than the log on disk goes past the window.
#[test]
fn what_is_stored_is_there_whatever_fits_into_the_window() {
    for kind in &KINDS[1..] {
        let mut config = keeping(Retention::default());
        config.window.bytes = 2_000;
        let mut store = Store::new(*kind, config);
        let said: Vec<_> = (0..10).map(|number| "x".repeat(number * 15)).collect();
        said.iter().for_each(|data| _ = store.say("t", data));
        assert_eq!(store.kept(&["t"]), said, "{kind:?}");
        store.reopen();
        assert_eq!(store.kept(&["t"]), said, "{kind:?}");
    }
}

#[test]
fn age_is_the_time_since_it_was_appended() {
    let age = Duration::from_secs(10);
    let fill = |store: &Store| {
        say_numbers(store, "t", 0..5);
        store.pass(Duration::from_secs(6));
        say_numbers(store, "t", 5..10);
        store.pass(Duration::from_secs(4));
        assert_eq!(store.kept(&["t"]), crate::world::texts(0..10));
        store.pass(Duration::from_millis(1));
        assert_eq!(store.kept(&["t"]), crate::world::texts(5..10));
        store.pass(Duration::from_secs(6));
        assert_eq!(store.kept(&["t"]), [""; 0]);
        say_numbers(store, "t", 10..12)
    };
    let config = keeping(Retention::default().age(age));
    on(prompt_kinds(), config, fill, |store, ids| {
        assert_eq!(store.kept(&["t"]), crate::world::texts(10..12));
        assert!(store.log().kept_after() < ids[0]);
    });
}

#[test]
fn what_grew_old_while_the_log_was_closed_goes_when_it_is_noticed() {
    let age = Duration::from_secs(10);
    for kind in prompt_kinds().skip(1) {
        let mut store = Store::new(kind, keeping(Retention::default().age(age)));
        say_numbers(&store, "t", 0..5);
        store.reopen_at(super::BEGIN_MS + 11_000);
        assert_eq!(store.log().tail().ms, super::BEGIN_MS);
        store.pass(Duration::ZERO);
        assert_eq!(store.kept(&["t"]), [""; 0], "{kind:?}");
        // Its position is taken all the same, whatever the clock says.
        let newest = store.log().tail();
        store.reopen_at(5);
        assert_eq!(store.log().tail(), newest, "{kind:?}");
        say_numbers(&store, "t", 5..6);
        assert_eq!(store.kept(&["t"]), ["5"], "{kind:?}");
    }
}

#[test]
fn a_topic_keeps_so_many_and_tells_what_it_has_lost() {
    let topic_events = Some(3);
    let fill = |store: &Store| {
        let quiet = store.say("quiet", "0");
        let loud = say_numbers(store, "loud", 0..10);
        (quiet, loud, store.say("quiet", "1"))
    };
    everywhere(
        keeping(Retention::default().topic_events(topic_events)),
        fill,
        |store, (quiet, loud, _)| {
            let begin = store.log().kept_after();
            assert!(begin < *quiet);
            let texts = ["7", "8", "9"].map(str::to_owned);
            assert_eq!(store.read(begin, &["loud"]), (texts.to_vec(), loud[6]));
            assert_eq!(store.kept(&["quiet"]), ["0", "1"]);
            assert_eq!(store.kept(&["*"]), ["0", "7", "8", "9", "1"]);
            // Told are those, and only those, whose topics have lost something that they had to read.
            let told = |after: EventId, topics: &[&str]| store.read(after, topics).1 > after;
            for after in [begin, *quiet, loud[0], loud[5]] {
                assert!(told(after, &["loud"]) && told(after, &["*"]), "{after}");
                assert!(
                    told(after, &["quiet", "loud"]) && !told(after, &["quiet"]),
                    "{after}"
                );
            }
            for after in [loud[6], loud[7], loud[9]] {
                assert!(!told(after, &["loud"]) && !told(after, &["*"]), "{after}");
            }
        },
    );
}

/// Where the whole log's memory passes what a topic has lost, that is all that is told.
#[test]
fn a_topics_losses_and_the_logs_do_not_get_in_each_others_way() {
    let retention = Retention::default().events(8).topic_events(Some(3));
    for kind in prompt_kinds() {
        let mut store = Store::new(kind, keeping(retention));
        let early = say_numbers(&store, "early", 0..2);
        let loud = say_numbers(&store, "loud", 0..9);
        store.reopen();
        // 0 and 1 of `early`, 6 to 8 of `loud`; four more push the first one out.
        let others = ["b", "c", "d", "e"].map(|name| store.say(name, name));
        assert_eq!(store.log().kept_after(), early[0], "{kind:?}");
        let read = store.read(early[0], &["loud"]);
        assert_eq!(read.0, ["6", "7", "8"], "{kind:?}");
        assert_eq!(read.1, loud[5], "{kind:?}: told what `loud` has lost");
        assert_eq!(store.read(early[0], &["*"]).1, loud[5], "{kind:?}");
        store.reopen();
        assert_eq!(store.read(early[1], &["loud"]).1, loud[5], "{kind:?}");
        assert_eq!(store.read(others[3], &["*"]).0, [""; 0], "{kind:?}");
    }
}

#[test]
fn a_retention_that_was_lowered_is_applied() {
    for kind in prompt_kinds().skip(1) {
        let mut store = Store::new(kind, keeping(Retention::default()));
        say_numbers(&store, "t", 0..50);
        store.config.retention.events = 10;
        store.config.window.events = store.config.window.events.min(10);
        store.reopen();
        assert_eq!(store.kept(&["t"]), crate::world::texts(0..50), "{kind:?}");
        store.pass(Duration::ZERO);
        assert_eq!(store.kept(&["t"]), crate::world::texts(40..50), "{kind:?}");
    }
}

/// Topics and ids that come and go leave nothing in the file.
#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let retention = Retention::default().events(5).topic_events(Some(1));
    let mut store = Store::new(Kind::Disk(super::SOON, 3), keeping(retention));
    for number in 0..50 {
        for _ in 0..2 {
            let id = store.log().tail().to_string();
            store.append(super::own(&format!("{number}"), &format!("x{id}"), "x"));
        }
    }
    store.reopen();
    store.log = None;
    let path = store.folder.file();
    let file = std::iter::repeat_with(|| ReadOnlyDatabase::open(&path));
    let file = file
        .take(1_000_000)
        .find_map(Result::ok)
        .unwrap()
        .begin_read()
        .unwrap();
    for table in file.list_tables().unwrap() {
        let name = table.name().to_owned();
        let rows = file.open_untyped_table(table).unwrap().len().unwrap();
        // An id is there by itself, and on its topic.
        let most = if name == "ids" { 2 * 5 } else { 5 };
        assert!(rows <= most, "{name}: {rows}");
    }
}

/// What is lost between two pages of a long history is told, though it was there at the start.
#[test]
fn a_slow_reader_is_told_what_its_topic_loses_meanwhile() {
    let config = keeping(Retention::default().topic_events(Some(1_000)));
    for kind in kinds(&config) {
        let store = Store::new(kind, config);
        super::group::say_all(&store, "t", 0..1_000);
        let world = World::over(store.log().clone(), HubConfig::default());
        let mut reader = world.hub.subscribe(interest(&["t"]), Start::Earliest);
        let first = block_on(reader.catch_up());
        assert!(matches!(first, Some(Next::Events(_))), "{kind:?}");
        super::group::say_all(&store, "t", 1_000..1_600);
        world.settle();
        let second = block_on(reader.catch_up());
        assert!(
            matches!(second, Some(Next::Gap { .. })),
            "{kind:?}: {second:?}"
        );
    }
}

/// What a topic may keep is no bound on what live subscribers get, however late the pump is.
#[test]
fn a_live_subscriber_gets_all_of_its_topic_whatever_is_kept() {
    let config = keeping(Retention::default().topic_events(Some(2)));
    for kind in kinds(&config) {
        let store = Store::new(kind, config);
        let world = World::over(store.log().clone(), HubConfig::default());
        let mut reader = world.subscribe("t", Start::Now);
        assert_eq!(reader.read(&world), [""; 0]);
        say_numbers(&store, "t", 0..5);
        assert_eq!(reader.read(&world), crate::world::texts(0..5), "{kind:?}");
        assert_eq!(store.kept(&["t"]), ["3", "4"], "{kind:?}");
    }
}

/// Whatever its texts are like: the event itself and all of its encodings are within what is counted.
#[test]
fn an_event_counts_with_all_of_its_encodings_and_its_places_in_the_index() {
    let texts = [
        "",
        "x",
        "\u{1}",
        "\n",
        "\r\n",
        "\"",
        "\\",
        "\u{7f}",
        "\u{e9}",
        "\u{1f600}",
    ];
    let ids = ["", "\"", "x"];
    for (text, id) in texts.into_iter().flat_map(|text| ids.map(|id| (text, id))) {
        for alternates in [0, 1, 99] {
            let mut event = draft("t", &text.repeat(1_000)).user(text.repeat(10));
            if !id.is_empty() {
                event = event
                    .kind(id.repeat(255))
                    .unwrap()
                    .own_id(id.repeat(255))
                    .unwrap();
            }
            let others = (0..alternates).map(|number| topic(&format!("\"{number:0200}")));
            let event = event.alternates(others).unwrap();
            let store = Store::new(Kind::Memory, LogConfig::default());
            let stored = store.append(event);
            let everything = interest(&["*"]);
            let (events, _) = read(store.log(), stored.id.previous(), &everything, WIDE).unwrap();
            let event = &events[0];
            let formats = [Format::Text, Format::Json, Format::Lines];
            let frames: usize = formats
                .map(|it| event.frame(it).chunked().len())
                .iter()
                .sum();
            // At least a word of the index for each topic, and the name of each.
            let names = event.topics().map(|topic| topic.as_str().len() + 100);
            let held = event.data().len() + frames + names.sum::<usize>();
            let counted = store.log().size().bytes as usize;
            let said = format!("{text:?}, {id:?}, {alternates}: {held} held, {counted} counted");
            assert!(held <= counted, "{said}");
            println!("{said}");
            assert!(counted <= 3 * held + 2_000 + 700 * alternates, "{said}");
        }
    }
}
