//! Who is in which room, and the bytes they are sent.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::STALL_LIMIT_MS;

/// Rooms by name; each member is a connection's slot.
#[derive(Default)]
pub struct Rooms {
    by_name: HashMap<Vec<u8>, Vec<usize>>,
    room_of: HashMap<usize, Vec<u8>>,
    next_id: u64,
}

impl Rooms {
    pub fn join(&mut self, room: Vec<u8>, slot: usize) {
        self.by_name.entry(room.clone()).or_default().push(slot);
        self.room_of.insert(slot, room);
    }

    pub fn leave(&mut self, slot: usize) {
        let Some(room) = self.room_of.remove(&slot) else {
            return;
        };
        if let Some(members) = self.by_name.get_mut(&room)
            && let Some(place) = members.iter().position(|&m| m == slot)
        {
            members.swap_remove(place);
        }
    }

    pub fn members(&self, room: &[u8]) -> &[usize] {
        self.by_name.get(room).map_or(&[], Vec::as_slice)
    }

    /// One event as one chunk, in the bytes that a server with ids and chunked framing sends.
    pub fn frame(&mut self, text: &[u8]) -> Vec<u8> {
        self.next_id += 1;
        let id = format!("id: #1795361274000-{}\ndata: ", self.next_id);
        let mut frame = format!("{:x}\r\n{id}", id.len() + text.len() + 2).into_bytes();
        frame.extend_from_slice(text);
        frame.extend_from_slice(b"\n\n\r\n");
        frame
    }
}

/// Writes all of `bytes`, waiting while the socket is full, but not for ever.
pub fn patient_write(mut socket: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    let mut give_up = None;
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(n) => bytes = &bytes[n..],
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => wait_writable(socket, &mut give_up)?,
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

fn wait_writable(socket: &TcpStream, give_up: &mut Option<Instant>) -> io::Result<()> {
    let limit = Duration::from_millis(STALL_LIMIT_MS as u64);
    let give_up = *give_up.get_or_insert_with(|| Instant::now() + limit);
    let left = give_up.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let left = Timespec::try_from(left).map_err(io::Error::other)?;
    poll(&mut [PollFd::new(socket, PollFlags::OUT)], Some(&left))?;
    Ok(())
}
