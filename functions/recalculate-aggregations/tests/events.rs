//! The handler on the events of `infra/events`, and the line of metrics that each batch ends with.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use end_to_end_tests::{Engine, Lines, TABLE, cases};
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::RecalculateAggregations;
use serde_json::{Value, json};
use table::{Consistency, ProfileId, StoredLedger, Table};

/// Each with what its line of metrics counts: records, ignored ones, unreadable ones, profiles.
const EVENTS: [(&str, [u64; 4], &str); 4] = [
    (
        "inserts",
        [2, 0, 0, 1],
        include_str!("../../../infra/events/stream-inserts.json"),
    ),
    (
        "edit and delete",
        [3, 0, 0, 1],
        include_str!("../../../infra/events/stream-edit-and-delete.json"),
    ),
    (
        "mixed profiles",
        [5, 0, 0, 4],
        include_str!("../../../infra/events/stream-mixed-profiles.json"),
    ),
    (
        "foreign record",
        [5, 3, 1, 1],
        include_str!("../../../infra/events/stream-foreign-record.json"),
    ),
];

/// A table with the published example in it, not yet calculated.
async fn example() -> Engine {
    let mut cases = cases().into_iter();
    let case = cases.find(|case| case.name == "source-example").unwrap();
    let engine = Engine::start().await;
    for item in case.profile_items() {
        engine.put(&item).await;
    }
    engine
}

fn event(text: &str) -> LambdaEvent<Value> {
    let deadline = SystemTime::now() + Duration::from_secs(60);
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap();
    let mut context = Context::default();
    context.request_id = "request".to_owned();
    context.deadline = u64::try_from(deadline.as_millis()).unwrap();
    LambdaEvent::new(serde_json::from_str(text).unwrap(), context)
}

#[tokio::test]
async fn every_event_is_done_and_calculates_the_profile() {
    for (name, _, text) in EVENTS {
        let engine = example().await;
        let table = Table::new(engine.client(), TABLE);
        let function = RecalculateAggregations::new(table.clone());
        let answer = function.handle(event(text)).await.unwrap();
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}), "{name}");
        let profile = ProfileId::parse("922fafaf-1115-2221-a33-fed3333397").unwrap();
        let derived = table.derived(&profile, Consistency::Strong).await.unwrap();
        assert!(
            matches!(derived.unwrap().ledger, StoredLedger::Usable(_)),
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_batch_ends_with_one_line_of_metrics() {
    let engine = example().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let function = RecalculateAggregations::new(Table::new(engine.client(), TABLE)).with_metrics(
        telemetry::emf("stack-recalculate".to_owned(), move || writer.clone()),
    );
    for (number, (name, [records, ignored, unreadable, profiles], text)) in
        EVENTS.into_iter().enumerate()
    {
        function.handle(event(text)).await.unwrap();
        let mut written = lines.take();
        let line = written.pop().unwrap();
        assert!(written.is_empty(), "{name}: {written:?}");
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "ProfileAggregations");
        assert_eq!(directive["Dimensions"], json!([["FunctionName"]]));
        assert_eq!(directive["Metrics"].as_array().unwrap().len(), 10, "{name}");
        let mut line = line.clone();
        let fields = line.as_object_mut().unwrap();
        fields.remove("_aws");
        // The records are of December 2020.
        let age = fields.remove("OldestRecordAge").unwrap();
        assert!(age.as_u64().unwrap() > 150_000_000_000, "{name}: {age}");
        let expected = json!({
            "FunctionName": "stack-recalculate",
            "message": "batch done",
            "function_request_id": "request",
            "Records": records,
            "RecordsIgnored": ignored,
            "RecordsUnreadable": unreadable,
            "ProfilesRecalculated": profiles,
            "ProfilesUnfinished": 0,
            "ProfilesTooLarge": 0,
            "LostRaces": 0,
            "TransactionsSetAside": 0,
            "ColdStarts": u8::from(number == 0),
        });
        assert_eq!(line, expected, "{name}");
    }
}
