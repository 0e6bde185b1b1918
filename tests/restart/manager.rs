//! What a service manager hears from the server.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long something may take to be heard.
const LONGEST: Duration = Duration::from_secs(60);

/// The time within which a sign of life is expected, in microseconds.
const WATCHDOG_USEC: &str = "300000";

struct Manager {
    ear: UnixDatagram,
    process: Child,
}

impl Manager {
    fn start() -> Manager {
        let name = format!("ssehub-notify-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let ear = UnixDatagram::bind(&path).unwrap();
        ear.set_read_timeout(Some(LONGEST)).unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_ssehub"))
            .env_clear()
            .env("NOTIFY_SOCKET", &path)
            .env("WATCHDOG_USEC", WATCHDOG_USEC)
            .args(["--listen", "127.0.0.1:0", "--threads", "2"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Manager { ear, process }
    }

    /// The next message that is not just a sign of life.
    fn hear(&self) -> String {
        loop {
            let message = self.next();
            if message != "WATCHDOG=1\n" {
                return message;
            }
        }
    }

    fn next(&self) -> String {
        let mut message = [0; 512];
        let bytes = self
            .ear
            .recv(&mut message)
            .unwrap_or_else(|error| panic!("waited {LONGEST:?} for a word: {error}"));
        String::from_utf8_lossy(&message[..bytes]).into_owned()
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        let told = Command::new("kill").args([name, &pid]).status();
        assert!(told.unwrap().success());
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        _ = self.process.kill();
        _ = self.process.wait();
        if let Some(path) = self
            .ear
            .local_addr()
            .ok()
            .as_ref()
            .and_then(|it| it.as_pathname())
        {
            _ = fs::remove_file(path);
        }
    }
}

#[test]
fn a_manager_is_told_how_the_server_does() {
    let mut manager = Manager::start();
    assert_eq!(manager.hear(), "READY=1\n");
    for _ in 0..3 {
        assert_eq!(manager.next(), "WATCHDOG=1\n");
    }
    manager.signal("-HUP");
    let reloading = manager.hear();
    assert!(
        reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="),
        "{reloading}"
    );
    assert_eq!(manager.hear(), "READY=1\n");
    manager.signal("-TERM");
    // 8 s to drain, and 10 s to flush the log.
    assert_eq!(manager.hear(), "STOPPING=1\nEXTEND_TIMEOUT_USEC=18000000\n");
    assert!(manager.process.wait().unwrap().success());
}
