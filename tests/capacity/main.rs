//! What a purchase and a question consume of DynamoDB, and what is logged of them: the figures that
//! docs/costs.md works its costs out from.
//!
//! The code is the real one, the units are those that DynamoDB reports, and both are held against the rules that AWS bills by.
//! `--nocapture` shows the rows of that page's table.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and this one tells what it measured"
)]

mod base;
mod customer;

use chrono::Utc;
use customer::{Customer, Limits};
use get_aggregations::{Authorizer, Envelope, GetAggregations};
use lambda_http::RequestExt;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::RecalculateAggregations;
use serde_json::json;
use table::Settings;
use telemetry::Metrics;
use test_metering::{Metered, PROFILE, date, partition, question, stores, transactions};
use test_support::Lines;
use uuid::Uuid;

const COSTS: &str = include_str!("../../docs/costs.md");

/// Customers, and what their purchases may cost.
const CUSTOMERS: [Customer; 5] = [
    Customer {
        name: "10, every fourth day",
        days: 10,
        apart: Customer::EVERY_FOURTH_DAY,
        purchases: 1,
        at_most: Limits {
            bytes: 1_024,
            dollars: [0.88, 0.88],
        },
    },
    Customer {
        name: "100, every fourth day",
        days: 100,
        apart: Customer::EVERY_FOURTH_DAY,
        purchases: 1,
        at_most: Limits {
            bytes: 1_024,
            dollars: [0.88, 1.5],
        },
    },
    Customer {
        name: "1,000, every fourth day",
        days: 1_000,
        apart: Customer::EVERY_FOURTH_DAY,
        purchases: 64,
        at_most: Limits {
            bytes: 1_536,
            dollars: [1.6, 1.6],
        },
    },
    Customer {
        name: "1,000, daily",
        days: 1_000,
        apart: 1,
        purchases: 64,
        at_most: Limits {
            bytes: 4_096,
            dollars: [2.92, 3.9],
        },
    },
    Customer {
        name: "10,000, daily",
        days: 10_000,
        apart: 1,
        purchases: 64,
        at_most: Limits {
            bytes: 4_096,
            dollars: [2.92, 3.9],
        },
    },
];

/// What the figures may add to the derived item, in bytes.
const FIGURES_BYTES: usize = 460;

#[tokio::test]
async fn what_purchases_and_questions_consume() {
    let mut missing = Vec::new();
    for customer in CUSTOMERS {
        let metered = Metered::start().await;
        let history = customer.store(&metered).await;
        let ordinary = customer.ordinary(&metered).await;
        let mut bytes = Vec::new();
        for (store_figures, dollars) in [(false, 0), (true, 1)] {
            let measured = customer.measure(&metered, &history, store_figures).await;
            let row = measured.row(customer.name, store_figures, ordinary);
            println!("{row}");
            let limit = customer.at_most.dollars[dollars];
            assert!(measured.purchase.dollars_for_a_million() <= limit, "{row}");
            bytes.push(measured.bytes);
            if !COSTS.contains(&row) {
                missing.push(row);
            }
        }
        assert!(bytes[0] <= customer.at_most.bytes, "{bytes:?}");
        assert!(bytes[1] - bytes[0] <= FIGURES_BYTES, "{bytes:?}");
        metered.stop().await;
    }
    assert!(
        missing.is_empty(),
        "docs/costs.md does not have {missing:#?}"
    );
}

#[tokio::test]
async fn what_a_first_purchase_consumes() {
    let metered = Metered::start().await;
    let new = &transactions(1, 1)[0];
    metered.store(stores().chain([new.clone()])).await;
    let used = metered
        .recalculate(Settings::default(), new, date(new))
        .await;
    // Nothing to be found costs as much as something; the empty item goes before the real one.
    let expected = [
        ("GetItem", 1.0),
        ("PutItem", 1.0),
        ("Query", 1.0),
        ("PutItem", 1.0),
    ];
    assert_eq!(used, expected);
}

#[tokio::test]
async fn what_an_invocation_logs() {
    let metered = Metered::start().await;
    let new = &transactions(1, 1)[0];
    metered.put(new).await;
    let id = Uuid::new_v4().to_string();
    let mut context = Context::default();
    context.request_id = id.clone();
    context.deadline = u64::try_from(Utc::now().timestamp_millis()).unwrap() + 60_000;

    let log = Lines::default();
    let function = RecalculateAggregations::new(metered.table.clone(), Settings::default())
        .with_metrics(metrics(&log, "RecalculateAggregations"));
    let record = json!({"dynamodb": {
        "ApproximateCreationDateTime": Utc::now().timestamp(),
        "Keys": {"pk": {"S": partition().to_string()}, "sk": {"S": new["sk"].as_text()}},
        "SequenceNumber": "100000000000000000001",
    }});
    let event = LambdaEvent::new(json!({"Records": [record]}), context.clone());
    assert!(function.handle(event).await.unwrap().failures().is_empty());
    let batch = log.text();

    let function = GetAggregations::new(metered.table.clone(), Authorizer::None, Envelope::None)
        .with_metrics(metrics(&log, "GetAggregations"));
    let request = question(PROFILE, "").with_lambda_context(context);
    assert_eq!(function.handle(request).await.status(), 200);
    let request = log.text();
    println!(
        "a line of {} bytes a batch:\n{batch}a line of {} bytes a request:\n{request}",
        batch.len(),
        request.len()
    );
    for (line, bytes) in [(batch, BATCH_LINE_BYTES), (request, REQUEST_LINE_BYTES)] {
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert!(line.contains(&id), "{line}");
        assert!(line.len() <= bytes, "{} bytes: {line}", line.len());
        // A bound that is far from what is measured says nothing.
        assert!(line.len() > bytes - 100, "{} bytes: {line}", line.len());
    }
}

/// What the line of metrics of a batch and of a request has at most, the name of a function as CloudFormation makes it.
const BATCH_LINE_BYTES: usize = 1_050;
const REQUEST_LINE_BYTES: usize = 700;

/// Metrics as a deployed function writes them.
fn metrics(lines: &Lines, function: &str) -> Metrics {
    let lines = lines.clone();
    telemetry::emf(
        format!("profile-aggregations-{function}-AbCdEfGhIjKl"),
        move || lines.clone(),
    )
}
