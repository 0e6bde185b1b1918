//! A `redis-server` on a Unix socket of its own, with a folder of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use redis::Value;

use super::super::Folder;
use crate::net::server::Ca;

/// Runs `redis-server` and kills it when its own standard input closes: however the tests end, by a
/// panic or by a signal, that happens.
const GUARD: &str = r#"
dir=$1; afterwards=$2; shift 2
redis-server "$@" >"$dir/redis.log" 2>&1 &
read -r _
kill -9 $! 2>/dev/null
wait
[ "$afterwards" = keep ] || rm -rf "$dir"
"#;

/// How often one looks whether a server answers.
const TRIES: u32 = 10_000_000;

/// A server, killed when dropped.
pub struct Server {
    guard: Guard,
    folder: Folder,
}

struct Guard(Child);

impl Guard {
    fn end(&mut self) {
        drop(self.0.stdin.take());
        _ = self.0.wait();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.end();
    }
}

impl Server {
    /// The one that tests share which do it no harm.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        // Blocks of one entry: what is about so many is so many exactly.
        let options = ["--stream-node-max-entries", "1"];
        SHARED.get_or_init(|| Server::run(Folder::new(), "remove", &options))
    }

    /// One that a test has for itself.
    pub fn start(options: &[&str]) -> Server {
        Server::run(Folder::new(), "keep", options)
    }

    /// One that is reached by TLS, too; the port.
    pub fn with_tls(ca: &Ca, host: &str) -> (Server, u16) {
        let folder = Folder::new();
        let (certificate, key) = ca.vouch(&[host]);
        let files = [("cert", certificate), ("key", key), ("ca", ca.pem())];
        for (name, pem) in &files {
            std::fs::write(folder.0.join(name), pem).unwrap();
        }
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let port_text = port.to_string();
        let options = [
            ["--bind", "127.0.0.1"],
            ["--tls-port", &port_text],
            ["--tls-cert-file", "cert"],
            ["--tls-key-file", "key"],
            ["--tls-ca-cert-file", "ca"],
            ["--tls-auth-clients", "no"],
        ];
        (Server::run(folder, "keep", options.as_flattened()), port)
    }

    /// Kills it and starts it again.
    pub fn restart(self, options: &[&str]) -> Server {
        let Server { guard, folder } = self;
        drop(guard);
        Server::run(folder, "keep", options)
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.guard.end();
    }

    fn run(folder: Folder, afterwards: &str, options: &[&str]) -> Server {
        let found = Command::new("redis-server").arg("--version").output();
        assert!(
            found.is_ok(),
            "redis-server is missing; `make unit` installs it"
        );
        let socket = folder.0.join("socket");
        let guard = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&folder.0)
            .arg(afterwards)
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(&folder.0)
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let guard = Guard(guard);
        let server = Server { guard, folder };
        for _ in 0..TRIES {
            if UnixStream::connect(&socket).is_ok() {
                return server;
            }
            std::thread::yield_now();
        }
        let log = std::fs::read_to_string(server.folder.0.join("redis.log"));
        panic!("redis-server does not start: {log:?}");
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.0.join("socket")
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Does something with it that no hub would do: a command, its words separated by blanks.
    #[track_caller]
    pub fn ask(&self, command: &str) -> Value {
        self.ask_words(&command.split(' ').collect::<Vec<_>>())
    }

    /// The same with words that may have blanks.
    #[track_caller]
    pub fn ask_words(&self, words: &[&str]) -> Value {
        let mut command = redis::cmd(words[0]);
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_connection().unwrap();
        command.arg(&words[1..]);
        command.query(&mut connection).unwrap()
    }

    /// Whether it has read its file.
    pub fn is_ready(&self) -> bool {
        let client = redis::Client::open(self.url()).unwrap();
        let connection = client.get_connection();
        connection.is_ok_and(|mut it| redis::cmd("PING").exec(&mut it).is_ok())
    }
}
