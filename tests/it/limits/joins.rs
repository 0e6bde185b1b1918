//! How many topics users at one address may join.

use std::time::Duration;

use ssehub::limits::{JOINS, LimitConfig, Peer};

use super::{Talk, ask, at, get, limited, rate, sentence};

const GRACE: Duration = Duration::from_secs(3);

fn joins(text: &str) -> Talk {
    limited(LimitConfig::default().joins(rate(text)))
}

/// The status of a poll by a user, which is over at once.
fn come(talk: &mut Talk, user: &str, topics: &str) -> u16 {
    ask(talk, poll(user, topics)).status
}

fn poll(user: &str, topics: &str) -> String {
    let topics: String = topics.split(' ').map(|it| format!("&topic={it}")).collect();
    get(
        &format!("/events?format=poll&wait=0&user={user}{topics}"),
        "",
    )
}

#[test]
fn users_of_one_address_join_at_a_rate() {
    let talk = joins("1:3");
    let mut client = talk.another_from(at("192.0.2.1"));
    assert_eq!(come(&mut client, "a", "x"), 200);
    assert_eq!(come(&mut client, "b", "x y"), 200);
    let reply = ask(&mut client, poll("c", "x"));
    assert_eq!((reply.status, reply.field("retry-after")), (429, Some("1")));
    assert_eq!(
        sentence(&reply),
        "users at your address come too fast: try again in 1 s"
    );
    let stream = get("/events/x?user=c", "");
    assert_eq!(
        ask(&mut talk.another_from(at("192.0.2.1")), stream).status,
        429
    );
    // Who has no name, and who is at another address, is not concerned.
    let anonymous = get("/events/x?format=poll&wait=0", "");
    assert_eq!(ask(&mut client, anonymous).status, 200);
    let mut other = talk.another_from(at("192.0.2.2"));
    assert_eq!(come(&mut other, "c", "x"), 200);
    // A user that comes back within the grace has never been away, on the topics where it was.
    assert_eq!(come(&mut client, "a", "x"), 200);
    assert_eq!(come(&mut client, "b", "x y"), 200);
    assert_eq!(come(&mut client, "a", "x y"), 429);
    client.pass(Duration::from_secs(1));
    assert_eq!(come(&mut client, "a", "x y"), 200);
    client.pass(GRACE);
    assert_eq!(come(&mut client, "a", "x y z"), 200);
    assert_eq!(come(&mut client, "b", "x"), 429);
    // Nobody is there for the sake of a head.
    let head = poll("b", "x").replacen("GET", "HEAD", 1);
    client.send(head);
    assert!(client.received.starts_with(b"HTTP/1.1 200"));
}

#[test]
fn a_user_of_more_topics_than_may_be_joined_takes_all_of_them() {
    let talk = joins("1:3");
    let mut client = talk.another_from(at("192.0.2.1"));
    assert_eq!(come(&mut client, "a", "w x y z"), 200);
    assert_eq!(come(&mut client, "b", "w"), 429);
}

#[test]
fn joins_are_limited_unless_it_is_said() {
    assert_eq!(LimitConfig::default().joins, Some(JOINS));
    assert_eq!(Some(JOINS), rate("20:1000"));
    let many = |talk: &Talk, peer| {
        let mut client = talk.another_from(peer);
        let statuses = (0..1_001).map(|number: u32| come(&mut client, &number.to_string(), "x"));
        statuses.filter(|status| *status == 429).count()
    };
    let talk = limited(LimitConfig::default());
    assert_eq!(many(&talk, at("192.0.2.1")), 1);
    // All clients of a proxy that nobody has named are at these.
    let talk = limited(LimitConfig::default());
    assert_eq!(many(&talk, at("127.0.0.1")), 0);
    let talk = limited(LimitConfig::default());
    assert_eq!(many(&talk, Peer::Unix), 0);
    let talk = limited(LimitConfig::default().joins(None));
    assert_eq!(many(&talk, at("192.0.2.1")), 0);
}
