//! The console of a running stack, asked as a browser asks it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests may fail loudly, and so may what they share"
)]

mod dynamodb;
mod endpoint;
mod lists;
mod page;
mod refusals;
mod support;
