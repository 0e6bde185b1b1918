//! The work of each scenario: one stretch is counted, and nothing before or after it.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use ssehub::Topic;

use crate::caller;
use crate::crowd::{Checks, Crowd};
use crate::heap::Heap;
use crate::stage::{Stage, frame_bytes, topic_number};
use crate::text;

/// Subscribers of the scenarios that count instructions.
pub const CROWD: u32 = 1_000;
/// Events that are brought to them at once: as many as go into one write.
pub const BATCH: u32 = 64;

/// The stretch that callgrind counts: it looks for this name.
#[inline(never)]
pub fn counted_stretch(work: &mut dyn FnMut()) {
    work();
    // Keeps the call above from becoming a jump, which would end the stretch before it began.
    black_box(());
}

fn count(mut work: impl FnMut() -> Result<(), String>) -> Result<Heap, String> {
    let before = Heap::now();
    let mut outcome = Ok(());
    counted_stretch(&mut || outcome = work());
    let counted = Heap::now() - before;
    outcome.map(|()| counted)
}

fn stage() -> Result<Stage, String> {
    Stage::new(Duration::ZERO)
}

fn seated(stage: &Stage, size: u32) -> Arc<Crowd> {
    let crowd = Crowd::new(size, 1, Checks::Bytes);
    stage.seat(&crowd, 1);
    stage.tick();
    crowd
}

/// Publishes events and brings them to everyone, so many at once.
pub fn deliver(deliveries: u64, at_once: u32) -> Result<Heap, String> {
    let (stage, topic) = (stage()?, topic_number(0)?);
    let crowd = seated(&stage, CROWD);
    say(&stage, &topic, text::of(0))?;
    let events = deliveries as u32 / CROWD;
    let mut texts: Vec<_> = (0..events).map(text::of).collect();
    let mut ids = Vec::with_capacity(texts.len());
    let before = crowd.bytes();
    let counted = count(|| {
        for (text, number) in texts.drain(..).zip(1..) {
            ids.push(stage.publish(&topic, text)?);
            if number % at_once == 0 {
                stage.settle();
            }
        }
        Ok(())
    })?;
    let each = ids.iter().map(|id| frame_bytes(*id, &topic, text::of(0)));
    let wanted = each.sum::<u64>() * u64::from(CROWD);
    match crowd.bytes() - before {
        got if got == wanted => Ok(counted),
        got => Err(format!("{got} bytes came of {wanted}")),
    }
}

fn say(stage: &Stage, topic: &Topic, text: String) -> Result<(), String> {
    stage.publish(topic, text)?;
    stage.settle();
    Ok(())
}

pub fn publish(requests: u64) -> Result<Heap, String> {
    let stage = stage()?;
    let body = format!(r#"{{"message":"{}","user":"ann"}}"#, text::of(0));
    let request = format!(
        "POST /sse/message HTTP/1.1\r\nHost: simulation\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (caller, called) = caller::connection();
    stage.serve(called);
    let ask = || {
        caller.send(request.as_bytes());
        stage.settle();
        match caller.is_ok() {
            true => Ok(()),
            false => Err("a message was not accepted".to_owned()),
        }
    };
    ask()?;
    count(|| (0..requests).try_for_each(|_| ask()))
}

pub fn connect(size: u64) -> Result<Heap, String> {
    let stage = stage()?;
    // One comes and goes first, so that what is made once has been made.
    hang_up(&stage, &seated(&stage, 1));
    let crowd = Crowd::new(size as u32, 1, Checks::Bytes);
    let counted = count(|| {
        stage.seat(&crowd, 1);
        stage.tick();
        Ok(())
    })?;
    match stage.subscribers() as u64 {
        here if here == size => Ok(counted),
        here => Err(format!("{here} are connected of {size}")),
    }
}

pub fn leave(size: u64) -> Result<Heap, String> {
    let stage = stage()?;
    let crowd = seated(&stage, size as u32);
    let counted = count(|| {
        hang_up(&stage, &crowd);
        Ok(())
    })?;
    match stage.subscribers() {
        0 if crowd.findings().left == size => Ok(counted),
        here => Err(format!("{here} have stayed")),
    }
}

fn hang_up(stage: &Stage, crowd: &Crowd) {
    crowd.hang_up();
    stage.settle();
    stage.tick();
}
