//! The functions on a real engine, with faults between them, by random schedules.
//!
//! A [`Schedule`](schedule::Schedule) is what a seed makes of itself: what is written, delivered, read and killed, and what happens to
//! each request below the SDK's own retries. Everything runs on one thread by a clock that stands still while anything is done, so a seed
//! takes the same way each time. When the faults are over and everything that is due is delivered, every derived item must equal a
//! calculation from nothing.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should fail loudly"
)]

pub mod answers;
pub mod bounds;
pub mod checks;
pub mod commands;
pub mod connection;
pub mod engine;
pub mod fault;
pub mod function;
pub mod invocation;
pub mod layer;
pub mod other;
pub mod process;
pub mod queue;
pub mod reader;
pub mod report;
pub mod run;
pub mod running;
pub mod schedule;
pub mod seeds;
pub mod source;
pub mod state;
pub mod stored;
pub mod stream;
pub mod trace;
