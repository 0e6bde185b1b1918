//! Several hubs, one log.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use ssehub::http::{HttpConfig, Site};
use ssehub::store::Health;
use ssehub::{Clock, EventId, HubConfig, LogConfig};

use super::super::{draft, own};
use super::{Link, Node, PATIENCE, Server, pause};
use crate::talk::Talk;
use crate::world::{World, texts};

#[test]
fn hubs_hear_each_other_in_one_order() {
    let server = Server::shared();
    let mut nodes = ["x", "y", "z"].map(|_| Node::new(server, "nodes: order"));
    for number in 0..60 {
        nodes[number % 3].say(&number.to_string());
    }
    for node in &mut nodes {
        node.hear("all", |heard| heard.len() >= 60);
        assert_eq!(node.heard, texts(0..60));
        assert_eq!(node.log().health(), Health::Well);
    }
    assert!(
        nodes
            .iter()
            .all(|node| node.log().tail() == nodes[0].log().tail())
    );
}

#[test]
fn an_event_is_stored_once_whichever_hubs_its_publisher_asks() {
    let server = Server::shared();
    let mut nodes = ["x", "y"].map(|_| Node::new(server, "nodes: once"));
    let first = nodes[0].publish(own("t", "1", "said")).unwrap();
    let again = nodes[1].publish(own("t", "1", "said again")).unwrap();
    assert_eq!((again.id, again.repeated), (first.id, true));
    // On another topic it is another event.
    assert!(!nodes[1].publish(own("u", "1", "on u")).unwrap().repeated);
    for node in &mut nodes {
        node.hear_exactly(&["said", "on u"]);
    }
}

/// Whoever loses its hub goes on at another one with what it has seen last, whether that is there
/// already or about to come.
#[test]
fn a_subscriber_resumes_at_another_hub() {
    let server = Server::shared();
    let (one, other) = (
        Node::new(server, "nodes: resume"),
        Node::new(server, "nodes: resume"),
    );
    for number in 0..50 {
        let id = one.say(&number.to_string());
        assert_eq!(other.resume(&id.to_string()), [""; 0], "no gap");
    }
    let id = one.publish(own("t", "mine", "50")).unwrap().id;
    assert_eq!(other.resume("mine"), [""; 0]);
    one.say("51");
    let begun = Instant::now();
    while other.resume(&id.to_string()) != ["51"] {
        assert!(begun.elapsed() < PATIENCE);
    }
    // A hub that begins only now, with little memory.
    let mut config = LogConfig::default();
    config.window.events = 2;
    let late = Node::keeping(server, "nodes: resume", config);
    let everything = late.resume(&id.previous().to_string());
    assert_eq!(everything, ["50", "51"]);
    assert_eq!(late.resume("mine"), ["51"]);
}

/// A publisher's id means something at every hub as soon as its event is stored.
#[test]
fn a_subscriber_resumes_at_another_hub_with_a_publishers_id() {
    let server = Server::shared();
    let [one, other] = [(); 2].map(|()| Node::new(server, "nodes: own ids"));
    for number in 0..50 {
        let id = format!("mine {number}");
        one.publish(own("t", &id, "x")).unwrap();
        assert_eq!(other.resume(&id), [""; 0], "no gap");
    }
    assert!(other.resume("unknown")[0].starts_with("gap "));
}

/// A poll at a hub that is a little behind does not send its client back.
#[test]
fn a_poll_at_another_hub_does_not_go_back() {
    let server = Server::shared();
    let one = Node::new(server, "nodes: polls");
    let mut link = Link::to(server, "nodes: polls");
    let mut talk = talk(&mut link);
    for number in 0..50 {
        let id = one.say(&number.to_string());
        let expected = format!(r#"{{"events":[],"last_event_id":"{id}"}}"#);
        assert_eq!(poll(&mut talk, id), expected);
    }
}

/// A connection to a hub over this log.
pub fn talk(link: &mut Link) -> Talk {
    let log = link.open(LogConfig::default(), &Clock::system());
    let world = Rc::new(World::over(log, HubConfig::default()));
    let site = Arc::new(Site::new(world.hub.clone(), HttpConfig::default()));
    Talk::in_world(world, site)
}

/// What is answered at once to one who has read the topic `t` up to a position.
#[track_caller]
pub fn poll(talk: &mut Talk, after: EventId) -> String {
    let fields = format!("Host: h\r\nLast-Event-ID: {after}\r\n");
    talk.send(format!(
        "GET /events/t?format=poll&wait=0 HTTP/1.1\r\n{fields}\r\n"
    ));
    let begun = Instant::now();
    loop {
        talk.read();
        if let Some(reply) = talk.reply() {
            return reply.body;
        }
        assert!(begun.elapsed() < PATIENCE, "nothing is answered");
        pause();
    }
}

/// Nobody is left to wait for a follower that has gone.
#[test]
fn without_a_follower_nothing_is_taken() {
    let mut link = Link::to(Server::shared(), "nodes: alone");
    let log = link.open(LogConfig::default(), &Clock::system());
    link.stop();
    let refused = futures_lite::future::block_on(log.append(draft("t", "x")));
    assert!(refused.is_err(), "{refused:?}");
}
