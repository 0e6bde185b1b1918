//! The hub task: reads the log and offers each event to the subscribers that ask for it.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_lite::FutureExt as _;
use futures_lite::future::{poll_once, yield_now};

use super::Hub;
use super::line::{Fed, Line};
use super::matching::Batch;
use super::registry::Registry;
use crate::clock::Clock;
use crate::event::{Event, EventId, STEPS_PER_TURN};
use crate::metrics::{Sent, Tally};
use crate::store::{Budget, Reader};

/// What the pump reads from the log at once.
const BATCH: Budget = Budget {
    events: 1_024,
    bytes: 4 << 20,
};

/// Offers between two pauses in which other tasks may run.
///
/// Some executors give a task a budget of operations for each turn (tokio: 128), and let every one
/// beyond it look as if the stream would block.
const OFFERS_PER_TURN: u32 = 64;

/// Longest pause between two looks at heartbeats and at the age of what the log keeps.
const TICK: Duration = Duration::from_secs(1);

/// Pause between two parts of the subscribers that are told that the hub is closed.
const SPREAD_STEP: Duration = Duration::from_millis(100);

/// Where subscribers meet their pump.
#[derive(Debug)]
pub(super) struct Door {
    joining: Mutex<Joining>,
}

/// Lines on their way to the pump and from it.
#[derive(Debug)]
struct Joining {
    /// The pump has taken everything up to here out of the log.
    reached: EventId,
    lines: Vec<Arc<Line>>,
    left: Vec<u32>,
}

impl Door {
    /// The door of a pump that begins after `tail`.
    pub(super) fn at(tail: EventId) -> Door {
        Door {
            joining: Mutex::new(Joining {
                reached: tail,
                lines: Vec::new(),
                left: Vec::new(),
            }),
        }
    }
}

/// Why a line could not join.
pub(super) enum NotJoined {
    /// The pump is further than the subscriber, which has to read on first.
    Behind,
    /// The hub is closed.
    Closed,
}

impl Hub {
    /// Puts a line into the pump's care, whose subscriber has read the log up to `after`.
    ///
    /// Under the one lock that also guards how far the pump is, so that no event falls between
    /// what the subscriber has read and what the pump will offer.
    pub(super) fn join(&self, line: &Arc<Line>, after: EventId) -> Result<(), NotJoined> {
        let mut joining = self.joining();
        if after < joining.reached {
            return Err(NotJoined::Behind);
        }
        // Read under the lock, too: the pump closes the lines that it finds there.
        if self.is_closed() {
            return Err(NotJoined::Closed);
        }
        joining.lines.push(line.clone());
        Ok(())
    }

    /// Tells the pump that the subscriber with this number has left.
    pub(super) fn left(&self, number: u32) {
        self.joining().left.push(number);
    }

    /// How many lines a pump feeds, or is about to.
    pub(super) fn fed_by(&self, pump: usize) -> usize {
        let lines = self.0.metrics.tallies()[pump].lines.get() as usize;
        let joining = self.0.doors[pump].joining.lock();
        let joining = joining.unwrap_or_else(PoisonError::into_inner);
        (lines + joining.lines.len()).saturating_sub(joining.left.len())
    }

    fn door(&self) -> &Door {
        &self.0.doors[self.1]
    }

    fn joining(&self) -> MutexGuard<'_, Joining> {
        let joining = self.door().joining.lock();
        joining.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Carries the log's events to its share of the subscribers. The hub's user runs it.
///
/// ```
/// use ssehub::{Clock, Hub, HubConfig, Log, LogConfig};
/// let log = Log::memory(LogConfig::default(), Clock::system());
/// let (hub, pump) = Hub::new(log, HubConfig::default());
/// let pumping = std::thread::spawn(|| futures_lite::future::block_on(pump.run()));
/// hub.close();
/// pumping.join().unwrap();
/// ```
#[derive(Debug)]
pub struct Pump {
    hub: Hub,
    registry: Registry,
    reader: Reader,
    tick: u64,
}

impl Pump {
    pub(super) fn new(hub: Hub, reader: Reader) -> Pump {
        Pump {
            registry: Registry::default(),
            reader,
            hub,
            tick: 0,
        }
    }

