//! What the machine must have: folders, files, addresses, file descriptors.

use std::fs::{File, OpenOptions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use ssehub::Log;
use ssehub::server::Address;

use super::Settings;

/// Descriptors that are not connections: listeners, the reactor's own, files, standard streams.
const SPARE_DESCRIPTORS: usize = 64;

/// A sentence for each file, folder or address that a server could not use.
pub(super) fn problems(settings: &Settings) -> Vec<String> {
    let places = [
        settings.http.static_dir.as_deref().and_then(unreadable),
        settings.data.as_deref().and_then(unusable_log),
        settings.tls.acme.cache.as_deref().and_then(unusable_cache),
    ];
    let addresses = settings
        .addresses()
        .filter_map(|(_, it)| unusable_address(it));
    places.into_iter().flatten().chain(addresses).collect()
}

/// Makes room for as many connections as are asked for, or as the system allows.
pub(super) fn connections(asked: Option<usize>) -> Result<usize, String> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    _ = setrlimit(Resource::Nofile, raised);
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX) as usize;
    let allowed = descriptors.saturating_sub(SPARE_DESCRIPTORS);
    match asked {
        None => Ok(allowed),
        Some(asked) if asked <= allowed => Ok(asked),
        Some(asked) => Err(format!(
            "{asked} connections need more than the {descriptors} file descriptors that the \
             system allows (ulimit -n)"
        )),
    }
}

/// Why the page's files cannot be read from a folder.
fn unreadable(folder: &Path) -> Option<String> {
    let error = std::fs::read_dir(folder).err()?;
    Some(format!("cannot read {}: {error}", folder.display()))
}

/// Why the log's file can be neither opened nor made. It is not opened as a log: a server may have it.
fn unusable_log(path: &Path) -> Option<String> {
    let named = |error: io::Error| format!("--data={}: {error}", path.display());
    let is_new = match path.metadata() {
        Ok(file) => file.is_file() && file.len() == 0,
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    };
    match is_new {
        true => can_make(path).err().map(named),
        false => match can_write(path) {
            Ok(()) => Log::peek(path).err().map(|error| error.to_string()),
            Err(error) => Some(named(error)),
        },
    }
}

fn can_write(path: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().read(true).write(true).open(path)?;
    match opened.metadata()?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("this is no file")),
    }
}

/// Whether a file can be made in the folder that a path is in.
fn can_make(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    can_fill(folder)
}

fn can_fill(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.metadata()?.is_dir() {
        true => Ok(access(folder, Access::WRITE_OK | Access::EXEC_OK)?),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Why certificates cannot be kept in a folder, which is made if there is none.
fn unusable_cache(folder: &Path) -> Option<String> {
    let there = folder
        .ancestors()
        .find(|it| *it == Path::new("") || it.exists())?;
    let there = match there == Path::new("") {
        true => Path::new("."),
        false => there,
    };
    let error = can_fill(there).err()?;
    Some(format!("--acme-cache={}: {error}", folder.display()))
}

/// Why this machine cannot listen at an address. Of TCP any free port shows it, since a server may have the one
/// that is named; whether a port below 1024 is allowed is a right of the server's process.
fn unusable_address(address: &Address) -> Option<String> {
    let tried = match address {
        Address::Tcp(asked) => TcpListener::bind(SocketAddr::new(asked.ip(), 0)).map(drop),
        Address::Unix(path) => can_bind(path),
        Address::Localhost(_) => Ok(()),
    };
    let error = tried.err()?;
    Some(format!("cannot listen on {address}: {error}"))
}

fn can_bind(path: &Path) -> io::Result<()> {
    std::os::unix::net::SocketAddr::from_pathname(path)?;
    can_make(path)?;
    match std::fs::symlink_metadata(path) {
        Ok(file) if !file.file_type().is_socket() => {
            Err(io::Error::other("a file that is no socket stands there"))
        }
        _ => Ok(()),
    }
}
