//! Nobody sees what they may not: at random, against a model of who may see what.

use fastrand::Rng;

use super::*;

const TOPICS: [&str; 6] = ["a", "b", "c", "d/1", "d/2", "e"];
const SELECTORS: [&str; 7] = ["a", "b", "c", "d/1", "e", "d/{id}", "*"];
const SEEDS: std::ops::Range<u64> = 0..24;
const UPDATES: usize = 30;
const SUBSCRIBERS: usize = 10;

/// An update, in the words of the model.
struct Update {
    topics: Vec<&'static str>,
    private: bool,
    data: String,
    /// Without its `#`.
    id: String,
}

/// Somebody who asks for topics, and may see private updates on others.
struct Person {
    endpoint: &'static str,
    asks: Vec<&'static str>,
    granted: Vec<&'static str>,
    fields: String,
}

fn is_one_of(topics: &[&str], selectors: &[&str]) -> bool {
    let matches = |topic: &&str| {
        let fits = |selector: &&str| match *selector {
            "*" => true,
            "d/{id}" => topic.starts_with("d/"),
            name => name == *topic,
        };
        selectors.iter().any(fits)
    };
    topics.iter().any(matches)
}

impl Person {
    fn at_random(rng: &mut Rng, endpoint: &'static str) -> Person {
        let some = |rng: &mut Rng, most| {
            let count = rng.usize(0..=most);
            rng.choose_multiple(SELECTORS, count)
        };
        let mut asks = some(rng, 3);
        asks.push(rng.choice(SELECTORS).unwrap());
        let mut granted = some(rng, 2);
        let fields = match rng.u8(0..4) {
            0 => {
                granted.clear();
                String::new()
            }
            1 => format!(
                "Cookie: mercureAuthorization={}\r\n",
                sign("JWT", &plain(NOTHING, &granted))
            ),
            _ => bearer(&sign("JWT", &plain(NOTHING, &granted))),
        };
        Person {
            endpoint,
            asks,
            granted,
            fields,
        }
    }

    fn may_see(&self, update: &Update) -> bool {
        let shown = !update.private || is_one_of(&update.topics, &self.granted);
        is_one_of(&update.topics, &self.asks) && shown
    }

    fn expects<'u>(&self, updates: &'u [Update]) -> Vec<&'u str> {
        let seen = updates.iter().filter(|it| self.may_see(it));
        seen.map(|it| &*it.data).collect()
    }

    fn request(&self, cursor: &str) -> String {
        let topics: String = self.asks.iter().map(|it| self.parameter(it)).collect();
        let target = format!("{}{topics}{cursor}", self.endpoint);
        request("GET", &target, &self.fields)
    }

    /// Draft 08 has no templates, but URL patterns that say the same.
    fn parameter(&self, selector: &str) -> String {
        match (self.endpoint, selector) {
            (DRAFT_08, "d/{id}") => "&match_urlpattern=d/:id".to_owned(),
            (DRAFT_08, name) => format!("&match={name}"),
            (_, selector) => format!("&topic={selector}"),
        }
    }
}

const DRAFT_08: &str = "/.well-known/mercure?x";
const ENDPOINTS: [&str; 6] = [
    "/.well-known/mercure?",
    DRAFT_08,
    "/events?",
    "/events?format=json",
    "/events?format=ndjson",
    "/sse?user=ann",
];

/// The `data` of what has come, in any representation.
fn told(endpoint: &str, body: &str) -> Vec<String> {
    let data = |json: &str| {
        let value: Value = serde_json::from_str(json).unwrap();
        value["data"].as_str().unwrap().to_owned()
    };
    let lines = body.lines();
    match endpoint {
        "/events?format=ndjson" => lines.filter(|line| !line.is_empty()).map(data).collect(),
        "/events?format=json" => lines
            .filter_map(|line| line.strip_prefix("data: "))
            .map(data)
            .collect(),
        _ => lines
            .filter_map(|line| line.strip_prefix("data: "))
            .map(str::to_owned)
            .collect(),
    }
}