    /// Runs until the hub is closed and each of its subscribers has been told so.
    pub async fn run(mut self) {
        let mut next_tick = pin!(self.hub.clock().sleep(self.tick_length()));
        let mut is_saturated = false;
        loop {
            let appended = self.hub.0.log.listen();
            if self.fan_out_next().await {
                // With batch after batch, nothing else looks at the time.
                if is_saturated {
                    if poll_once(next_tick.as_mut()).await.is_some() {
                        next_tick.set(self.hub.clock().sleep(self.tick_length()));
                        self.tick().await;
                    }
                    // Publishers on other threads may be quicker than a pump with few subscribers.
                    yield_now().await;
                }
                is_saturated = true;
                continue;
            }
            is_saturated = false;
            if self.hub.is_closed() {
                return self.close().await;
            }
            let is_tick = async {
                next_tick.as_mut().await;
                true
            };
            let is_append = async {
                appended.await;
                false
            };
            if is_append.or(is_tick).await {
                next_tick.set(self.hub.clock().sleep(self.tick_length()));
                self.tick().await;
            }
        }
    }

    /// Offers the next batch, if there is one.
    async fn fan_out_next(&mut self) -> bool {
        let page = match self.reader.read(BATCH) {
            // The log was trimmed under a pump that stood still.
            Err(trimmed) => return self.give_up(trimmed.kept_after).await,
            Ok(page) if page.lost > self.reader.reached() => return self.give_up(page.lost).await,
            Ok(page) => page,
        };
        if page.events.is_empty() {
            return false;
        }
        self.welcome(page.upto).await;
        self.reader.pass(&page);
        self.fan_out(&page.events).await;
        self.reader.finish();
        true
    }

    /// Passes over events that have gone before the pump came to them. Each subscriber finds out by
    /// itself, from where it is, whether that concerns it.
    async fn give_up(&mut self, upto: EventId) -> bool {
        let reached = self.reader.reached();
        self.reader.skip(upto);
        self.welcome(upto).await;
        self.registry.cut_all(reached);
        self.count_lines();
        true
    }

    /// Takes in who has joined, lets go who has left, and closes the door behind `reached`.
    async fn welcome(&mut self, reached: EventId) {
        let (lines, left) = {
            let mut joining = self.hub.joining();
            joining.reached = reached;
            (
                std::mem::take(&mut joining.lines),
                std::mem::take(&mut joining.left),
            )
        };
        let mut turn = Turn::default();
        for number in left {
            self.registry.remove_left(number);
            turn.step().await;
        }
        for line in lines {
            self.registry.insert(line);
            turn.step().await;
        }
        self.count_lines();
    }

    fn count_lines(&self) {
        self.hub.tally().lines.set(self.registry.len() as u64);
    }

    async fn fan_out(&mut self, events: &[Arc<Event>]) {
        let mut batch = Batch::of(events);
        let mut round = Round::new(&self.hub, events);
        let mut choosy = Vec::new();
        for (number, topic) in batch.topics() {
            let set = batch.set(number);
            for line in self.registry.named(topic).to_vec() {
                match self.registry.get_mut(line) {
                    Some(slot) if set.private || slot.line.interest.selectors().len() > 1 => {
                        choosy.extend(slot.note(number).then_some((line, number)));
                    }
                    _ => self.offer(line, &set.events, set.ends, &mut round.sent),
                }
                round.step().await;
            }
        }
        for (line, number) in batch.match_patterns(&self.registry, &mut round).await {
            let slot = self.registry.get_mut(line);
            let is_first = slot.is_some_and(|slot| slot.note(number));
            choosy.extend(is_first.then_some((line, number)));
        }
        for (line, number) in choosy {
            self.offer_matching(line, number, &batch, &mut round).await;
            round.step().await;
        }
        round.count();
        self.count_lines();
    }

    /// Offers what a line asks for that does not just get all of one topic, once in a batch.
    async fn offer_matching(
        &mut self,
        number: u32,
        set: u32,
        batch: &Batch<'_>,
        round: &mut Round,
    ) {
        let Some(slot) = self.registry.get_mut(number) else {
            return;
        };
        let (line, noted) = (slot.line.clone(), slot.noted());
        let sets = if noted.is_empty() { &[set][..] } else { &noted };
        let is_told_of_ends = line.interest.names().is_some();
        match sets {
            [only] if !batch.set(*only).private && (is_told_of_ends || !batch.set(*only).ends) => {
                let set = batch.set(*only);
                self.offer(number, &set.events, set.ends, &mut round.sent);
            }
            sets => {
                let found = batch.for_line(&line, sets, round).await;
                if !found.events.is_empty() {
                    self.offer(number, &found.events, found.ends, &mut round.sent);
                }
            }
        }
    }

