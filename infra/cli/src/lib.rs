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
pub mod up;

pub use target::TargetError;
pub use terminal::wants_colour;

/// The local stack is the functions, their AWS clients and a DynamoDB in one process, and makes small objects on all threads at
/// once: with the system's allocator of Linux a fifth of its time goes there, much of it waiting for another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
