//! One subscriber that reads every line, to learn which event ID goes with which event.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use memchr::memmem::find;

use super::body::Answer;
use super::record::{MARKER, Record};

/// How long the probe waits for its stream to open, or for one id.
const WAIT_LIMIT: Duration = Duration::from_secs(5);

/// Where a server says from where to resume after an event.
#[derive(Clone, Copy)]
pub enum IdField {
    /// The `id:` field of the event itself.
    Id,
    /// `streamNextOffset` in the control event that follows the data.
    NextOffset,
}

/// IDs by series and sequence number.
pub type Ids = BTreeMap<(u16, u32), String>;

/// A stream read on a thread of its own until the server or the probe's owner ends it.
pub struct Probe {
    ids: Arc<Mutex<Ids>>,
    socket: TcpStream,
}

impl Probe {
    pub fn open(target: SocketAddr, request: &[u8], field: IdField) -> io::Result<Probe> {
        let mut socket = TcpStream::connect_timeout(&target, WAIT_LIMIT)?;
        socket.write_all(request)?;
        let (ids, reader) = (Arc::<Mutex<Ids>>::default(), socket.try_clone()?);
        let shared = Arc::clone(&ids);
        std::thread::Builder::new()
            .name("probe".into())
            .spawn(move || read_ids(reader, field, &shared))?;
        Ok(Probe { ids, socket })
    }

    /// The id of one event, waited for.
    pub fn id_of(&self, source: u16, sequence: u32) -> Option<String> {
        let give_up = Instant::now() + WAIT_LIMIT;
        loop {
            if let Some(id) = lock(&self.ids).get(&(source, sequence)) {
                return Some(id.clone());
            }
            if Instant::now() > give_up {
                return None;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// All ids seen so far.
    pub fn ids(&self) -> Ids {
        lock(&self.ids).clone()
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

fn lock(ids: &Mutex<Ids>) -> MutexGuard<'_, Ids> {
    ids.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn read_ids(mut socket: TcpStream, field: IdField, ids: &Mutex<Ids>) {
    let (mut answer, mut text, mut buffer) = (Answer::default(), Vec::new(), vec![0; 1 << 16]);
    let mut last = None;
    while let Ok(n) = socket.read(&mut buffer) {
        if n == 0 {
            return;
        }
        answer.feed(&buffer[..n], &mut |piece| text.extend_from_slice(piece));
        let whole = find_last_blank_line(&text);
        match field {
            IdField::Id => note_ids(&text[..whole], ids),
            IdField::NextOffset => note_offsets(&text[..whole], &mut last, ids),
        }
        text.drain(..whole);
    }
}

/// Where the last complete event ends.
fn find_last_blank_line(text: &[u8]) -> usize {
    memchr::memmem::rfind(text, b"\n\n").map_or(0, |at| at + 2)
}

fn note_ids(events: &[u8], ids: &Mutex<Ids>) {
    let mut id = String::new();
    for line in events.split(|&byte| byte == b'\n') {
        if let Some(value) = line.strip_prefix(b"id:") {
            id = String::from_utf8_lossy(value).trim().to_owned();
        } else if let Some(record) = record_in(line) {
            lock(ids).insert((record.source, record.sequence), id.clone());
        }
    }
}

/// An offset holds for the last data before it, so resuming from it repeats nothing.
fn note_offsets(events: &[u8], last: &mut Option<Record>, ids: &Mutex<Ids>) {
    for line in events.split(|&byte| byte == b'\n') {
        *last = record_in(line).or(*last);
        let Some(at) = find(line, b"\"streamNextOffset\":\"") else {
            continue;
        };
        let value = line[at + 20..]
            .split(|&byte| byte == b'"')
            .next()
            .unwrap_or_default();
        if let Some(record) = *last {
            let offset = String::from_utf8_lossy(value).into_owned();
            lock(ids).insert((record.source, record.sequence), offset);
        }
    }
}

fn record_in(line: &[u8]) -> Option<Record> {
    Record::read(&line[find(line, MARKER)?..])
}
