//! The hub without a network: its streams end in memory, its clock stands still, and one thread
//! runs everything step by step.
//!
//! What is left is what the hub itself costs. Reading order: [`text`] is what events say,
//! [`crowd`] and [`subscriber`] who receives them and checks them, [`caller`] who publishes over
//! HTTP, [`stage`] the hub between them. [`guard`] counts instructions and bytes and compares them
//! with recorded figures, [`million`] shows that a subscriber costs the same in a crowd of any size.

#![forbid(unsafe_code)]

pub mod caller;
pub mod crowd;
pub mod guard;
pub mod heap;
pub mod million;
pub mod stage;
pub mod subscriber;
pub mod text;
