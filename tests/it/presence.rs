//! Presence without HTTP: against a plain model, and that nothing is left of those who have gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_lite::future::{block_on, poll_once};
use ssehub::presence::{DEPARTURES, FULL_ROLLS, ROLL_BYTES, ROLL_USERS, WATCHER_NOTICES};
use ssehub::{Clock, Interest, Notice, Presence, Roll, Seat, Selector, Topic, Watcher};

const GRACE: Duration = Duration::from_secs(3);

pub fn on(topics: &[&str]) -> Interest {
    Interest::any(topics.iter().map(|topic| Selector::parse(topic).unwrap()))
}

pub fn roll(presence: &Presence, topic: &str) -> Roll {
    presence.roll(&Topic::parse(topic).unwrap())
}

/// What a watcher is told by now, up to so many notices.
pub fn told(watcher: &mut Watcher, notices: usize) -> Vec<(String, serde_json::Value)> {
    let next = || {
        let notice = block_on(poll_once(watcher.next()))?;
        let data = serde_json::from_str(notice.data()).unwrap();
        Some((notice.kind().to_owned(), data))
    };
    std::iter::from_fn(next).take(notices).collect()
}

#[test]
fn ten_thousand_come_and_go() {
    let clock = Clock::manual(0);
    let presence = Presence::new(clock.clone(), GRACE);
    for round in 0..3 {
        let seats: Vec<_> = (0..10_000)
            .map(|number| {
                let own = format!("topic {number}");
                presence.seat(format!("user {number}"), &on(&["all", &own]))
            })
            .collect();
        assert_eq!(presence.topics(), 10_001, "{round}");
        assert_eq!(roll(&presence, "all").unlisted, 9_000);
        drop(seats);
        assert_eq!(presence.topics(), 10_001);
        clock.advance(GRACE);
        assert_eq!(presence.topics(), 0);
    }
}

#[test]
fn names_that_come_and_go_at_once_are_bounded() {
    let presence = Presence::new(Clock::manual(0), GRACE);
    for number in 0..DEPARTURES + 10 {
        drop(presence.seat(number.to_string(), &on(&["a"])));
    }
    let roll = roll(&presence, "a");
    assert_eq!(roll.users.len() + roll.unlisted, DEPARTURES);
}

#[test]
fn a_roll_is_bounded_in_users_and_in_bytes() {
    let presence = Presence::new(Clock::manual(0), GRACE);
    let seat = |user: String| presence.seat(user, &on(&["a"]));
    let _short: Vec<_> = (0..ROLL_USERS + 1).map(|it| seat(it.to_string())).collect();
    let listed = roll(&presence, "a");
    assert_eq!((listed.users.len(), listed.unlisted), (ROLL_USERS, 1));
    drop(_short);
    let presence = Presence::new(Clock::manual(0), GRACE);
    let name = |number: usize| format!("{number:04}{}", "x".repeat(252));
    let seat = |number| presence.seat(name(number), &on(&["a"]));
    let _long: Vec<_> = (0..ROLL_USERS).map(seat).collect();
    let listed = roll(&presence, "a");
    let most = ROLL_BYTES / 256;
    assert_eq!(
        (listed.users.len(), listed.unlisted),
        (most, ROLL_USERS - most)
    );
}

