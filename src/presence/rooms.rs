//! The rooms: one for each topic that someone is on or watches. Plain data, at a given time.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_channel::Sender;
use serde::Serialize;

use super::busiest::Busiest;
use super::elsewhere;
use super::roll::{Attendee, ROLL_BYTES, ROLL_USERS, Roll, Share};
use crate::board::Board;
use crate::event::Notice;
use crate::topic::Topic;

/// Most departures that wait for the end of a grace; with one more, the oldest is over at once. So
/// names that come and go quickly fill no memory.
pub const DEPARTURES: usize = 65_536;

/// What a `join` or a `leave` says.
#[derive(Serialize)]
struct Change {
    user: Arc<str>,
    topic: Topic,
    connections: usize,
    /// How many users are there now.
    users: usize,
}

/// All rooms.
#[derive(Default)]
pub(super) struct Rooms {
    /// The time of the last look.
    now: Duration,
    rooms: HashMap<Topic, Room>,
    /// Subscriptions to each topic, named and anonymous.
    subscriptions: HashMap<Topic, usize>,
    /// Subscriptions of nobody in particular at other hubs.
    anonymous_elsewhere: HashMap<Topic, usize>,
    /// In the order in which they are due.
    departures: VecDeque<Departure>,
    /// Shows other hubs who is here.
    board: Option<Board>,
    silent: bool,
    watchers: u64,
}

#[derive(Default)]
struct Room {
    users: BTreeMap<Arc<str>, Stay>,
    /// Connections of all users to this hub.
    connections: usize,
    /// By the number of their watcher.
    ears: BTreeMap<u64, Ear>,
    /// The rolls that somebody uses just now, until something changes.
    rolls: Vec<(Share, Weak<Notice>)>,
}

/// A user's presence in one room.
#[derive(Default)]
struct Stay {
    connections: u32,
    /// How many of the departures that wait are its own: it leaves with the last, unless it is back.
    departures: u32,
    /// Other hubs that it is at, and its connections to those.
    hubs: u32,
    connections_elsewhere: u32,
}

impl Stay {
    /// Whether it is at this hub, or may come back to it.
    fn is_here(&self) -> bool {
        self.connections > 0 || self.departures > 0
    }
}

struct Departure {
    due: Duration,
    topic: Topic,
    user: Arc<str>,
}

/// A watcher's place in one room.
struct Ear {
    notices: Sender<Arc<Notice>>,
    share: Share,
    /// It has missed something, and is told nothing until it has had the roll.
    stale: bool,
}

impl Rooms {
    /// Lets the time pass: who is due to have left has left.
    pub(super) fn pass(&mut self, now: Duration) {
        self.now = now;
        while let Some(first) = self.departures.front()
            && (first.due <= now || self.departures.len() > DEPARTURES)
        {
            if let Some(departure) = self.departures.pop_front() {
                self.leave(departure);
            }
        }
        if self.departures.is_empty() {
            self.departures.shrink_to(SPARE);
        }
    }

    /// When someone may have left next.
    pub(super) fn next_departure(&self) -> Option<Duration> {
        self.departures.front().map(|first| first.due)
    }

    /// Adds a connection of a user.
    pub(super) fn sit(&mut self, topic: &Topic, user: &Arc<str>) {
        let room = self.rooms.entry(topic.clone()).or_default();
        room.connections += 1;
        let known = room.users.get_mut(user);
        let is_new = known.is_none();
        match known {
            Some(stay) => stay.connections += 1,
            None => {
                let stay = Stay {
                    connections: 1,
                    ..Stay::default()
                };
                room.users.insert(user.clone(), stay);
            }
        }
        if is_new && !self.silent {
            room.tell("join", topic, user, 1);
        }
        self.changed(topic, Some(user));
    }

    /// Takes a connection of a user away; with the last one, its grace begins.
    pub(super) fn stand(&mut self, topic: &Topic, user: &Arc<str>, grace: Duration) {
        let due = self.now.saturating_add(grace);
        let Some(room) = self.rooms.get_mut(topic) else {
            return;
        };
        let Some(stay) = room.users.get_mut(user) else {
            return;
        };
        room.connections -= 1;
        stay.connections -= 1;
        if stay.connections == 0 {
            stay.departures += 1;
            self.departures.push_back(Departure {
                due,
                topic: topic.clone(),
                user: user.clone(),
            });
        }
        self.changed(topic, Some(user));
        self.pass(self.now);
    }

