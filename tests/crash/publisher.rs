//! A publisher counts: each number goes to some topic, once, whether it is answered or not.

use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::TOPICS;
use super::connection::Connection;
use super::run::Run;

/// What is published to each topic at last.
pub const END: &str = "end";

/// Numbers of one publisher. Those of all of them fit into what the server keeps.
const NUMBERS: usize = 100_000;

/// Pause between two attempts to reach a server that is down.
pub const ATTEMPT_PAUSE: Duration = Duration::from_millis(5);

/// What has become of a number.
#[derive(Clone, Copy)]
pub struct Sent {
    /// Which of the topics it went to.
    pub topic: usize,
    pub acknowledged: bool,
}

/// Publishes numbers from zero on until the run has enough of them.
pub fn publish(run: &Run, publisher: usize, mut chance: Rng) -> Vec<Sent> {
    let _alarm = run.alarm();
    let mut sent = Vec::new();
    let mut connection = None;
    while run.is_publishing() && sent.len() < NUMBERS {
        let Some(mut open) = connection.take().or_else(|| reach(run)) else {
            continue;
        };
        let topic = chance.usize(..TOPICS.len());
        let number = sent.len();
        let acknowledged = say(&mut open, TOPICS[topic], &format!("{publisher}:{number}"));
        sent.push(Sent {
            topic,
            acknowledged,
        });
        // Once an answer is lost the connection is, too.
        if acknowledged {
            run.acknowledge();
            connection = Some(open);
        }
    }
    sent
}

/// Ends each topic. The server stays alive meanwhile.
pub fn publish_ends(run: &Run) {
    let mut connection = Connection::open(run.address).expect("the server is up");
    for topic in TOPICS {
        assert!(say(&mut connection, topic, END), "the server has gone");
    }
}

fn reach(run: &Run) -> Option<Connection> {
    let connection = Connection::open(run.address).ok();
    if connection.is_none() {
        thread::sleep(ATTEMPT_PAUSE);
    }
    connection
}

/// Whether the server acknowledges it.
fn say(connection: &mut Connection, topic: &str, message: &str) -> bool {
    let target = format!("/sse/message?topic={topic}");
    let json = format!(r#"{{"message":"{message}","user":"counter"}}"#);
    connection.post(&target, &json).is_ok()
}
