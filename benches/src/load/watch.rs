//! A socket in an epoll set, for as long as it is held.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use polling::{Event, PollMode, Poller};

/// A socket that is watched level-triggered, so that nothing has to be armed again after an event.
pub struct Watched {
    socket: TcpStream,
    poller: Arc<Poller>,
}

impl Watched {
    pub fn new(socket: TcpStream, poller: &Arc<Poller>, interest: Event) -> io::Result<Watched> {
        // SAFETY: the socket is owned by the value made here, whose `drop` takes it out of the
        // set before it is closed.
        unsafe { poller.add_with_mode(&socket, interest, PollMode::Level)? };
        Ok(Watched {
            socket,
            poller: Arc::clone(poller),
        })
    }

    pub fn want(&self, interest: Event) -> io::Result<()> {
        self.poller
            .modify_with_mode(&self.socket, interest, PollMode::Level)
    }

    pub fn socket(&self) -> &TcpStream {
        &self.socket
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.poller.delete(&self.socket);
    }
}
