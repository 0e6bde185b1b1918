//! Where a key is: never in an argument, which every user of the machine could read.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use ssehub::auth::KEY_FILE_BYTES;

use crate::cli::options::Options;

/// Where a key is.
#[derive(Debug)]
pub(crate) enum KeySource {
    File(PathBuf),
    Environment(String),
}

impl KeySource {
    pub(super) fn from(options: &Options) -> Result<Option<KeySource>, String> {
        match (options.one("key-file")?, options.one("key-env")?) {
            (Some(_), Some(_)) => Err("--key-file and --key-env exclude each other".to_owned()),
            (Some(path), None) => Ok(Some(KeySource::File(path.into()))),
            (None, Some(name)) => Ok(Some(KeySource::Environment(name.to_owned()))),
            (None, None) => Ok(None),
        }
    }

    /// The key. An error says where it is, and nothing of it.
    pub(in crate::cli) fn read(&self) -> Result<String, String> {
        match self {
            KeySource::Environment(name) => {
                std::env::var(name).map_err(|_| format!("the environment has no {name}"))
            }
            KeySource::File(path) => read_file(path, KEY_FILE_BYTES),
        }
    }

    /// Names the key in front of what is wrong with it.
    pub(in crate::cli) fn blame(&self, error: impl std::fmt::Display) -> String {
        match self {
            KeySource::File(path) => format!("{}: {error}", path.display()),
            KeySource::Environment(name) => format!("{name}: {error}"),
        }
    }
}

/// A file of at most so many bytes.
pub(in crate::cli) fn read_file(path: &Path, bytes: usize) -> Result<String, String> {
    File::open(path)
        .and_then(|file| read_up_to(file, bytes))
        .map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// A text of at most so many bytes.
pub(super) fn read_up_to(input: impl Read, bytes: usize) -> std::io::Result<String> {
    let mut text = String::new();
    input.take(bytes as u64 + 1).read_to_string(&mut text)?;
    match text.len() > bytes {
        true => Err(std::io::Error::other(format!(
            "there are more than {bytes} bytes"
        ))),
        false => Ok(text),
    }
}
