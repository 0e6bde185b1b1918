//! Requests as bytes, and the few that are made once and waited for.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::reply::Reply;

/// How long a single request may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);

/// A request line and the headers every request has; no blank line yet.
pub fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}")
}

/// A whole request with a body.
pub fn with_body(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = head(method, path, headers);
    let mut request = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    request.extend_from_slice(body);
    request
}

/// Sends one request on a connection of its own, and returns the status.
pub fn call(target: SocketAddr, request: &[u8]) -> io::Result<u16> {
    let mut socket = TcpStream::connect_timeout(&target, CALL_LIMIT)?;
    socket.set_read_timeout(Some(CALL_LIMIT))?;
    socket.write_all(request)?;
    let (mut reply, mut buffer) = (Reply::default(), [0; 4096]);
    loop {
        let n = socket.read(&mut buffer)?;
        if let Some(status) = reply.feed(&buffer[..n]) {
            return Ok(status);
        }
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}
