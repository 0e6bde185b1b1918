//! Publishing: all events that wait when a pipeline begins go into it together.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use event_listener::Event as Bell;
use futures_lite::FutureExt as _;
use redis::{Cmd, Pipeline, Value};

use super::connection::{Connection, drive};
use super::fault::{Fault, of_value};
use super::health::Role;
use super::run::{self, RUN_EVENTS};
use super::{Redis, entry, script, value};
use crate::event::Unplaced;
use crate::store::ticket::{self, Answer, Outcomes};
use crate::store::{AppendError, Log, StorageFault, Stored};
use crate::topic::Topic;

/// Events that may wait to be stored.
const WAITING_EVENTS: usize = 8_192;

/// Their size in memory, in bytes. As much again may be on its way into the log.
const WAITING_BYTES: usize = 32 << 20;

/// How long an event waits for Redis before its publisher is told to come back later.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(3);

/// How long a publisher whose event is stored waits until this hub has it back.
const RETURN_PATIENCE: Duration = Duration::from_secs(1);

/// How long Redis may wait for its replicas.
const REPLICA_PATIENCE: Duration = Duration::from_secs(1);

/// Events on their way to Redis.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    waiting: Mutex<Waiting>,
    knock: Bell,
    /// Stored, and not yet come back.
    stored: Mutex<VecDeque<Returning>>,
}

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<Letter>,
    bytes: usize,
    closed: bool,
}

#[derive(Debug)]
struct Letter {
    event: Unplaced,
    /// Is stored once only, however often it is sent.
    once: bool,
    /// Since when it waits, on the log's clock.
    since: Duration,
    answer: Answer,
}

#[derive(Debug)]
struct Returning {
    stored: Stored,
    since: Duration,
    answer: Answer,
}

impl Inbox {
    /// Puts a run of events behind those that wait.
    pub(super) fn put(
        &self,
        log: &Log,
        events: impl ExactSizeIterator<Item = Unplaced>,
    ) -> Result<Outcomes, AppendError> {
        let (answers, outcomes) = ticket::answers(events.len());
        let mut waiting = lock(&self.waiting);
        if waiting.closed {
            let fault = StorageFault("nobody follows the log".to_owned());
            return Err(AppendError::Fault(fault));
        }
        if waiting.events.len() >= WAITING_EVENTS || waiting.bytes >= WAITING_BYTES {
            return Err(AppendError::Busy);
        }
        let since = log.clock().now();
        for (event, answer) in events.zip(answers) {
            waiting.bytes += event.bytes();
            waiting.events.push(Letter {
                once: log.key(&event).is_some(),
                event,
                since,
                answer,
            });
        }
        drop(waiting);
        self.knock.notify(1);
        Ok(outcomes)
    }

    /// Lets everyone in.
    pub(super) fn open(&self) {
        lock(&self.waiting).closed = false;
    }

    /// Refuses all who wait, and whoever comes.
    pub(super) fn close(&self) {
        let mut waiting = lock(&self.waiting);
        waiting.closed = true;
        waiting.events.clear();
        waiting.bytes = 0;
        drop(waiting);
        self.answer_all();
    }

    /// Takes all that wait, as soon as there are any.
    async fn take(&self) -> Vec<Letter> {
        loop {
            let knock = self.knock.listen();
            let letters = self.take_waiting();
            if !letters.is_empty() {
                return letters;
            }
            knock.await;
        }
    }

    fn take_waiting(&self) -> Vec<Letter> {
        let mut waiting = lock(&self.waiting);
        waiting.bytes = 0;
        std::mem::take(&mut waiting.events)
    }

    /// Puts events back to the front.
    fn put_back(&self, mut letters: Vec<Letter>) {
        let mut waiting = lock(&self.waiting);
        waiting.bytes += letters.iter().map(|it| it.event.bytes()).sum::<usize>();
        letters.append(&mut waiting.events);
        waiting.events = letters;
    }

    /// Refuses those who have waited too long, again and again.
    async fn expire(&self, log: &Log, reason: impl Fn() -> String) {
        loop {
            let knock = self.knock.listen();
            let now = log.clock().now();
            refuse(self.take_late(now), &StorageFault(reason()));
            match self.oldest() {
                None => knock.await,
                Some(since) => {
                    let due = (since + PUBLISH_PATIENCE).saturating_sub(now);
                    log.clock().sleep(due).await;
                }
            }
        }
    }

