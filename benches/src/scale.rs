//! How large a run is: every count and every time it takes, in one place.

use std::time::Duration;

/// The size of a run.
#[derive(Clone)]
pub struct Scale {
    pub name: &'static str,
    /// Each server is measured so many times, in turn with the others.
    pub rounds: usize,
    /// Subscribers of fan-out, connecting, catching up and the storm.
    pub subscribers: usize,
    /// Subscriber counts of the scale scenario; the most must leave room for 20,000 descriptors.
    pub steps: &'static [usize],
    /// Subscriber counts of the million scenario, which has no sockets.
    pub simulated: &'static [usize],
    /// Topics of the rooms scenario, ten subscribers each.
    pub rooms: usize,
    /// Length of a measured stretch at a steady rate.
    pub steady: Duration,
    /// Length of a stretch with publishers in a closed loop.
    pub saturated: Duration,
    /// Events with each kind of credential.
    pub publishes: usize,
    /// Events missed by those who catch up.
    pub missed: usize,
    /// Starts whose median is the start-up time.
    pub starts: usize,
}

/// For a quick look: two minutes with every peer.
pub const SMALL: Scale = Scale {
    name: "small",
    rounds: 1,
    subscribers: 1_000,
    steps: &[100, 1_000],
    simulated: &[100_000],
    rooms: 100,
    steady: Duration::from_secs(2),
    saturated: Duration::from_secs(2),
    publishes: 50_000,
    missed: 100,
    starts: 5,
};

/// What the published figures are made with.
pub const FULL: Scale = Scale {
    name: "full",
    rounds: 3,
    subscribers: 10_000,
    steps: &[100, 1_000, 10_000, 19_000],
    simulated: &[1_000, 10_000, 100_000, 1_000_000],
    rooms: 1_000,
    steady: Duration::from_secs(5),
    saturated: Duration::from_secs(10),
    publishes: 200_000,
    missed: 100,
    starts: 15,
};

/// Bytes of an event's text, unless a scenario is about large ones.
pub const EVENT_BYTES: usize = 64;
/// Bytes of a large event's text.
pub const LARGE_EVENT_BYTES: usize = 64 * 1024;
/// Events a second of the fan-out scenario.
pub const EVENTS_PER_SECOND: f64 = 10.0;
/// Handshakes that arriving subscribers have under way at a time.
pub const IN_FLIGHT: usize = 500;
/// Publishers of every scenario.
pub const PUBLISHERS: usize = 4;
/// Nobody waits longer for a crowd to arrive.
pub const ARRIVAL_LIMIT: Duration = Duration::from_secs(60);
/// Nor for the last events to come in.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(60);
/// Nothing received for so long means that nothing more will come.
pub const QUIET: Duration = Duration::from_secs(8);
/// Between arrival and measurement, so that handshakes are over.
pub const SETTLE: Duration = Duration::from_secs(1);
