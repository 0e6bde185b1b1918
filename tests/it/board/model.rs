//! Several hubs whose boards a plain bus carries, as a Redis would, but step by step and by chance: entries are
//! lost, hubs fall behind, are taken for dead, and die. In the end each knows what is so.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use ssehub::board::Board;
use ssehub::{Clock, Presence, Seat, Watcher};

use crate::presence::{believe, on, roll, told};

const HUBS: usize = 3;
const STEPS: usize = 600;
const SEEDS: u64 = 12;
const TOPICS: [&str; 2] = ["s", "t"];
const USERS: [&str; 4] = ["ann", "bob", "eve", "joe"];
const GRACE: Duration = Duration::from_secs(3);

/// What a Redis keeps.
#[derive(Default)]
struct Bus {
    /// Living hubs, and what each shows.
    hubs: BTreeSet<String>,
    shown: BTreeMap<String, HashMap<String, String>>,
    /// By position.
    stream: VecDeque<(u64, Entry)>,
    last: u64,
}

#[derive(Clone)]
enum Entry {
    Told(String, Vec<(String, Option<String>)>),
    Whole(String),
    Gone(String, String),
}

struct Node {
    board: Board,
    presence: Presence,
    seats: Vec<(usize, usize, Seat)>,
    /// Everything up to here has been read.
    position: Option<u64>,
    watcher: Watcher,
    belief: BTreeMap<String, Vec<String>>,
}

struct Model {
    random: fastrand::Rng,
    clock: Clock,
    bus: Bus,
    nodes: Vec<Node>,
    born: usize,
}

impl Bus {
    fn add(&mut self, entry: Entry) {
        self.last += 1;
        self.stream.push_back((self.last, entry));
    }

    fn bury(&mut self, hub: &str, by: &str) {
        if self.hubs.remove(hub) {
            self.shown.remove(hub);
            self.add(Entry::Gone(hub.to_owned(), by.to_owned()));
        }
    }

    /// Whether the entry at a position, by which a reader knows the stream, is there.
    fn has(&self, position: u64) -> bool {
        self.stream.iter().any(|(at, _)| *at == position)
    }

    fn after(&self, position: u64) -> Option<(u64, Entry)> {
        let next = self.stream.iter().find(|(at, _)| *at > position);
        next.cloned()
    }

    fn shown_by(&self, hub: &str) -> HashMap<String, String> {
        self.shown.get(hub).cloned().unwrap_or_default()
    }
}

impl Node {
    fn new(name: &str, clock: &Clock) -> Node {
        let presence = Presence::new(clock.clone(), GRACE);
        let board = Board::new(name);
        presence.show_on(&board);
        Node {
            watcher: presence.watch(&on(&TOPICS)),
            board,
            presence,
            seats: Vec::new(),
            position: None,
            belief: BTreeMap::new(),
        }
    }

    /// Carries some of what it shows, unless that is lost.
    fn carry(&self, bus: &mut Bus, luck: u32) {
        let hub = self.board.hub().to_owned();
        if bus.hubs.insert(hub.clone()) {
            bus.shown.remove(&hub);
            self.board.begin_again();
        }
        self.presence.keep_shown();
        let posting = self.board.take();
        if luck > 0 {
            let entries: Vec<_> = posting
                .entries
                .iter()
                .map(|(key, value)| (key.to_string(), value.as_ref().map(|it| it.to_string())))
                .collect();
            let shown = bus.shown.entry(hub.clone()).or_default();
            for (key, value) in &entries {
                match value {
                    Some(value) => _ = shown.insert(key.clone(), value.clone()),
                    None => _ = shown.remove(key),
                }
            }
            bus.add(Entry::Told(hub.clone(), entries));
            if posting.is_whole {
                bus.add(Entry::Whole(hub));
            }
        }
        match luck {
            // With 1, it has come through and nobody knows.
            0 | 1 => self.board.got_stuck(posting),
            _ => self.board.got_through(posting),
        }
    }

    /// Reads one entry, or everything if it has missed one; `false` if there is none.
    fn read(&mut self, bus: &Bus) -> bool {
        let Some(position) = self.position.filter(|position| bus.has(*position)) else {
            self.position = Some(bus.last);
            for hub in bus.hubs.iter().filter(|hub| *hub != self.board.hub()) {
                self.board.hear_all(hub, &bus.shown_by(hub));
            }
            for hub in self.board.others() {
                if !bus.hubs.contains(&hub) {
                    self.board.hear_gone(&hub, false);
                }
            }
            // An empty stream would be read for ever.
            return bus.last > 0;
        };
        let Some((at, entry)) = bus.after(position) else {
            return false;
        };
        self.position = Some(at);
        match entry {
            Entry::Told(hub, entries) if hub != self.board.hub() => {
                for (key, value) in &entries {
                    self.board.hear(&hub, key, value.as_deref());
                }
            }
            Entry::Whole(hub) if hub != self.board.hub() => {
                self.board.hear_all(&hub, &bus.shown_by(&hub));
            }
            Entry::Gone(hub, by) if hub != self.board.hub() => {
                self.board.hear_gone(&hub, by == self.board.hub());
            }
            _ => {}
        }
        true
    }

