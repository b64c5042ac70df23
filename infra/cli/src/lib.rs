//! The `aggregations` command: the local stack (`up`) and bulk loading (`import`).
//!
//! A library first, so that tests start the same stack in their own process.

mod connection;
pub mod import;
pub mod up;

pub use connection::ConnectionError;