    /// Ends a stay, unless the user has come back since.
    fn leave(&mut self, departure: Departure) {
        let Departure { topic, user, .. } = departure;
        let Some(room) = self.rooms.get_mut(&topic) else {
            return;
        };
        let Some(stay) = room.users.get_mut(&user) else {
            return;
        };
        stay.departures -= 1;
        if stay.is_here() {
            return;
        }
        if stay.hubs == 0 {
            room.users.remove(&user);
            if !self.silent {
                room.tell("leave", &topic, &user, 0);
            }
        }
        self.changed(&topic, Some(&user));
        self.clear(&topic);
    }

    /// Takes it that a user has so many connections to another hub, after so many; none of them says
    /// that it is not there.
    pub(super) fn is_elsewhere(
        &mut self,
        topic: &Topic,
        user: &Arc<str>,
        before: Option<u32>,
        after: Option<u32>,
    ) {
        let room = self.rooms.entry(topic.clone()).or_default();
        let is_new = after.is_some() && !room.users.contains_key(user);
        if is_new {
            room.users.insert(user.clone(), Stay::default());
        }
        if let Some(stay) = room.users.get_mut(user) {
            stay.hubs = stay.hubs + u32::from(after.is_some()) - u32::from(before.is_some());
            let connections = stay.connections_elsewhere + after.unwrap_or_default();
            stay.connections_elsewhere = connections - before.unwrap_or_default();
            if stay.hubs == 0 && !stay.is_here() {
                room.users.remove(user);
                if !self.silent {
                    room.tell("leave", topic, user, 0);
                }
            } else if is_new && !self.silent {
                room.tell("join", topic, user, connections as usize);
            }
        }
        self.outdate(topic);
        self.clear(topic);
    }

    /// Takes it that so many subscriptions of nobody in particular are at another hub, after so many.
    pub(super) fn are_elsewhere(&mut self, topic: &Topic, before: u32, after: u32) {
        let count = self.anonymous_elsewhere.entry(topic.clone()).or_default();
        *count = *count + after as usize - before as usize;
        if *count == 0 {
            self.anonymous_elsewhere.remove(topic);
            spare(&mut self.anonymous_elsewhere);
        }
        self.outdate(topic);
    }

    /// From now on, and of all that is so already, shows other hubs who is here.
    pub(super) fn show_on(&mut self, board: &Board) {
        self.board = Some(board.clone());
        for (topic, room) in &self.rooms {
            room.users
                .keys()
                .for_each(|user| self.show(topic, Some(user)));
        }
        self.subscriptions
            .keys()
            .for_each(|topic| self.show(topic, None));
    }

    /// Whether other hubs are shown who is here.
    pub(super) fn is_shown(&self) -> bool {
        self.board.is_some()
    }

    /// Something has changed on a topic, for this user or for those without a name.
    fn changed(&mut self, topic: &Topic, user: Option<&Arc<str>>) {
        self.outdate(topic);
        self.show(topic, user);
    }

    /// The rolls of a topic that somebody uses are old.
    fn outdate(&mut self, topic: &Topic) {
        if let Some(room) = self.rooms.get_mut(topic) {
            room.rolls = Vec::new();
        }
    }

    /// Shows what has become of a user on a topic, and how many are there without a name.
    fn show(&self, topic: &Topic, user: Option<&Arc<str>>) {
        let Some(board) = &self.board else {
            return;
        };
        let room = self.rooms.get(topic);
        if let Some(user) = user {
            let stay = room.and_then(|room| room.users.get(user));
            let here = stay.filter(|stay| stay.is_here());
            let connections = here.map(|stay| stay.connections.to_string());
            board.post(elsewhere::user_key(topic, user), connections);
        }
        let anonymous = self.anonymous(topic);
        let anonymous = (anonymous > 0).then(|| anonymous.to_string());
        board.post(elsewhere::anonymous_key(topic), anonymous);
    }

    /// Subscriptions of nobody in particular at this hub.
    fn anonymous(&self, topic: &Topic) -> usize {
        let subscriptions = self.subscriptions.get(topic).copied().unwrap_or_default();
        // A poll is no subscription between two looks at the log, and yet a connection.
        let named = self.rooms.get(topic).map_or(0, |room| room.connections);
        subscriptions.saturating_sub(named)
    }

