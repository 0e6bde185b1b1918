//! The thread that is all the subscribers: one epoll, one buffer, one read for each readiness.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use memchr::memmem::Finder;
use polling::{Event, Events, Poller};

use super::body::{Answer, Progress};
use super::clock::now_ns;
use super::latency::Latency;
use super::ledger::{Entry, Ledger};
use super::record::MARKER;
use super::scanner::Scanner;
use super::socket::{Sources, begin_connect};
use super::swarm::{Books, Counters, Goal, Order, Wave};
use super::watch::Watched;

/// Events taken from the kernel at a time.
const BATCH: usize = 1024;
/// One read takes at most this much, so that nobody's backlog keeps the others waiting.
const READ_BYTES: usize = 256 * 1024;
/// A wait that yields fewer events than this is followed by a nap, so that more come together.
const WORTHWHILE: usize = 32;
/// Not waking for every single event spares this thread the waking and, above all, spares the
/// server the cost of waking it. It is also the error of the latencies that are told.
const NAP: Duration = Duration::from_micros(200);
/// With fewer streams than this, the nap would be all that is measured.
const NAP_FROM_STREAMS: u64 = 100;
/// How often orders are looked for when nothing happens.
const IDLE_WAIT: Duration = Duration::from_millis(20);

struct Subscriber {
    link: Watched,
    /// What is still to be sent; empty once the request is out.
    request: Vec<u8>,
    answer: Answer,
    scanner: Scanner,
    is_open: bool,
}

/// Everything the thread owns.
pub struct Crowd {
    poller: Arc<Poller>,
    target: SocketAddr,
    sources: Sources,
    topics: usize,
    subscribers: Vec<Option<Subscriber>>,
    waves: VecDeque<Wave>,
    in_flight: usize,
    ledger: Ledger,
    latency: Latency,
    goal: Option<Goal>,
    counters: Arc<Counters>,
}

impl Crowd {
    pub fn new(
        poller: Arc<Poller>,
        target: SocketAddr,
        size: usize,
        topics: usize,
        series_per_topic: usize,
        counters: Arc<Counters>,
    ) -> Crowd {
        Crowd {
            poller,
            target,
            sources: Sources::fresh(),
            topics,
            subscribers: (0..size).map(|_| None).collect(),
            waves: VecDeque::new(),
            in_flight: 0,
            ledger: Ledger::new(size, series_per_topic),
            latency: Latency::default(),
            goal: None,
            counters,
        }
    }

