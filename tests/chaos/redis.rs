//! A Redis of our own: on a Unix socket, started, killed, started again in the same folder.

use std::fs;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::support::folder::Folder;

/// How long it may take to start, or to answer.
const START: Duration = Duration::from_secs(60);
const ANSWER: Duration = Duration::from_secs(60);

/// Pause between two looks whether it answers.
const LOOK: Duration = Duration::from_millis(2);

/// What it keeps when it is killed.
#[derive(Clone, Copy, PartialEq)]
pub enum Memory {
    /// All that it has acknowledged: each command is in a file before it is answered.
    Everything,
    /// What it was told to save.
    Snapshots,
}

/// A server; dropping it kills the process and removes its folder.
pub struct Redis {
    folder: Folder,
    memory: Memory,
    process: Option<Child>,
}

impl Redis {
    /// One that has not started.
    pub fn new(memory: Memory) -> Redis {
        Redis {
            folder: Folder::new(),
            memory,
            process: None,
        }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    /// Starts it and waits until it answers.
    pub fn start(&mut self) {
        self.start_in_background();
        let since = Instant::now();
        while !self.command("PING").is_ok_and(|answer| answer == "+PONG") {
            assert!(
                since.elapsed() < START,
                "redis-server does not start: {}",
                self.log()
            );
            thread::sleep(LOOK);
        }
    }

    pub fn start_in_background(&mut self) {
        let appends = match self.memory {
            Memory::Everything => "yes",
            Memory::Snapshots => "no",
        };
        let child = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendfsync", "always"])
            .args(["--appendonly", appends, "--loglevel", "warning"])
            .arg("--unixsocket")
            .arg(self.socket())
            .arg("--dir")
            .arg(self.folder.path())
            .arg("--logfile")
            .arg(self.folder.join("redis.log"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process =
            Some(child.expect("redis-server, which `make chaos` and `make unit` install"));
    }

    /// Ends it with SIGKILL.
    pub fn kill(&mut self) {
        let mut child = self.process.take().expect("a process");
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
    }

    pub fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("a process");
        kill_process(Pid::from_child(process), signal).expect("a child of ours");
    }

    /// What it answers to a command: one line.
    pub fn command(&self, command: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.socket())?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.write_all(format!("{command}\r\n").as_bytes())?;
        let mut answer = String::new();
        match BufReader::new(stream).read_line(&mut answer)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer.trim_end().to_owned()),
        }
    }

    /// Gives it a command that it does not refuse.
    pub fn order(&self, command: &str) {
        let answer = self.command(command).expect("an answer of Redis");
        assert!(!answer.starts_with('-'), "{command}: {answer}");
    }

    fn log(&self) -> String {
        read(&self.folder.join("redis.log"))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        if let Some(child) = &mut self.process {
            _ = child.kill();
            _ = child.wait();
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
