//! The folder a server runs in: its configuration, its logs, its data; gone when it stops.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::find;
use super::table::Server;

/// A folder that no other run uses: its name ends in this process's ID and the server's port.
pub fn folder(name: &str, port: u16) -> PathBuf {
    all().join(format!("{name}-{}-{port}", std::process::id()))
}

/// Makes the folder, with the server's files in it.
pub fn prepare(server: &Server, dir: &Path, addr: SocketAddr) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    for (name, text) in server.files {
        fs::write(dir.join(name), fill(text, dir, addr))?;
    }
    Ok(())
}

/// Puts the run's values into a template.
pub fn fill(template: &str, dir: &Path, addr: SocketAddr) -> String {
    template
        .replace("{addr}", &addr.to_string())
        .replace("{port}", &addr.port().to_string())
        .replace("{dir}", &dir.display().to_string())
        .replace("{modules}", &find::nginx_modules().display().to_string())
}

/// Removes what runs that were interrupted have left.
pub fn sweep() {
    for folder in fs::read_dir(all()).into_iter().flatten().flatten() {
        let name = folder.file_name().to_string_lossy().into_owned();
        let is_running = name
            .rsplit('-')
            .nth(1)
            .is_some_and(|pid| Path::new("/proc").join(pid).exists());
        if !is_running {
            let _ = fs::remove_dir_all(folder.path());
        }
    }
}

fn all() -> PathBuf {
    find::home().join("target/run")
}
