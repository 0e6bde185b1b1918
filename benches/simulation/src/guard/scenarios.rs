//! What is counted, one entry for each thing that the hub does.

use super::work::{BATCH, CROWD, connect, deliver, leave, publish};
use crate::heap::Heap;

/// Events that are brought to a crowd one after another.
const EVENTS: u32 = 20;
/// Requests that publish.
const REQUESTS: u32 = 500;
/// Subscribers whose memory is counted; so many that what the hub itself holds hardly matters.
const WAITING: u32 = 10_000;

/// What is counted of a scenario, besides allocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Instructions,
    Memory,
}

/// One thing that the hub does.
#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub about: &'static str,
    /// What its figures are told for, and how many of them the stretch has.
    pub unit: &'static str,
    pub units: u64,
    pub counted: Counted,
    /// Runs of which the least count is taken.
    pub runs: u32,
    pub run: fn(u64) -> Result<Heap, String>,
}

const INSTRUCTIONS: Scenario = Scenario {
    name: "",
    about: "",
    unit: "",
    units: 0,
    counted: Counted::Instructions,
    runs: 1,
    run: |_| Err(String::new()),
};

pub static SCENARIOS: [Scenario; 6] = [
    Scenario {
        name: "fanout",
        about: "20 events to 1,000 subscribers, one after another",
        unit: "delivery",
        units: (CROWD * EVENTS) as u64,
        run: |units| deliver(units, 1),
        ..INSTRUCTIONS
    },
    Scenario {
        name: "batch",
        about: "64 events to 1,000 subscribers, all at once",
        unit: "delivery",
        units: (CROWD * BATCH) as u64,
        run: |units| deliver(units, BATCH),
        ..INSTRUCTIONS
    },
    Scenario {
        name: "publish",
        about: "500 POST /sse/message on one connection",
        unit: "request",
        units: REQUESTS as u64,
        // Fields are kept in maps with random keys, which give memory back in random order, and
        // the allocator does a little more or less for it.
        runs: 3,
        run: publish,
        ..INSTRUCTIONS
    },
    Scenario {
        name: "connect",
        about: "1,000 subscribers, from their request until they wait",
        unit: "connection",
        units: CROWD as u64,
        run: connect,
        ..INSTRUCTIONS
    },
    Scenario {
        name: "leave",
        about: "1,000 subscribers of one topic hang up",
        unit: "connection",
        units: CROWD as u64,
        run: leave,
        ..INSTRUCTIONS
    },
    Scenario {
        name: "waiting",
        about: "10,000 subscribers with nothing to read",
        unit: "subscriber",
        units: WAITING as u64,
        counted: Counted::Memory,
        run: connect,
        ..INSTRUCTIONS
    },
];
