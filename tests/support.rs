//! What tests share: the golden cases, and a table of their own to test against.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot start should fail loudly"
)]

mod engine;
mod golden;
mod hook;

pub use engine::{Engine, TABLE, attribute};
pub use golden::{Case, Expected, cases, compact};
pub use hook::{Hook, answer, body, hooked_client, operation};
