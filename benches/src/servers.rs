//! The servers under test: how each is found, started, spoken to, and stopped.

pub mod dialect;
pub mod find;
pub mod running;
pub mod scratch;
pub mod table;

pub use dialect::Dialect;
pub use running::Running;
pub use table::{Server, all, hub};