    /// Offers events to one line; `ends` says whether a topic ends among them.
    fn offer(&mut self, number: u32, events: &[Arc<Event>], ends: bool, sent: &mut Sent) {
        let queue_events = self.hub.0.config.queue_events;
        if let Some(slot) = self.registry.get(number)
            && slot.line.offer(events, ends, queue_events, sent) == Fed::No
        {
            self.registry.remove(number);
        }
    }

    fn tick_length(&self) -> Duration {
        match self.hub.0.config.heartbeat {
            Duration::ZERO => TICK,
            heartbeat => heartbeat.min(TICK),
        }
    }

    /// Sends the heartbeats that are due. Each tick serves its share of the subscribers, so that
    /// ten thousand of them do not get theirs in one burst.
    async fn tick(&mut self) {
        if self.hub.1 == 0 {
            self.hub.0.log.trim();
            self.hub.0.presence.keep_shown();
        }
        self.welcome(self.reader.reached()).await;
        let heartbeat = self.hub.0.config.heartbeat;
        if heartbeat.is_zero() {
            return;
        }
        let ticks = heartbeat.div_duration_f64(self.tick_length()).round() as u64;
        self.tick += 1;
        let (mut turn, mut sent) = (Turn::default(), Sent::default());
        for number in 0..self.registry.end() {
            if (self.tick + u64::from(number)).is_multiple_of(ticks.max(1)) {
                self.heartbeat(number, &mut sent);
                turn.step().await;
            }
        }
        self.hub.tally().count(sent);
    }

    fn heartbeat(&mut self, number: u32, sent: &mut Sent) {
        let queue_events = self.hub.0.config.queue_events;
        if let Some(slot) = self.registry.get(number)
            && slot.line.heartbeat(queue_events, sent) == Fed::No
        {
            self.registry.remove(number);
        }
    }

    /// Cuts every line, a part of them at each step; each subscriber then reads the log to its end and
    /// finds the hub closed.
    async fn close(&mut self) {
        let reached = self.reader.reached();
        self.welcome(reached).await;
        let steps = self.hub.0.config.drain_spread.div_duration_f64(SPREAD_STEP) as u32;
        for step in 0..steps {
            let part = (step..self.registry.end()).step_by(steps as usize);
            for slot in part.filter_map(|number| self.registry.get(number)) {
                slot.line.cut(reached);
            }
            self.hub.clock().sleep(SPREAD_STEP).await;
        }
        self.registry.cut_all(reached);
    }
}

/// One batch on its way to the lines: what has been sent of it is counted at every pause.
pub(super) struct Round {
    turn: Turn,
    /// Steps since others were let run.
    worked: usize,
    sent: Sent,
    tally: Arc<Tally>,
    clock: Clock,
    oldest_ms: u64,
}

impl Round {
    fn new(hub: &Hub, events: &[Arc<Event>]) -> Round {
        Round {
            turn: Turn::default(),
            worked: 0,
            sent: Sent::default(),
            tally: hub.tally().clone(),
            clock: hub.clock().clone(),
            oldest_ms: events.first().map_or(0, |event| event.id().ms),
        }
    }

    async fn step(&mut self) {
        if self.turn.is_over() {
            self.count();
            yield_now().await;
        }
    }

    /// Takes steps that offer nothing.
    pub(super) async fn work(&mut self, steps: usize) {
        self.worked += steps;
        if self.worked >= STEPS_PER_TURN {
            self.worked = 0;
            self.count();
            yield_now().await;
        }
    }

    fn count(&mut self) {
        let sent = std::mem::take(&mut self.sent);
        if sent.events > 0 {
            let lag_ms = self.clock.unix_ms().saturating_sub(self.oldest_ms);
            let lag = Duration::from_millis(lag_ms);
            self.tally.lag.observe(lag, sent.events);
        }
        self.tally.count(sent);
    }
}

/// Counts the steps of a long loop and lets other tasks run every now and then.
#[derive(Default)]
struct Turn {
    steps: u32,
}

impl Turn {
    async fn step(&mut self) {
        if self.is_over() {
            yield_now().await;
        }
    }

    /// Takes a step, and tells whether others are to run now.
    fn is_over(&mut self) -> bool {
        self.steps += 1;
        self.steps.is_multiple_of(OFFERS_PER_TURN)
    }
}
