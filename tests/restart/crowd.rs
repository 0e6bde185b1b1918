//! Those who listen: each comes back as soon as its stream ends, with the last id that it has seen.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use smol::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use smol::net::TcpStream;
use smol::{Task, Timer};

use crate::publisher::TOPIC;

/// How long one waits before it comes back.
const PAUSE: Duration = Duration::from_millis(20);

pub struct Crowd {
    counts: Arc<Counters>,
    heard: Vec<Arc<AtomicU64>>,
    #[expect(dead_code, reason = "they are held for their drop")]
    tasks: Vec<Task<()>>,
}

#[derive(Default)]
struct Counters {
    connections: AtomicU64,
    resumed: AtomicU64,
    refused: AtomicU64,
    broken: AtomicU64,
    gaps: AtomicU64,
    disordered: AtomicU64,
}

/// What has happened to all of them.
pub struct Counts {
    pub connections: u64,
    pub resumed: u64,
    /// Connections that could not be made.
    pub refused: u64,
    /// Connections that ended before the head of an answer, or with half an event.
    pub broken: u64,
    pub gaps: u64,
    pub disordered: u64,
}

impl Crowd {
    pub fn new(address: SocketAddr, size: usize) -> Crowd {
        let counts = Arc::new(Counters::default());
        let heard: Vec<_> = (0..size).map(|_| Arc::new(AtomicU64::new(0))).collect();
        let listen = |heard: &Arc<AtomicU64>| {
            let listener = Listener {
                address,
                counts: counts.clone(),
                heard: heard.clone(),
                last_id: None,
            };
            smol::spawn(listener.listen())
        };
        let tasks = heard.iter().map(listen).collect();
        Crowd {
            counts,
            heard,
            tasks,
        }
    }

    /// How many events the one has heard that is furthest behind.
    pub fn slowest(&self) -> u64 {
        let each = self.heard.iter().map(|heard| heard.load(Relaxed));
        each.min().unwrap_or(0)
    }

    pub fn heard(&self) -> u64 {
        self.heard.iter().map(|heard| heard.load(Relaxed)).sum()
    }

    pub fn counts(&self) -> Counts {
        let counts = &self.counts;
        Counts {
            connections: counts.connections.load(Relaxed),
            resumed: counts.resumed.load(Relaxed),
            refused: counts.refused.load(Relaxed),
            broken: counts.broken.load(Relaxed),
            gaps: counts.gaps.load(Relaxed),
            disordered: counts.disordered.load(Relaxed),
        }
    }
}

struct Listener {
    address: SocketAddr,
    counts: Arc<Counters>,
    heard: Arc<AtomicU64>,
    last_id: Option<String>,
}

impl Listener {
    async fn listen(mut self) {
        loop {
            match TcpStream::connect(self.address).await {
                Err(_) => count(&self.counts.refused),
                Ok(stream) => {
                    count(&self.counts.connections);
                    if self.last_id.is_some() {
                        count(&self.counts.resumed);
                    }
                    if self.read(stream).await.is_err() {
                        count(&self.counts.broken);
                    }
                }
            }
            Timer::after(PAUSE).await;
        }
    }

    /// Reads one stream to its end. By HTTP/1.0, whose body is not in chunks.
    async fn read(&mut self, mut stream: TcpStream) -> io::Result<()> {
        let since = match &self.last_id {
            Some(id) => format!("Last-Event-ID: {id}\r\n"),
            None => String::new(),
        };
        let request = format!(
            "GET /events/{TOPIC}?last_event_id=earliest HTTP/1.0\r\nHost: localhost\r\n\
             Accept: application/x-ndjson\r\n{since}\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut lines = BufReader::new(stream);
        let mut line = String::new();
        let mut in_head = true;
        loop {
            line.clear();
            if lines.read_line(&mut line).await? == 0 && !in_head {
                return Ok(());
            }
            match line.strip_suffix('\n') {
                None => return Err(io::ErrorKind::UnexpectedEof.into()),
                Some("\r") => in_head = false,
                Some("") => {}
                Some(_) if in_head => {}
                Some(event) => self.hear(event),
            }
        }
    }

    fn hear(&mut self, event: &str) {
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        if event["type"] == "gap" {
            count(&self.counts.gaps);
            return;
        }
        let number: u64 = event["data"].as_str().unwrap().parse().unwrap();
        self.last_id = event["id"].as_str().map(str::to_owned);
        if self.heard.fetch_add(1, Relaxed) != number {
            count(&self.counts.disordered);
        }
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}