/// However many topics are watched, their rolls list together what a few may.
#[test]
fn rolls_of_many_topics_share_a_budget() {
    for (topics, each) in [
        (1, 1_000),
        (4, 1_000),
        (5, 500),
        (8, 500),
        (9, 250),
        (100, 31),
    ] {
        assert!(each * topics <= ROLL_USERS * FULL_ROLLS);
        let presence = Presence::new(Clock::manual(0), GRACE);
        let names: Vec<_> = (0..topics).map(|it| format!("t{it}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let sit = |user: usize| presence.seat(user.to_string(), &on(&names));
        let _seats: Vec<_> = (0..1_100).map(sit).collect();
        let mut watcher = presence.watch(&on(&names));
        let rolls = told(&mut watcher, usize::MAX);
        assert_eq!(rolls.len(), topics);
        for (kind, roll) in rolls {
            assert_eq!(kind, "presence");
            assert_eq!(roll["users"].as_array().unwrap().len(), each, "{topics}");
            assert_eq!(roll["unlisted"], 1_100 - each);
        }
    }
}

/// The same bytes for everyone, until something changes.
#[test]
fn watchers_share_notices_and_rolls() {
    let clock = Clock::manual(0);
    let presence = Presence::new(clock.clone(), GRACE);
    let _seat = presence.seat("ann", &on(&["a"]));
    let mut watchers: Vec<_> = (0..10).map(|_| presence.watch(&on(&["a"]))).collect();
    let mut next = || -> Vec<_> {
        let next = |watcher: &mut Watcher| block_on(poll_once(watcher.next())).unwrap();
        watchers.iter_mut().map(next).collect()
    };
    let are_one = |notices: &[Arc<Notice>]| notices.iter().all(|it| Arc::ptr_eq(it, &notices[0]));
    let rolls = next();
    assert!(are_one(&rolls), "a roll is made for each watcher");
    let bob = presence.seat("bob", &on(&["a"]));
    let joins = next();
    assert!(are_one(&joins), "a notice is made for each watcher");
    // Whatever changes the roll makes another one.
    let look = || {
        let notice = block_on(poll_once(presence.watch(&on(&["a"])).next())).unwrap();
        assert_eq!(
            notice.data(),
            serde_json::to_string(&roll(&presence, "a")).unwrap()
        );
        notice
    };
    let mut seen = vec![look()];
    let mut is_new = || {
        seen.push(look());
        !Arc::ptr_eq(&seen[seen.len() - 2], &seen[seen.len() - 1])
    };
    assert!(!is_new(), "nothing has changed");
    let again = presence.seat("bob", &on(&["a"]));
    assert!(is_new());
    drop(again);
    assert!(is_new());
    drop(bob);
    assert!(is_new());
    clock.advance(GRACE);
    assert!(is_new());
    assert!(!is_new());
}

#[test]
fn without_a_grace_the_last_connection_leaves_at_once() {
    let presence = Presence::new(Clock::manual(0), Duration::ZERO);
    let mut watcher = presence.watch(&on(&["a"]));
    told(&mut watcher, usize::MAX);
    drop(presence.seat("ann", &on(&["a"])));
    let kinds: Vec<_> = told(&mut watcher, usize::MAX)
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["join", "leave"]);
    drop(watcher);
    assert_eq!(presence.topics(), 0);
}

#[test]
fn a_watcher_of_nothing_waits() {
    let presence = Presence::new(Clock::manual(0), GRACE);
    let mut watcher = presence.watch(&on(&["*"]));
    let _seat = presence.seat("ann", &on(&["a", "*"]));
    assert_eq!(told(&mut watcher, usize::MAX), []);
    assert_eq!(presence.topics(), 1);
}

/// For each topic and user: the connections, and since when there is none.
type Model = BTreeMap<(usize, usize), (usize, Duration)>;

const TOPICS: [&str; 3] = ["a", "b", "c"];
const USERS: [&str; 5] = ["ann", "bob", "eve", "joe", "zoe"];

struct Simulation {
    random: fastrand::Rng,
    clock: Clock,
    presence: Presence,
    model: Model,
    seats: Vec<(Vec<usize>, usize, Seat)>,
    /// Each with what it believes, from what it was told.
    watchers: Vec<(Watcher, BTreeMap<String, Vec<String>>)>,
}

impl Simulation {
    fn new(seed: u64) -> Simulation {
        let clock = Clock::manual(0);
        Simulation {
            random: fastrand::Rng::with_seed(seed),
            presence: Presence::new(clock.clone(), GRACE),
            clock,
            model: Model::new(),
            seats: Vec::new(),
            watchers: Vec::new(),
        }
    }

    fn step(&mut self) {
        match self.random.u32(0..100) {
            0..40 => self.sit(),
            40..75 => self.stand(),
            75..90 => {
                self.clock
                    .advance(Duration::from_millis(self.random.u64(0..2_000)));
                self.look();
            }
            90..93 => {
                let watched = self.presence.watch(&on(&TOPICS));
                self.watchers.push((watched, BTreeMap::new()));
            }
            93..95 if !self.watchers.is_empty() => {
                let at = self.random.usize(0..self.watchers.len());
                self.watchers.swap_remove(at);
            }
            95..99 => self.sip(),
            _ => self.listen(),
        }
    }

    fn sit(&mut self) {
        let mut topics: Vec<_> = (0..TOPICS.len()).collect();
        topics.retain(|_| self.random.bool());
        let user = self.random.usize(0..USERS.len());
        let names: Vec<_> = topics.iter().map(|topic| TOPICS[*topic]).collect();
        let seat = self.presence.seat(USERS[user], &on(&names));
        self.forget();
        for topic in &topics {
            self.model.entry((*topic, user)).or_default().0 += 1;
        }
        self.seats.push((topics, user, seat));
    }

    fn stand(&mut self) {
        if self.seats.is_empty() {
            return;
        }
        let at = self.random.usize(0..self.seats.len());
        let (topics, user, seat) = self.seats.swap_remove(at);
        drop(seat);
        for topic in topics {
            let stay = self.model.get_mut(&(topic, user)).unwrap();
            *stay = (stay.0 - 1, self.clock.now());
        }
    }

    /// The plain rule: without a connection for the grace, a user is gone.
    fn forget(&mut self) {
        let now = self.clock.now();
        self.model
            .retain(|_, (connections, since)| *connections > 0 || *since + GRACE > now);
    }

    fn look(&mut self) {
        self.forget();
        for (topic, name) in TOPICS.iter().enumerate() {
            let roll = roll(&self.presence, name);
            let users: Vec<_> = roll
                .users
                .iter()
                .map(|it| (&*it.user, it.connections))
                .collect();
            let model = self.model.iter().filter(|((at, _), _)| *at == topic);
            let expect: Vec<_> = model
                .map(|((_, user), (connections, _))| (USERS[*user], *connections))
                .collect();
            assert_eq!(users, expect, "{name}");
        }
    }

    /// One watcher reads some of what it was told.
    fn sip(&mut self) {
        let notices = self.random.usize(1..=2 * WATCHER_NOTICES);
        let at = self.random.usize(..);
        if let Some(count) = self.watchers.len().checked_sub(1) {
            let (watcher, belief) = &mut self.watchers[at % (count + 1)];
            believe(belief, told(watcher, notices));
        }
    }

    /// Every watcher, having read what it was told, believes what is so.
    fn listen(&mut self) {
        self.look();
        for (watcher, belief) in &mut self.watchers {
            believe(belief, told(watcher, usize::MAX));
            for (topic, users) in belief {
                users.sort();
                let so = roll(&self.presence, topic).users;
                let so: Vec<_> = so.iter().map(|it| it.user.to_string()).collect();
                assert_eq!(users, &so, "{topic}");
            }
        }
    }
}

pub fn believe(belief: &mut BTreeMap<String, Vec<String>>, told: Vec<(String, serde_json::Value)>) {
    for (kind, data) in told {
        let topic = data["topic"].as_str().unwrap().to_owned();
        apply(belief.entry(topic).or_default(), &kind, &data);
    }
}

/// What a page does with what it is told, and complaints that a page cannot make.
fn apply(users: &mut Vec<String>, kind: &str, data: &serde_json::Value) {
    let user = data["user"].as_str().map(str::to_owned);
    match (kind, user) {
        ("presence", None) => {
            let listed = data["users"].as_array().unwrap().iter();
            *users = listed
                .map(|it| it["user"].as_str().unwrap().to_owned())
                .collect();
        }
        ("join", Some(user)) => {
            assert!(!users.contains(&user), "{user} comes twice");
            users.push(user);
            assert_eq!(data["users"], users.len());
        }
        ("leave", Some(user)) => {
            let at = users.iter().position(|it| *it == user);
            users.swap_remove(at.expect("someone who was there"));
            assert_eq!(data["users"], users.len());
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_plain_model_agrees() {
    for seed in 0..50 {
        let mut simulation = Simulation::new(seed);
        for _ in 0..1_000 {
            simulation.step();
        }
        simulation.listen();
        simulation.seats.clear();
        simulation.watchers.clear();
        simulation.clock.advance(GRACE);
        assert_eq!(simulation.presence.topics(), 0, "seed {seed}");
    }
}

#[test]
fn a_watcher_that_has_missed_much_knows_all_in_the_end() {
    let clock = Clock::manual(0);
    let presence = Presence::new(clock.clone(), Duration::ZERO);
    let mut watcher = presence.watch(&on(&["a", "b"]));
    told(&mut watcher, usize::MAX);
    let _b = presence.seat("bob", &on(&["b"]));
    for number in 0..2 * WATCHER_NOTICES {
        drop(presence.seat(number.to_string(), &on(&["a"])));
    }
    let _a = presence.seat("ann", &on(&["a"]));
    let told = told(&mut watcher, usize::MAX);
    let changes = &told[..WATCHER_NOTICES];
    assert!(changes.iter().all(|(kind, _)| kind != "presence"));
    let (rolls, others) = told[WATCHER_NOTICES..].split_at(1);
    assert_eq!(others, []);
    assert_eq!(
        (&*rolls[0].0, &rolls[0].1["topic"]),
        ("presence", &"a".into())
    );
    assert_eq!(rolls[0].1["users"].as_array().unwrap().len(), 1);
}
