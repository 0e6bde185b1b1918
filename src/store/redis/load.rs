//! The beginning: the newest events of the stream come into the window.

use std::sync::{Arc, RwLock};
use std::time::Duration;

use redis::Value;

use super::connection::{Connection, drive};
use super::entry::{self, Entry};
use super::fault::Fault;
use super::loss::Seen;
use super::{Bounds, Follower, Redis, RedisSettings, value};
use crate::clock::Clock;
use crate::event::{Event, EventId};
use crate::store::ages::{Ages, Moment};
use crate::store::window::Window;
use crate::store::{Backend, Inner, Log, LogConfig, Retention, StorageFault};

/// Entries that are asked for at once.
const PAGE_ENTRIES: usize = 256;

/// How long a Redis that cannot be reached is tried again at the start.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// The pause between two such attempts.
const START_PAUSE: Duration = Duration::from_millis(200);

impl Log {
    /// A log in a Redis or Valkey stream, and the follower that must run for it to work.
    ///
    /// Every hub with the same settings has the same log. Reads the newest events into memory first;
    /// a Redis that cannot be reached is tried again for ten seconds. Redis forgets the oldest
    /// events, of whatever topic: [`Retention::topic_events`] is ignored.
    ///
    /// ```no_run
    /// use ssehub::store::RedisSettings;
    /// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let redis = RedisSettings::parse("redis://localhost")?;
    /// let (log, follower) = Log::redis(redis, LogConfig::default(), Clock::system()).await?;
    /// let (hub, pump) = Hub::new(log, HubConfig::default());
    /// futures_lite::future::zip(pump.run(), follower.run()).await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn redis(
        settings: RedisSettings,
        config: LogConfig,
        clock: Clock,
    ) -> Result<(Log, Follower), StorageFault> {
        let config = config.within_limits();
        let window = Retention {
            events: config.window.events.min(config.retention.events),
            bytes: config.window.bytes.min(config.retention.bytes),
            age: config.window.age.min(config.retention.age),
            topic_events: None,
        };
        let redis = Redis::new(settings, config.retention);
        let window = redis.begin(&clock, window).await?;
        let log = Log(Arc::new(Inner {
            window: RwLock::new(window),
            clock,
            appended: event_listener::Event::new(),
            flow: crate::store::flow::Flow::default(),
            deduplicate: config.deduplicate,
            backend: Backend::Redis(Box::new(redis)),
        }));
        Ok((log.clone(), Follower::new(log)))
    }
}

impl Redis {
    /// Connects, for some time, and reads the newest events.
    async fn begin(&self, clock: &Clock, retention: Retention) -> Result<Window, StorageFault> {
        let begun = clock.now();
        loop {
            let fault = match self.try_to_begin(clock, retention).await {
                Ok(window) => return Ok(window),
                Err(fault) => fault,
            };
            if !fault.is_passing() || clock.now() - begun >= START_PATIENCE {
                return Err(fault.told());
            }
            log::warn!("the log cannot begin yet: {fault}");
            clock.sleep(START_PAUSE).await;
        }
    }

    async fn try_to_begin(&self, clock: &Clock, retention: Retention) -> Result<Window, Fault> {
        let (connection, driver) = Connection::open(&self.settings, clock).await?;
        drive(driver, self.load(&connection, clock, retention)).await
    }

    async fn load(
        &self,
        connection: &Connection,
        clock: &Clock,
        retention: Retention,
    ) -> Result<Window, Fault> {
        let (bounds, tail) = loop {
            match self.look(connection).await? {
                (bounds, Some(tail)) if tail >= bounds.newest_loss => break (bounds, tail),
                // The stream is older than what has been said of it, or not there: it begins with an entry by
                // which it is known.
                (bounds, _) => {
                    let seen = Seen {
                        tail: bounds.newest_loss,
                        newest_loss: bounds.newest_loss,
                        is_changed: false,
                        lost_after: vec![EventId::ZERO],
                    };
                    _ = self.mark(connection, seen).await?;
                }
            }
        };
        *self.bounds() = bounds;
        log::info!(
            "the log is the stream {} in Redis at {}, up to {tail}",
            self.keys.log,
            self.settings.place
        );
        let ages = Ages::new(Moment::of(clock), tail, self.retention.age);
        let ages = ages.opened_by(redis_ms(connection).await?);
        let outdated = ages.outdated(clock.now(), retention.age);
        let mut recent = Recent::down_from(tail);
        while recent.has_room(&retention) && recent.after > outdated {
            let page = self.page_before(connection, recent.after.next()).await?;
            if !recent.take(page, bounds.kept_after, retention.bytes) {
                break;
            }
        }
        let mut window = Window::new(recent.after, recent.after, retention, ages);
        window.note_end(self.newest_end(connection).await?);
        let losses = self.losses(connection).await?;
        let losses = losses.iter().filter(|loss| loss.at <= tail);
        losses.for_each(|loss| window.lose(*loss));
        for event in recent.events.into_iter().rev() {
            window.push(event);
        }
        window.advance(tail);
        window.trim(Moment::of(clock), EventId::MAX);
        Ok(window)
    }

