//! The integration tests: one binary, in memory.

mod body;
mod frame;
mod head;
mod hostile;
mod house;
mod hub;
mod log;
mod pipe;
mod stream;
mod topic;
mod world;
