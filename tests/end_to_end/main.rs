//! The whole system through its public surfaces: the DynamoDB API in, HTTP out.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod api;
mod cdnow;
mod closed_days;
mod documents;
mod faults;
mod golden;
mod openapi;
mod poison;
mod security;
mod system;
mod upgrade;