    fn take_late(&self, now: Duration) -> Vec<Letter> {
        let is_late = |letter: &Letter| now.saturating_sub(letter.since) >= PUBLISH_PATIENCE;
        let mut waiting = lock(&self.waiting);
        let events = std::mem::take(&mut waiting.events).into_iter();
        let (late, rest): (Vec<_>, Vec<_>) = events.partition(is_late);
        waiting.bytes = rest.iter().map(|letter| letter.event.bytes()).sum();
        waiting.events = rest;
        late
    }

    /// Since when the first one waits.
    fn oldest(&self) -> Option<Duration> {
        let waiting = lock(&self.waiting);
        waiting.events.first().map(|letter| letter.since)
    }

    /// Answers once the event has come back.
    fn answer_later(&self, log: &Log, answer: Answer, stored: Stored) {
        lock(&self.stored).push_back(Returning {
            stored,
            since: log.clock().now(),
            answer,
        });
    }

    /// Answers those whose events have come back, or have been awaited long enough.
    pub(super) fn answer_returned(&self, log: &Log) {
        let (tail, now) = (log.tail(), log.clock().now());
        self.answer_if(|it| {
            it.stored.id <= tail || now.saturating_sub(it.since) >= RETURN_PATIENCE
        });
    }

    /// Answers all whose events are stored.
    pub(super) fn answer_all(&self) {
        self.answer_if(|_| true);
    }

    fn answer_if(&self, ready: impl Fn(&Returning) -> bool) {
        let stored = &mut *lock(&self.stored);
        let all = std::mem::take(stored).into_iter();
        let (back, rest): (VecDeque<_>, _) = all.partition(ready);
        *stored = rest;
        back.into_iter()
            .for_each(|it| it.answer.give(Ok(it.stored)));
    }
}

impl Redis {
    /// Sends what is published, pipeline after pipeline.
    pub(super) async fn write(&self, log: &Log) {
        let mut attempts = self.attempts(Role::Write);
        loop {
            let connecting = async { Some(self.connect(log, &mut attempts).await) };
            let expiring = async {
                let reason = || self.health.reason(Role::Write);
                self.inbox.expire(log, reason).await;
                None
            };
            let Some((connection, driver)) = connecting.or(expiring).await else {
                continue;
            };
            let fault = drive(driver, self.writing(log, &connection)).await;
            self.broke(log, &mut attempts, &fault);
        }
    }

    async fn writing(&self, log: &Log, connection: &Connection) -> Fault {
        let append = match script::load(connection, script::APPEND).await {
            Ok(append) => append,
            Err(fault) => return fault,
        };
        self.health.recover(Role::Write);
        loop {
            let letters = async { Some(self.inbox.take().await) };
            let closed = async {
                connection.closed().await;
                None
            };
            let Some(letters) = letters.or(closed).await else {
                return Fault::Lost;
            };
            if let Err(fault) = self.send(log, connection, &append, letters).await {
                return fault;
            }
        }
    }

    /// Sends one pipeline and answers the publishers.
    async fn send(
        &self,
        log: &Log,
        connection: &Connection,
        append: &str,
        letters: Vec<Letter>,
    ) -> Result<(), Fault> {
        let mut pipeline = Pipeline::with_capacity(letters.len() + 1);
        for run in letters.chunks(RUN_EVENTS) {
            self.add_run(&mut pipeline, run, append);
        }
        let mut longer = Duration::ZERO;
        if self.settings.replicas > 0 {
            longer = REPLICA_PATIENCE;
            let wait = pipeline.cmd("WAIT").arg(self.settings.replicas);
            wait.arg(REPLICA_PATIENCE.as_millis() as u64);
        }
        let replies = match connection.ask_all(&pipeline, longer).await {
            Ok(replies) => replies,
            Err(fault) => {
                self.send_again(letters, &fault);
                return Err(fault);
            }
        };
        let mut replies = replies.into_iter();
        let mut failed = None;
        let mut stored = Vec::with_capacity(letters.len());
        let mut letters = letters.into_iter();
        while letters.len() > 0 {
            let run: Vec<_> = letters.by_ref().take(RUN_EVENTS).collect();
            let replies = match run::read(&mut replies, run.len(), is_scripted(&run)) {
                Ok(replies) => replies,
                Err(fault) => {
                    refuse(run, &fault.told());
                    failed = Some(fault);
                    continue;
                }
            };
            for (letter, reply) in run.into_iter().zip(replies) {
                match of_value(reply).and_then(|reply| read_stored(reply).ok_or(Fault::Lost)) {
                    Ok(answer) => stored.push((letter.answer, answer)),
                    Err(fault) => {
                        refuse(vec![letter], &fault.told());
                        failed = Some(fault);
                    }
                }
            }
        }
        let missing = match self.settings.replicas {
            0 => None,
            asked => self.missing(asked, replies.next()),
        };
        for (answer, stored) in stored {
            match &missing {
                Some(fault) => answer.give(Err(AppendError::Fault(fault.clone()))),
                None => self.inbox.answer_later(log, answer, stored),
            }
        }
        match self.health.is_well(Role::Follow) {
            true => self.inbox.answer_returned(log),
            // Nothing comes back just now.
            false => self.inbox.answer_all(),
        }
        match failed {
            None => self.health.recover(Role::Write),
            Some(fault) if fault.is_passing() => return Err(fault),
            // The connection is well; what is wrong may be put right under it.
            Some(fault) => self.health.fail(Role::Write, &fault),
        }
        Ok(())
    }

