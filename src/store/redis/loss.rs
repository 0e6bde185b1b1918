//! What becomes of a hub whose last entry is no longer in the stream: the loss is told, never silent.

use std::sync::atomic::Ordering;

use redis::Value;

use super::connection::Connection;
use super::fault::{Fault, of_value};
use super::{Bounds, Redis, script, value};
use crate::event::EventId;
use crate::store::Log;

impl Redis {
    /// Goes on after a loss, and lets everyone know who follows the log.
    pub(super) async fn lose(
        &self,
        log: &Log,
        connection: &Connection,
        tail: EventId,
        bounds: Bounds,
    ) -> Result<(), Fault> {
        let floor = self.bounds().floor;
        if bounds.floor >= floor && bounds.first > tail {
            log::error!(
                "events after {tail} are lost: the stream now begins with {}, so it was trimmed \
                 before this hub had read it, or replaced",
                bounds.first
            );
            self.reset(log, bounds);
            return Ok(());
        }
        let Some(marker) = self.mark(connection, tail, floor).await? else {
            return Ok(());
        };
        log::error!(
            "Redis has lost {tail} and perhaps more: what it has of the log is older, or new; \
             whoever resumes from before {marker} is told of a gap"
        );
        let floor = bounds.floor.max(marker);
        self.reset(log, Bounds { floor, ..bounds });
        Ok(())
    }

    /// Forgets everything before these bounds; whoever has not read it is told of a gap.
    fn reset(&self, log: &Log, bounds: Bounds) {
        self.losses.fetch_add(1, Ordering::Relaxed);
        self.set_bounds(bounds);
        log.write_window().reset(bounds.kept_after());
        log.ring();
    }

    /// Has the stream say that what one has seen of it is gone; where it says so. `None` if it is
    /// there after all, with the floor that was known.
    pub(super) async fn mark(
        &self,
        connection: &Connection,
        seen: EventId,
        floor: EventId,
    ) -> Result<Option<EventId>, Fault> {
        let mut command = redis::cmd("EVAL");
        command.arg(script::MARK).arg(2);
        command.arg(&self.keys.log).arg(&self.keys.floor);
        command.arg(value::redis_id(seen));
        command.arg(value::redis_id(seen.next()));
        command.arg(value::redis_id(floor));
        match of_value(connection.ask(&command).await?)? {
            Value::Nil => Ok(None),
            marker => Ok(value::id(&marker)),
        }
    }
}
