//! A client that has shaken hands, and whose records are sent by hand.

use std::io::{Read as _, Write as _};

use futures_lite::future::{block_on, poll_once};
use futures_lite::{AsyncReadExt as _, AsyncWriteExt as _};
use futures_rustls::rustls::ClientConnection;
use smol::Task;

use super::ROOM;
use super::client::{Certificate, Server, Speaks};
use crate::pipe::Duplex;

pub struct Raw {
    pub server: Server,
    pub serving: Task<()>,
    pipe: Duplex,
    connection: ClientConnection,
}

impl Raw {
    pub fn shake(server: &Server, certificate: &Certificate, old: bool) -> Raw {
        let speaks = Speaks {
            old,
            ..Speaks::default()
        };
        let talk = server.shake(ROOM, certificate, speaks).unwrap();
        let (pipe, connection) = talk.stream.into_inner();
        Raw {
            server: talk.server,
            serving: talk.serving,
            pipe,
            connection,
        }
    }

    /// The records of a text, which are not sent.
    pub fn records(&mut self, text: &str) -> Vec<u8> {
        self.connection.writer().write_all(text.as_bytes()).unwrap();
        self.unsent()
    }

    /// The record that says that nothing more will come, which is not sent.
    pub fn farewell(&mut self) -> Vec<u8> {
        self.connection.send_close_notify();
        self.unsent()
    }

    fn unsent(&mut self) -> Vec<u8> {
        let mut records = Vec::new();
        while self.connection.wants_write() {
            self.connection.write_tls(&mut records).unwrap();
        }
        records
    }

    pub fn push(&mut self, bytes: &[u8]) {
        let written = block_on(poll_once(self.pipe.write_all(bytes)));
        // A server that has gone takes nothing.
        _ = written.expect("the pipe is full");
        self.server.world.settle();
    }

    /// Ends the connection below TLS, one way.
    pub fn hang_up(&mut self) {
        self.pipe.writer = None;
        self.server.world.settle();
    }

    /// What the server has said, and whether it has said that this is all, or is just gone.
    pub fn read(&mut self) -> String {
        self.server.world.settle();
        let mut said = Vec::new();
        let mut part = [0; 4_096];
        let mut gone = false;
        while let Some(read) = block_on(poll_once(self.pipe.read(&mut part))) {
            let mut bytes = &part[..read.unwrap()];
            gone = bytes.is_empty();
            if gone {
                break;
            }
            while !bytes.is_empty() {
                self.connection.read_tls(&mut bytes).unwrap();
                let state = self.connection.process_new_packets().unwrap();
                let mut plain = vec![0; state.plaintext_bytes_to_read()];
                self.connection.reader().read_exact(&mut plain).unwrap();
                said.extend(plain);
                if state.peer_has_closed() {
                    said.extend(b"[end]");
                }
            }
            self.server.world.settle();
        }
        let said = String::from_utf8(said).unwrap();
        match gone && !said.ends_with("[end]") {
            true => said + "[gone]",
            false => said,
        }
    }

    /// Whether the server is done with it, and without a panic.
    pub fn ends(self) -> bool {
        self.server.world.settle();
        let over = self.serving.is_finished();
        if over {
            block_on(self.serving);
        }
        over
    }
}
