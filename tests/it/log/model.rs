//! Whatever is done to a log, a plain list says what it must answer.
//!
//! `SSEHUB_SEED=…` repeats a run, `SSEHUB_LOG_ROUNDS=…` makes more of them.

mod follower;
mod oracle;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::Duration;

use fastrand::Rng;
use futures_lite::future::block_on;
use ssehub::store::{Budget, ReadError};
use ssehub::{EventId, HubConfig, LogConfig, Retention, Start, Topic};

use super::{Kind, SOON, Store, draft, setting};
use crate::world::World;
use follower::Follower;
use oracle::{Oracle, Reader, Said};
use ssehub::store::Durability;

/// Runs with consecutive seeds, unless told otherwise.
const ROUNDS: u64 = 25;

/// What is done to a log in one run.
const STEPS: usize = 150;

/// Readers that follow a log at the same time.
const FOLLOWERS: usize = 3;

/// Longer than any run takes on its clock.
const FOREVER: Duration = Duration::from_millis(1 << 40);

const AGES: [Duration; 3] = [
    Duration::from_millis(20),
    Duration::from_millis(500),
    FOREVER,
];

const TOPICS: [&str; 5] = ["a", "b", "ab", "c", "d"];

#[test]
fn the_log_answers_as_a_list_would() {
    let first = setting("SSEHUB_SEED").unwrap_or(1);
    let rounds = setting("SSEHUB_LOG_ROUNDS").unwrap_or(ROUNDS);
    let rounds = match std::env::var_os("SSEHUB_SEED") {
        Some(_) => 1,
        None => rounds,
    };
    for seed in first..first + rounds {
        let run = || Run::new(seed).run();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            eprintln!("repeat this with SSEHUB_SEED={seed}");
            resume_unwind(panic);
        }
    }
}

struct Run {
    chance: Rng,
    store: Store,
    world: World,
    oracle: Oracle,
    followers: Vec<Follower>,
}

impl Run {
    fn new(seed: u64) -> Run {
        let mut chance = Rng::with_seed(seed);
        let retention = Retention::default()
            .events(chance.choice([5, 20, 100, 1_000]).unwrap())
            .age(chance.choice(AGES).unwrap())
            .topic_events(
                chance
                    .choice([None, None, Some(1), Some(3), Some(10)])
                    .unwrap(),
            );
        let config = LogConfig::default()
            .retention(retention)
            .window(retention.topic_events(None))
            .deduplicate(chance.bool());
        let window = chance.usize(1..30);
        let kind = match chance.u8(..5) {
            0 => Kind::Memory,
            1 => Kind::Disk(Durability::Commit, window),
            2 => Kind::Disk(Durability::None, window),
            _ => Kind::Disk(SOON, window),
        };
        let store = Store::new(kind, config);
        println!("seed {seed}: {kind:?} {config:?}");
        Run {
            oracle: Oracle::new(&config, super::BEGIN_MS),
            world: world(&store),
            store,
            chance,
            followers: Vec::new(),
        }
    }

    fn run(mut self) {
        for _ in 0..STEPS {
            match self.chance.u8(..100) {
                0..50 => self.append(),
                50..60 => self.pass(),
                60..70 => self.read(),
                70..80 => self.locate(),
                80..84 => self.join(),
                84..94 => self.follow(),
                94..97 => self.leave(),
                _ => self.reopen(),
            }
            assert_eq!(self.store.log().tail(), self.oracle.tail);
            assert_eq!(self.store.log().kept_after(), self.oracle.kept_after);
        }
        while !self.followers.is_empty() {
            self.follow();
            self.followers.pop();
        }
        let all = Reader {
            asked: vec!["*"],
            granted: vec!["*"],
        };
        self.page(self.oracle.kept_after, &all);
    }

    fn append(&mut self) {
        let topics = match self.chance.u8(..3) {
            0 => self.chance.choose_multiple(TOPICS, 3),
            _ => self.chance.choose_multiple(TOPICS, 1),
        };
        let private = self.chance.u8(..4) == 0;
        let length = self.chance.choice([1, 10, 2_000]).unwrap();
        let data: String = (0..length).map(|_| self.chance.alphanumeric()).collect();
        let own = self.chance.bool().then(|| self.chance.u8(..20).to_string());
        let mut event = draft(topics[0], &data).private(private);
        let alternates = topics[1..].iter().map(|name| Topic::parse(name).unwrap());
        event = event.alternates(alternates).unwrap();
        if let Some(own) = &own {
            event = event.own_id(own).unwrap();
        }
        let stored = self.store.append(event);
        let now_ms = self.store.clock.unix_ms();
        let said = Said {
            id: EventId::ZERO,
            topics,
            private,
            own,
            data,
            since_ms: self.passed_ms(),
            kept: true,
        };
        let expected = self.oracle.append(said, now_ms);
        assert_eq!((stored.id, stored.repeated), expected);
        if !stored.repeated {
            let followers = self.followers.iter_mut();
            followers.for_each(|it| it.owe(&self.oracle.history[self.oracle.history.len() - 1]));
        }
        // Now and then the pump is late, where the log forgets nothing: what a pump has not offered, it would
        // keep for longer.
        if self.chance.bool() || self.forgets() {
            self.world.settle();
        }
    }

    /// Whether a run is long enough for the log to forget something.
    fn forgets(&self) -> bool {
        let kept = &self.store.config.retention;
        kept.events < STEPS || kept.topic_events.is_some() || kept.age < FOREVER
    }

