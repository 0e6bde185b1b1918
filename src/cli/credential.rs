//! What a command shows to a server: an API key or a token.

use std::fmt;
use std::path::{Path, PathBuf};

use ssehub::auth::CREDENTIAL_BYTES;

use super::token::source::read_file;

/// Names the environment's credential. It is no setting of a server.
const VARIABLE: &str = "SSEHUB_KEY";

/// Largest file, in bytes: a credential, and the line that `ssehub key` prints behind it.
const FILE_BYTES: usize = CREDENTIAL_BYTES + (64 << 10);

/// Where a credential is; never in an argument, which every user of the machine could read.
#[derive(Clone)]
pub(super) enum Credential {
    /// Read for each request, since tokens are replaced before they expire.
    File(PathBuf),
    Text(String),
}

impl Credential {
    /// That in a file, or else that of the environment, if there is one.
    pub(super) fn find(
        file: Option<&str>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Credential>, String> {
        let found = match (file, variable(VARIABLE)) {
            (Some(path), _) => Credential::File(path.into()),
            (None, Some(text)) if !text.trim().is_empty() => Credential::Text(text),
            (None, _) => return Ok(None),
        };
        found.read()?;
        Ok(Some(found))
    }

    /// The credential. An error says where it is, and nothing of it.
    pub(super) fn read(&self) -> Result<String, String> {
        match self {
            Credential::File(path) => {
                first_line(&read_file(path, FILE_BYTES)?).map_err(|error| blame(path, error))
            }
            Credential::Text(text) => {
                first_line(text).map_err(|error| format!("{VARIABLE}: {error}"))
            }
        }
    }
}

/// A credential is a secret.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::File(path) => write!(f, "{path:?}"),
            Credential::Text(_) => f.write_str("…"),
        }
    }
}

/// The first line that is not empty: of what `ssehub key` prints, the key.
fn first_line(text: &str) -> Result<String, String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    match line {
        Some(line) if line.starts_with('{') => {
            Err("this is the line for a server's file; the key is the line that `ssehub key` prints before it".to_owned())
        }
        Some(line) if line.bytes().all(|it| it.is_ascii_graphic()) => Ok(line.to_owned()),
        _ => Err("its first line is to be an API key or a token".to_owned()),
    }
}

fn blame(path: &Path, error: String) -> String {
    format!("{}: {error}", path.display())
}
