//! The `aggregations` command: a local stack (`up`) and bulk loading (`import`).

pub mod import;
pub mod up;
