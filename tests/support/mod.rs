//! What the tests of the real binary under faults share: publishers that count, subscribers that resume,
//! and the audit of what the ones have sent and the others heard.

#![allow(dead_code, reason = "each of these tests uses a part of it")]

pub mod audit;
pub mod chunks;
pub mod clients;
pub mod connection;
pub mod events;
pub mod folder;
pub mod ledger;
pub mod publisher;
pub mod run;
pub mod server;
pub mod subscriber;

use std::env;
use std::thread::ScopedJoinHandle;

/// The topics of every run.
pub const TOPICS: [&str; 3] = ["chat", "orders/42", "news"];

/// What each run publishes with.
pub const PUBLISHERS: usize = 8;

/// A number from the environment.
pub fn variable(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}")))
}

/// What a thread of the run comes back with.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().expect("a thread of the run has failed")
}
