//! What goes wrong with a Redis, in words for its operator.

use std::{fmt, io};

use redis::{RedisError, ServerError, ServerErrorKind, Value};

use crate::store::StorageFault;

/// Why Redis did not do what it was asked to.
#[derive(Debug)]
pub(super) enum Fault {
    /// Nobody is there.
    Unreachable(io::Error),
    /// The connection broke.
    Lost,
    /// No answer came in time.
    Late,
    /// It has forgotten a script.
    NoScript,
    /// It is part of a cluster, and the log is on another node.
    Elsewhere(String, u16),
    /// No sentinel knows a primary of this name.
    Unknown(String),
    /// It answered that it will not.
    Refused(String),
}

impl Fault {
    pub(super) fn of(error: &RedisError) -> Fault {
        if error.is_connection_dropped() || error.is_io_error() {
            return Fault::Lost;
        }
        Fault::Refused(error.to_string())
    }

    /// What those are told who wanted something of the log.
    pub(super) fn told(&self) -> StorageFault {
        StorageFault(self.to_string())
    }

    /// Whether another connection, perhaps to another node, may do better.
    pub(super) fn is_passing(&self) -> bool {
        let reason = match self {
            // Nobody vouches for it, or it is not the one that was asked for.
            Fault::Unreachable(error) => return error.kind() != io::ErrorKind::InvalidData,
            Fault::Refused(reason) => reason,
            _ => return true,
        };
        let codes = [
            "READONLY",
            "LOADING",
            "MASTERDOWN",
            "CLUSTERDOWN",
            "TRYAGAIN",
        ];
        codes.iter().any(|code| reason.starts_with(code))
    }
}

/// A reply, unless it is an error.
pub(super) fn of_value(value: Value) -> Result<Value, Fault> {
    match value {
        Value::ServerError(error) => Err(of_server(&error)),
        value => Ok(value),
    }
}

fn of_server(error: &ServerError) -> Fault {
    let details = error.details().unwrap_or_default();
    match error.kind() {
        Some(ServerErrorKind::NoScript) => Fault::NoScript,
        Some(ServerErrorKind::Moved) => match moved(details) {
            Some((host, port)) => Fault::Elsewhere(host, port),
            None => Fault::Refused(format!("MOVED {details}")),
        },
        _ => Fault::Refused(format!("{} {details}", error.code())),
    }
}

/// `SLOT HOST:PORT`, where the host of an IPv6 address has no brackets.
fn moved(details: &str) -> Option<(String, u16)> {
    let (host, port) = details.split_once(' ')?.1.rsplit_once(':')?;
    let port = port.parse().ok().filter(|_| !host.is_empty())?;
    Some((host.to_owned(), port))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Unreachable(error) => write!(f, "Redis cannot be reached: {error}"),
            Fault::Lost => f.write_str("the connection to Redis broke"),
            Fault::Late => f.write_str("Redis does not answer"),
            Fault::NoScript => f.write_str("Redis has forgotten a script"),
            Fault::Elsewhere(host, port) => write!(f, "the log has moved to {host} {port}"),
            Fault::Unknown(name) => write!(f, "no sentinel knows where {name} is"),
            Fault::Refused(reason) => write!(f, "Redis refuses: {reason}"),
        }
    }
}
