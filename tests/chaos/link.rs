//! What lies between one node and Redis: a forwarder that can cut, refuse and stall.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Bytes that are forwarded at one time.
const PIECE: usize = 16 << 10;

/// What becomes of bytes and of new connections.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    Open,
    /// New connections end at once.
    Refusing,
    /// Nothing moves in either direction.
    Stalled,
    /// Commands arrive, their answers do not.
    Mute,
}

/// A forwarder from an address of its own to Redis' socket; dropping it cuts everything.
pub struct Link {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    redis: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    mode: Mode,
    is_over: bool,
    pairs: Vec<Arc<Pair>>,
}

/// A node's connection, and the one that stands for it at Redis.
struct Pair {
    node: TcpStream,
    redis: UnixStream,
    is_cut: AtomicBool,
}

/// Where bytes go.
#[derive(Clone, Copy)]
enum Way {
    Commands,
    Answers,
}

impl Link {
    pub fn new(redis: PathBuf) -> Link {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let link = Link {
            address: listener.local_addr().expect("an address"),
            shared: Arc::new(Shared {
                redis,
                state: Mutex::new(State {
                    mode: Mode::Open,
                    is_over: false,
                    pairs: Vec::new(),
                }),
                changed: Condvar::new(),
            }),
        };
        let shared = link.shared.clone();
        thread::spawn(move || accept(&listener, &shared));
        link
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn set(&self, mode: Mode) {
        self.shared.state().mode = mode;
        self.shared.changed.notify_all();
    }

    /// Cuts the connections that there are.
    pub fn cut(&self) {
        let pairs = std::mem::take(&mut self.shared.state().pairs);
        pairs.iter().for_each(|pair| pair.cut());
        self.shared.changed.notify_all();
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.state().is_over = true;
        self.cut();
        // Wakes the one that accepts.
        _ = TcpStream::connect(self.address);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for node in listener.incoming().map_while(Result::ok) {
        let mut state = shared.state();
        if state.is_over {
            return;
        }
        let redis = UnixStream::connect(&shared.redis);
        let (Mode::Open | Mode::Stalled | Mode::Mute, Ok(redis)) = (state.mode, redis) else {
            continue;
        };
        _ = node.set_nodelay(true);
        let pair = Arc::new(Pair {
            node,
            redis,
            is_cut: AtomicBool::new(false),
        });
        state.pairs.retain(|it| !it.is_cut.load(Ordering::Relaxed));
        state.pairs.push(pair.clone());
        for way in [Way::Commands, Way::Answers] {
            let (pair, shared) = (pair.clone(), shared.clone());
            thread::spawn(move || shared.forward(&pair, way));
        }
    }
}

impl Shared {
    /// Forwards one way until either end has gone.
    fn forward(&self, pair: &Pair, way: Way) {
        _ = match way {
            Way::Commands => self.copy(pair, way, &pair.node, &pair.redis),
            Way::Answers => self.copy(pair, way, &pair.redis, &pair.node),
        };
        pair.cut();
    }

    fn copy(
        &self,
        pair: &Pair,
        way: Way,
        mut from: impl Read,
        mut to: impl Write,
    ) -> std::io::Result<()> {
        let mut piece = vec![0; PIECE];
        loop {
            let bytes = from.read(&mut piece)?;
            if bytes == 0 || !self.may_pass(pair, way) {
                return Ok(());
            }
            to.write_all(&piece[..bytes])?;
        }
    }

    /// Waits while nothing may pass; whether something may then.
    fn may_pass(&self, pair: &Pair, way: Way) -> bool {
        let mut state = self.state();
        loop {
            let stands = match state.mode {
                Mode::Open | Mode::Refusing => false,
                Mode::Stalled => true,
                Mode::Mute => matches!(way, Way::Answers),
            };
            let is_cut = pair.is_cut.load(Ordering::Relaxed);
            if is_cut || !stands {
                return !is_cut;
            }
            state = self
                .changed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pair {
    fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
        _ = self.node.shutdown(Shutdown::Both);
        _ = self.redis.shutdown(Shutdown::Both);
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::{Duration, Instant};

    use super::super::redis::{Memory, Redis};
    use super::*;

    /// How long something that does not come is waited for.
    const SILENCE: Duration = Duration::from_millis(100);

    /// How long what comes may take on a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// What comes back: `+PONG`, nothing in time, or nothing any more.
    fn ping(stream: &mut TcpStream, time: Duration) -> Result<String, ErrorKind> {
        stream.set_read_timeout(Some(time)).expect("a timeout");
        let mut answer = [0; 64];
        let read = stream
            .write_all(b"PING\r\n")
            .and_then(|()| stream.read(&mut answer));
        match read {
            Ok(0) => Err(ErrorKind::UnexpectedEof),
            Ok(bytes) => Ok(String::from_utf8_lossy(&answer[..bytes]).replace("\r\n", "")),
            Err(error) => Err(error.kind()),
        }
    }

    #[test]
    fn a_link_forwards_stalls_refuses_and_cuts() {
        let mut redis = Redis::new(Memory::Everything);
        redis.start();
        let link = Link::new(redis.socket());
        let open = || TcpStream::connect(link.address()).expect("the link listens");
        let mut stream = open();
        assert_eq!(ping(&mut stream, PATIENCE), Ok("+PONG".to_owned()));
        link.set(Mode::Stalled);
        assert_eq!(ping(&mut stream, SILENCE), Err(ErrorKind::WouldBlock));
        link.set(Mode::Open);
        stream.set_read_timeout(None).expect("a timeout");
        stream
            .read_exact(&mut [0; 7])
            .expect("the answer that was stalled");
        assert_eq!(ping(&mut stream, PATIENCE), Ok("+PONG".to_owned()));

        link.set(Mode::Mute);
        stream.write_all(b"SET heard yes\r\n").expect("a command");
        assert_eq!(ping(&mut stream, SILENCE), Err(ErrorKind::WouldBlock));
        let begun = Instant::now();
        while redis.command("STRLEN heard").ok() != Some(":3".to_owned()) {
            assert!(
                begun.elapsed() < PATIENCE,
                "Redis hears nothing in {PATIENCE:?}"
            );
        }
        link.cut();
        link.set(Mode::Open);
        assert!(ping(&mut stream, PATIENCE).is_err_and(|kind| kind != ErrorKind::WouldBlock));

        let mut again = open();
        assert_eq!(ping(&mut again, PATIENCE), Ok("+PONG".to_owned()));
        link.set(Mode::Refusing);
        assert!(ping(&mut open(), PATIENCE).is_err_and(|kind| kind != ErrorKind::WouldBlock));
        assert_eq!(
            ping(&mut again, PATIENCE),
            Ok("+PONG".to_owned()),
            "who is connected stays"
        );
    }
}
