//! The model and the functions' own code take the same way: both are led through the same schedules, request by request,
//! against the model's table and against an embedded DynamoDB. Each request has to be of the same kind, and after each the same
//! has to be stored.

mod real;
mod walk;

use protocol_model::SCENARIOS;

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
                requests += walk::lead(scenario.clone(), number * WALKS + walk).await;
            }
        }
    }
    // Most walks come to their end, so that this says something.
    assert!(requests > 2_000, "{requests} requests");
}
