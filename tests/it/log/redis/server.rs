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
        let port = free_port();
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

    /// One that is reached by TCP, too; the port.
    pub fn with_port(options: &[&str]) -> (Server, u16) {
        let port = free_port();
        let port_text = port.to_string();
        let listen = ["--bind", "127.0.0.1", "--port", &port_text];
        let options = [&listen[..], options].concat();
        (Server::run(Folder::new(), "keep", &options), port)
    }

    /// A sentinel that watches the primary at a port, which it calls `main`; its own port.
    pub fn sentinel(primary: u16) -> (Server, u16) {
        let (folder, port) = (Folder::new(), free_port());
        let settings = format!(
            "bind 127.0.0.1\nport {port}\nunixsocket {}\ndir {}\nsentinel monitor main 127.0.0.1 {primary} 1\n",
            folder.0.join("socket").display(),
            folder.0.display(),
        );
        let file = folder.0.join("sentinel.conf");
        std::fs::write(&file, settings).unwrap();
        let arguments = [file.to_str().unwrap(), "--sentinel"];
        (Server::run_with(folder, "keep", &arguments), port)
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
        let (socket, dir) = (folder.0.join("socket"), folder.0.clone());
        let (socket, dir) = (socket.to_str().unwrap(), dir.to_str().unwrap());
        let always = [
            "--port",
            "0",
            "--save",
            "",
            "--unixsocket",
            socket,
            "--dir",
            dir,
        ];
        let arguments = [&always[..], options].concat();
        Server::run_with(folder, afterwards, &arguments)
    }

    fn run_with(folder: Folder, afterwards: &str, arguments: &[&str]) -> Server {
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
            .args(arguments)
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
        self.try_to_ask(words).unwrap()
    }

    /// The same of something that it may refuse.
    pub fn try_to_ask(&self, words: &[&str]) -> Result<Value, redis::RedisError> {
        let mut command = redis::cmd(words[0]);
        let mut connection = redis::Client::open(self.url())?.get_connection()?;
        command.arg(&words[1..]);
        command.query(&mut connection)
    }

    /// Whether a part of what it says of itself is so.
    pub fn says(&self, words: &[&str], line: &str) -> bool {
        match self.try_to_ask(words) {
            Ok(Value::BulkString(text)) => String::from_utf8_lossy(&text).contains(line),
            _ => false,
        }
    }

    /// Whether it has read its file.
    pub fn is_ready(&self) -> bool {
        let client = redis::Client::open(self.url()).unwrap();
        let connection = client.get_connection();
        connection.is_ok_and(|mut it| redis::cmd("PING").exec(&mut it).is_ok())
    }
}

/// A port that nobody listens at. Systems give higher ones to clients, so it stays free for the moment.
pub fn free_port() -> u16 {
    let ports = std::iter::repeat_with(|| fastrand::u16(12_000..30_000)).take(100);
    let mut free = ports.filter(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok());
    free.next().expect("a free port")
}
