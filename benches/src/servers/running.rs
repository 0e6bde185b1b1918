//! A server that runs for one measurement, and is gone after it whatever happens.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::table::Server;
use super::{find, scratch};
use crate::load::process::{Usage, cpu_seconds, tree, usage};

/// How long a server may take to accept.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long it may take to end when asked.
const STOP_LIMIT: Duration = Duration::from_secs(2);
/// Ports for servers: below the range that client sockets are given.
const FIRST_PORT: u16 = 18_000;
const PORTS: u16 = 8_000;

static NEXT_PORT: AtomicU32 = AtomicU32::new(0);
static ALIVE: Mutex<Vec<u32>> = Mutex::new(Vec::new());

/// A started server; dropping it stops it.
pub struct Running {
    pub addr: SocketAddr,
    /// From exec to the first connection, and to the first byte of an answer.
    pub accepted_s: f64,
    pub answered_s: f64,
    child: Child,
    dir: PathBuf,
}

impl Running {
    /// Starts `server`, bound to die with this process, and waits until it accepts.
    pub fn start(server: &Server) -> Result<Running, String> {
        Running::launch(server, true)
    }

    /// Starts it without anything in between, for measuring the start itself.
    pub fn start_bare(server: &Server) -> Result<Running, String> {
        Running::launch(server, false)
    }

    fn launch(server: &Server, guarded: bool) -> Result<Running, String> {
        let program = find::program(server.program)?;
        let addr = free_address().map_err(|e| format!("no free port: {e}"))?;
        let dir = scratch::folder(server.name, addr.port());
        scratch::prepare(server, &dir, addr).map_err(|e| format!("scratch folder: {e}"))?;
        let mut command = command(server, &program, &dir, addr, guarded)?;
        let began = Instant::now();
        let child = command
            .spawn()
            .map_err(|e| format!("{}: {e}", program.display()))?;
        lock_alive().push(child.id());
        let mut running = Running {
            addr,
            accepted_s: 0.0,
            answered_s: 0.0,
            child,
            dir,
        };
        running.wait_for_start(began)?;
        Ok(running)
    }

    fn wait_for_start(&mut self, began: Instant) -> Result<(), String> {
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("ended at once ({status}): {}", self.last_words()));
            }
            if let Ok(mut socket) = TcpStream::connect(self.addr) {
                self.accepted_s = began.elapsed().as_secs_f64();
                let _ = first_byte(&mut socket);
                self.answered_s = began.elapsed().as_secs_f64();
                return Ok(());
            }
            if began.elapsed() > START_LIMIT {
                return Err(format!("does not accept: {}", self.last_words()));
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder it runs in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn usage(&self) -> Usage {
        usage(self.pid())
    }

    pub fn cpu_s(&self) -> f64 {
        cpu_seconds(self.pid())
    }

    /// Ends it at once, in the middle of a measurement.
    pub fn kill(&self) {
        tree(self.pid())
            .into_iter()
            .for_each(|pid| signal(pid, Signal::KILL));
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The last line of what it printed.
    fn last_words(&self) -> String {
        ["stderr", "error.log"]
            .iter()
            .filter_map(|name| fs::read_to_string(self.dir.join(name)).ok())
            .find_map(|text| {
                text.lines()
                    .rev()
                    .find(|l| !l.trim().is_empty())
                    .map(str::to_owned)
            })
            .unwrap_or_else(|| "it said nothing".into())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let pids = tree(self.pid());
        signal(self.pid(), Signal::TERM);
        let give_up = Instant::now() + STOP_LIMIT;
        while self.is_alive() && Instant::now() < give_up {
            std::thread::sleep(Duration::from_millis(5));
        }
        if self.is_alive() {
            pids.into_iter().for_each(|pid| signal(pid, Signal::KILL));
        }
        let _ = self.child.wait();
        lock_alive().retain(|&pid| pid != self.child.id());
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Ends every server that is still running; for the way out on Ctrl-C.
pub fn kill_all() {
    let alive = std::mem::take(&mut *lock_alive());
    for pid in alive.into_iter().flat_map(tree) {
        signal(pid, Signal::KILL);
    }
}

fn lock_alive() -> std::sync::MutexGuard<'static, Vec<u32>> {
    ALIVE
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

fn free_address() -> io::Result<SocketAddr> {
    let mut last = io::ErrorKind::AddrInUse.into();
    for _ in 0..PORTS {
        let offset = NEXT_PORT.fetch_add(1, Ordering::Relaxed) + std::process::id() * 31;
        let port = FIRST_PORT + (offset % u32::from(PORTS)) as u16;
        let addr = SocketAddr::from(([127, 0, 0, 1], port));
        match TcpListener::bind(addr) {
            Ok(_) => return Ok(addr),
            Err(e) => last = e,
        }
    }
    Err(last)
}

fn command(
    server: &Server,
    program: &Path,
    dir: &Path,
    addr: SocketAddr,
    guarded: bool,
) -> Result<Command, String> {
    let mut command = match guarded {
        true => find::bound_to_us(program),
        false => Command::new(program),
    };
    let log = |name| File::create(dir.join(name)).map_err(|e| format!("log file: {e}"));
    command
        .args(server.args.iter().map(|arg| scratch::fill(arg, dir, addr)))
        .envs(
            server
                .env
                .iter()
                .map(|(name, value)| (name, scratch::fill(value, dir, addr))),
        )
        .stdin(Stdio::null())
        .stdout(log("stdout")?)
        .stderr(log("stderr")?);
    Ok(command)
}

/// Asks for the health page, and waits for whatever comes.
fn first_byte(socket: &mut TcpStream) -> io::Result<()> {
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    socket.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    socket.read_exact(&mut [0])
}
