//! The load generator: cheap subscribers, publishers, and the books they keep.

pub mod body;
pub mod clock;
pub mod crowd;
pub mod http;
pub mod latency;
pub mod ledger;
pub mod probe;
pub mod process;
pub mod publisher;
pub mod record;
pub mod reply;
pub mod scanner;
pub mod socket;
pub mod swarm;
pub mod watch;
