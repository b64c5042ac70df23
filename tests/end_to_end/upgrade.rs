//! Two versions of the stored format beside each other on one table, as in a rolling deployment and its rollback: what is
//! deployed today, and releases that a made-up next version makes of it.

#![expect(
    clippy::print_stdout,
    reason = "prints the figures that docs/reliability.md has"
)]

mod costs;
mod format;
mod races;
mod readers;
mod release;
mod rolling;
mod sample;
mod segments;
mod shop;
mod writers;
