//! What Redis loses is told to whoever misses it, and to nobody else.

use std::time::Duration;

use futures_lite::future::block_on;
use redis::Value;
use ssehub::store::{Budget, Page, ReadError};
use ssehub::{EventId, LogConfig, Retention};

use super::super::{interest, keeping};
use super::nodes::{poll, talk};
use super::{Link, Node, Server, pause, wait_until};

/// What a log without appended files is lost with.
const FORGETFUL: &[&str] = &[];

/// Reads that a quiet log survives: several of them take longer than one waits for an event.
const QUIET: Duration = Duration::from_secs(5);

/// Losses that are told apart, and more of them.
const LOSSES: usize = 16;
const MANY: usize = 20;

/// More than these tests have said.
const A_PAGE: Budget = Budget {
    events: 100,
    bytes: 1 << 20,
};

fn nodes(server: &Server) -> [Node; 2] {
    [Node::new(server, "p"), Node::new(server, "p")]
}

/// What the log has after a position.
fn read(node: &Node, after: EventId) -> Result<Page, ReadError> {
    block_on(node.log().read(after, &interest(&["*"]), A_PAGE))
}

/// Where an event stands that says this.
fn position(node: &Node, data: &str) -> EventId {
    let page = read(node, node.log().kept_after()).unwrap();
    let event = page.events.iter().find(|event| event.data() == data);
    event.unwrap().id()
}

/// Both hubs have said this, and both have heard both.
fn both_speak(nodes: &mut [Node; 2]) {
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
    both_speak(&mut nodes);
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
    both_speak(&mut nodes);
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
    both_speak(&mut nodes);
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
    both_speak(&mut nodes);
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
    both_speak(&mut nodes);
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

/// One hub has heard `2`, which is lost then, and stands still; the other one has not, and has read on: where
/// `2` stood, and `3`, which comes behind it.
fn read_on(server: &Server, nodes: &mut [Node; 2]) -> (EventId, EventId) {
    both_speak(nodes);
    let [knows, other] = nodes;
    other.link.stop();
    server.ask("COPY {p}:log old");
    let two = knows.say("2");
    knows.hear_exactly(&["0", "1", "2"]);
    knows.link.stop();
    server.ask("XADD old * topic t data 3");
    server.ask("RENAME old {p}:log");
    other.link.follow();
    other.hear_exactly(&["0", "1", "3"]);
    (two, other.log().tail())
}

/// A hub that had not seen what is lost reads on, and learns of it when others have gone on, too: then it
/// tells from where on something is missing, and keeps what is there.
#[test]
fn a_loss_that_is_found_late_is_told_from_where_it_began() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    let (two, three) = read_on(&server, &mut nodes);
    let [knows, other] = &mut nodes;
    let [zero, one] = ["0", "1"].map(|data| position(other, data));
    knows.link.follow();
    let gap = format!("gap {one}");
    knows.hear("3", |heard| heard.last().is_some_and(|it| it == "3"));
    assert_eq!(knows.heard, ["0", "1", "2", &format!("{gap} {two}"), "3"]);
    let loss = knows.log().tail();
    other.hear_exactly(&["0", "1", "3", &format!("{gap} {loss}")]);
    let late = &Node::new(&server, "p");
    for node in [&*knows, &*other, late] {
        let resume = |id: EventId| node.resume(&id.to_string());
        assert_eq!(resume(zero), ["1", &gap, "3"]);
        assert_eq!(resume(one), [&gap, "3"]);
        assert_eq!(resume(two), [&gap, "3"]);
        assert_eq!(resume(three), [&gap[..]]);
        assert_eq!(resume(node.log().tail()), [""; 0]);
    }
}

/// However much is left, and however much is lost.
#[test]
fn a_loss_begins_right_behind_the_newest_that_is_left() {
    for left in [1, 2, 5, 8, 9] {
        let server = Server::start(FORGETFUL);
        let mut node = Node::new(&server, "p");
        let said: Vec<_> = (0..10)
            .map(|number: i32| node.say(&number.to_string()))
            .collect();
        let lost: Vec<_> = said[left..]
            .iter()
            .map(|id| id.to_string()[1..].to_owned())
            .collect();
        server.ask(&format!("XDEL {{p}}:log {}", lost.join(" ")));
        node.hear_of_a_gap();
        let mut expected: Vec<_> = (1..left).map(|number| number.to_string()).collect();
        expected.push(format!("gap {}", said[left - 1]));
        assert_eq!(node.resume(&said[0].to_string()), expected);
    }
}

