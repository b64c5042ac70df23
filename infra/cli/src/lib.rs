//! The `aggregations` command: the local stack (`up`), bulk loading (`import`), the whole customer base (`verify`,
//! `rebuild`), and single persons (`forget`, `merge`). A module for each; they do not know each other. `target` is the table that the last three work on.

pub mod base;
pub mod import;
pub mod person;
mod target;
pub mod up;

pub use target::TargetError;

/// The local stack is the functions, their AWS clients and a DynamoDB in one process, and makes small objects on all threads at
/// once: with the system's allocator of Linux a fifth of its time goes there, much of it waiting for another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
