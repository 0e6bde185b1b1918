//! The crash test: the server is killed again and again while publishers publish and subscribers
//! read. No event that it has acknowledged may be missing, come twice, or change its place.
//!
//! It drives the real binary over loopback. `SSEHUB_CRASH_KILLS` says how often the server dies,
//! `SSEHUB_SEED` repeats a run's choices, and `SSEHUB_CRASH_DURABILITY=none` shows that the test
//! can fail. To be killed is not a power cut: what the program has written, the system still has.

#![cfg(feature = "server")]

#[path = "../support/mod.rs"]
mod support;

use std::env;
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;

use support::audit::Verdict;
use support::clients::Clients;
use support::folder::Folder;
use support::run::{Plan, Run};
use support::server::Server;
use support::subscriber::Subscriber;
use support::variable;

/// How often the server is killed unless the environment says otherwise.
const KILLS: u32 = 5;

/// What a run takes at most, besides its kills.
const RUN: Duration = Duration::from_secs(120);

/// What one kill and the start after it may add to that.
const KILL: Duration = Duration::from_secs(10);

/// Most events that are acknowledged between two kills.
const ROUND_EVENTS: u64 = 1_000;

/// Longest pause between the last of them and the kill. It is halved so many times or less, because
/// most of a commit waits for the disk, and what matters happens just before.
const ROUND_PAUSE_MICROS: u64 = 10_000;
const ROUND_PAUSE_HALVINGS: u32 = 10;

/// Longest life of a server that is killed before it has said that it listens.
const START_PAUSE_MICROS: u64 = 60_000;

/// One kill in so many hits a server that starts.
const KILLS_AT_START: u32 = 4;

/// Files that are begun, and longest life of a server that begins one.
const NEW_FILES: u32 = 30;
const NEW_FILE_PAUSE_MICROS: u64 = 25_000;

/// Events in the server's memory; few, so that those who resume are read to from the file.
const WINDOW_EVENTS: &str = "200";

#[test]
fn what_is_acknowledged_survives_a_kill() {
    let kills = variable("SSEHUB_CRASH_KILLS").map_or(KILLS, |kills| kills as u32);
    let seed = variable("SSEHUB_SEED").unwrap_or_else(|| fastrand::u64(..));
    let durability = env::var("SSEHUB_CRASH_DURABILITY").unwrap_or("commit".to_owned());
    println!("SSEHUB_SEED={seed}, {kills} kills, --durability {durability}");

    let begun = Instant::now();
    let longest = RUN + KILL * kills;
    let folder = Folder::new();
    let mut server = server(&folder, &durability);
    let run = &Run::new(Plan {
        nodes: vec![server.address()],
        deadline: begun + longest,
        pause: Duration::ZERO,
        may_refuse: false,
    });
    let mut chance = Rng::with_seed(seed);
    let (sent, heard) = thread::scope(|scope| {
        // A failure here stops the threads, too.
        let _alarm = run.alarm();
        let clients = Clients::begin(scope, run, &mut chance);

        torment(&mut server, run, kills, &mut chance);
        let (sent, mut heard) = clients.end(run, &mut chance);
        heard.extend(Subscriber::late(run, &mut chance).map(Subscriber::listen));
        (sent, heard)
    });

    let verdict = Verdict::on(&sent, &heard);
    println!("kills\n{kills:>5}\n{}", verdict.table(begun.elapsed()));
    assert!(verdict.is_clean(), "SSEHUB_SEED={seed}: {verdict:#?}");
}

/// A file that is not finished must not keep the next server from starting.
#[test]
fn a_server_that_is_killed_while_it_makes_its_file_starts_again() {
    let seed = variable("SSEHUB_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("SSEHUB_SEED={seed}");
    let mut chance = Rng::with_seed(seed);
    for _ in 0..NEW_FILES {
        let folder = Folder::new();
        let mut server = server(&folder, "commit");
        server.start();
        thread::sleep(Duration::from_micros(chance.u64(..NEW_FILE_PAUSE_MICROS)));
        kill(&mut server);
        server.start();
        server.wait_until_it_listens();
    }
}

/// Kills the server, now at work and now while it starts, and leaves it running.
fn torment(server: &mut Server, run: &Run, kills: u32, chance: &mut Rng) {
    let patience = RUN + KILL * kills;
    server.start();
    for _ in 0..kills {
        if chance.u32(..KILLS_AT_START) == 0 {
            thread::sleep(Duration::from_micros(chance.u64(..START_PAUSE_MICROS)));
        } else {
            server.wait_until_it_listens();
            run.wait_for_more(chance.u64(1..=ROUND_EVENTS), patience);
            let longest = ROUND_PAUSE_MICROS >> chance.u32(..=ROUND_PAUSE_HALVINGS);
            thread::sleep(Duration::from_micros(chance.u64(..=longest)));
        }
        kill(server);
        server.start();
    }
    server.wait_until_it_listens();
    run.wait_for_more(1, patience);
}

/// A server with its log in this folder.
fn server(folder: &Folder, durability: &str) -> Server {
    let file = folder.join("log").display().to_string();
    Server::new([
        "--durability",
        durability,
        "--window-events",
        WINDOW_EVENTS,
        "--data",
        &file,
    ])
}

/// Kills the server, which has nothing to complain of.
fn kill(server: &mut Server) {
    let log = server.kill();
    assert!(!log.iter().any(|line| line.contains(" ERROR ")), "{log:#?}");
}
