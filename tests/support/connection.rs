//! HTTP as far as the clients of these tests need it.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a client waits for an answer.
pub const ANSWER: Duration = Duration::from_secs(10);

/// How long a subscriber waits for bytes before it looks whether the run is over.
const LOOK_UP: Duration = Duration::from_millis(500);

/// A connection to the server.
pub struct Connection(BufReader<TcpStream>);

/// The head of an answer, in lower case.
pub struct Head(String);

impl Connection {
    pub fn open(address: SocketAddr) -> io::Result<Connection> {
        let stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        Ok(Connection(BufReader::new(stream)))
    }

    /// Posts a text, and waits for the whole answer: its status and its body.
    pub fn post(&mut self, target: &str, text: &str) -> io::Result<(Head, String)> {
        let length = text.len();
        let request = format!(
            "POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n{text}"
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        let head = self.head()?;
        let body = self.body(&head)?;
        Ok((head, body))
    }

    /// Asks for a stream and waits for its head.
    pub fn get(&mut self, target: &str, version: &str, fields: &str) -> io::Result<Head> {
        let request = format!("GET {target} HTTP/{version}\r\nHost: localhost\r\n{fields}\r\n");
        self.0.get_mut().write_all(request.as_bytes())?;
        let head = self.head()?;
        self.0.get_ref().set_read_timeout(Some(LOOK_UP))?;
        Ok(head)
    }

    /// The whole body of an answer that is not a stream.
    pub fn body(&mut self, head: &Head) -> io::Result<String> {
        self.0.get_ref().set_read_timeout(Some(ANSWER))?;
        let mut body = vec![0; head.field("content-length").parse().unwrap_or_default()];
        self.0.read_exact(&mut body)?;
        Ok(String::from_utf8(body).expect("UTF-8"))
    }

    /// Takes some bytes of a body, at most so many; none if nothing has come for a while.
    pub fn some(&mut self, at_most: usize) -> io::Result<Vec<u8>> {
        let bytes = match self.0.fill_buf() {
            Ok([]) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(bytes) => bytes[..bytes.len().min(at_most)].to_vec(),
            Err(error) if is_pause(error.kind()) => Vec::new(),
            Err(error) => return Err(error),
        };
        self.0.consume(bytes.len());
        Ok(bytes)
    }

    fn head(&mut self) -> io::Result<Head> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head)? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Head(head.to_ascii_lowercase()))
    }
}

impl Head {
    pub fn status(&self) -> &str {
        self.0.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a field; empty without it.
    pub fn field(&self, name: &str) -> &str {
        let fields = self.0.lines().filter_map(|line| line.split_once(": "));
        let mut values = fields.filter(|(found, _)| *found == name);
        values.next().map(|(_, value)| value).unwrap_or_default()
    }
}

fn is_pause(kind: ErrorKind) -> bool {
    [
        ErrorKind::WouldBlock,
        ErrorKind::TimedOut,
        ErrorKind::Interrupted,
    ]
    .contains(&kind)
}
