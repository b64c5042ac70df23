//! The `aggregations` command: the local stack (`up`), bulk loading (`import`), and the whole customer base (`verify`,
//! `rebuild`). A module for each; they do not know each other.

pub mod base;
pub mod import;
pub mod up;

/// The local stack is the functions, their AWS clients and a DynamoDB in one process, and makes small objects on all threads at
/// once: with the system's allocator of Linux a fifth of its time goes there, much of it waiting for another thread.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