    fn listen(&mut self) {
        believe(&mut self.belief, told(&mut self.watcher, usize::MAX));
    }
}

impl Model {
    fn new(seed: u64) -> Model {
        let mut model = Model {
            random: fastrand::Rng::with_seed(seed),
            clock: Clock::manual(0),
            bus: Bus::default(),
            nodes: Vec::new(),
            born: 0,
        };
        (0..HUBS).for_each(|_| model.bear());
        model
    }

    /// A new hub begins.
    fn bear(&mut self) {
        self.born += 1;
        let name = self.born.to_string();
        self.nodes.push(Node::new(&name, &self.clock));
    }

    fn step(&mut self) {
        let at = self.random.usize(..HUBS);
        let other = (at + self.random.usize(1..HUBS)) % HUBS;
        let by = self.nodes[other].board.hub().to_owned();
        let node = &mut self.nodes[at];
        match self.random.u32(0..100) {
            0..25 => {
                let (topic, user) = (self.random.usize(..2), self.random.usize(..4));
                let seat = node.presence.seat(USERS[user], &on(&[TOPICS[topic]]));
                node.seats.push((topic, user, seat));
            }
            25..45 if !node.seats.is_empty() => {
                let at = self.random.usize(..node.seats.len());
                node.seats.swap_remove(at);
            }
            45..65 => node.carry(&mut self.bus, self.random.u32(0..6)),
            65..85 => _ = node.read(&self.bus),
            85..90 => self.clock.advance(GRACE / 2),
            // It only stands still.
            90..93 => self.bus.bury(node.board.hub(), &by),
            93 => {
                let dead = self.nodes.swap_remove(at);
                self.bus.bury(dead.board.hub(), &by);
                self.bear();
            }
            94..96 => self
                .bus
                .stream
                .drain(..self.bus.stream.len() / 2)
                .for_each(drop),
            _ => node.listen(),
        }
    }

    /// Lets everything arrive.
    fn settle(&mut self) {
        for _ in 0..2 {
            self.clock.advance(GRACE);
            for node in &self.nodes {
                node.carry(&mut self.bus, 2);
            }
            for node in &mut self.nodes {
                while node.read(&self.bus) {}
            }
        }
    }

    /// Who is on a topic, by the seats alone.
    fn truth(&self, topic: usize) -> Vec<(&str, usize)> {
        let users = USERS.iter().enumerate().map(|(user, name)| {
            let seats = self.nodes.iter().flat_map(|node| &node.seats);
            let own = seats.filter(|(on, who, _)| (*on, *who) == (topic, user));
            (*name, own.count())
        });
        users.filter(|(_, connections)| *connections > 0).collect()
    }

    fn check(&mut self, seed: u64) {
        for (topic, name) in TOPICS.iter().enumerate() {
            let truth = self.truth(topic);
            for node in &self.nodes {
                let roll = roll(&node.presence, name);
                let users = roll.users.iter().map(|it| (&*it.user, it.connections));
                assert_eq!(users.collect::<Vec<_>>(), truth, "seed {seed}");
            }
        }
        for at in 0..HUBS {
            self.nodes[at].listen();
            for (topic, name) in TOPICS.iter().enumerate() {
                let mut belief = self.nodes[at].belief[*name].clone();
                belief.sort();
                let truth: Vec<_> = self.truth(topic).into_iter().map(|it| it.0).collect();
                assert_eq!(belief, truth, "seed {seed}");
            }
        }
    }
}

#[test]
fn in_the_end_every_hub_knows_who_is_where() {
    for seed in 0..SEEDS {
        let mut model = Model::new(seed);
        for _ in 0..5 {
            (0..STEPS / 5).for_each(|_| model.step());
            model.settle();
            model.check(seed);
        }
        model.nodes.iter_mut().for_each(|node| node.seats.clear());
        model.settle();
        for node in &mut model.nodes {
            node.listen();
            let empty = node.belief.values().all(Vec::is_empty);
            assert!(empty, "seed {seed}: {:?}", node.belief);
            assert_eq!(node.board.entries(), (0, 0), "seed {seed}");
        }
    }
}
