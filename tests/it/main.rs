//! The integration tests: one binary, in memory.

mod auth;
mod batch;
mod board;
mod body;
mod conflation;
mod cost;
mod door;
mod ending;
mod events;
mod fetch;
mod frame;
mod head;
mod hostile;
mod house;
mod hub;
#[cfg(feature = "tls")]
mod jwks;
mod lead;
mod limits;
mod log;
mod mercure;
mod metrics;
#[cfg(feature = "tls")]
mod net;
mod options;
mod pipe;
mod presence;
mod pumps;
mod registry;
mod stream;
mod talk;
mod tls;
mod topic;
mod visits;
mod world;
