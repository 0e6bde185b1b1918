//! One crowd: it arrives, waits, is told events, and leaves.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ssehub::{Format, Frame, Topic};

use super::Figures;
use super::machine::{Usage, cpu_s};
use crate::crowd::{Checks, Crowd, Findings};
use crate::stage::{Stage, frame_bytes, topic_number};
use crate::subscriber::Subscriber;
use crate::text;

/// As the server has it by default.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Subscribers that arrive at once.
const IN_FLIGHT: u32 = 500;

/// Deliveries that a step aims at, and the events on each topic that this may take.
const DELIVERIES: u32 = 5_000_000;
const LEAST_EVENTS: u32 = 10;
const MOST_EVENTS: u32 = 1_000;

/// A crowd before its hub, and what is known of it so far.
struct Step {
    stage: Stage,
    crowd: Arc<Crowd>,
    topics: Vec<Topic>,
    /// The process before anyone had come.
    empty: Usage,
    figures: Figures,
}

/// Takes all figures of a crowd.
pub fn run(size: u32, topics: u32) -> Result<Figures, String> {
    let crowd = Crowd::new(size, topics, Checks::Order);
    let mut step = Step {
        stage: Stage::new(HEARTBEAT)?,
        topics: (0..topics).map(topic_number).collect::<Result<_, _>>()?,
        crowd,
        empty: Usage::now(),
        figures: Figures::new(),
    };
    step.put("subscribers", size);
    step.put("topics", topics);
    step.arrive()?;
    step.deliver()?;
    step.heartbeat();
    step.leave()?;
    Ok(step.figures)
}

impl Step {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    fn size(&self) -> f64 {
        f64::from(self.crowd.size())
    }

    fn arrive(&mut self) -> Result<(), String> {
        self.empty = Usage::now();
        self.stage.seat(&self.crowd, IN_FLIGHT);
        let tick = Instant::now();
        self.stage.tick();
        self.put("take_in_ms", ms(tick));
        let spent = self.empty.spent();
        if self.stage.subscribers() != self.crowd.size() as usize {
            return Err(format!("{} have come", self.stage.subscribers()));
        }
        let own = size_of::<Subscriber>() as f64;
        self.put("connect_us", spent.cpu_s / self.size() * 1e6);
        self.put("stream_bytes", own);
        let each = |bytes: i64| bytes as f64 / self.size();
        let (heap, rss, held) = (
            each(spent.heap.bytes),
            each(spent.rss),
            each(spent.heap.held),
        );
        self.put("heap_per_subscriber_bytes", heap - own);
        self.put("rss_per_subscriber_bytes", rss - own);
        self.put("allocations_per_subscriber", held);
        Ok(())
    }

    fn deliver(&mut self) -> Result<(), String> {
        let rounds = (DELIVERIES / self.crowd.size()).clamp(LEAST_EVENTS, MOST_EVENTS);
        let mut walls = Vec::with_capacity(rounds as usize * self.topics.len());
        let mut spent_s = 0.0;
        for _ in 0..rounds {
            spent_s += self.round(&mut walls)?;
            // A clock that is moved by hand remembers every wait until its time has come.
            self.stage.tick();
        }
        let deliveries = f64::from(rounds) * self.size();
        walls.sort_unstable();
        let wall_ms = |place: usize| walls.get(place).map_or(f64::NAN, |ns| *ns as f64 / 1e6);
        let (median, most) = (wall_ms(walls.len() / 2), wall_ms(walls.len() - 1));
        self.put("events", walls.len());
        self.put("deliveries", deliveries);
        self.put("cpu_us_per_delivery", spent_s / deliveries * 1e6);
        self.put("last_has_it_ms", median);
        self.put("last_has_it_worst_ms", most);
        Ok(())
    }

    /// Tells every topic one event after another; each has to be with everyone before the next.
    /// The answer is the CPU time in seconds.
    fn round(&self, walls: &mut Vec<u64>) -> Result<f64, String> {
        let sequence = self.crowd.next_event();
        let mut ids = Vec::with_capacity(self.topics.len());
        let (before, began_s) = (self.crowd.bytes(), cpu_s());
        for topic in &self.topics {
            let began = Instant::now();
            ids.push(self.stage.publish(topic, text::of(sequence))?);
            self.stage.settle();
            walls.push(began.elapsed().as_nanos() as u64);
        }
        let spent_s = cpu_s() - began_s;
        let came = self.crowd.bytes() - before;
        let wanted: u64 = (0..self.crowd.topics())
            .zip(self.topics.iter().zip(ids))
            .map(|(number, (topic, id))| {
                self.crowd.readers(number) * frame_bytes(id, topic, text::of(sequence))
            })
            .sum();
        match came == wanted {
            true => Ok(spent_s),
            false => Err(format!("{came} bytes came of {wanted}")),
        }
    }

    /// Lets the pump go round once, with its share of the heartbeats.
    fn heartbeat(&mut self) {
        let (before, began) = (self.crowd.bytes(), Usage::now());
        self.stage.tick();
        let spent = began.spent();
        let each_bytes = Frame::heartbeat(Format::Text).chunked().len() as u64;
        self.put("heartbeats", (self.crowd.bytes() - before) / each_bytes);
        self.put("heartbeats_ms", spent.wall_s * 1e3);
    }

    fn leave(&mut self) -> Result<(), String> {
        let began = Usage::now();
        self.crowd.hang_up();
        self.stage.settle();
        let tick = Instant::now();
        self.stage.tick();
        self.put("let_go_ms", ms(tick));
        let spent = began.spent();
        self.put("leave_us", spent.cpu_s / self.size() * 1e6);
        let kept = self.empty.spent();
        self.put("heap_kept_bytes", kept.heap.bytes);
        self.put("rss_kept_bytes", kept.rss);
        let findings = self.crowd.findings();
        self.put("lost", findings.lost);
        self.put("duplicates", findings.twice);
        let well = Findings {
            left: self.crowd.size().into(),
            ..Findings::default()
        };
        match findings == well && self.stage.subscribers() == 0 {
            true => Ok(()),
            false => Err(format!("the books do not balance: {findings:?}")),
        }
    }
}

fn ms(since: Instant) -> Value {
    json!(since.elapsed().as_secs_f64() * 1e3)
}
