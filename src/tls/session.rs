//! One session without its socket: what arrives becomes plain text, and plain text becomes records.
//!
//! The library's own buffers would hold 4 KiB for whoever says nothing; these hold what is on its way.

use std::io::{self, ErrorKind};
use std::mem;

use futures_rustls::rustls;
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, InsufficientSizeError, UnbufferedStatus,
    WriteTraffic,
};

/// Plain text that becomes records at once, in bytes: as much as one holds (RFC 8446, section 5.1).
pub(super) const PLAIN_BYTES: usize = 16 << 10;

/// What [`PLAIN_BYTES`] become at most: with headers and tags, and a change of keys before them.
pub(super) const RECORDS_BYTES: usize = PLAIN_BYTES + 512;

/// What may have arrived and not be a message yet, in bytes: one record of the largest size, and what
/// one read brings.
const ARRIVED_BYTES: usize = 64 << 10;

/// The same during a handshake, whose messages are much smaller than the largest record (18 KiB): strangers
/// hold no more.
pub(super) const HANDSHAKE_BYTES: usize = 20 << 10;

/// A buffer with more to spare than this, in bytes, gives it back.
const SPARE_BYTES: usize = 4 << 10;

/// One session.
pub(super) struct Session {
    connection: UnbufferedServerConnection,
    /// What has arrived of a record that is not complete.
    arrived: Vec<u8>,
    /// What the peer has said and nobody has read.
    pub(super) said: Vec<u8>,
    /// Records that wait to be sent.
    pub(super) unsent: Vec<u8>,
    /// Whether the peer has said that nothing more will come.
    pub(super) ended: bool,
    /// Whether we have.
    closed: bool,
    /// Whether it is broken; the library must not be asked again.
    failed: bool,
}

impl Session {
    pub(super) fn new(connection: UnbufferedServerConnection) -> Session {
        Session {
            connection,
            arrived: Vec::new(),
            said: Vec::new(),
            unsent: Vec::new(),
            ended: false,
            closed: false,
            failed: false,
        }
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Whether this is the protocol that was agreed upon.
    pub(super) fn speaks(&self, protocol: &[u8]) -> bool {
        self.connection.alpn_protocol() == Some(protocol)
    }

    /// How many bytes may arrive now; an error if what has arrived will never be a message.
    pub(super) fn room(&self) -> io::Result<usize> {
        let most = match self.is_handshaking() {
            true => HANDSHAKE_BYTES,
            false => ARRIVED_BYTES,
        };
        match most.saturating_sub(self.arrived.len()) {
            0 => Err(ErrorKind::InvalidData.into()),
            room => Ok(room),
        }
    }

    /// Takes in what has arrived, without looking at it; the first byte of all that waits.
    pub(super) fn arrive(&mut self, bytes: &[u8]) -> Option<u8> {
        self.arrived.reserve_exact(bytes.len());
        self.arrived.extend_from_slice(bytes);
        self.arrived.first().copied()
    }

    /// Works through what has arrived.
    pub(super) fn advance(&mut self) -> io::Result<()> {
        self.advance_to(|_| ()).map(|_| ())
    }

    /// Makes records of plain text, of at most [`PLAIN_BYTES`]; how many bytes they have.
    pub(super) fn encrypt(&mut self, plain: &[u8], records: &mut [u8]) -> io::Result<usize> {
        if self.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let written = self.advance_to(|traffic| traffic.encrypt(plain, records))?;
        let written = written.ok_or(ErrorKind::BrokenPipe)?;
        written.map_err(io::Error::other)
    }

    /// Says, once, that nothing more will come.
    pub(super) fn close(&mut self) -> io::Result<()> {
        const ALERT_BYTES: usize = 128;
        if mem::replace(&mut self.closed, true) {
            return Ok(());
        }
        let mut alert = [0; ALERT_BYTES];
        let written = self.advance_to(|traffic| traffic.queue_close_notify(&mut alert))?;
        if let Some(written) = written {
            let written = written.map_err(io::Error::other)?;
            self.unsent.extend_from_slice(&alert[..written]);
        }
        Ok(())
    }

    /// Works through what has arrived, and then writes, if that is possible. All of what has arrived is
    /// shown to the library each time: it remembers places in it.
    fn advance_to<T>(
        &mut self,
        write: impl FnOnce(&mut WriteTraffic<'_, ServerConnectionData>) -> T,
    ) -> io::Result<Option<T>> {
        if self.failed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        let mut used = 0;
        let outcome = loop {
            let arrived = &mut self.arrived[used..];
            let UnbufferedStatus { discard, state, .. } =
                self.connection.process_tls_records(arrived);
            used += discard;
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record.map_err(invalid)?;
                        used += record.discard;
                        self.said.extend_from_slice(record.payload);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.unsent)?,
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed) => self.ended = true,
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    break Ok(Some(write(&mut traffic)));
                }
                Ok(ConnectionState::Closed) => {
                    self.ended = true;
                    break Ok(None);
                }
                Ok(ConnectionState::BlockedHandshake) => break Ok(None),
                Ok(_) => break Err(ErrorKind::Unsupported.into()),
                Err(error) => {
                    self.fail(used)?;
                    break Err(invalid(error));
                }
            }
        };
        match used == self.arrived.len() {
            true => self.arrived = Vec::new(),
            false => {
                self.arrived.drain(..used);
                if self.arrived.capacity() - self.arrived.len() > SPARE_BYTES {
                    self.arrived.shrink_to_fit();
                }
            }
        }
        outcome
    }

    /// Gives up, and takes the alert that tells the peer of it: what the library sends comes before it
    /// looks at anything that has arrived.
    fn fail(&mut self, used: usize) -> io::Result<()> {
        self.failed = true;
        let arrived = &mut self.arrived[used..];
        match self.connection.process_tls_records(arrived).state {
            Ok(ConnectionState::EncodeTlsData(data)) => encode(data, &mut self.unsent),
            _ => Ok(()),
        }
    }
}

/// Puts a record of the library's own behind what waits to be sent.
fn encode(
    mut data: EncodeTlsData<'_, ServerConnectionData>,
    unsent: &mut Vec<u8>,
) -> io::Result<()> {
    let start = unsent.len();
    let bytes = match data.encode(&mut []) {
        Ok(_) => return Ok(()),
        Err(EncodeError::InsufficientSize(InsufficientSizeError { required_size, .. })) => {
            required_size
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    unsent.resize(start + bytes, 0);
    data.encode(&mut unsent[start..])
        .map(|_| ())
        .map_err(io::Error::other)
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}
