//! What the benchmarks measure: histories of purchases, and the functions before a DynamoDB that answers at once.

#![expect(
    clippy::unwrap_used,
    reason = "what only benchmarks use may fail loudly, too"
)]

#[cfg(feature = "local-stack")]
mod emulator;
mod get;
mod history;
mod recalculation;
mod stub;

#[cfg(feature = "local-stack")]
pub use emulator::Emulator;
pub use get::{Get, request};
pub use history::{History, PROFILE};
pub use recalculation::Recalculation;