    fn pass(&mut self) {
        let time = self.chance.choice([0, 1, 7, 100, 70_000]).unwrap();
        self.store.pass(Duration::from_millis(time));
        self.oracle.trim(self.passed_ms());
    }

    fn passed_ms(&self) -> i64 {
        self.store.clock.now().as_millis() as i64
    }

    /// Any position: of an event or next to one, kept or not.
    fn position(&mut self) -> EventId {
        let begin = EventId {
            ms: super::BEGIN_MS,
            seq: 0,
        };
        let ids = self.oracle.history.iter().map(|event| event.id);
        let ids: Vec<_> = ids.chain([begin]).collect();
        let id = self.chance.choice(ids).unwrap();
        match self.chance.u8(..4) {
            0 => id.next(),
            1 => id.previous(),
            _ => id,
        }
    }

    fn topics(&mut self, least: usize) -> Vec<&'static str> {
        if self.chance.u8(..4) == 0 {
            return vec!["*"];
        }
        let count = self.chance.usize(least..3);
        self.chance.choose_multiple(TOPICS, count)
    }

    fn reader(&mut self) -> Reader {
        Reader {
            asked: self.topics(1),
            granted: self.topics(0),
        }
    }

    fn read(&mut self) {
        let (after, reader) = (self.position(), self.reader());
        self.page(after, &reader);
    }

    /// Reads from there to the end in pages of any size.
    fn page(&mut self, mut after: EventId, reader: &Reader) {
        let interest = reader.interest();
        loop {
            let budget = Budget {
                events: self.chance.usize(1..12),
                bytes: self.chance.usize(1..20_000),
            };
            let page = match block_on(self.store.log().read(after, &interest, budget)) {
                Ok(page) => page,
                Err(ReadError::Trimmed(trimmed)) => {
                    assert!(after < self.oracle.kept_after, "{after} is kept");
                    assert_eq!(trimmed.kept_after, self.oracle.kept_after);
                    return;
                }
                Err(fault) => panic!("{fault:?}"),
            };
            assert!(after >= self.oracle.kept_after, "{after} is not kept");
            let lost = self.oracle.lost(reader);
            assert_eq!(
                page.lost.max(after),
                lost.max(after),
                "{reader:?} after {after}"
            );
            let read: Vec<_> = page.events.iter().map(|it| (it.id(), it.data())).collect();
            assert_eq!(read, self.oracle.between(after, page.upto, reader));
            assert!(read.len() <= budget.events);
            if page.upto >= self.oracle.tail {
                return;
            }
            assert!(page.upto > after);
            after = page.upto;
        }
    }

    /// Any text that a client may send for an id.
    fn id(&mut self) -> String {
        let position = self.position().to_string();
        match self.chance.u8(..4) {
            0 => self.chance.u8(..25).to_string(),
            1 => position[1..].to_owned(),
            _ => position,
        }
    }

    fn locate(&mut self) {
        let (id, reader) = (self.id(), self.reader());
        let start = Start::After(id.clone());
        let found = block_on(self.store.log().locate(&start, &reader.interest()));
        match (found, self.oracle.locate(&id, &reader)) {
            (Ok(found), Some(expected)) => assert_eq!(found, expected, "{id}"),
            (Err(ReadError::Trimmed(trimmed)), None) => {
                assert_eq!(trimmed.kept_after, self.oracle.kept_after, "{id}");
            }
            other => panic!("{id}: {other:?}"),
        }
    }

    fn join(&mut self) {
        if self.followers.len() == FOLLOWERS {
            return self.leave();
        }
        let reader = self.reader();
        let start = match self.chance.u8(..4) {
            0 => Start::Now,
            1 => Start::Earliest,
            _ => Start::After(self.id()),
        };
        let follower = Follower::new(&self.world, &self.oracle, reader, start);
        self.followers.push(follower);
    }

    fn follow(&mut self) {
        if let Some(follower) = self.chance.choice(&mut self.followers) {
            follower.read(&self.world, &self.oracle);
        }
    }

    /// One leaves, having read or not, and may come back with the last id it has seen.
    fn leave(&mut self) {
        if self.followers.is_empty() {
            return;
        }
        let leaving = self.chance.usize(..self.followers.len());
        let leaving = self.followers.swap_remove(leaving);
        if self.chance.bool() {
            let back = leaving.resume(&self.world, &self.oracle);
            self.followers.push(back);
        }
    }

    /// Closes the log and opens it at another time, which may lie before.
    fn reopen(&mut self) {
        let now_ms = self.store.clock.unix_ms();
        let jump = self.chance.choice([0, 1, 300, 100_000]).unwrap();
        let unix_ms = match self.chance.bool() {
            true => now_ms + jump,
            false => now_ms.saturating_sub(jump),
        };
        if self.store.kind == Kind::Memory {
            return;
        }
        // Whatever is about to become durable applies the retention, too.
        self.store.pass(Duration::ZERO);
        self.oracle.trim(self.passed_ms());
        let left = std::mem::take(&mut self.followers);
        let left: Vec<_> = left.into_iter().map(Follower::leave).collect();
        self.world = World::new(HubConfig::default());
        self.store.reopen_at(unix_ms);
        self.oracle.reopen(unix_ms);
        self.world = world(&self.store);
        for left in left {
            self.followers.push(left.back(&self.world, &self.oracle));
        }
    }
}

fn world(store: &Store) -> World {
    let config = HubConfig::default().queue_events(4).seed(1);
    World::over(store.log().clone(), config)
}
