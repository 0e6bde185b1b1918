//! The restart test: somebody holds the listening socket and passes it to one server after the other, as
//! systemd does. Nobody who connects meanwhile is refused, every stream is resumed, and nothing is lost.
//!
//! It drives the real binary over loopback. `SSEHUB_RESTARTS` says how often the server is replaced.

#![cfg(feature = "server")]

mod crowd;
mod manager;
mod publisher;
mod server;

use std::env;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use smol::Timer;

use crowd::Crowd;
use publisher::Publisher;
use server::Server;

/// Streams that are open all the time.
const STREAMS: usize = 1_000;

/// How often the server is replaced unless the environment says otherwise.
const RESTARTS: u32 = 3;

/// Events between two restarts that every stream has got, at least.
const EVENTS_BETWEEN: u64 = 20;

/// What anything here may take at most.
const LONGEST: Duration = Duration::from_secs(300);

/// Pause between two looks at a condition.
const LOOK: Duration = Duration::from_millis(5);

#[test]
fn a_restart_refuses_nobody_and_loses_nothing() {
    let restarts = env::var("SSEHUB_RESTARTS").map_or(RESTARTS, |text| text.parse().unwrap());
    make_room_for_sockets();
    let mut server = Server::new();
    server.start();
    let address = server.address();
    smol::block_on(async {
        let crowd = Crowd::new(address, STREAMS);
        let publisher = Arc::new(Publisher::new(address));
        let publishing = smol::spawn(publisher.clone().publish());
        until("everyone has heard something", || crowd.slowest() > 0).await;
        for _ in 0..restarts {
            server = smol::unblock(|| server.restarted()).await;
            let next = publisher.stored() + EVENTS_BETWEEN;
            until("everyone has gone on", || crowd.slowest() >= next).await;
        }
        publisher.is_over.store(true, Relaxed);
        let stored = publishing.await;
        until("everyone has heard everything", || {
            crowd.slowest() >= stored
        })
        .await;
        let counts = crowd.counts();
        println!(
            "{restarts} restarts, {STREAMS} streams, {stored} events, {} heard, {} connections, {} of them \
             resumed, {} refused, {} broken, {} gaps; publisher: {} refused, {} broken, {} told to come back",
            crowd.heard(),
            counts.connections,
            counts.resumed,
            counts.refused,
            counts.broken,
            counts.gaps,
            publisher.refused.load(Relaxed),
            publisher.broken.load(Relaxed),
            publisher.busy.load(Relaxed),
        );
        assert_eq!(counts.refused, 0, "somebody was refused");
        assert_eq!(
            publisher.refused.load(Relaxed),
            0,
            "the publisher was refused"
        );
        assert_eq!(counts.broken, 0, "a connection came to nothing");
        assert_eq!(counts.gaps, 0, "something is missing");
        assert_eq!(
            counts.disordered, 0,
            "something came twice, or out of order"
        );
        assert_eq!(crowd.heard(), stored * STREAMS as u64);
        assert!(counts.resumed >= u64::from(restarts) * STREAMS as u64);
    });
}

/// Waits for a condition.
async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < LONGEST, "waited {LONGEST:?} until {what}");
        Timer::after(LOOK).await;
    }
}

fn make_room_for_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = maximum;
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).unwrap();
}
