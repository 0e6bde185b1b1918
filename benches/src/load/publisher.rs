//! Publishers: keep-alive connections that send numbered events, in a closed loop or at a rate.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use polling::{Events, Poller};

use super::clock::now_ns;
use super::latency::Latency;
use super::record::Record;
use super::socket::Sources;

mod link;
use link::{Link, Outcome};

/// Answers that are still out when the time is over are waited for this long.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// How long a publisher that was refused waits before it tries again.
const REFUSED_PAUSE_NS: u64 = 5_000_000;
/// How often the loop looks up when nothing happens.
const IDLE_WAIT: Duration = Duration::from_millis(10);

/// Makes the request that publishes `text` to `topic`: the bytes, and where the text is in them.
pub type PublishRequest<'a> = dyn Fn(usize) -> (Vec<u8>, usize) + 'a;

/// Asked after every turn of the loop; `false` ends the run.
pub type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// When the next event is due.
#[derive(Clone, Copy)]
pub enum Pace {
    /// As soon as the last one is answered.
    Closed,
    /// So many a second, from all publishers together.
    PerSecond(f64),
}

/// What the publishers saw.
#[derive(Clone, Default)]
pub struct Published {
    /// Events that were answered with success, by series.
    pub acked: Vec<u32>,
    pub answered: u64,
    /// Answered, but not with success; the event was sent again.
    pub refused: u64,
    /// Connections that broke with an event in doubt.
    pub broken: u64,
    /// From the request to its answer.
    pub latency: Latency,
}

/// A group of publishers over `topics`, each topic with `series` numbered series.
pub struct Publishers {
    poller: Arc<Poller>,
    links: Vec<Link>,
    requests: Vec<(Vec<u8>, usize)>,
    series: usize,
    next: Vec<u32>,
    turn: usize,
    only: Option<usize>,
    pub report: Published,
}

impl Publishers {
    /// One topic has a series for each publisher; of many topics, each belongs to one publisher.
    pub fn new(
        target: SocketAddr,
        count: usize,
        topics: usize,
        request: &PublishRequest,
    ) -> io::Result<Publishers> {
        let (poller, sources) = (Arc::new(Poller::new()?), Sources::fresh());
        let series = series_per_topic(topics, count);
        let links = (0..count)
            .map(|n| Link::open(n, sources.address(0), target, &poller))
            .collect::<io::Result<_>>()?;
        Ok(Publishers {
            poller,
            links,
            requests: (0..topics).map(request).collect(),
            series,
            next: vec![0; topics * series],
            turn: 0,
            only: None,
            report: Published {
                acked: vec![0; topics * series],
                ..Published::default()
            },
        })
    }

    /// Lets only one of them publish from now on.
    pub fn use_only(&mut self, number: usize) {
        self.only = Some(number);
    }

    /// Publishes for `time`, then waits for the last answers.
    pub fn run(&mut self, pace: Pace, time: Duration, go_on: GoOn) -> io::Result<()> {
        self.run_until(pace, Instant::now() + time, u64::MAX, go_on)
    }

    /// Publishes exactly `count` events, as fast as they are answered.
    pub fn send(&mut self, count: u64, limit: Duration) -> io::Result<()> {
        self.run_until(Pace::Closed, Instant::now() + limit, count, &mut || true)
    }

    fn run_until(
        &mut self,
        pace: Pace,
        end: Instant,
        mut budget: u64,
        go_on: GoOn,
    ) -> io::Result<()> {
        let (began_ns, mut events) = (now_ns(), Events::new());
        let mut sent = 0;
        // Connections that were closed while nobody published are made again first.
        self.collect(&mut events, Duration::ZERO)?;
        while Instant::now() < end && (budget > 0 || self.waiting()) {
            let due = match pace {
                Pace::Closed => budget,
                Pace::PerSecond(rate) => {
                    let elapsed_s = (now_ns() - began_ns) as f64 / 1e9;
                    ((elapsed_s * rate) as u64 + 1 - sent).min(budget)
                }
            };
            let now_sent = self.send_due(due, pace, began_ns, sent)?;
            sent += now_sent;
            budget -= now_sent;
            self.collect(&mut events, wait_for(pace, began_ns, sent))?;
            if !go_on() {
                break;
            }
        }
        let give_up = Instant::now() + LAST_ANSWERS;
        while self.waiting() && Instant::now() < give_up {
            self.collect(&mut events, IDLE_WAIT)?;
        }
        Ok(())
    }

    fn waiting(&self) -> bool {
        self.links.iter().any(Link::is_waiting)
    }

    /// Sends up to `due` events on connections that are free, and says how many.
    fn send_due(&mut self, due: u64, pace: Pace, began_ns: u64, sent: u64) -> io::Result<u64> {
        let (mut count, now) = (0, now_ns());
        for _ in 0..self.links.len() {
            if count == due {
                break;
            }
            let number = self.turn % self.links.len();
            self.turn += 1;
            let is_silent = self.only.is_some_and(|only| only != number);
            if is_silent || !self.links[number].is_free(now) {
                continue;
            }
            let sent_ns = match pace {
                Pace::Closed => now_ns(),
                Pace::PerSecond(rate) => began_ns + ((sent + count) as f64 / rate * 1e9) as u64,
            };
            self.send_one(number, sent_ns)?;
            count += 1;
        }
        Ok(count)
    }

    fn send_one(&mut self, number: usize, sent_ns: u64) -> io::Result<()> {
        let (publishers, topics) = (self.links.len(), self.requests.len());
        let topic = self.links[number].next_topic(number, publishers, topics);
        let series = topic * self.series + if self.series > 1 { number } else { 0 };
        let record = Record {
            source: series as u16,
            sequence: self.next[series],
            sent_ns,
        };
        let (bytes, text_at) = &mut self.requests[topic];
        record.write(&mut bytes[*text_at..]);
        self.links[number].send(bytes, series)
    }

    fn collect(&mut self, events: &mut Events, wait: Duration) -> io::Result<()> {
        events.clear();
        self.poller.wait(events, Some(wait))?;
        for event in events.iter() {
            let link = &mut self.links[event.key];
            let Some((series, sent_ns, outcome)) = link.receive(&self.poller)? else {
                continue;
            };
            let now = now_ns();
            match outcome {
                Outcome::Answered(200..=299) => {
                    self.next[series] += 1;
                    self.report.acked[series] += 1;
                    self.report.answered += 1;
                    self.report.latency.record(now - sent_ns);
                }
                Outcome::Answered(_) => {
                    self.report.refused += 1;
                    link.pause_until(now + REFUSED_PAUSE_NS);
                }
                Outcome::Broken => {
                    self.next[series] += 1;
                    self.report.broken += 1;
                    link.pause_until(now + REFUSED_PAUSE_NS);
                }
            }
        }
        Ok(())
    }
}

/// How many series a topic has when `publishers` share `topics`.
pub fn series_per_topic(topics: usize, publishers: usize) -> usize {
    if topics == 1 { publishers } else { 1 }
}

/// Until the next event is due, or the loop's own rhythm.
fn wait_for(pace: Pace, began_ns: u64, sent: u64) -> Duration {
    let Pace::PerSecond(rate) = pace else {
        return IDLE_WAIT;
    };
    let due_ns = began_ns + (sent as f64 / rate * 1e9) as u64;
    Duration::from_nanos(due_ns.saturating_sub(now_ns())).min(IDLE_WAIT)
}
