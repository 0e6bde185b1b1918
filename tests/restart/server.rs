//! One server after the other, and the socket that all of them are given.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;

/// Moves the socket to where systemd would pass it, and becomes the server, so that its number is the one
/// that the variable names.
const PASS: &str = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@""#;

pub struct Server {
    socket: TcpListener,
    folder: PathBuf,
    process: Option<Child>,
}

impl Server {
    pub fn new() -> Server {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // As many as systemd lets wait.
        rustix::net::listen(&socket, 4_096).unwrap();
        let port = socket.local_addr().unwrap().port();
        let name = format!("ssehub-restart-{}-{port}", std::process::id());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).unwrap();
        Server {
            socket,
            folder,
            process: None,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Starts one, and does not wait until it serves.
    pub fn start(&mut self) {
        let socket: OwnedFd = self.socket.try_clone().unwrap().into();
        let mut child = Command::new("sh")
            .env_clear()
            .args(["-c", PASS, "sh", env!("CARGO_BIN_EXE_ssehub")])
            .arg("--data")
            .arg(self.folder.join("log"))
            .stdin(Stdio::from(socket))
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = child.stderr.take().unwrap();
        thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                println!("{line}");
            }
        });
        self.process = Some(child);
    }

    /// Stops it as systemd does, and starts another when it has ended.
    pub fn restarted(mut self) -> Server {
        let mut child = self.process.take().unwrap();
        let pid = child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.unwrap().success());
        assert!(
            child.wait().unwrap().success(),
            "it does not end as it should"
        );
        self.start();
        self
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            _ = process.kill();
            _ = process.wait();
        }
        _ = fs::remove_dir_all(&self.folder);
    }
}
