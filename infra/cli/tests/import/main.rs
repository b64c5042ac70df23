//! `import` against a real engine on loopback, and the command around it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what only tests use may fail loudly, too"
)]

mod command;
mod damaged;
mod exports;
mod files;
mod kinds;
mod rejects;
mod repeats;
mod requests;
mod support;
mod updates;
mod waiting;
