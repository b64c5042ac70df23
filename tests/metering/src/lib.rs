//! What the tests and benchmarks of costs share: a customer with a history, and a table that tells what each request consumes.
//! What cannot be measured panics.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a measurement that cannot be taken should fail loudly"
)]

mod billing;
mod history;
mod meter;
mod metered;
mod size;

pub use billing::{Units, read_units, transaction_units, write_units};
pub use history::{
    PROFILE, TRANSACTION_BYTES, attributes, customer, date, on_the_day_of, partition, sort_key,
    stores, transactions, transactions_on,
};
pub use meter::{Meter, Request, Used};
pub use metered::{Attributes, Metered, question};
pub use size::size;
