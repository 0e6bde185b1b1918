//! Why a command ends before its work is done.

use std::io::{self, ErrorKind};

/// The end of a command.
#[derive(Debug)]
pub(super) enum Stop {
    /// There is nothing more to do, or nobody reads the output any more, which is no error.
    Quietly,
    /// This has gone wrong.
    With(String),
}

impl From<String> for Stop {
    fn from(error: String) -> Stop {
        Stop::With(error)
    }
}

/// The output has failed. Whatever else may fail has a sentence of its own.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            ErrorKind::BrokenPipe => Stop::Quietly,
            _ => Stop::With(format!("cannot write: {error}")),
        }
    }
}
