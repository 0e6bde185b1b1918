//! A hub that runs step by step: a clock moved by hand, tasks run until none can go on.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures_lite::FutureExt as _;
use futures_lite::future::block_on;
use smol::{LocalExecutor, Task};
use ssehub::{
    Clock, Draft, EventId, Hub, HubConfig, Interest, Log, LogConfig, Next, Reading, Retention,
    Start, Subscription, Topic,
};

/// A hub, its clock, and whatever runs beside it.
pub struct World {
    pub clock: Clock,
    pub hub: Hub,
    pub tasks: LocalExecutor<'static>,
}

impl World {
    pub fn new(config: HubConfig) -> World {
        World::keeping(Retention::default(), config)
    }

    pub fn keeping(retention: Retention, config: HubConfig) -> World {
        let log = LogConfig::default().retention(retention);
        World::over(Log::memory(log, Clock::manual(1_000)), config)
    }

    pub fn over(log: Log, config: HubConfig) -> World {
        let clock = log.clock().clone();
        let (hub, pump) = Hub::new(log, config);
        let tasks = LocalExecutor::new();
        tasks.spawn(pump.run()).detach();
        let world = World { clock, hub, tasks };
        world.settle();
        world
    }

    /// Runs every task until none can go on.
    pub fn settle(&self) {
        while self.tasks.try_tick() {}
    }

    /// Moves the clock and lets everyone notice.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
        self.settle();
    }

    /// Publishes without letting anyone else run.
    pub fn publish(&self, topic: &str, data: &str) -> EventId {
        let draft = Draft::new(Topic::parse(topic).unwrap(), data);
        block_on(self.hub.publish(draft)).unwrap().id
    }

    pub fn publish_all(&self, topic: &str, numbers: std::ops::Range<u32>) {
        for number in numbers {
            self.publish(topic, &number.to_string());
        }
    }

    /// Ends a topic without letting anyone else run.
    pub fn end(&self, topic: &str) -> EventId {
        let draft = Draft::end(Topic::parse(topic).unwrap());
        block_on(self.hub.publish(draft)).unwrap().id
    }

    /// Whether a subscriber that begins there would be told nothing but the end.
    pub fn has_ended(&self, interest: &Interest, start: &Start) -> bool {
        block_on(self.hub.has_ended(interest, start, Reading::default()))
    }

    pub fn subscribe(&self, topic: &str, start: Start) -> Reader {
        let interest = Interest::topic(Topic::parse(topic).unwrap());
        Reader(self.hub.subscribe(interest, start))
    }

    /// Starts a task and returns its handle.
    pub fn spawn<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Task<T> {
        let task = self.tasks.spawn(future);
        self.settle();
        task
    }
}

/// A subscriber that says what it reads as short texts.
pub struct Reader(pub Subscription);

impl Reader {
    /// What can be read now, once everyone has had a chance to run.
    pub fn read(&mut self, world: &World) -> Vec<String> {
        self.read_until(world, || std::future::ready(()))
    }

    /// What can be read until this is over, each time anew.
    pub fn read_until<F: Future<Output = ()>>(
        &mut self,
        world: &World,
        over: impl Fn() -> F,
    ) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            world.settle();
            let next = in_turns(async { Some(self.0.next().await) });
            let over = async {
                over().await;
                None
            };
            match block_on(next.or(over)) {
                Some(Next::Events(events)) => {
                    read.extend(events.iter().map(|event| event.data().to_owned()));
                }
                Some(Next::Gap { after, resumed }) => read.push(format!("gap {after} {resumed}")),
                Some(Next::Ended) => {
                    read.push("ended".to_owned());
                    return read;
                }
                None => return read,
            }
        }
    }
}

/// `0..3` as the texts that [`World::publish_all`] says.
pub fn texts(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| number.to_string()).collect()
}

/// The same future, which goes on by itself after it has let others run.
pub fn in_turns<T>(future: impl Future<Output = T>) -> impl Future<Output = T> {
    let mut future = Box::pin(future);
    poll_fn(move |cx| {
        loop {
            let waker = Arc::new(Turns {
                outer: cx.waker().clone(),
                goes_on: AtomicBool::new(false),
            });
            let polled = future
                .as_mut()
                .poll(&mut Context::from_waker(&waker.clone().into()));
            if polled.is_ready() || !waker.goes_on.load(Ordering::Relaxed) {
                return polled;
            }
        }
    })
}

struct Turns {
    outer: Waker,
    goes_on: AtomicBool,
}

impl Wake for Turns {
    fn wake(self: Arc<Turns>) {
        self.goes_on.store(true, Ordering::Relaxed);
        self.outer.wake_by_ref();
    }
}