    /// Where the log begins and ends; it has no end if there is no stream.
    async fn look(&self, connection: &Connection) -> Result<(Bounds, Option<EventId>), Fault> {
        let mut pipeline = redis::pipe();
        self.ask_bounds(&mut pipeline);
        let newest = pipeline.cmd("XREVRANGE").arg(&self.keys.log);
        newest.arg("+").arg("-").arg("COUNT").arg(1);
        let mut replies = connection
            .ask_all(&pipeline, Duration::ZERO)
            .await?
            .into_iter();
        let bounds = read_bounds(&mut replies)?;
        let newest = super::fault::of_value(replies.next().unwrap_or(Value::Nil))?;
        Ok((bounds, value::first_id(newest)))
    }

    /// Asks where the log begins, with two commands.
    pub(super) fn ask_bounds(&self, pipeline: &mut redis::Pipeline) {
        let first = pipeline.cmd("XRANGE").arg(&self.keys.log);
        first.arg("-").arg("+").arg("COUNT").arg(1);
        // Of the two elements that the newest loss has, the first.
        pipeline.cmd("LINDEX").arg(&self.keys.losses).arg(-2);
    }

    async fn page_before(&self, connection: &Connection, before: EventId) -> Result<Value, Fault> {
        let mut command = redis::cmd("XREVRANGE");
        command.arg(&self.keys.log);
        command
            .arg(format!("({}", value::redis_id(before)))
            .arg("-");
        connection.ask(command.arg("COUNT").arg(PAGE_ENTRIES)).await
    }

    /// The newest end of a topic, or a little later.
    async fn newest_end(&self, connection: &Connection) -> Result<EventId, Fault> {
        let mut command = redis::cmd("ZREVRANGE");
        command.arg(&self.keys.ends).arg(0).arg(0).arg("WITHSCORES");
        let ends = value::list(connection.ask(&command).await?);
        let newest = ends.into_iter().nth(1).and_then(value::text);
        let ms = newest.and_then(|score| score.parse::<f64>().ok());
        Ok(ms.map_or(EventId::ZERO, |ms| EventId {
            ms: ms as u64,
            seq: u64::MAX,
        }))
    }
}

/// What the clock of Redis shows, which gives positions.
async fn redis_ms(connection: &Connection) -> Result<u64, Fault> {
    let time = value::list(connection.ask(&redis::cmd("TIME")).await?);
    let mut parts = time.into_iter().filter_map(value::text);
    let mut next = || parts.next()?.parse::<u64>().ok();
    let time = next().zip(next());
    Ok(time.map_or(0, |(s, us)| {
        s.saturating_mul(1_000).saturating_add(us / 1_000)
    }))
}

/// Takes what [`Redis::ask_bounds`] has asked for from the replies.
pub(super) fn read_bounds(replies: &mut impl Iterator<Item = Value>) -> Result<Bounds, Fault> {
    let mut next = || super::fault::of_value(replies.next().unwrap_or(Value::Nil));
    let first = entry::read_all(next()?, usize::MAX).into_iter().next();
    let (first, kept_after) = match first {
        Some((first, Entry::Lost(_))) => (first, first),
        Some((first, _)) => (first, first.previous()),
        None => (EventId::ZERO, EventId::ZERO),
    };
    let newest_loss = value::id(&next()?);
    Ok(Bounds {
        first,
        kept_after,
        newest_loss: newest_loss.unwrap_or_default(),
    })
}

/// The newest events, the newest of them first.
struct Recent {
    events: Vec<Arc<Event>>,
    bytes: usize,
    /// All events after this position are here.
    after: EventId,
}

impl Recent {
    fn down_from(tail: EventId) -> Recent {
        Recent {
            events: Vec::new(),
            bytes: 0,
            after: tail,
        }
    }

    fn has_room(&self, retention: &Retention) -> bool {
        self.events.len() < retention.events && self.bytes < retention.bytes
    }

    /// Takes a page of older entries; `false` says that there are no more.
    fn take(&mut self, page: Value, kept_after: EventId, most_bytes: usize) -> bool {
        let entries = entry::read_all(page, most_bytes);
        let mut is_last = entries.len() < PAGE_ENTRIES;
        for (id, entry) in entries {
            if id <= kept_after {
                is_last = true;
                break;
            }
            self.after = id.previous();
            if let Entry::Event(event) = entry {
                self.bytes += event.bytes();
                self.events.push(event);
            }
        }
        if is_last {
            self.after = kept_after;
        }
        !is_last
    }
}
