//! Poison: what is far from ordinary, and still has to come out right without holding up anyone.
//!
//! Each case ends the same way: every document says what a plain sum says, the sum is worked out by these tests, and what is
//! stored is what a calculation from nothing makes.

mod calendar;
mod clocks;
mod customer;
mod decades;
mod large;
mod many;
mod plain;
mod set_aside;
mod stores;
mod unicode;

/// Where every random choice of these tests begins.
const SEED: u64 = 18;
