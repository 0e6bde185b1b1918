//! The server's process: started, killed, started again on the same port and file.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// Ports to choose from. Systems give higher ones to clients, and a client that tries to reach a
/// server that is down could be given the server's own port, and keep it from coming back.
const PORTS: Range<u16> = 12_000..30_000;

/// How long the server may take to open its file and to listen.
const START: Duration = Duration::from_secs(20);

/// Events in the server's memory; few, so that those who resume are read to from the file.
const WINDOW_EVENTS: &str = "200";

/// A server with a folder of its own; dropping it kills the process and removes the folder.
pub struct Server {
    address: SocketAddr,
    durability: String,
    folder: PathBuf,
    process: Option<Process>,
}

struct Process {
    child: Child,
    /// What it logs, line by line.
    log: Receiver<String>,
}

impl Server {
    pub fn new(durability: &str) -> Server {
        let address = free_address();
        let name = format!("ssehub-crash-{}-{}", std::process::id(), address.port());
        let folder = env::temp_dir().join(name);
        fs::create_dir(&folder).expect("a temporary folder");
        Server {
            address,
            durability: durability.to_owned(),
            folder,
            process: None,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn start(&mut self) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ssehub"))
            // Its own settings come from the environment, too.
            .env_clear()
            .args(["--listen", &self.address.to_string()])
            .args(["--durability", &self.durability])
            .args(["--window-events", WINDOW_EVENTS])
            .arg("--data")
            .arg(self.folder.join("log"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server's binary");
        let log = lines(child.stderr.take().expect("a pipe"));
        self.process = Some(Process { child, log });
    }

    pub fn wait_until_it_listens(&mut self) {
        let process = self.process.as_mut().expect("a process");
        let mut log = Vec::new();
        loop {
            match process.log.recv_timeout(START) {
                Ok(line) if line.contains("listening on") => return,
                Ok(line) => log.push(line),
                Err(error) => panic!("the server does not start ({error}): {log:#?}"),
            }
        }
    }

    /// Ends the process with SIGKILL.
    pub fn kill(&mut self) {
        let Process { mut child, log } = self.process.take().expect("a process");
        let ended = child.try_wait().expect("a child of ours");
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        let log: Vec<_> = log.into_iter().collect();
        assert_eq!(ended, None, "it ended by itself: {log:#?}");
        let complains = |line: &String| [" ERROR ", "panicked"].iter().any(|it| line.contains(it));
        assert!(!log.iter().any(complains), "{log:#?}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            _ = process.child.kill();
            _ = process.child.wait();
        }
        _ = fs::remove_dir_all(&self.folder);
    }
}

/// The lines that come out of a pipe until its other end is closed.
fn lines(pipe: ChildStderr) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            _ = sender.send(line);
        }
    });
    receiver
}

fn free_address() -> SocketAddr {
    let addresses = std::iter::repeat_with(|| (Ipv4Addr::LOCALHOST, fastrand::u16(PORTS)));
    let mut free = addresses
        .take(PORTS.len())
        .filter(|address| TcpListener::bind(address).is_ok());
    free.next().expect("a free port").into()
}
