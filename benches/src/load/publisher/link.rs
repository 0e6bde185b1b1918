//! One publisher's connection: a request out, its answer in, and a new connection if it breaks.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use polling::{Event, Poller};

use super::super::clock::now_ns;
use super::super::reply::Reply;
use super::super::socket::begin_connect;
use super::super::watch::Watched;

/// Room for an answer to a publish.
const READ_BYTES: usize = 16 * 1024;

/// What became of a request.
pub enum Outcome {
    Answered(u16),
    Broken,
}

/// A request that has no answer yet.
struct Pending {
    series: usize,
    sent_ns: u64,
}

/// One keep-alive connection.
pub struct Link {
    number: usize,
    source: Ipv4Addr,
    target: SocketAddr,
    watched: Watched,
    /// What did not fit into the socket yet.
    unsent: Vec<u8>,
    reply: Reply,
    pending: Option<Pending>,
    pause_until_ns: u64,
    turn: usize,
}

impl Link {
    pub fn open(
        number: usize,
        source: Ipv4Addr,
        target: SocketAddr,
        poller: &Arc<Poller>,
    ) -> io::Result<Link> {
        let watched = connect(number, source, target, poller)?;
        let (unsent, reply, pending) = (Vec::new(), Reply::default(), None);
        let (pause_until_ns, turn) = (0, 0);
        Ok(Link {
            number,
            source,
            target,
            watched,
            unsent,
            reply,
            pending,
            pause_until_ns,
            turn,
        })
    }

    pub fn is_waiting(&self) -> bool {
        self.pending.is_some()
    }

    pub fn is_free(&self, now_ns: u64) -> bool {
        self.pending.is_none() && now_ns >= self.pause_until_ns
    }

    pub fn pause_until(&mut self, until_ns: u64) {
        self.pause_until_ns = until_ns;
    }

    /// Goes round the topics that belong to this publisher.
    pub fn next_topic(&mut self, number: usize, publishers: usize, topics: usize) -> usize {
        if topics == 1 {
            return 0;
        }
        let mine = (topics - number).div_ceil(publishers);
        let topic = number + self.turn % mine * publishers;
        self.turn += 1;
        topic
    }

    pub fn send(&mut self, request: &[u8], series: usize) -> io::Result<()> {
        self.pending = Some(Pending {
            series,
            sent_ns: now_ns(),
        });
        match self.watched.socket().write(request) {
            Ok(n) if n == request.len() => return Ok(()),
            Ok(n) => self.unsent.extend_from_slice(&request[n..]),
            Err(e) if is_not_yet(&e) => self.unsent.extend_from_slice(request),
            // The connection is gone: the next `receive` finds out and starts over.
            Err(_) => {}
        }
        self.watched.want(Event::all(self.number))
    }

    /// Takes what has come, and tells how the pending request ended.
    pub fn receive(&mut self, poller: &Arc<Poller>) -> io::Result<Option<(usize, u64, Outcome)>> {
        if !self.unsent.is_empty() && self.send_rest().is_err() {
            return self.start_over(poller);
        }
        let mut buffer = [0; READ_BYTES];
        match self.watched.socket().read(&mut buffer) {
            Ok(0) => self.start_over(poller),
            Ok(n) => Ok(self
                .reply
                .feed(&buffer[..n])
                .and_then(|status| self.end(status))),
            Err(e) if is_not_yet(&e) => Ok(None),
            Err(_) => self.start_over(poller),
        }
    }

    fn send_rest(&mut self) -> io::Result<()> {
        match self.watched.socket().write(&self.unsent) {
            Ok(n) => drop(self.unsent.drain(..n)),
            Err(e) if is_not_yet(&e) => return Ok(()),
            Err(e) => return Err(e),
        }
        if self.unsent.is_empty() {
            self.watched.want(Event::readable(self.number))?;
        }
        Ok(())
    }

    fn end(&mut self, status: u16) -> Option<(usize, u64, Outcome)> {
        let pending = self.pending.take()?;
        Some((pending.series, pending.sent_ns, Outcome::Answered(status)))
    }

    fn start_over(&mut self, poller: &Arc<Poller>) -> io::Result<Option<(usize, u64, Outcome)>> {
        self.watched = connect(self.number, self.source, self.target, poller)?;
        (self.unsent, self.reply) = (Vec::new(), Reply::default());
        let pending = self.pending.take();
        Ok(pending.map(|pending| (pending.series, pending.sent_ns, Outcome::Broken)))
    }
}

fn connect(
    number: usize,
    source: Ipv4Addr,
    target: SocketAddr,
    poller: &Arc<Poller>,
) -> io::Result<Watched> {
    let socket = begin_connect(source, target, None)?;
    Watched::new(socket, poller, Event::readable(number))
}

/// Full, or not connected yet.
fn is_not_yet(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::NotConnected
    )
}