    /// Why this does not count as stored, if too few replicas have it.
    fn missing(&self, asked: u32, reply: Option<Value>) -> Option<StorageFault> {
        let have = reply.as_ref().and_then(value::number).unwrap_or(0);
        let reason = || format!("only {have} of {asked} replicas of Redis have it");
        (have < u64::from(asked)).then(|| StorageFault(reason()))
    }

    /// Nobody knows whether these are stored. Those that cannot be stored twice are sent again.
    fn send_again(&self, letters: Vec<Letter>, fault: &Fault) {
        let (again, lost): (Vec<_>, _) = letters.into_iter().partition(|letter| letter.once);
        refuse(lost, &fault.told());
        self.inbox.put_back(again);
    }

    /// Adds the commands of a run. One with a script is a transaction that brings the script along: nothing
    /// can have it forgotten in between, which would have later events stored before earlier ones.
    fn add_run(&self, pipeline: &mut Pipeline, run: &[Letter], append: &str) {
        let in_transaction = is_scripted(run);
        let mut is_known = false;
        if in_transaction {
            pipeline.cmd("MULTI");
        }
        for letter in run {
            pipeline.add_command(match (letter.is_scripted(), is_known) {
                (false, _) => self.plain(letter),
                (true, false) => self.scripted(letter, "EVAL", script::APPEND),
                (true, true) => self.scripted(letter, "EVALSHA", append),
            });
            is_known |= letter.is_scripted();
        }
        if in_transaction {
            pipeline.cmd("EXEC");
        }
    }

    fn plain(&self, letter: &Letter) -> Cmd {
        let mut command = redis::cmd("XADD");
        let bounded = command.arg(&self.keys.log).arg("MAXLEN").arg("~");
        bounded.arg(self.most_events()).arg("*");
        entry::add_fields(&letter.event, &mut command);
        command
    }

    /// Stores an event by the script that `evaluate` takes.
    fn scripted(&self, letter: &Letter, evaluate: &str, script: &str) -> Cmd {
        let (event, keys) = (&letter.event, &self.keys);
        let mut command = redis::cmd(evaluate);
        command.arg(script).arg(4);
        let keys = [&keys.log, &keys.ends, &keys.ids, &keys.older_ids];
        command.arg(&keys[..]).arg(self.most_events());
        let ends = event.is_end().then(|| event.topic().as_str());
        command.arg(ends.unwrap_or_default());
        command.arg(event.own_id().map(id_field).unwrap_or_default());
        let once = event.own_id().filter(|_| letter.once);
        let once = once.map(|own| once_field(own, event.topic()));
        command.arg(once.unwrap_or_default());
        entry::add_fields(event, &mut command);
        command
    }
}

/// Where the hashes of ids have the position of the first event with this one.
pub(super) fn id_field(own_id: &str) -> String {
    format!("i{own_id}")
}

/// Where they have that of the event with this id on this topic, which is stored once.
pub(super) fn once_field(own_id: &str, topic: &Topic) -> String {
    format!("t{topic}\0{own_id}")
}

fn is_scripted(run: &[Letter]) -> bool {
    run.iter().any(Letter::is_scripted)
}

impl Letter {
    /// Whether more has to be done than to add an entry.
    fn is_scripted(&self) -> bool {
        self.event.own_id().is_some() || self.event.is_end()
    }
}

/// The id of an entry, or what the script answers.
fn read_stored(reply: Value) -> Option<Stored> {
    if let Some(id) = value::id(&reply) {
        let repeated = false;
        return Some(Stored { id, repeated });
    }
    let parts = value::list(reply);
    Some(Stored {
        id: value::id(parts.first()?)?,
        repeated: value::number(parts.get(1)?)? == 1,
    })
}

fn refuse(letters: Vec<Letter>, fault: &StorageFault) {
    for letter in letters {
        let refused = Err(AppendError::Fault(fault.clone()));
        letter.answer.give(refused);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
