//! `ssehub check`: says whether a server could be run with these settings.

mod doubts;

use std::fs::{File, OpenOptions};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::ExitCode;

use ssehub::server::Address;

use super::access::Publishers;
use super::layers::Told;
use super::settings::Settings;

pub(super) const HELP: &str = "\
Say whether a server could be run with these settings, without running it.

Usage: ssehub check [--config FILE] [OPTION VALUE]...

Takes the options of the server, reads its environment, and looks at everything: each value, the files
and folders that are named, the keys in them, the addresses, and settings that do not go together. A
server may be running meanwhile. For files that only some user can read, it must be run as that user.

What a server would not start with is an error, a line for each on standard error, and ends with status
2. What it would start with, but what can hardly be meant, is a warning, and ends with status 0.
";

/// The exit code for settings with which no server starts, as for wrong options.
const WRONG: u8 = 2;

/// Settings to look at.
#[derive(Debug)]
pub(crate) struct Check {
    told: Told,
}

impl Check {
    pub(super) fn of(told: Told) -> Check {
        Check { told }
    }

    /// Looks, and says what there is to say.
    pub(crate) fn run(self) -> ExitCode {
        let errors = self.errors();
        for error in &errors {
            eprintln!("error: {error}");
        }
        // What is wrong is often the reason for what looks doubtful.
        if !errors.is_empty() {
            return ExitCode::from(WRONG);
        }
        for doubt in doubts::of(&self.told) {
            eprintln!("warning: {doubt}");
        }
        let settings = &self.told.settings;
        let publishers = settings
            .access
            .publishers(&settings.listen, &settings.limits);
        // A warning has said the rest.
        if publishers != Publishers::Nobody {
            println!("{publishers}");
        }
        println!("the settings are good");
        ExitCode::SUCCESS
    }

    fn errors(&self) -> Vec<String> {
        let settings = &self.told.settings;
        let mut errors = self.told.problems.clone();
        errors.extend(crate::connection_limit(settings.connections).err());
        errors.extend(crate::readable(settings).err());
        errors.extend(settings.bodies_fit().err());
        errors.extend(crate::fitting(settings).err());
        errors.extend(settings.access.problems());
        errors.extend(settings.tls.problems());
        errors.extend(data(settings).err());
        let all = [
            &settings.listen[..],
            &settings.admin_listen,
            &settings.tls.redirect,
        ]
        .concat();
        errors.extend(all.iter().filter_map(|it| address(it).err()));
        errors.extend(twice(&all));
        errors
    }
}

/// Whether the log's file can be opened, or made. It is not opened as a log: a server may have it.
fn data(settings: &Settings) -> Result<(), String> {
    let Some(path) = &settings.data else {
        return Ok(());
    };
    let tried = match path.exists() {
        true => writable_file(path),
        false => folder_of(path),
    };
    tried.map_err(|error| format!("--data={}: {error}", path.display()))
}

fn writable_file(path: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().read(true).write(true).open(path)?;
    match opened.metadata()?.is_file() {
        true => Ok(()),
        false => Err(io::Error::other("this is no file")),
    }
}

/// Whether the folder that a path is in is there.
fn folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    match File::open(folder)?.metadata()?.is_dir() {
        true => Ok(()),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Whether this machine has the address. Any free port shows it, since a server may have the one
/// that is named.
fn address(address: &Address) -> Result<(), String> {
    let tried = match address {
        Address::Tcp(asked) => TcpListener::bind(SocketAddr::new(asked.ip(), 0)).map(drop),
        Address::Unix(path) => folder_of(path),
        _ => Ok(()),
    };
    tried.map_err(|error| format!("cannot listen on {address}: {error}"))
}

/// Addresses that are named again.
fn twice(listen: &[Address]) -> Vec<String> {
    let any_port = |it: &Address| matches!(it, Address::Tcp(address) if address.port() == 0);
    let again = |(at, address): (usize, &Address)| {
        let named = !any_port(address) && listen[..at].contains(address);
        named.then(|| format!("--listen={address}: this is named twice"))
    };
    listen.iter().enumerate().filter_map(again).collect()
}

#[cfg(test)]
mod tests;
