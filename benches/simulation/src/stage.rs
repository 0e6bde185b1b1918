//! A hub with its HTTP front, run step by step on one thread until nothing can go on.

use std::sync::Arc;
use std::time::Duration;

use async_executor::LocalExecutor;
use futures_lite::future::block_on;
use ssehub::http::Transport;
use ssehub::http::{HttpConfig, Site, serve};
use ssehub::{
    Clock, Draft, Event, EventId, Format, Hub, HubConfig, Log, LogConfig, Retention, Topic,
};

use crate::crowd::Crowd;
use crate::subscriber::Subscriber;

/// Where the clock stands at first: a time like today's, so that ids are as long as they are.
const START_UNIX_MS: u64 = 1_800_000_000_000;

/// Between two looks of the pump at who has come and who has left.
const PUMP_TICK: Duration = Duration::from_secs(1);

/// Events that the log keeps. Few, so that it is soon full and its memory stays the same.
const KEPT_EVENTS: usize = 1_024;

/// A hub without a network.
pub struct Stage {
    clock: Clock,
    hub: Hub,
    site: Arc<Site>,
    tasks: LocalExecutor<'static>,
}

impl Stage {
    /// Sets up a hub whose log is full of events that nobody reads.
    pub fn new(heartbeat: Duration) -> Result<Stage, String> {
        let clock = Clock::manual(START_UNIX_MS);
        let kept = LogConfig::default().retention(Retention::default().events(KEPT_EVENTS));
        let config = HubConfig::default()
.heartbeat(heartbeat)
.seed(1);
        let (hub, pump) = Hub::new(Log::memory(kept, clock.clone()), config);
        let tasks = LocalExecutor::new();
        tasks.spawn(pump.run()).detach();
        let site = Arc::new(Site::new(hub.clone(), HttpConfig::default()));
        let stage = Stage {
            clock,
            hub,
            site,
            tasks,
        };
        stage.fill_log()?;
        Ok(stage)
    }

    fn fill_log(&self) -> Result<(), String> {
        let nobody = topic("nobody")?;
        for number in 0..KEPT_EVENTS as u32 {
            self.publish(&nobody, crate::text::of(number))?;
            self.settle();
        }
        Ok(())
    }

    /// Runs every task until none can go on.
    pub fn settle(&self) {
        while self.tasks.try_tick() {}
    }

    /// Lets the pump take in who has come, let go who has left, and send the heartbeats of a tick.
    pub fn tick(&self) {
        self.clock.advance(PUMP_TICK);
        self.settle();
    }

    /// Serves a connection, from the next step on.
    pub fn serve(&self, stream: impl Transport) {
        self.tasks
            .spawn(serve(stream, Arc::clone(&self.site)))
            .detach();
    }

    /// Connects a whole crowd, so many at once, until all of it waits. The pump takes it in at its
    /// next tick.
    pub fn seat(&self, crowd: &Arc<Crowd>, at_once: u32) {
        for seat in 0..crowd.size() {
            self.serve(Subscriber::new(Arc::clone(crowd), seat));
            if (seat + 1) % at_once == 0 {
                self.settle();
            }
        }
        self.settle();
    }

    /// Publishes without letting anyone else run.
    pub fn publish(&self, topic: &Topic, text: String) -> Result<EventId, String> {
        let draft = Draft::new(topic.clone(), text);
        let stored = block_on(self.hub.publish(draft)).map_err(|e| e.to_string())?;
        Ok(stored.id)
    }

    /// Subscriptions that the hub knows of.
    pub fn subscribers(&self) -> usize {
        self.hub.subscribers()
    }
}

/// The topic with this number, as subscribers name it.
pub fn topic_number(number: u32) -> Result<Topic, String> {
    topic(&format!("t{number}"))
}

pub fn topic(name: &str) -> Result<Topic, String> {
    Topic::parse(name).map_err(|e| e.to_string())
}

/// What each subscriber is sent for an event with this position and text, in bytes.
pub fn frame_bytes(id: EventId, topic: &Topic, text: String) -> u64 {
    let event = Event::new(id, Draft::new(topic.clone(), text));
    event.frame(Format::Text).chunked().len() as u64
}
