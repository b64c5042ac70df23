//! The `aggregations` command: the local stack (`up`) and bulk loading (`import`). One module a command; they do not know
//! each other.

pub mod import;
pub mod up;
