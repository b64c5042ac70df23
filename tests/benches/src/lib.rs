//! What the benchmarks measure: histories of purchases, and the functions before a DynamoDB that answers at once.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what only benchmarks use may fail loudly, too"
)]

#[cfg(feature = "emulator")]
mod emulator;
mod get;
mod history;
mod recalculation;
mod stub;

#[cfg(feature = "emulator")]
pub use emulator::Emulator;
pub use get::{Get, request};
pub use history::{History, PROFILE};
pub use recalculation::Recalculation;
