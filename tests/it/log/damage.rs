//! Files that are damaged, foreign or held: what opens is right, what is refused is left alone.

mod file;
mod refusal;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use ssehub::store::{Durability, OpenError};
use ssehub::{Clock, Event, EventId, Log, LogConfig};

use super::{Folder, Kind, NARROW_EVENTS, Store, WIDE, draft, interest, own, read};

/// An event's position, topic and data.
type Said = (EventId, String, String);

/// The file of a log, and what it holds.
struct Sample {
    bytes: Vec<u8>,
    said: Vec<Said>,
}

const TOPICS: [&str; 3] = ["a", "b", "c"];

impl Sample {
    /// A log that was closed.
    fn closed() -> Sample {
        let mut store = filled();
        let said = said(store.log());
        store.reopen();
        let folder = store.folder.file();
        let log = store.log.take();
        drop(log);
        Sample {
            bytes: std::fs::read(folder).unwrap(),
            said,
        }
    }

    /// A log whose program was killed.
    fn killed() -> Sample {
        let store = filled();
        Sample {
            said: said(store.log()),
            bytes: std::fs::read(store.folder.file()).unwrap(),
        }
    }
}

fn filled() -> Store {
    let kind = Kind::Disk(Durability::Commit, NARROW_EVENTS);
    let store = Store::new(kind, LogConfig::default());
    for number in 0..60_usize {
        let data = number.to_string().repeat(1 + number % 5 * 200);
        store.append(match number % 4 {
            0 => own(TOPICS[number % 3], &number.to_string(), &data),
            _ => draft(TOPICS[number % 3], &data),
        });
    }
    store
}

fn said(log: &Log) -> Vec<Said> {
    let (events, _) = read(log, log.kept_after(), &interest(&["*"]), WIDE).unwrap();
    events.iter().map(|event| told(event)).collect()
}

fn told(event: &Event) -> Said {
    let (topic, data) = (event.topic().to_string(), event.data().to_owned());
    (event.id(), topic, data)
}

fn config() -> LogConfig {
    let mut config = LogConfig::default();
    config.window.events = NARROW_EVENTS;
    config
}

fn open(path: &Path) -> Result<Log, OpenError> {
    let open = || Log::open(path, Durability::Commit, config(), Clock::manual(5));
    catch_unwind(AssertUnwindSafe(open)).expect("opening does not panic")
}

/// Opens a file with these bytes. What opens holds the beginning of what was said, all of it if
/// nothing was cut, and goes on from there; what is refused is told of and left as it is.
#[track_caller]
fn check(name: &str, bytes: &[u8], said: &[Said]) -> Option<usize> {
    let folder = Folder::new();
    std::fs::write(folder.file(), bytes).unwrap();
    match open(&folder.file()) {
        Ok(log) => Some(check_opened(name, &log, said)),
        Err(error) => {
            check_refused(name, &folder.file(), bytes, &error);
            None
        }
    }
}

#[track_caller]
fn check_opened(name: &str, log: &Log, said: &[Said]) -> usize {
    let held = self::said(log);
    assert!(said.starts_with(&held), "{name}: holds what was not said");
    for topic in TOPICS {
        let (events, _) = read(log, log.kept_after(), &interest(&[topic]), WIDE).unwrap();
        let expected = held.iter().filter(|said| said.1 == topic).cloned();
        let of_topic = events.iter().map(|event| told(event));
        assert!(of_topic.eq(expected), "{name}: {topic}");
    }
    let next = futures_lite::future::block_on(log.append(draft("a", "next")));
    let next = next.unwrap().id;
    assert!(
        held.last().is_none_or(|newest| newest.0 < next),
        "{name}: goes back"
    );
    assert_eq!(
        self::said(log).len(),
        held.len() + 1,
        "{name}: does not go on"
    );
    held.len()
}

#[track_caller]
fn check_refused(name: &str, path: &Path, bytes: &[u8], error: &OpenError) {
    let text = error.to_string();
    assert!(matches!(error, OpenError::Damaged(_)), "{name}: {error:?}");
    assert!(text.contains(&path.display().to_string()), "{name}: {text}");
    assert!(text.contains("is damaged or not a log"), "{name}: {text}");
    assert!(
        std::fs::read(path).unwrap() == bytes,
        "{name}: was written to"
    );
}
