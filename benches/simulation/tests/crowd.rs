//! What simulated subscribers receive, and what they notice.

use std::sync::Arc;
use std::time::Duration;

use simulation::caller;
use simulation::crowd::{Checks, Crowd, Findings};
use simulation::stage::{Stage, topic_number};
use simulation::text;

/// Subscribers of each test, and the topics that they are spread over.
const SIZE: u32 = 30;
const TOPICS: u32 = 3;

fn seated() -> (Stage, Arc<Crowd>) {
    let stage = Stage::new(Duration::ZERO).unwrap();
    let crowd = Crowd::new(SIZE, TOPICS, Checks::Order);
    stage.seat(&crowd, 1);
    stage.tick();
    (stage, crowd)
}

fn say(stage: &Stage, sequence: u32) {
    for number in 0..TOPICS {
        let topic = topic_number(number).unwrap();
        stage.publish(&topic, text::of(sequence)).unwrap();
    }
}

fn part(stage: &Stage, crowd: &Crowd) -> Findings {
    crowd.hang_up();
    stage.settle();
    stage.tick();
    assert_eq!(stage.subscribers(), 0);
    crowd.findings()
}

/// All have left, and there is nothing else to say.
const WELL: Findings = Findings {
    lost: 0,
    twice: 0,
    incomplete: 0,
    left: SIZE as u64,
};

#[test]
fn everyone_gets_every_event_of_its_topic_once() {
    let (stage, crowd) = seated();
    for _ in 0..5 {
        say(&stage, crowd.next_event());
        stage.settle();
    }
    assert_eq!(part(&stage, &crowd), WELL);
}

#[test]
fn a_batch_is_taken_frame_by_frame() {
    let (stage, crowd) = seated();
    (0..100).for_each(|_| say(&stage, crowd.next_event()));
    stage.settle();
    assert_eq!(part(&stage, &crowd), WELL);
}

#[test]
fn a_stream_without_room_gets_everything_later() {
    let (stage, crowd) = seated();
    crowd.set_room(1_000);
    for _ in 0..200 {
        say(&stage, crowd.next_event());
        stage.settle();
    }
    let held = crowd.bytes();
    assert!(held < u64::from(SIZE) * 1_500);
    crowd.set_room(u32::MAX);
    stage.settle();
    assert!(crowd.bytes() > held * 10);
    assert_eq!(part(&stage, &crowd), WELL);
}

#[test]
fn what_is_lost_is_noticed() {
    let (stage, crowd) = seated();
    let skipped = crowd.next_event();
    say(&stage, crowd.next_event());
    stage.settle();
    let lost = u64::from(SIZE * (skipped + 1));
    assert_eq!(part(&stage, &crowd), Findings { lost, ..WELL });
}

#[test]
fn what_comes_twice_is_noticed() {
    let (stage, crowd) = seated();
    let sequence = crowd.next_event();
    say(&stage, sequence);
    say(&stage, sequence);
    stage.settle();
    let twice = SIZE.into();
    assert_eq!(part(&stage, &crowd), Findings { twice, ..WELL });
}

#[test]
fn what_is_missing_at_the_end_is_noticed() {
    let (stage, crowd) = seated();
    crowd.next_event();
    let incomplete = SIZE.into();
    assert_eq!(part(&stage, &crowd), Findings { incomplete, ..WELL });
}

#[test]
fn a_call_is_answered() {
    let stage = Stage::new(Duration::ZERO).unwrap();
    let (caller, called) = caller::connection();
    stage.serve(called);
    caller.send(b"GET /healthz HTTP/1.1\r\nHost: simulation\r\n\r\n");
    assert!(!caller.is_ok());
    stage.settle();
    assert!(caller.is_ok());
    caller.send(b"GET /nowhere HTTP/1.1\r\nHost: simulation\r\n\r\n");
    stage.settle();
    assert!(!caller.is_ok());
}
