//! What Redis loses is told to whoever misses it, and to nobody else.

use std::time::Duration;

use ssehub::Retention;

use super::super::keeping;
use super::{Node, Server, pause};

/// What a log without appended files is lost with.
const FORGETFUL: &[&str] = &[];

/// Reads that a quiet log survives: several of them take longer than one waits for an event.
const QUIET: Duration = Duration::from_secs(5);

fn nodes(server: &Server) -> [Node; 2] {
    [Node::new(server, "p"), Node::new(server, "p")]
}

/// Both hubs have said this, and both have heard both.
fn talk(nodes: &mut [Node; 2]) {
    nodes[0].say("0");
    nodes[1].say("1");
    for node in nodes {
        node.hear_exactly(&["0", "1"]);
    }
}

#[test]
fn an_emptied_redis_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    let before = nodes[0].log().tail();
    server.ask("FLUSHALL");
    for node in &mut nodes {
        node.hear_of_a_gap();
    }
    // Positions do not go back, and all goes on.
    let after = nodes[1].say("2");
    assert!(after > before);
    for node in &mut nodes {
        node.hear("2", |heard| heard.last().is_some_and(|it| it == "2"));
        assert_eq!(node.heard.len(), 4, "one gap: {:?}", node.heard);
        assert_eq!(node.log().mishaps().unwrap().losses, 1);
        assert!(node.resume(&before.to_string())[0].starts_with("gap "));
        assert_eq!(node.resume(&after.to_string()), [""; 0]);
    }
    // Nor is the loss forgotten by one that begins now.
    let late = Node::new(&server, "p");
    assert!(late.resume(&before.to_string())[0].starts_with("gap "));
}

/// Emptied, and written to before anyone looks.
#[test]
fn a_redis_emptied_and_written_again_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    let before = nodes[0].log().tail();
    // In one step with the next event, so that nobody sees it empty.
    server.ask(
        "EVAL redis.call('FLUSHALL');redis.call('XADD','{p}:log','*','topic','t','data','2') 0",
    );
    for node in &mut nodes {
        node.hear_of_a_gap();
        assert!(node.resume(&before.to_string())[0].starts_with("gap "));
    }
}

/// Emptied and written to in the millisecond of the last event: its position is given out again.
#[test]
fn a_position_that_is_given_out_again_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    let tail = nodes[0].log().tail();
    let again = format!(
        "redis.call('XADD','{{p}}:log','{}','topic','t','data','2')",
        &tail.to_string()[1..]
    );
    server.ask(&format!("EVAL redis.call('FLUSHALL');{again} 0"));
    for node in &mut nodes {
        node.hear_of_a_gap();
    }
    assert!(nodes[0].say("3") > tail);
    for node in &mut nodes {
        node.hear("3", |heard| heard.last().is_some_and(|it| it == "3"));
    }
}

/// A replica took over that had not got the last event yet: the stream ends earlier.
#[test]
fn a_stream_that_went_back_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    let before = nodes[0].log().tail();
    server.ask("COPY {p}:log old");
    let lost = nodes[0].say("2");
    for node in &mut nodes {
        node.hear_exactly(&["0", "1", "2"]);
    }
    server.ask("RENAME old {p}:log");
    for node in &mut nodes {
        node.hear_of_a_gap();
        for id in [before, lost] {
            assert!(node.resume(&id.to_string())[0].starts_with("gap "), "{id}");
        }
    }
    assert!(nodes[0].say("3") > lost);
}

/// The stream went back, and was written to again before the hub that knows of the loss looked:
/// hubs that had not seen what is lost hear of it, too.
#[test]
fn a_stream_that_went_back_and_on_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    server.ask("COPY {p}:log old");
    nodes[0].say("2");
    let [knows, other] = &mut nodes;
    knows.hear_exactly(&["0", "1", "2"]);
    other.hear_exactly(&["0", "1", "2"]);
    other.link.stop();
    server.ask("XADD old * topic t data 3");
    server.ask("RENAME old {p}:log");
    knows.hear_of_a_gap();
    // Another hub, that has never heard of `2`.
    let late = Node::new(&server, "p");
    let three = late.log().tail().previous();
    assert!(late.resume(&three.to_string())[0].starts_with("gap "));
}

/// More events than are kept come in while a hub stands still.
#[test]
fn a_stream_that_was_trimmed_under_a_slow_hub_is_told() {
    let server = Server::start(&["--stream-node-max-entries", "1"]);
    let config = keeping(Retention {
        events: 5,
        ..Retention::default()
    });
    let [mut slow, fast] = [(); 2].map(|()| Node::keeping(&server, "p", config));
    fast.say("0");
    slow.hear_exactly(&["0"]);
    slow.link.stop();
    for number in 1..20 {
        fast.say(&number.to_string());
    }
    slow.link.follow();
    slow.hear_of_a_gap();
    slow.hear("19", |heard| heard.last().is_some_and(|it| it == "19"));
    let told = slow
        .heard
        .iter()
        .filter(|it| it.starts_with("gap "))
        .count();
    assert_eq!(told, 1, "{:?}", slow.heard);
    assert_eq!(slow.heard[2..], ["15", "16", "17", "18", "19"]);
}

/// An operator who takes out the newest entry takes it from those who have not read it.
#[test]
fn the_newest_entry_deleted_by_hand_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    talk(&mut nodes);
    let newest = nodes[0].log().tail();
    server.ask(&format!("XDEL {{p}}:log {}", &newest.to_string()[1..]));
    for node in &mut nodes {
        node.hear_of_a_gap();
    }
    assert!(nodes[0].say("2") > newest);
}

#[test]
fn nobody_is_told_of_a_gap_on_a_quiet_log() {
    let server = Server::shared();
    let mut nodes = ["x", "y"].map(|_| Node::new(server, "loss: quiet"));
    let begun = std::time::Instant::now();
    let mut said = 0;
    while begun.elapsed() < QUIET {
        for node in &mut nodes {
            node.listen();
            assert!(node.heard.iter().all(|it| !it.starts_with("gap ")));
        }
        if said == 0 {
            said = 1;
            nodes[0].say("0");
        }
        pause();
    }
    for node in &mut nodes {
        node.hear_exactly(&["0"]);
    }
}