/// What a loss is told by is lost itself, with events before it that others have read behind the first loss.
#[test]
fn a_loss_that_is_not_told_any_more_is_told_again() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    let (_, three) = read_on(&server, &mut nodes);
    let [knows, other] = &mut nodes;
    let one = position(other, "1");
    other.link.stop();
    // As it is before the first loss is told, and then that is.
    server.ask("COPY {p}:log older");
    server.ask("COPY {p}:losses told");
    knows.link.follow();
    knows.hear("3", |heard| heard.last().is_some_and(|it| it == "3"));
    let four = knows.say("4");
    knows.hear("4", |heard| heard.last().is_some_and(|it| it == "4"));
    server.ask(
        "EVAL redis.call('RENAME','older','{p}:log');redis.call('RENAME','told','{p}:losses') 0",
    );
    wait_until("a loss", || knows.log().mishaps().unwrap().losses > 1);
    other.link.follow();
    other.hear("two gaps", |heard| heard.len() >= 5);
    let gaps = [one, three].map(|after| format!("gap {after}"));
    for (gap, heard) in gaps.iter().zip(&other.heard[3..]) {
        assert!(heard.starts_with(&**gap), "{gap} {heard}");
    }
    assert_eq!(knows.resume(&one.to_string()), [&gaps[0], "3", &gaps[1]]);
    assert_eq!(knows.resume(&three.to_string()), gaps);
    assert_eq!(knows.resume(&four.to_string()), gaps);
    // One who polls is told of both at once, and comes further.
    let mut link = Link::to(&server, "p");
    let answer = poll(&mut talk(&mut link), three);
    let tail = knows.log().tail();
    let gap = format!(r#""gap":{{"after":"{one}","resumed":"{tail}"}}"#);
    let expected = format!(r#"{{"events":[],"last_event_id":"{tail}",{gap}}}"#);
    assert_eq!(answer, expected);
}

/// A replica took over whose clock is behind: the last position is given out again, and says something else.
#[test]
fn a_position_that_says_something_else_is_told() {
    let server = Server::start(FORGETFUL);
    let mut nodes = nodes(&server);
    both_speak(&mut nodes);
    let one = position(&nodes[0], "1");
    server.ask("COPY {p}:log old");
    let two = nodes[0].say("2");
    for node in &mut nodes {
        node.hear_exactly(&["0", "1", "2"]);
    }
    let again = &two.to_string()[1..];
    server.ask(&format!("XADD old {again} topic t data two"));
    server.ask("RENAME old {p}:log");
    for node in &mut nodes {
        node.hear_of_a_gap();
        assert_eq!(
            node.resume(&one.to_string()),
            [&format!("gap {one}"), "two"]
        );
    }
}

/// Behind its window, a hub reads from a Redis that has nothing any more, before it has noticed.
#[test]
fn an_emptied_redis_is_not_taken_for_a_quiet_one() {
    let server = Server::start(FORGETFUL);
    let mut config = LogConfig::default();
    config.window.events = 1;
    let mut node = Node::keeping(&server, "p", config);
    let zero = node.say("0");
    node.say("1");
    node.say("2");
    node.hear_exactly(&["0", "1", "2"]);
    assert_eq!(node.resume(&zero.to_string()), ["1", "2"]);
    server.ask("FLUSHALL");
    assert!(read(&node, zero).is_err());
    node.hear_of_a_gap();
    assert!(node.resume(&zero.to_string())[0].starts_with("gap "));
}

#[test]
fn of_many_losses_the_oldest_count_as_one() {
    let server = Server::start(FORGETFUL);
    let node = Node::new(&server, "p");
    let first = node.say("first");
    for _ in 0..MANY {
        let losses = node.log().mishaps().unwrap().losses;
        let newest = node.say("lost");
        server.ask(&format!("XDEL {{p}}:log {}", &newest.to_string()[1..]));
        wait_until("a loss", || node.log().mishaps().unwrap().losses > losses);
    }
    assert_eq!(server.ask("LLEN {p}:losses"), Value::Int(32));
    let late = Node::new(&server, "p");
    for node in [&node, &late] {
        // The first of those that count as one is where the log begins.
        let read = node.resume(&first.to_string());
        assert_eq!(read[0], format!("gap {}", node.log().kept_after()));
        assert_eq!(read.len(), LOSSES, "{read:?}");
    }
}

/// More events than are kept come in while a hub stands still.
#[test]
fn a_stream_that_was_trimmed_under_a_slow_hub_is_told() {
    let server = Server::start(&["--stream-node-max-entries", "1"]);
    let config = keeping(Retention::default().events(5));
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
    both_speak(&mut nodes);
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