fn update_at_random(rng: &mut Rng, talk: &Talk, number: usize) -> Update {
    let count = rng.usize(1..=3);
    let topics = rng.choose_multiple(TOPICS, count);
    let private = rng.bool();
    let named: String = topics.iter().map(|it| format!("topic={it}&")).collect();
    let data = format!("{number} {topics:?} {private}");
    let escaped: String = form_urlencoded::byte_serialize(data.as_bytes()).collect();
    let form = format!(
        "{named}data={escaped}{}",
        if private { "&private=on" } else { "" }
    );
    let id = publish(talk, form).trim_start_matches('#').to_owned();
    Update {
        topics,
        private,
        data,
        id,
    }
}

#[test]
fn nobody_sees_what_they_may_not() {
    for seed in SEEDS {
        let mut rng = Rng::with_seed(seed);
        let talk = guarded(Rights::to_read());
        let people: Vec<_> = (0..SUBSCRIBERS)
            .map(|number| Person::at_random(&mut rng, ENDPOINTS[number % ENDPOINTS.len()]))
            .collect();
        let open = |person: &Person| {
            let mut stream = Stream::open(talk.another(), person.request(""));
            stream.read();
            stream
        };
        let mut streams: Vec<_> = people.iter().map(open).collect();
        let updates: Vec<_> = (0..UPDATES)
            .map(|number| update_at_random(&mut rng, &talk, number))
            .collect();
        for (person, stream) in people.iter().zip(&mut streams) {
            let live = told(person.endpoint, &stream.read());
            assert_eq!(
                live,
                person.expects(&updates),
                "seed {seed}, live, {}",
                person.request("")
            );
        }
        for person in &people {
            replays(seed, &talk, person, "&last_event_id=earliest", &updates);
            let from = rng.usize(0..UPDATES);
            let cursor = format!("&last_event_id={}", updates[from].id);
            replays(seed, &talk, person, &cursor, &updates[from + 1..]);
        }
    }
}

fn replays(seed: u64, talk: &Talk, person: &Person, cursor: &str, updates: &[Update]) {
    let input = person.request(cursor);
    let mut stream = Stream::open(talk.another(), &input);
    let body = stream.read();
    assert_eq!(
        told(person.endpoint, &body),
        person.expects(updates),
        "seed {seed}, {input}"
    );
}

#[test]
fn nor_by_polling() {
    for seed in SEEDS {
        let mut rng = Rng::with_seed(seed);
        let talk = guarded(Rights::to_read());
        let people: Vec<_> = (0..SUBSCRIBERS)
            .map(|_| Person::at_random(&mut rng, "/events?format=poll"))
            .collect();
        let mut waiting: Vec<_> = people.iter().map(|_| talk.another()).collect();
        for (person, poll) in people.iter().zip(&mut waiting) {
            poll.send(person.request("&wait=60"));
        }
        let updates: Vec<_> = (0..UPDATES)
            .map(|number| update_at_random(&mut rng, &talk, number))
            .collect();
        for (person, poll) in people.iter().zip(&mut waiting) {
            poll.read();
            let expect = person.expects(&updates);
            let first = poll
                .reply()
                .map(|reply| polled(&reply.body))
                .unwrap_or_default();
            assert_eq!(first, expect[..expect.len().min(1)], "seed {seed}, live");
            let from = rng.usize(0..UPDATES);
            let cursor = format!("&wait=0&last_event_id={}", updates[from].id);
            let reply = ask(&mut talk.another(), person.request(&cursor));
            assert_eq!(
                polled(&reply.body),
                person.expects(&updates[from + 1..]),
                "seed {seed}"
            );
        }
    }
}

fn polled(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap();
    let events = body["events"].as_array().unwrap().iter();
    events
        .map(|event| event["data"].as_str().unwrap().to_owned())
        .collect()
}