    /// Works until it is told to quit.
    pub fn run(mut self, orders: &Receiver<Order>) -> io::Result<()> {
        let mut events = Events::with_capacity(BATCH.try_into().expect("not zero"));
        let mut buffer = vec![0; READ_BYTES];
        let finder = Finder::new(MARKER);
        loop {
            while let Ok(order) = orders.try_recv() {
                if matches!(order, Order::Quit) {
                    return Ok(());
                }
                self.obey(order);
            }
            self.connect_more();
            events.clear();
            self.poller.wait(&mut events, Some(IDLE_WAIT))?;
            for event in events.iter() {
                self.serve(event.key, &finder, &mut buffer);
            }
            self.counters.received.set(self.ledger.tally.received);
            let is_thin = (1..WORTHWHILE).contains(&events.len());
            if is_thin && self.counters.open.get() >= NAP_FROM_STREAMS {
                std::thread::sleep(NAP);
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Connect(wave) => self.waves.push_back(wave),
            Order::Disconnect(who) => who.into_iter().for_each(|n| self.close(n)),
            Order::Stall(who) => self.set_interest(who, Event::none),
            Order::Read(who) => self.set_interest(who, Event::readable),
            Order::Goal(goal) => {
                self.counters.reached.set(0);
                self.goal = Some(goal);
            }
            Order::ClearLatency => self.latency.clear(),
            Order::Report(to) => {
                let books = Books {
                    ledger: self.ledger.clone(),
                    latency: self.latency.clone(),
                };
                let _ = to.send(books);
            }
            Order::Quit => {}
        }
    }

    fn set_interest(&mut self, who: Vec<usize>, interest: fn(usize) -> Event) {
        for number in who {
            if let Some(subscriber) = &self.subscribers[number] {
                let _ = subscriber.link.want(interest(number));
            }
        }
    }

    /// Keeps as many handshakes in flight as the wave in hand asks for.
    fn connect_more(&mut self) {
        while let Some(wave) = self.waves.front_mut() {
            if self.in_flight >= wave.in_flight {
                return;
            }
            let Some(number) = wave.who.pop_front() else {
                self.waves.pop_front();
                continue;
            };
            let (request, buffer) = ((wave.request)(number), wave.receive_buffer);
            match self.connect(number, request, buffer) {
                Ok(()) => self.in_flight += 1,
                Err(_) => self.counters.failed.add(1),
            }
        }
    }

    fn connect(
        &mut self,
        number: usize,
        request: Vec<u8>,
        buffer: Option<usize>,
    ) -> io::Result<()> {
        let socket = begin_connect(self.sources.address(number), self.target, buffer)?;
        let link = Watched::new(socket, &self.poller, Event::writable(number))?;
        let (answer, scanner) = (Answer::default(), Scanner::default());
        self.subscribers[number] = Some(Subscriber {
            link,
            request,
            answer,
            scanner,
            is_open: false,
        });
        Ok(())
    }

    fn serve(&mut self, number: usize, finder: &Finder, buffer: &mut [u8]) {
        let Some(subscriber) = self.subscribers.get_mut(number).and_then(Option::as_mut) else {
            return;
        };
        if !subscriber.request.is_empty() {
            return self.send_request(number);
        }
        match subscriber.link.socket().read(buffer) {
            Ok(0) => self.lose(number),
            Ok(n) => self.take(number, finder, &buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
            Err(_) => self.lose(number),
        }
    }

    fn send_request(&mut self, number: usize) {
        let Some(subscriber) = self.subscribers[number].as_mut() else {
            return;
        };
        match subscriber.link.socket().write(&subscriber.request) {
            Ok(n) => drop(subscriber.request.drain(..n)),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => return self.lose(number),
        }
        if subscriber.request.is_empty() {
            subscriber.request = Vec::new();
            if subscriber.link.want(Event::readable(number)).is_err() {
                self.lose(number);
            }
        }
    }

    fn take(&mut self, number: usize, finder: &Finder, input: &[u8]) {
        let Some(subscriber) = self.subscribers[number].as_mut() else {
            return;
        };
        let topic = number % self.topics;
        let (ledger, latency, goal) = (&mut self.ledger, &mut self.latency, self.goal);
        let (scanner, counters, now) = (&mut subscriber.scanner, &self.counters, now_ns());
        let progress = subscriber.answer.feed(input, &mut |piece| {
            scanner.feed(finder, piece, &mut |record| {
                let entry = ledger.book(number, topic, record);
                counters.last_event_ns.set(now);
                let Some(record) = record.filter(|_| entry == Entry::Next) else {
                    return;
                };
                latency.record(now.saturating_sub(record.sent_ns));
                if goal.is_some_and(|goal| goal.is_met_by(&record)) {
                    counters.reached.add(1);
                    counters.last_reached_ns.set(now);
                }
            });
        });
        counters.bytes.add(input.len() as u64);
        self.note_progress(number, progress, now);
    }

    fn note_progress(&mut self, number: usize, progress: Progress, now: u64) {
        match progress {
            Progress::Waiting => {}
            Progress::Open => self.note_open(number, now),
            Progress::Refused(status) => {
                self.counters.refused.set(u64::from(status));
                self.lose(number);
            }
            Progress::Ended | Progress::Broken => self.lose(number),
        }
    }

    fn note_open(&mut self, number: usize, now: u64) {
        let Some(subscriber) = self.subscribers[number].as_mut().filter(|s| !s.is_open) else {
            return;
        };
        subscriber.is_open = true;
        self.in_flight -= 1;
        self.counters.open.add(1);
        self.counters.last_open_ns.set(now);
        self.ledger.arrive(number);
    }

    /// The server ended it, or it never came to be.
    fn lose(&mut self, number: usize) {
        match self.subscribers[number].as_ref().map(|s| s.is_open) {
            Some(true) => self.counters.dropped.add(1),
            Some(false) => self.counters.failed.add(1),
            None => {}
        }
        self.close(number);
    }

    fn close(&mut self, number: usize) {
        match self.subscribers[number].take() {
            Some(subscriber) if subscriber.is_open => self.counters.open.subtract(1),
            Some(_) => self.in_flight -= 1,
            None => {}
        }
    }
}
