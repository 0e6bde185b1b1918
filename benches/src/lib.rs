//! Side-by-side benchmark of event-stream servers.
//!
//! Reading order: [`scale`] says how much, [`servers`] who, [`scenarios`] what is done to them,
//! [`load`] how; [`run`] takes the servers in turn and [`report`] writes down the medians.

pub mod cluster;
pub mod load;
pub mod machine;
pub mod options;
pub mod progress;
pub mod report;
pub mod run;
pub mod sample;
pub mod scale;
pub mod scenarios;
pub mod servers;
