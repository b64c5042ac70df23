//! Everything that reads what others wrote, put to arbitrary bytes: a function for each, which panics when the code does not keep
//! what it promises. None needs a network or a table.
//!
//! `cargo test -p fuzzing` puts the kept corpus to them, `libfuzzer` whatever a fuzzer makes up.

#![expect(clippy::panic, reason = "a panic is how a target tells what it found")]

mod archive;
#[cfg(feature = "functions")]
mod dynamodb;
#[cfg(feature = "functions")]
mod events;
mod figures;
#[cfg(feature = "import")]
mod import_rows;
mod input;
mod items;
mod ledger;
#[cfg(feature = "functions")]
mod request;
mod seal;

pub use archive::archive;
#[cfg(feature = "functions")]
pub use events::{queue_event, stream_event};
#[cfg(feature = "import")]
pub use import_rows::import_rows;
pub use items::items;
pub use ledger::ledger;
#[cfg(feature = "functions")]
pub use request::request;

/// The profile whose items are made up.
pub(crate) const PROFILE: &str = "ada";
