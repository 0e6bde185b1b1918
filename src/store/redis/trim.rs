//! Retention: what exceeds it goes, now and then.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::connection::Connection;
use super::fault::Fault;
use super::{Redis, script, value};
use crate::store::{Log, Size};

impl Redis {
    /// Most events that the stream may have, so many more aside as Redis keeps in one block.
    pub(super) fn most_events(&self) -> u64 {
        self.most_events.load(Ordering::Relaxed)
    }

    /// Drops what has grown too old or too large. Every hub does that, and it does no harm.
    pub(super) async fn trim(&self, log: &Log, connection: &Connection) -> Result<(), Fault> {
        let retention = &self.retention;
        let oldest = log.outdated(retention.age).next();
        let mut command = redis::cmd("EVAL");
        command.arg(script::TRIM).arg(4);
        command.arg(&self.keys.log).arg(&self.keys.ends);
        command.arg(&self.keys.ids).arg(&self.keys.older_ids);
        command.arg(retention.events).arg(retention.bytes);
        command.arg(value::redis_id(oldest));
        let told = value::list(connection.ask(&command).await?);
        let mut told = told.iter().map(|number| value::number(number).unwrap_or(0));
        let (Some(fits), Some(events), Some(bytes)) = (told.next(), told.next(), told.next())
        else {
            return Ok(());
        };
        self.most_events.store(fits, Ordering::Relaxed);
        *self.size.lock().unwrap_or_else(PoisonError::into_inner) = Size { events, bytes };
        Ok(())
    }
}
