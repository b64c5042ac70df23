//! The `aggregations` command: the local stack (`up`), bulk loading (`import`), the documents of one profile (`show`) and of all
//! (`export`), the whole customer base (`verify`, `rebuild`), and single persons (`forget`, `merge`). A module for each; they do
//! not know each other. `target` is the table that all but the first work on.

pub mod base;
mod date;
pub mod export;
pub mod import;
pub mod person;
mod progress;
pub mod show;
mod signals;
mod target;
mod terminal;
#[cfg(feature = "local-stack")]
pub mod up;

pub use target::TargetError;
pub use terminal::wants_colour;
