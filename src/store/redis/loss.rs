//! What becomes of a hub whose last entry is no longer in the stream: the loss is told, never silent.
//!
//! A loss is an entry of the stream, so that every hub tells it in the same place, and a list beside the stream,
//! for hubs that begin later. Whatever else the stream has stays readable, before the loss and behind it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use redis::Value;

use super::connection::Connection;
use super::fault::{Fault, of_value};
use super::{Bounds, Redis, entry, script, value};
use crate::event::{Event, EventId};
use crate::store::Log;
use crate::store::losses::{LOSSES, Loss, Losses};

/// What a hub has seen of a stream that seems to have lost some of it.
pub(super) struct Seen {
    /// The last position.
    pub(super) tail: EventId,
    /// Where the newest loss stood.
    pub(super) newest_loss: EventId,
    /// Something else stands at the last position now.
    pub(super) is_changed: bool,
    /// For each loss, the position after which something is missing.
    pub(super) lost_after: Vec<EventId>,
}

impl Redis {
    /// Goes on after a loss, and lets everyone know who follows the log.
    pub(super) async fn lose(
        &self,
        log: &Log,
        connection: &Connection,
        bounds: Bounds,
    ) -> Result<(), Fault> {
        let (tail, newest_loss) = (log.tail(), self.bounds().newest_loss);
        if bounds.newest_loss >= newest_loss && bounds.first > tail {
            log::error!(
                "events after {tail} are lost: the stream now begins with {}, so it was trimmed \
                 before this hub had read it, or replaced",
                bounds.first
            );
            self.go_on(log, bounds, bounds.kept_after, &Losses::default());
            return Ok(());
        }
        let seen = self.compare(log, connection, bounds).await?;
        let losses = self.mark(connection, seen).await?.unwrap_or_default();
        let Some(Loss { after, at }) = losses.iter().last().copied() else {
            return Ok(());
        };
        log::error!(
            "Redis has lost {tail} and perhaps more: what it has of the log is older, or new; \
             whoever resumes from before {at} is told that some behind {after} are missing"
        );
        let begin = match bounds.first {
            EventId::ZERO => Bounds {
                first: at,
                kept_after: at,
                ..bounds
            },
            _ => bounds,
        };
        let bounds = Bounds {
            newest_loss: at,
            ..begin
        };
        self.go_on(log, bounds, at, &losses);
        Ok(())
    }

    /// Goes on behind a position. What stands before is read from the stream again, if it is there.
    fn go_on(&self, log: &Log, bounds: Bounds, at: EventId, losses: &Losses) {
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.set_bounds(bounds);
        let mut window = log.write_window();
        window.reset(at);
        losses.iter().for_each(|loss| window.lose(*loss));
        drop(window);
        log.ring();
    }

    /// What this hub has seen, beside what the stream has now: something is missing where losses began that are
    /// not told any more, and where the one begins that is found now.
    async fn compare(
        &self,
        log: &Log,
        connection: &Connection,
        bounds: Bounds,
    ) -> Result<Seen, Fault> {
        let (known, tail, losses) = {
            let window = log.read_window();
            let known: Vec<_> = window.events().cloned().collect();
            (known, window.tail(), window.losses().clone())
        };
        let at_tail = self.entries_at(connection, tail).await?;
        let newest = known.last().filter(|newest| newest.id() == tail);
        let is_changed = value::first_id(at_tail.clone()).is_some()
            && !entry::is_there(at_tail, tail, newest.map(|event| &**event));
        let mut seen = Seen {
            tail,
            newest_loss: self.bounds().newest_loss,
            is_changed,
            lost_after: Vec::new(),
        };
        // If nothing is left, whoever reads on is told so before.
        if bounds.first > tail || bounds.first == EventId::ZERO {
            seen.lost_after.push(tail);
            return Ok(seen);
        }
        let kept = self.newest_kept(connection, &known, tail).await?;
        // A marker may be lost itself, behind events that are not.
        let told = self.losses(connection).await?.newest();
        let untold = losses.iter().filter(|loss| loss.at > told);
        let untold = untold.map(|loss| loss.after).filter(|after| *after < kept);
        seen.lost_after.extend(untold);
        seen.lost_after.push(kept);
        Ok(seen)
    }

    /// The newest of these events that the stream still has, found by halving; or what it has before all of
    /// them.
    async fn newest_kept(
        &self,
        connection: &Connection,
        known: &[Arc<Event>],
        tail: EventId,
    ) -> Result<EventId, Fault> {
        let (mut kept, mut lost) = (0, known.len());
        while kept < lost {
            let middle = (kept + lost) / 2;
            let event = &known[middle];
            let found = self.entries_at(connection, event.id()).await?;
            match entry::is_there(found, event.id(), Some(event)) {
                true => kept = middle + 1,
                false => lost = middle,
            }
        }
        if let Some(newest) = known[..kept].last() {
            return Ok(newest.id());
        }
        let before = known.first().map_or(tail, |oldest| oldest.id());
        let mut older = redis::cmd("XREVRANGE");
        older.arg(&self.keys.log);
        older.arg(format!("({}", value::redis_id(before))).arg("-");
        let older = connection.ask(older.arg("COUNT").arg(1)).await?;
        Ok(value::first_id(older).unwrap_or_default())
    }

    /// What the stream has at a position.
    async fn entries_at(&self, connection: &Connection, id: EventId) -> Result<Value, Fault> {
        let id = value::redis_id(id);
        let mut range = redis::cmd("XRANGE");
        range.arg(&self.keys.log).arg(&id).arg(&id);
        connection.ask(&range).await
    }

    /// Has the stream say that what one has seen of it is gone, or that it begins: the losses that it tells of
    /// then. `None` if all is there after all.
    pub(super) async fn mark(
        &self,
        connection: &Connection,
        seen: Seen,
    ) -> Result<Option<Losses>, Fault> {
        let mut command = redis::cmd("EVAL");
        command.arg(script::MARK).arg(2);
        command.arg(&self.keys.log).arg(&self.keys.losses);
        command.arg(value::redis_id(seen.tail));
        command.arg(value::redis_id(seen.tail.next()));
        command.arg(value::redis_id(seen.newest_loss));
        command.arg(u8::from(seen.is_changed));
        command.arg(LOSSES);
        for after in seen.lost_after {
            command.arg(value::redis_id(after));
        }
        match of_value(connection.ask(&command).await?)? {
            Value::Nil => Ok(None),
            losses => Ok(Some(read_losses(losses))),
        }
    }

    /// The losses that the stream tells of.
    pub(super) async fn losses(&self, connection: &Connection) -> Result<Losses, Fault> {
        let mut command = redis::cmd("LRANGE");
        command.arg(&self.keys.losses).arg(0).arg(-1);
        Ok(read_losses(connection.ask(&command).await?))
    }
}

/// Losses as the list beside the stream has them.
fn read_losses(list: Value) -> Losses {
    let ids: Vec<_> = value::list(list).iter().filter_map(value::id).collect();
    let mut losses = Losses::default();
    for loss in ids.chunks_exact(2) {
        let (at, after) = (loss[0], loss[1]);
        losses.push(Loss { after, at });
    }
    losses
}