    /// How many of these topics a user would be new on.
    pub(super) fn joins<'t>(&self, topics: impl Iterator<Item = &'t Topic>, user: &str) -> usize {
        let is_new = |topic: &&Topic| {
            let room = self.rooms.get(*topic);
            !room.is_some_and(|room| room.users.contains_key(user))
        };
        topics.filter(is_new).count()
    }

    /// The roll of a topic as a notice, the same one for all who ask before something changes.
    pub(super) fn shared_roll(&mut self, topic: &Topic, share: Share) -> Arc<Notice> {
        let known = self.rooms.get(topic).and_then(|room| {
            let mut rolls = room.rolls.iter();
            rolls.find_map(|(of, roll)| roll.upgrade().filter(|_| *of == share))
        });
        known.unwrap_or_else(|| {
            let notice = Arc::new(Notice::new("presence", self.roll(topic, share)));
            if let Some(room) = self.rooms.get_mut(topic) {
                room.rolls.retain(|(of, _)| *of != share);
                room.rolls.push((share, Arc::downgrade(&notice)));
            }
            notice
        })
    }

    pub(super) fn roll(&self, topic: &Topic, share: Share) -> Roll {
        let elsewhere = self.anonymous_elsewhere.get(topic).copied();
        let mut roll = Roll {
            topic: topic.clone(),
            users: Vec::new(),
            unlisted: 0,
            anonymous: self.anonymous(topic) + elsewhere.unwrap_or_default(),
        };
        if let Some(room) = self.rooms.get(topic) {
            let mut bytes_left = share.part(ROLL_BYTES);
            let listed = room.users.iter().take(share.part(ROLL_USERS));
            roll.users = listed
                .map_while(|(user, stay)| {
                    bytes_left = bytes_left.checked_sub(user.len())?;
                    Some((user, stay))
                })
                .map(|(user, stay)| Attendee {
                    user: user.clone(),
                    connections: (stay.connections + stay.connections_elsewhere) as usize,
                })
                .collect();
            roll.unlisted = room.users.len() - roll.users.len();
        }
        roll
    }

    pub(super) fn topics(&self) -> usize {
        self.rooms.len()
    }

    pub(super) fn busiest(&self) -> Busiest {
        Busiest::of(&self.subscriptions)
    }

    /// Tells nobody anything any more.
    pub(super) fn silence(&mut self) {
        self.silent = true;
    }

    pub(super) fn subscribed(&mut self, topic: &Topic) {
        *self.subscriptions.entry(topic.clone()).or_default() += 1;
        self.changed(topic, None);
    }

    pub(super) fn unsubscribed(&mut self, topic: &Topic) {
        let Some(count) = self.subscriptions.get_mut(topic) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            self.subscriptions.remove(topic);
            spare(&mut self.subscriptions);
        }
        self.changed(topic, None);
    }

    /// A number for a watcher.
    pub(super) fn number(&mut self) -> u64 {
        self.watchers += 1;
        self.watchers
    }

    /// Lets a watcher listen to a room, of which it knows nothing as yet.
    pub(super) fn listen(
        &mut self,
        number: u64,
        topic: &Topic,
        share: Share,
        notices: Sender<Arc<Notice>>,
    ) {
        let room = self.rooms.entry(topic.clone()).or_default();
        let ear = Ear {
            notices,
            share,
            stale: true,
        };
        room.ears.insert(number, ear);
    }

    pub(super) fn unlisten(&mut self, number: u64, topic: &Topic) {
        if let Some(room) = self.rooms.get_mut(topic) {
            room.ears.remove(&number);
        }
        self.clear(topic);
    }

    /// The roll of a topic, for a watcher that has missed something there and has read everything
    /// that was told before.
    pub(super) fn make_up(&mut self, number: u64, topic: &Topic) -> Option<Arc<Notice>> {
        let ear = self.rooms.get_mut(topic)?.ears.get_mut(&number)?;
        if !ear.stale || !ear.notices.is_empty() {
            return None;
        }
        ear.stale = false;
        let share = ear.share;
        Some(self.shared_roll(topic, share))
    }

    /// Keeps no room for nobody.
    fn clear(&mut self, topic: &Topic) {
        let is_empty = |room: &Room| room.users.is_empty() && room.ears.is_empty();
        if self.rooms.get(topic).is_some_and(is_empty) {
            self.rooms.remove(topic);
            spare(&mut self.rooms);
        }
    }
}

impl Room {
    /// Tells those who listen; who cannot take it has to be told everything later.
    fn tell(&mut self, kind: &'static str, topic: &Topic, user: &Arc<str>, connections: usize) {
        if self.ears.is_empty() {
            return;
        }
        let users = self.users.len();
        let change = Change {
            user: user.clone(),
            topic: topic.clone(),
            connections,
            users,
        };
        let notice = Arc::new(Notice::new(kind, change));
        for ear in self.ears.values_mut().filter(|ear| !ear.stale) {
            ear.stale = ear.notices.try_send(notice.clone()).is_err();
        }
    }
}

/// Room for so many that is not given back.
const SPARE: usize = 64;

/// Gives memory back that a map has needed when it was much larger.
fn spare<K: Eq + Hash, V>(map: &mut HashMap<K, V>) {
    if map.capacity() > SPARE && map.len() < map.capacity() / 8 {
        map.shrink_to(2 * map.len());
    }
}
