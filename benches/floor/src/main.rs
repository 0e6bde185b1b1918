//! The kernel floor: what fan-out costs when a server does nothing but the system calls.
//!
//! One thread, one epoll, one `write` for each subscriber and event. Of HTTP it knows the blank
//! line and `Content-Length`; it has no history, no heartbeat and no queue: a socket that is full
//! is waited for, and one that stays full for [`STALL_LIMIT_MS`] is dropped.

mod request;
mod rooms;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, EventData, EventFlags};
use socket2::{Domain, Socket, Type};

use crate::request::Request;
use crate::rooms::{Rooms, patient_write};

/// The listener's place in the epoll set; connections use their slot number.
const LISTENER: u64 = u64::MAX;
/// Larger than what a burst of connections leaves waiting; the kernel caps it at `somaxconn`.
const BACKLOG: i32 = 4096;
/// Events taken from the kernel at a time.
const BATCH: usize = 1024;
/// How long a full socket may hold everyone up before it is dropped.
pub const STALL_LIMIT_MS: i64 = 1_000;

const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
    cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";
const PUBLISHED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

struct Connection {
    socket: TcpStream,
    inbox: Vec<u8>,
}

struct Floor {
    poller: std::os::fd::OwnedFd,
    connections: Vec<Option<Connection>>,
    free: Vec<usize>,
    rooms: Rooms,
    scratch: Vec<u8>,
}

fn main() -> io::Result<()> {
    let Some(addr) = std::env::args().nth(1).and_then(|a| a.parse().ok()) else {
        eprintln!("usage: floor ADDRESS:PORT");
        std::process::exit(2)
    };
    let listener = listen(addr)?;
    let poller = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(
        &poller,
        &listener,
        EventData::new_u64(LISTENER),
        EventFlags::IN,
    )?;
    let (connections, free, rooms) = (Vec::new(), Vec::new(), Rooms::default());
    Floor {
        poller,
        connections,
        free,
        rooms,
        scratch: vec![0; 128 * 1024],
    }
    .run(&listener)
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

impl Floor {
    fn run(mut self, listener: &TcpListener) -> io::Result<()> {
        let mut events = Vec::with_capacity(BATCH);
        loop {
            events.clear();
            epoll::wait(&self.poller, spare_capacity(&mut events), None)?;
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept(listener)?,
                    slot => self.serve(slot as usize),
                }
            }
        }
    }

    fn accept(&mut self, listener: &TcpListener) -> io::Result<()> {
        while let Ok((socket, _)) = listener.accept() {
            socket.set_nonblocking(true)?;
            socket.set_nodelay(true)?;
            let slot = self.free.pop().unwrap_or_else(|| {
                self.connections.push(None);
                self.connections.len() - 1
            });
            epoll::add(
                &self.poller,
                &socket,
                EventData::new_u64(slot as u64),
                EventFlags::IN,
            )?;
            self.connections[slot] = Some(Connection {
                socket,
                inbox: Vec::new(),
            });
        }
        Ok(())
    }

    fn serve(&mut self, slot: usize) {
        let Some(connection) = self.connections.get_mut(slot).and_then(Option::as_mut) else {
            return;
        };
        match connection.socket.read(&mut self.scratch) {
            Ok(0) => return self.drop_connection(slot),
            Ok(n) => connection.inbox.extend_from_slice(&self.scratch[..n]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => return,
            Err(_) => return self.drop_connection(slot),
        }
        while let Some(connection) = self.connections[slot].as_mut() {
            let Some((request, used)) = request::take(&connection.inbox) else {
                return;
            };
            connection.inbox.drain(..used);
            self.answer(slot, request);
        }
    }

    fn answer(&mut self, slot: usize, request: Request) {
        let Some(connection) = self.connections[slot].as_mut() else {
            return;
        };
        match request {
            Request::Subscribe { room } => {
                connection.inbox = Vec::new();
                if connection.socket.write_all(STREAM_HEAD).is_ok() {
                    self.rooms.join(room, slot);
                }
            }
            Request::Publish { room, text } => {
                self.fan_out(&room, &text);
                if let Some(publisher) = self.connections[slot].as_ref() {
                    let _ = patient_write(&publisher.socket, PUBLISHED);
                }
            }
        }
    }

    fn fan_out(&mut self, room: &[u8], text: &[u8]) {
        let frame = self.rooms.frame(text);
        let mut gone = Vec::new();
        for &slot in self.rooms.members(room) {
            let Some(member) = self.connections[slot].as_ref() else {
                continue;
            };
            if patient_write(&member.socket, &frame).is_err() {
                gone.push(slot);
            }
        }
        gone.into_iter().for_each(|slot| self.drop_connection(slot));
    }

    fn drop_connection(&mut self, slot: usize) {
        if self.connections[slot].take().is_some() {
            self.rooms.leave(slot);
            self.free.push(slot);
        }
    }
}
