//! Memory of a recalculation does not grow with the bytes of a date: pages are folded as they come.
//!
//! A test of its own process, since it counts every allocation.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use calculation::{Ledger, Part, Tag, parse_date};
use chrono::Utc;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};
use table::{ProfileId, Settings, Table, Written, recalculate};
use test_support::{Engine, TABLE, answer, body, hooked_client, operation};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// A page of a Query: two purchases of 380 KB, and where to go on.
fn page(number: usize, pages: usize) -> Value {
    let item = |half: usize| {
        let sk = format!("TXN#2026-01-01T10:00:00Z#{number:05}-{half}");
        let brand = json!({"M": {"brand": {"S": "Acme"}, "note": {"S": "x".repeat(380 * 1024)}}});
        json!({"sk": {"S": sk}, "total": {"N": "1"}, "items": {"L": [brand]}})
    };
    let mut page = json!({"Items": [item(0), item(1)], "Count": 2, "ScannedCount": 2});
    if number + 1 < pages {
        let key = json!({"pk": {"S": "PROFILE#p"}, "sk": {"S": format!("page {}", number + 1)}});
        page["LastEvaluatedKey"] = key;
    }
    page
}

/// An answer of a table that holds a date of so many pages.
fn answered(operation: &str, request: &str, pages: usize) -> HttpResponse {
    let answered = match operation {
        "GetItem" => {
            let ledger =
                BASE64_STANDARD.encode(Ledger::new(None).encode("p", Tag::default()).ledger);
            json!({"Item": {"version": {"S": "v"}, "ledger": {"B": ledger}}})
        }
        "Query" => {
            let request: Value = serde_json::from_str(request).unwrap();
            let start = request.pointer("/ExclusiveStartKey/sk/S");
            let number = start.and_then(Value::as_str).map_or(0, |start| {
                start.trim_start_matches("page ").parse().unwrap()
            });
            page(number, pages)
        }
        _ => json!({}),
    };
    answer(200, answered.to_string())
}

/// The most bytes that were allocated at once, beyond those before, while a date of so many pages was recalculated.
async fn peak(engine: &Engine, pages: usize) -> usize {
    let client = hooked_client(
        engine,
        Arc::new(move |_, request| {
            let answered = answered(&operation(request), &body(request), pages);
            Box::pin(async move { Some(answered) })
        }),
    );
    let table = Table::new(client, TABLE);
    let profile = ProfileId::parse("p").unwrap();
    let changed = BTreeSet::from([Part::Date(parse_date("2026-01-01").unwrap())]);
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let outcome = recalculate(&table, &Settings::default(), &profile, &changed, Utc::now).await;
    assert_eq!(outcome.unwrap().written, Written::Put);
    ALLOCATED.peak_usage() - before
}

#[tokio::test]
async fn a_date_of_a_hundred_times_the_bytes_takes_no_more_memory() {
    let engine = Engine::start().await;
    peak(&engine, 1).await;
    let (few, many) = (peak(&engine, 2).await, peak(&engine, 200).await);
    assert!(many < few * 2, "{few} bytes for 2 pages, {many} for 200");
}
