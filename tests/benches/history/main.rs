//! What a purchase and a question cost, the longer the customer's history is:
//!
//! ```sh
//! cargo bench -p benchmarks --bench history
//! ```
//!
//! prints the tables of `docs/performance.md` and writes its plot. Beside it, the ordinary way: query everything, add up, put. It
//! fails when a new purchase takes more than three requests, a GET of today more than one, or the longest history makes purchases
//! twice as slow.
//!
//! ```sh
//! cargo bench --profile dev -p benchmarks --bench history -- --exact
//! ```
//!
//! prints as JSON what does not depend on the machine, without an optimised build.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints what it measures, and may fail loudly"
)]

mod customer;
mod operation;
mod ordinary;
mod plot;
mod report;

use std::process::ExitCode;

use customer::Customer;
use operation::Operation;
use report::Results;

/// Histories, by their transactions. There is one on each day up to 7,300 of them, which are 20 years.
const HISTORIES: [usize; 6] = [10, 100, 1_000, 7_300, 10_000, 100_000];
/// How often each operation is measured, and each that reads everything; an odd number has a median.
const ROUNDS: usize = 101;
const LONG_ROUNDS: usize = 7;
/// How much longer the longest history may make a new purchase. The goal is 1.5; `docs/performance.md` says why it is missed.
const LONGER: f64 = 2.0;

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--exact") {
        let results = measure(&HISTORIES[..5], 1, 1).await;
        println!("{}", results.exact());
        return ExitCode::SUCCESS;
    }
    let results = measure(&HISTORIES, ROUNDS, LONG_ROUNDS).await;
    println!("{}", results.tables());
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/cost-against-history.svg"
    );
    std::fs::write(path, plot::draw(&results)).unwrap();
    let missed = results.missed(LONGER);
    for goal in &missed {
        eprintln!("missed: {goal}");
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Measures the histories in turns, so that a machine that slows down slows all of them.
async fn measure(histories: &[usize], rounds: usize, long_rounds: usize) -> Results {
    let mut customers = Vec::new();
    for transactions in histories {
        customers.push(Customer::store(*transactions).await);
    }
    let mut results = Results::default();
    for _ in 0..long_rounds {
        for customer in &customers {
            for operation in Operation::ALL {
                results.add_ordinary(customer, operation, customer.ordinary(operation).await);
            }
        }
    }
    for customer in &customers {
        customer.begin().await;
    }
    for operation in Operation::ALL {
        let rounds = match operation {
            Operation::Closing => long_rounds,
            _ => rounds,
        };
        for _ in 0..rounds {
            for customer in &customers {
                results.add(customer, operation, customer.ours(operation).await);
            }
        }
    }
    for customer in customers {
        customer.end().await;
    }
    results
}
