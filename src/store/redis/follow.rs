//! Following: one reader for each hub brings what all hubs publish into the window.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_lite::FutureExt as _;
use redis::{Pipeline, Value};

use super::connection::{Connection, drive};
use super::entry::{self, Entry};
use super::fault::{Fault, of_value};
use super::health::Role;
use super::load::read_bounds;
use super::pace::Pace;
use super::{Redis, value};
use crate::event::EventId;
use crate::store::Log;
use crate::store::ages::Moment;
use crate::store::losses::Loss;

/// What the entries of one read should take of memory, in bytes.
const BATCH_BYTES: usize = 4 << 20;

/// How long one read waits for the next entry.
const READ_WAIT: Duration = Duration::from_secs(2);

/// How long a pump is waited for before publishers are answered whose events wait for it, too.
const ANSWER_PAUSE: Duration = Duration::from_secs(1);

impl Redis {
    /// Reads what comes, for as long as the log is of use.
    pub(super) async fn follow(&self, log: &Log) {
        let mut attempts = self.attempts(Role::Follow);
        loop {
            let (connection, driver) = self.connect(log, &mut attempts).await;
            let fault = drive(driver, self.following(log, &connection)).await;
            self.broke(log, &mut attempts, &fault);
            self.inbox.answer_all();
        }
    }

    async fn following(&self, log: &Log, connection: &Connection) -> Fault {
        let mut pace = Pace::new(BATCH_BYTES);
        loop {
            self.wait_for_pumps(log).await;
            match self.read_on(log, connection, &mut pace).await {
                Ok(()) => self.health.recover(Role::Follow),
                Err(fault) => return fault,
            }
        }
    }

    /// Waits until the pumps are near. Other hubs publish whether they are or not, and what this hub takes in
    /// is not to go before it has been offered.
    async fn wait_for_pumps(&self, log: &Log) {
        let near = async {
            log.readers_near().await;
            true
        };
        let mut near = pin!(near);
        loop {
            let pause = async {
                log.clock().sleep(ANSWER_PAUSE).await;
                false
            };
            if near.as_mut().or(pause).await {
                return;
            }
            self.inbox.answer_returned(log);
        }
    }

    /// Reads the next entries. The last one that was read must still be there and say the same, or the stream
    /// begin right behind it: that proves that nothing is missing between it and them.
    async fn read_on(
        &self,
        log: &Log,
        connection: &Connection,
        pace: &mut Pace,
    ) -> Result<(), Fault> {
        let tail = log.tail();
        let mut pipeline = Pipeline::with_capacity(4);
        let read = pipeline.cmd("XREAD").arg("COUNT").arg(pace.entries());
        read.arg("BLOCK").arg(READ_WAIT.as_millis() as u64);
        let tail_id = value::redis_id(tail);
        read.arg("STREAMS").arg(&self.keys.log).arg(&tail_id);
        let last = pipeline.cmd("XRANGE").arg(&self.keys.log);
        last.arg(&tail_id).arg(&tail_id).arg("COUNT").arg(1);
        self.ask_bounds(&mut pipeline);

        let mut replies = connection.ask_all(&pipeline, READ_WAIT).await?.into_iter();
        let mut next = || of_value(replies.next().unwrap_or(Value::Nil));
        let (news, last) = (next()?, next()?);
        let bounds = read_bounds(&mut replies)?;
        let is_there = {
            let window = log.read_window();
            entry::is_there(last, tail, window.get(tail).map(|event| &**event))
        };
        let is_proven = is_there || bounds.first == tail.next();
        // A stream that was emptied may say the same again, even in the same millisecond.
        if !is_proven || bounds.newest_loss < self.bounds().newest_loss {
            return self.lose(log, connection, bounds).await;
        }
        self.set_bounds(bounds);
        let most_bytes = log.read_window().retention().bytes;
        let entries = value::only_stream(news).map(|entries| entry::read_all(entries, most_bytes));
        if let Some(entries) = entries {
            pace.note(&entries);
            self.show_in_parts(log, entries).await;
        }
        Ok(())
    }

    /// Shows entries part by part, so that a pump has the time to offer what may be larger than was expected.
    async fn show_in_parts(&self, log: &Log, entries: Vec<(EventId, Entry)>) {
        let (mut part, mut bytes) = (Vec::new(), 0);
        for (id, entry) in entries {
            bytes += entry.bytes();
            part.push((id, entry));
            if bytes >= BATCH_BYTES {
                self.show(log, std::mem::take(&mut part));
                self.wait_for_pumps(log).await;
                bytes = 0;
            }
        }
        if !part.is_empty() {
            self.show(log, part);
        }
    }

    /// Takes entries into the window, for everyone to see.
    fn show(&self, log: &Log, entries: Vec<(EventId, Entry)>) {
        let mut window = log.write_window();
        let (mut foreign, mut lost) = (Vec::new(), None);
        for (id, entry) in entries {
            match entry {
                Entry::Event(event) => window.push(event),
                Entry::Lost(after) => {
                    let loss = Loss { after, at: id };
                    lost = Some(loss);
                    window.advance(id);
                    window.lose(loss);
                }
                Entry::Foreign(reason) => {
                    foreign.push((id, reason));
                    window.advance(id);
                }
            }
        }
        log.trim_window(&mut window, Moment::of(log.clock()));
        drop(window);
        if let Some(Loss { after, at }) = lost {
            self.losses.fetch_add(1, Ordering::Relaxed);
            log::error!("another hub has found that events between {after} and {at} are lost");
        }
        log.ring();
        self.inbox.answer_returned(log);
        for (id, reason) in foreign {
            self.skip(id, reason);
        }
    }
}
