//! What a service manager passes to the server, and what it is told: sockets, readiness, signs of life.
//!
//! The protocols of systemd, sd_listen_fds(3) and sd_notify(3), which others speak, too. Without such a
//! manager nothing here does anything.

use std::time::Duration;

use async_io::Timer;
use listenfd::ListenFd;
use sd_notify::NotifyState;
use ssehub::server::{Address, Listener, Server};

use super::ready::rules;

/// The name of sockets that lead from HTTP to HTTPS.
const REDIRECT: &str = "http-redirect";

/// How many signs of life are given within the time in which one is expected.
const SIGNS: u32 = 3;

/// Sockets that were passed.
#[derive(Debug, Default)]
pub(crate) struct Inherited {
    /// Those for the hub.
    pub(crate) hub: Vec<Listener>,
    /// Those that lead to HTTPS.
    pub(crate) redirect: Vec<Listener>,
}

impl Inherited {
    /// Whether one of these takes what is meant for an address. A service manager that holds the socket is to keep it.
    pub(crate) fn takes(&self, address: &Address) -> bool {
        let listeners = self.hub.iter().chain(&self.redirect);
        let mut addresses = listeners.filter_map(|listener| listener.address().ok());
        let takes = addresses.any(|own| rules::takes(&own, address));
        if takes {
            log::info!("{address} is left to a socket that was passed");
        }
        takes
    }
}

/// Whether sockets were passed to this process, and not to one that has started it.
pub(super) fn passes_sockets(variable: impl Fn(&str) -> Option<String>) -> bool {
    let own = std::process::id().to_string();
    variable("LISTEN_FDS").is_some_and(|count| count != "0")
        && variable("LISTEN_PID").is_some_and(|process| process == own)
}

/// Takes the sockets that were passed, once.
pub(crate) fn sockets(heartbeat: Duration) -> Result<Inherited, String> {
    let mut inherited = Inherited::default();
    if !passes_sockets(|name| std::env::var(name).ok()) {
        return Ok(inherited);
    }
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':');
    let mut passed = ListenFd::from_env();
    for number in 0..passed.len() {
        let listener = socket(&mut passed, number, heartbeat)
            .map_err(|error| format!("cannot use socket {number} of those passed: {error}"))?;
        match names.next() {
            Some(REDIRECT) => inherited.redirect.push(listener),
            _ => inherited.hub.push(listener),
        }
    }
    Ok(inherited)
}

fn socket(passed: &mut ListenFd, number: usize, heartbeat: Duration) -> std::io::Result<Listener> {
    if let Ok(Some(tcp)) = passed.take_tcp_listener(number) {
        return Listener::of_tcp(tcp, heartbeat);
    }
    match passed.take_unix_listener(number)? {
        Some(unix) => Listener::of_unix(unix),
        None => Err(std::io::ErrorKind::NotFound.into()),
    }
}

/// Says that connections are accepted.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Says that settings are being read again; [`ready`] says that this is done.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Says that no more connections are accepted, and asks for the time that the end may take: `drain`, and some to
/// flush the log. A manager that would kill the server earlier waits.
pub(crate) fn stopping(drain: Duration) {
    const TO_FLUSH: Duration = Duration::from_secs(10);
    let most = drain.saturating_add(TO_FLUSH).as_micros();
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    tell(&[NotifyState::Stopping, NotifyState::ExtendTimeoutUsec(most)]);
}

/// Gives a sign of life as often as that is expected, as long as every thread of the server gets to its
/// tasks.
pub(crate) async fn watch(server: Server) {
    let Some(expected) = sd_notify::watchdog_enabled() else {
        return;
    };
    loop {
        server.pulse().await;
        blocking::unblock(|| tell(&[NotifyState::Watchdog])).await;
        Timer::after(expected / SIGNS).await;
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        log::warn!("cannot notify the service manager: {error}");
    }
}
