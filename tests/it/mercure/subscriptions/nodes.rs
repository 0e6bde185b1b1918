//! Several hubs that share a log: each lists the subscribers of all, and of a dead one another tells.

use ssehub::store::RedisSettings;

use super::*;
use crate::log::redis::{Link, Server, wait_until};

/// Short, so that a test is; and long for a busy machine.
const LEASE: Duration = Duration::from_millis(1_500);

struct Node {
    talk: Talk,
    link: Link,
}

impl Node {
    fn new(prefix: &str) -> Node {
        let settings = RedisSettings::parse(&Server::shared().url()).unwrap();
        let mut link = Link::with(settings.prefix(prefix).unwrap().lease(LEASE));
        let log = link.open(LogConfig::default(), &Clock::system());
        let (talk, pump) = standing_over(log, HttpConfig::default());
        talk.world.tasks.spawn(pump.run()).detach();
        Node { talk, link }
    }

    fn list(&self, fields: &str) -> Value {
        let fields = format!("{}{fields}", knowing());
        json(&look(&self.talk, "", &fields))["subscriptions"].clone()
    }

    fn count(&self) -> usize {
        self.list("").as_array().unwrap().len()
    }

    /// What the log tells of subscriptions, as far as this hub has read it.
    fn outline(&self) -> Vec<String> {
        self.talk.world.settle();
        outline(&told(&self.talk))
    }
}

/// Everyone goes on until it is so.
#[track_caller]
fn wait(nodes: &[&Node], what: &str, is_so: impl Fn() -> bool) {
    wait_until(what, || {
        nodes.iter().for_each(|node| node.talk.world.settle());
        is_so()
    });
}

#[test]
fn every_hub_lists_the_subscribers_of_all() {
    let [a, b] = [(); 2].map(|()| Node::new("roster: all"));
    let mut claims = plain(NOTHING, ANYTHING);
    claims["mercure"]["payload"] = json!({ "who": "ann" });
    let token = bearer(&sign("JWT", &claims));
    let queries = [
        "topic=a&topic=/b/{x}&topic=x{",
        "match=a&match_urlpattern=/a/:x",
    ];
    let streams = queries.map(|query| subscribe(&a.talk, query, &token));
    let count = a.count();
    assert_eq!(count, 4);
    wait(&[&a, &b], "the other hub knows it", || b.count() == count);
    for fields in ["", "Accept: application/json\r\n"] {
        assert_eq!(a.list(fields), b.list(fields));
    }
    let first = &b.list("")[0];
    assert_eq!(first["payload"], json!({ "who": "ann" }));
    let path = first["id"].as_str().unwrap().strip_prefix(LIST).unwrap();
    let [one, other] = [&a, &b].map(|node| json(&look(&node.talk, path, &knowing())));
    assert_eq!(one["subscriber"], other["subscriber"]);
    assert_eq!(one["payload"], other["payload"]);
    let tag = |node: &Node| {
        let reply = look(&node.talk, "", &knowing());
        reply.field("etag").unwrap().to_owned()
    };
    let before = tag(&b);
    streams.into_iter().for_each(|it| it.talk.finish());
    wait(&[&a, &b], "the other hub forgets it", || b.count() == 0);
    assert_ne!(tag(&b), before);
    // It is told by its own hub, and by no other.
    wait(&[&a, &b], "it is told", || {
        a.outline() == b.outline() && {
            let lines = b.outline();
            let ends = lines.iter().filter(|it| it.starts_with("ends"));
            ends.count() * 2 == lines.len()
        }
    });
}

#[test]
fn the_subscriptions_of_a_dead_hub_end_once_and_begin_when_it_is_back() {
    let [mut a, b, c] = [(); 3].map(|()| Node::new("roster: death"));
    let stream = subscribe(&a.talk, "topic=a", "");
    wait(&[&a, &b, &c], "both know it", || {
        b.count() + c.count() == 2 && b.outline().len() == 2
    });
    a.link.stop();
    wait(&[&b, &c], "it is told to have ended", || {
        b.outline().len() >= 4 && b.count() + c.count() == 0
    });
    a.link.follow();
    wait(&[&a, &b], "it is told to be there again", || {
        b.outline().len() >= 6 && b.count() == 1
    });
    let begins = ["begins /a", "begins /exact/a"];
    let ends = ["ends /a", "ends /exact/a"];
    assert_eq!(b.outline(), [begins, ends, begins].concat());
    stream.talk.finish();
    wait(&[&a, &b], "it ends", || {
        b.outline().len() >= 8 && b.count() == 0
    });
}

/// A hub that stops takes its own off the list, and tells it, before it goes.
#[test]
fn the_roster_closes() {
    let [a, b] = [(); 2].map(|()| Node::new("roster: stop"));
    let _stream = subscribe(&a.talk, "topic=a", "");
    wait(&[&a, &b], "the other hub knows it", || b.count() == 1);
    let handle = roster(&a.talk).clone();
    let closing = a.talk.world.spawn(async move { handle.close().await });
    wait(&[&a, &b], "it is told", || closing.is_finished());
    wait(&[&a, &b], "it is off the list", || b.count() == 0);
    wait(&[&a, &b], "both hear it", || b.outline().len() == 4);
}
