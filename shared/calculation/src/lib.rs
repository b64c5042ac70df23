//! What a customer's purchases say about that customer.
//!
//! Items of the table go in, a [`Ledger`] keeps what the figures depend on by shopping day, and
//! [`evaluate`] turns a ledger into the document of any date:
//!
//! ```text
//! items ──Fold──► Ledger::replace ──► Ledger ──evaluate(as of a date)──► Aggregations
//!                                      │  ▲
//!                                encode▼  │decode
//!                                      bytes
//! ```
//!
//! Everything here is pure: no AWS, no input or output, no clock, no async. Dates are arguments, money is exact,
//! and no input makes it panic.

#![warn(clippy::arithmetic_side_effects, clippy::float_arithmetic)]

mod aggregations;
mod changes;
mod closed;
mod closing;
mod columns;
mod country;
mod currency;
mod date;
mod day;
mod difference;
mod encoding;
mod evaluation;
mod explanation;
mod fold;
mod further;
mod key;
mod ledger;
mod location;
mod money;
mod months;
mod part;
mod past;
mod profile;
mod rebuild;
mod set_aside;
mod sums;
mod transaction;
mod value;

pub use aggregations::{Aggregations, LocationReference};
pub use changes::Changes;
pub use closed::Tag;
pub use closing::Closing;
pub use country::Country;
pub use currency::Currency;
pub use date::{Instant, parse_date};
pub use difference::Difference;
pub use encoding::{ArchiveError, ArchiveItem, Encoded, LedgerError};
pub use evaluation::{ArchiveNeeded, evaluate};
pub use explanation::{Explanation, Figure, Figures, Sources, Tie, Window, explain};
pub use fold::Fold;
pub use further::{FurtherAggregations, evaluate_further};
pub use key::{SourceKey, TransactionKey};
pub use ledger::Ledger;
pub use location::{LOCATION_KEYS, Location, Locations};
pub use money::{Money, TotalError};
pub use part::Part;
pub use rebuild::Rebuild;
pub use set_aside::{LISTED, SetAsideReason};
pub use transaction::{Channel, MAX_NAME_BYTES, Reading, Transaction, WEBSITE_WORDS};
pub use value::{Item, Object, Value};
