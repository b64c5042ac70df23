//! What it takes to verify and to rebuild the whole customer base.

use table::Task;
use test_metering::{Metered, Units, customer, transactions};

use crate::customer::{Customer, short};

const OPERATIONS: &str = include_str!("../../docs/operations.md");

/// Customers of whom a base may consist, by what `docs/costs.md` calls them.
const CUSTOMERS: [(&str, usize); 3] = [
    ("10, every fourth day", 10),
    ("100, every fourth day", 100),
    ("1,000, every fourth day", 1_000),
];

#[tokio::test]
async fn what_verifying_and_rebuilding_consume() {
    let mut missing = Vec::new();
    for (name, days) in CUSTOMERS {
        let metered = Metered::start().await;
        let history = transactions(days, Customer::EVERY_FOURTH_DAY);
        metered.store(customer().into_iter().chain(history)).await;
        metered.work(Task::Rebuild).await;
        let rebuilt = metered.work(Task::Rebuild).await;
        let verified = metered.work(Task::Verify).await;
        // In order, so that the scan is all that is read.
        assert!(
            verified.iter().all(|(operation, _)| *operation == "Scan"),
            "{verified:?}"
        );
        let (verify, rebuild) = (Units::of(&verified), Units::of(&rebuilt));
        let row = format!(
            "| {name} | {} read | {:.2} | {} read, {} write | {:.2} |",
            short(verify.read),
            verify.dollars_for_a_million(),
            short(rebuild.read),
            short(rebuild.write),
            rebuild.dollars_for_a_million(),
        );
        println!("{row}");
        if !OPERATIONS.contains(&row) {
            missing.push(row);
        }
        metered.stop().await;
    }
    assert!(
        missing.is_empty(),
        "docs/operations.md does not have {missing:#?}"
    );
}
