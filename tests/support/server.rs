//! A server's process: started, killed, started again on the same port with the same settings.

use std::env;
use std::ffi::OsString;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// Ports to choose from. Systems give higher ones to clients, and a client that tries to reach a
/// server that is down could be given the server's own port, and keep it from coming back.
const PORTS: Range<u16> = 12_000..30_000;

/// How long the server may take to open its log and to listen.
const START: Duration = Duration::from_secs(60);

/// How long it may take to stop.
const STOP: Duration = Duration::from_secs(60);

/// Pause between two looks whether it has stopped.
const LOOK: Duration = Duration::from_millis(5);

/// Lines of its log that are shown when a test fails.
const LAST_LINES: usize = 20;

/// A server; dropping it kills the process.
pub struct Server {
    address: SocketAddr,
    settings: Vec<OsString>,
    process: Option<Process>,
}

struct Process {
    child: Child,
    /// What it logs, line by line.
    log: Receiver<String>,
}

impl Server {
    /// A server that has not started, with these settings besides its address.
    pub fn new<T: Into<OsString>>(settings: impl IntoIterator<Item = T>) -> Server {
        Server {
            address: free_address(),
            settings: settings.into_iter().map(Into::into).collect(),
            process: None,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn start(&mut self) {
        let binary = env::var_os("SSEHUB_BIN").unwrap_or(env!("CARGO_BIN_EXE_ssehub").into());
        let mut child = Command::new(binary)
            // Its own settings come from the environment, too.
            .env_clear()
            .args(["--listen", &self.address.to_string()])
            .args(&self.settings)
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

    /// Sends the process a signal.
    pub fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("a process");
        let pid = Pid::from_child(&process.child);
        kill_process(pid, signal).expect("a child of ours");
    }

    /// Ends the process with SIGKILL. What it has logged meanwhile holds no defect.
    pub fn kill(&mut self) -> Vec<String> {
        let Process { mut child, log } = self.process.take().expect("a process");
        let ended = child.try_wait().expect("a child of ours");
        child.kill().expect("a child of ours");
        child.wait().expect("a child of ours");
        let log = without_defect(log);
        assert_eq!(ended, None, "it ended by itself: {log:#?}");
        log
    }

    /// Ends the process with SIGTERM, which it follows in good order.
    pub fn stop(&mut self) -> Vec<String> {
        self.signal(Signal::TERM);
        let Process { mut child, log } = self.process.take().expect("a process");
        let status = ended(&mut child, Instant::now() + STOP);
        _ = child.kill();
        let log = without_defect(log);
        let good = status.is_some_and(|status| status.success());
        assert!(good, "it stops with {status:?}: {log:#?}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some(mut process) = self.process.take() else {
            return;
        };
        _ = process.child.kill();
        _ = process.child.wait();
        if thread::panicking() {
            let log: Vec<_> = process.log.into_iter().collect();
            let last = &log[log.len().saturating_sub(LAST_LINES)..];
            eprintln!("what {} has logged at last: {last:#?}", self.address);
        }
    }
}

/// How a process has ended, if it has by then.
fn ended(child: &mut Child, by: Instant) -> Option<ExitStatus> {
    loop {
        let status = child.try_wait().expect("a child of ours");
        if status.is_some() || Instant::now() >= by {
            return status;
        }
        thread::sleep(LOOK);
    }
}

/// What a process that has ended has logged: nothing about a panic.
fn without_defect(log: Receiver<String>) -> Vec<String> {
    let log: Vec<_> = log.into_iter().collect();
    let has_defect = |line: &String| {
        ["a defect was met", "panicked"]
            .iter()
            .any(|it| line.contains(it))
    };
    assert!(!log.iter().any(has_defect), "{log:#?}");
    log
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
