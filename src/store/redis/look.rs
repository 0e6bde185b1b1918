//! Looking around: what other hubs show, read once and then followed.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redis::{Pipeline, Value};

use super::board::Neighbours;
use super::connection::{Connection, drive};
use super::fault::{Fault, of_value};
use super::health::Role;
use super::{Redis, notice, value};
use crate::board::{ENTRIES, HUBS};
use crate::event::EventId;
use crate::store::Log;

/// Entries of the stream that are read at once.
const BATCH_ENTRIES: usize = 64;

/// How long one read waits for the next entry.
const READ_WAIT: Duration = Duration::from_secs(1);

/// What of a hub is read at once, about, in entries.
const PAGE_ENTRIES: usize = 500;

/// What is known of the others, and how well.
#[derive(Debug, Default)]
struct Sight {
    /// Everything up to here has been read; with nothing, the others are to be read from the start.
    last: Option<EventId>,
    /// Hubs that Redis does not know, as after it has lost its memory, and until when they are given the
    /// time to come back; on the log's clock.
    doubtful: HashMap<String, Duration>,
}

impl Redis {
    /// Takes note of what others show, for as long as the log is of use.
    pub(super) async fn look_around(&self, log: &Log) {
        let mut attempts = self.attempts(Role::Look);
        let mut sight = Sight::default();
        loop {
            let (connection, driver) = self.connect(log, &mut attempts).await;
            let looking = async {
                loop {
                    if let Err(fault) = self.look_on(log, &connection, &mut sight).await {
                        return fault;
                    }
                    self.health.recover(Role::Look);
                }
            };
            let fault = drive(driver, looking).await;
            self.broke(log, &mut attempts, &fault);
        }
    }

    /// Reads the next entries. The last one must still be there, or something may be missing behind it.
    async fn look_on(
        &self,
        log: &Log,
        connection: &Connection,
        sight: &mut Sight,
    ) -> Result<(), Fault> {
        let last = match sight.last {
            Some(last) => last,
            None => self.look_anew(log, connection, sight).await?,
        };
        sight.last = Some(last);
        let mut pipeline = Pipeline::with_capacity(2);
        let read = pipeline.cmd("XREAD").arg("COUNT").arg(BATCH_ENTRIES);
        read.arg("BLOCK").arg(READ_WAIT.as_millis() as u64);
        let last_id = value::redis_id(last);
        read.arg("STREAMS").arg(&self.keys.board).arg(&last_id);
        let seen = pipeline.cmd("XRANGE").arg(&self.keys.board);
        seen.arg(&last_id).arg(&last_id).arg("COUNT").arg(1);
        let replies = connection.ask_all(&pipeline, READ_WAIT).await?;
        let mut replies = replies.into_iter();
        let mut next = || of_value(replies.next().unwrap_or(Value::Nil));
        let (news, seen) = (next()?, next()?);
        if value::first_id(seen).is_none() {
            sight.last = None;
            self.neighbours.is_known.store(false, Ordering::SeqCst);
            return Ok(());
        }
        for (id, notice) in value::only_stream(news).map_or(Vec::new(), notice::read_all) {
            self.take_note(connection, sight, notice).await?;
            sight.last = Some(id);
        }
        self.neighbours.give_up(sight, log.clock().now());
        Ok(())
    }

    async fn take_note(
        &self,
        connection: &Connection,
        sight: &mut Sight,
        notice: Option<notice::Notice>,
    ) -> Result<(), Fault> {
        let board = self.board();
        let Some(notice) = notice else {
            board.skip("an entry of the board is from no hub");
            return Ok(());
        };
        let hub = notice.hub.as_str();
        if hub == board.hub() {
            return Ok(());
        }
        for (key, value) in &notice.entries {
            board.hear(hub, key, value.as_deref());
        }
        if notice.is_whole {
            sight.doubtful.remove(hub);
            self.hear_all(connection, hub).await?;
        }
        if let Some(by) = &notice.buried_by {
            sight.doubtful.remove(hub);
            log::warn!("the hub {hub} has died or stopped: who was there has left");
            board.hear_gone(hub, by == board.hub());
        }
        Ok(())
    }

    /// Reads what all hubs show; from where on to follow them. What is told meanwhile is read twice, and in
    /// the end it is the same.
    async fn look_anew(
        &self,
        log: &Log,
        connection: &Connection,
        sight: &mut Sight,
    ) -> Result<EventId, Fault> {
        let board = self.board();
        let mut newest = redis::cmd("XREVRANGE");
        newest.arg(&self.keys.board).arg("+").arg("-");
        let newest = connection.ask(newest.arg("COUNT").arg(1)).await?;
        let mut hubs = redis::cmd("ZRANGE");
        hubs.arg(&self.keys.hubs).arg(0).arg(HUBS);
        let hubs = value::list(connection.ask(&hubs).await?);
        let hubs: Vec<_> = hubs.into_iter().filter_map(value::text).collect();
        for hub in hubs.iter().filter(|hub| *hub != board.hub()) {
            sight.doubtful.remove(hub);
            self.hear_all(connection, hub).await?;
        }
        let until = log.clock().now() + self.settings.lease;
        for hub in board.others() {
            if !hubs.contains(&hub) {
                sight.doubtful.entry(hub).or_insert(until);
            }
        }
        self.neighbours.is_known.store(true, Ordering::SeqCst);
        Ok(value::first_id(newest).unwrap_or_default())
    }

    /// Reads all that a hub shows. One that begins anew has not shown all yet, and is about to say so.
    async fn hear_all(&self, connection: &Connection, hub: &str) -> Result<(), Fault> {
        let mut entries = self.all_shown_by(connection, hub).await?;
        if entries.remove(notice::WHOLE).is_some() {
            self.board().hear_all(hub, &entries);
        }
        Ok(())
    }

    async fn all_shown_by(
        &self,
        connection: &Connection,
        hub: &str,
    ) -> Result<HashMap<String, String>, Fault> {
        let mut entries = HashMap::new();
        let mut cursor = "0".to_owned();
        while entries.len() < ENTRIES {
            let mut scan = redis::cmd("HSCAN");
            scan.arg(self.shown_by(hub)).arg(&cursor);
            let answer = connection.ask(scan.arg("COUNT").arg(PAGE_ENTRIES)).await?;
            let mut answer = value::list(answer).into_iter();
            cursor = answer.next().and_then(value::text).unwrap_or_default();
            let mut page = value::list(answer.next().unwrap_or(Value::Nil)).into_iter();
            while let (Some(key), Some(value)) = (page.next(), page.next()) {
                if let (Some(key), Some(value)) = (value::text(key), value::text(value)) {
                    entries.insert(key, value);
                }
            }
            if cursor == "0" || cursor.is_empty() {
                break;
            }
        }
        Ok(entries)
    }
}

impl Neighbours {
    /// Gives up hubs that have not come back in time.
    fn give_up(&self, sight: &mut Sight, now: Duration) {
        sight.doubtful.retain(|hub, until| {
            let is_over = *until <= now;
            if is_over {
                log::warn!("the hub {hub} is unknown to Redis: who was there has left");
                self.board.hear_gone(hub, false);
            }
            !is_over
        });
    }
}
