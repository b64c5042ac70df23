//! The model and the functions' own code take the same way: both are led through the same schedules, request by request,
//! against the model's table and against an embedded DynamoDB. Each request has to be of the same kind, and after each the same
//! has to be stored.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod real;
mod walk;

use protocol_model::{Design, Rule, SCENARIOS, scenario};

/// Schedules of each scenario.
const WALKS: u64 = 8;

/// Whether the functions can be brought into the scenario: the room in an item is fixed for them.
fn is_led(name: &str) -> bool {
    !name.starts_with("no room")
}

#[tokio::test]
async fn the_model_does_what_the_functions_do() {
    let mut requests = 0;
    for (number, scenario) in (0_u64..).zip(SCENARIOS) {
        if is_led(scenario.name) {
            for walk in 0..WALKS {
                requests +=
                    walk::lead(Design::default(), scenario.clone(), number * WALKS + walk).await;
            }
        }
    }
    assert!(requests > 1_000, "{requests} requests");
}

/// Leads the functions beside a model that lacks a rule.
async fn lead_without(rule: Rule, name: &str) {
    let design = Design::default().without(rule);
    for walk in 0..WALKS {
        walk::lead(design.clone(), scenario(name).unwrap(), walk).await;
    }
}

#[tokio::test]
#[should_panic(expected = "Query(Date(First))")]
async fn another_order_of_requests_is_noticed() {
    lead_without(Rule::PartsAfterHead, "two purchases of one date").await;
}

#[tokio::test]
#[should_panic(expected = "Other(\"DeleteItem\")")]
async fn another_request_is_noticed() {
    lead_without(Rule::DeletesOfLast, "all goes").await;
}

#[tokio::test]
#[should_panic(expected = "the function is done, and the model is not")]
async fn another_end_is_noticed() {
    lead_without(Rule::Transaction, "two closings").await;
}
