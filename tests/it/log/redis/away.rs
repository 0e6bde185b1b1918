//! Redis goes, and comes back.

use std::time::Instant;

use ssehub::hub::PublishError;
use ssehub::store::{Health, RedisSettings};
use ssehub::{Clock, Log, LogConfig};

use super::super::{draft, own};
use super::{Link, Node, PATIENCE, Server, wait_until};
use futures_lite::future::block_on;

/// Every event is in the file before it is answered.
const LASTING: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];

#[test]
fn publishers_are_refused_in_time_and_all_goes_on_afterwards() {
    let mut server = Server::start(LASTING);
    let mut nodes = [Node::new(&server, "p"), Node::new(&server, "p")];
    nodes[0].say("0");
    server.kill();
    for node in &nodes {
        wait_until("it is noticed", || node.log().health() != Health::Well);
    }
    let begun = Instant::now();
    for lost in [draft("t", "lost"), own("t", "lost", "lost")] {
        let refused = nodes[0].publish(lost);
        assert!(
            matches!(refused, Err(PublishError::Fault(_))),
            "{refused:?}"
        );
    }
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    let _server = server.restart(LASTING);
    for node in &nodes {
        wait_until("it goes on", || node.log().health() == Health::Well);
    }
    nodes[1].say("1");
    // No gap, nothing twice.
    for node in &mut nodes {
        node.hear_exactly(&["0", "1"]);
    }
}

/// A publisher that waits through a short absence is served after it.
#[test]
fn a_short_absence_is_waited_for() {
    let server = Server::start(LASTING);
    let mut node = Node::new(&server, "p");
    node.say("0");
    let _server = server.restart(LASTING);
    let stored = node.publish(own("t", "1", "1")).unwrap();
    assert!(!stored.repeated);
    node.hear_exactly(&["0", "1"]);
}

/// Redis dies with many publishers in mid-flight. What was answered is there, once.
#[test]
fn what_was_answered_survives_a_kill() {
    let mut server = Server::start(LASTING);
    let mut node = Node::new(&server, "p");
    for round in 0..5 {
        let answers = {
            let log = node.log();
            let publish = |number: u32| {
                let id = format!("{round} {number}");
                // Half of them may be sent again.
                let event = match number % 2 {
                    0 => own("t", &id, &id),
                    _ => draft("t", &id),
                };
                (id, log.append(event))
            };
            let publishers: Vec<_> = (0..200).map(publish).collect();
            let (ids, appends): (Vec<_>, Vec<_>) = publishers.into_iter().unzip();
            let killer = std::thread::spawn(move || {
                server.kill();
                server.restart(LASTING)
            });
            let appends = appends.into_iter().map(Box::pin).collect();
            let answers = super::super::group::all(appends);
            server = killer.join().unwrap();
            ids.into_iter().zip(answers).collect::<Vec<_>>()
        };
        wait_until("it goes on", || node.log().health() == Health::Well);
        node.say(&format!("end {round}"));
        let end = format!("end {round}");
        node.hear(&end, |heard| heard.last() == Some(&end));
        for (id, answer) in answers {
            let times = node.heard.iter().filter(|heard| **heard == id).count();
            match answer {
                Ok(_) => assert_eq!(times, 1, "{id}"),
                // Nobody knows whether it is stored.
                Err(_) => assert!(times <= 1, "{id}"),
            }
        }
    }
    assert!(node.heard.iter().all(|it| !it.starts_with("gap ")));
}

#[test]
fn too_few_replicas_are_told() {
    let server = Server::start(&[]);
    let settings = RedisSettings::parse(&server.url()).unwrap();
    let mut link = Link::with(settings.replicas(1));
    let log = link.open(LogConfig::default(), &Clock::system());
    let refused = block_on(log.append(draft("t", "x"))).unwrap_err();
    let reason = refused.to_string();
    assert!(reason.contains("0 of 1 replicas"), "{reason}");
}

/// What is wrong with the Redis is said in its own words.
#[test]
fn a_redis_of_no_use_is_refused_with_a_reason() {
    let server = Server::start(&["--requirepass", "secret", "--maxmemory", "1"]);
    let refused = |settings: RedisSettings| {
        let opened = Log::redis(settings, LogConfig::default(), Clock::system());
        block_on(opened).unwrap_err().to_string()
    };
    let settings = RedisSettings::parse(&server.url()).unwrap();
    assert!(refused(settings.clone()).contains("NOAUTH"));
    let wrong = refused(settings.clone().password("guess"));
    assert!(
        wrong.contains("authentication failed") && !wrong.contains("guess"),
        "{wrong}"
    );
    let full = refused(settings.password("secret"));
    assert!(full.contains("OOM"), "{full}");
    let other = Server::start(&[]);
    other.ask("SET {p}:log x");
    let settings = RedisSettings::parse(&other.url())
        .unwrap()
        .prefix("p")
        .unwrap();
    assert!(refused(settings).contains("{p}:log is no stream"));
}
