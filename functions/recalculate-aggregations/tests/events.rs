//! The handler on the events of `infra/events`, and the line of metrics that each batch ends with.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::{Item, Ledger, Locations, Value as Plain, evaluate};
use chrono::Utc;
use futures::FutureExt;
use golden_cases::cases;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{Queue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{PartitionKey, ProfileId, Settings, SortKey, Table, key, keyed_item};
use test_support::{Engine, Lines, TABLE, answer, hooked_client, metrics_in_template, operation};

use queue::FakeQueue;

const PROFILE: &str = "PROFILE#922fafaf-1115-2221-a33-fed3333397";
const PURCHASE: &str = "TXN#2020-12-07T13:04:30Z#t1";
const EARLIER: &str = "TXN#2020-11-20T09:15:00Z#t0";

const INSERTS: &str = include_str!("../../../infra/events/stream-inserts.json");
const EDIT_AND_DELETE: &str = include_str!("../../../infra/events/stream-edit-and-delete.json");
const MIXED_PROFILES: &str = include_str!("../../../infra/events/stream-mixed-profiles.json");
const UNFINISHED: &str = include_str!("../../../infra/events/unfinished-profile.json");
const FOREIGN_RECORD: &str = include_str!("../../../infra/events/stream-foreign-record.json");

/// A table with the published example in it, not yet calculated.
async fn example() -> Engine {
    let mut cases = cases().into_iter();
    let case = cases.find(|case| case.name == "source-example").unwrap();
    let engine = Engine::start().await;
    let partition = ProfileId::parse(&case.profile_id).unwrap().partition();
    for (key, mut item) in case.profile_items() {
        item.extend(keyed_item(&partition, key.source().into()));
        engine.put(&item).await;
    }
    engine
}

async fn put(engine: &Engine, pk: &str, sk: &str, attributes: &[(&str, Plain)]) {
    let attributes = attributes.iter();
    let mut item: Item = attributes
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    item.insert("pk".to_owned(), Plain::Text(pk.to_owned()));
    item.insert("sk".to_owned(), Plain::Text(sk.to_owned()));
    engine.put(&item).await;
}

fn total(amount: &str) -> (&'static str, Plain) {
    ("total", Plain::Number(amount.to_owned()))
}

async fn delete(engine: &Engine, sk: &str) {
    let delete = engine.client().delete_item().table_name(TABLE);
    delete
        .key("pk", AttributeValue::S(PROFILE.to_owned()))
        .key("sk", AttributeValue::S(sk.to_owned()))
        .send()
        .await
        .unwrap();
}

/// Net total, country and version of what is stored for a profile.
async fn derived(engine: &Engine, pk: &str) -> Option<(String, Option<String>, String)> {
    let get = engine.client().get_item().table_name(TABLE);
    let partition = PartitionKey::parse(pk).unwrap();
    let get = get.set_key(Some(key(&partition, SortKey::Derived)));
    let item = get.send().await.unwrap().item?;
    let PartitionKey::Profile(id) = partition else {
        return None;
    };
    let ledger = Ledger::decode(id.as_str(), item["ledger"].as_b().unwrap().as_ref()).unwrap();
    let locations = Locations::new();
    let document = evaluate(&ledger, id.as_str(), Utc::now().date_naive(), &locations);
    let document = document.unwrap().unwrap();
    let country = document.likely_country.map(|country| country.to_string());
    let version = item["version"].as_s().unwrap().clone();
    Some((document.spend_all.to_string(), country, version))
}

fn event(payload: Value, time: Duration) -> LambdaEvent<Value> {
    let deadline = SystemTime::now() + time;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap();
    let mut context = Context::default();
    context.request_id = "request".to_owned();
    context.deadline = u64::try_from(deadline.as_millis()).unwrap();
    LambdaEvent::new(payload, context)
}

/// Handles an event that leaves nothing undone.
async fn handle(engine: &Engine, text: &str) {
    let function =
        RecalculateAggregations::new(Table::new(engine.client(), TABLE), Settings::default());
    let event = event(serde_json::from_str(text).unwrap(), Duration::from_secs(60));
    let answer = function.handle(event).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}));
}

#[tokio::test]
async fn inserts_edits_and_deletions_end_in_what_is_stored() {
    let engine = example().await;
    put(&engine, PROFILE, EARLIER, &[total("50")]).await;
    let home = [("iso", Plain::Text("NZ".to_owned()))];
    put(&engine, PROFILE, "ADDRESS#home", &home).await;
    handle(&engine, INSERTS).await;
    let (spent, country, _) = derived(&engine, PROFILE).await.unwrap();
    assert_eq!((spent.as_str(), country.as_deref()), ("2050", Some("NZ")));

    put(&engine, PROFILE, PURCHASE, &[total("1500")]).await;
    delete(&engine, EARLIER).await;
    delete(&engine, "ADDRESS#home").await;
    handle(&engine, EDIT_AND_DELETE).await;
    let (spent, country, _) = derived(&engine, PROFILE).await.unwrap();
    assert_eq!((spent.as_str(), country.as_deref()), ("1500", None));
}

#[tokio::test]
async fn an_unfinished_profile_is_finished() {
    let engine = example().await;
    handle(&engine, UNFINISHED).await;
    let (spent, _, _) = derived(&engine, PROFILE).await.unwrap();
    assert_eq!(spent, "2000");
}

#[tokio::test]
async fn every_profile_of_a_mixed_batch_is_calculated() {
    let engine = example().await;
    put(&engine, "PROFILE#ava@shop.example", "PROFILE", &[]).await;
    let sk = "TXN#2020-12-07T12:00:00Z#n1";
    put(&engine, "PROFILE#noah@shop.example", sk, &[total("7")]).await;
    handle(&engine, MIXED_PROFILES).await;
    for (pk, spent) in [
        (PROFILE, Some("2000")),
        ("PROFILE#ava@shop.example", Some("0")),
        ("PROFILE#noah@shop.example", Some("7")),
        ("PROFILE#nobody", None),
    ] {
        let derived = derived(&engine, pk).await;
        assert_eq!(derived.map(|(spent, ..)| spent).as_deref(), spent, "{pk}");
    }
}

#[tokio::test]
async fn foreign_records_wake_nothing_and_stop_nothing() {
    let engine = example().await;
    let mut event: Value = serde_json::from_str(FOREIGN_RECORD).unwrap();
    handle(&engine, &event.to_string()).await;
    let (_, _, first) = derived(&engine, PROFILE).await.unwrap();
    // Without its one record of a source item it leaves the profile alone.
    event["Records"].as_array_mut().unwrap().pop();
    handle(&engine, &event.to_string()).await;
    let (_, _, second) = derived(&engine, PROFILE).await.unwrap();
    assert_eq!(first, second);
}

/// The metrics of the one line that handling an event leaves, with its other fields checked.
async fn measured(
    function: RecalculateAggregations,
    payload: Value,
    time: Duration,
) -> BTreeMap<String, u64> {
    let lines = Lines::default();
    let writer = lines.clone();
    let function = function
        .with_metrics(telemetry::emf("stack-recalculate".to_owned(), move || {
            writer.clone()
        }));
    let message = if payload["segments"].is_array() {
        "segments added up"
    } else if payload["segment"].is_number() {
        "segment stopped"
    } else if payload["Records"].is_array() {
        "batch done"
    } else {
        "event refused"
    };
    // Whether it failed is what other tests look at.
    drop(function.handle(event(payload, time)).await);
    let mut lines = lines.take();
    assert_eq!(lines.len(), 1, "{lines:?}");
    let mut line = lines.remove(0);
    let directive = line["_aws"]["CloudWatchMetrics"][0].clone();
    assert_eq!(directive["Namespace"], "ProfileAggregations");
    assert_eq!(directive["Dimensions"], json!([["FunctionName"]]));
    let fields = line.as_object_mut().unwrap();
    fields.remove("_aws");
    assert_eq!(fields.remove("FunctionName").unwrap(), "stack-recalculate");
    assert_eq!(fields.remove("message").unwrap(), message);
    assert_eq!(fields.remove("function_request_id").unwrap(), "request");
    let mut metrics = BTreeMap::new();
    for metric in directive["Metrics"].as_array().unwrap() {
        let name = metric["Name"].as_str().unwrap().to_owned();
        let is_age = name == "OldestRecordAge";
        let unit = if is_age { "Milliseconds" } else { "Count" };
        assert_eq!(metric["Unit"], unit, "{name}");
        let value = fields.remove(&name).unwrap().as_u64().unwrap();
        metrics.insert(name, value);
    }
    assert!(fields.is_empty(), "{fields:?}");
    metrics
}

/// When the records of `infra/events` were created.
const CREATED: Duration = Duration::from_secs(1_607_346_271);

/// Metrics that are not 0, apart from the age of the oldest record.
async fn counted(client: Client, payload: Value, time: Duration) -> Vec<(String, u64)> {
    let function = RecalculateAggregations::new(Table::new(client, TABLE), Settings::default());
    let mut metrics = measured(function, payload, time).await;
    if let Some(age) = metrics.remove("OldestRecordAge") {
        let created = SystemTime::now() - Duration::from_millis(age);
        let created = created.duration_since(UNIX_EPOCH).unwrap();
        assert!(created.abs_diff(CREATED) < MINUTE, "{created:?}");
    }
    metrics.retain(|_, value| *value != 0);
    metrics.into_iter().collect()
}

const MINUTE: Duration = Duration::from_secs(60);

fn counts<const N: usize>(counts: [(&str, u64); N]) -> Vec<(String, u64)> {
    let counts = counts.map(|(name, count)| (name.to_owned(), count));
    counts.to_vec()
}

#[tokio::test]
async fn every_event_ends_with_a_line_that_counts_its_records() {
    let engine = example().await;
    for (event, expected) in [
        (
            INSERTS,
            counts([
                ("ColdStarts", 1),
                ("ProfilesRecalculated", 1),
                ("Records", 2),
            ]),
        ),
        (
            EDIT_AND_DELETE,
            counts([
                ("ColdStarts", 1),
                ("ProfilesRecalculated", 1),
                ("Records", 3),
            ]),
        ),
        (
            MIXED_PROFILES,
            counts([
                ("ColdStarts", 1),
                ("ProfilesRecalculated", 4),
                ("Records", 5),
            ]),
        ),
        (
            FOREIGN_RECORD,
            counts([
                ("ColdStarts", 1),
                ("ProfilesRecalculated", 1),
                ("Records", 5),
                ("RecordsIgnored", 3),
                ("RecordsUnreadable", 1),
            ]),
        ),
        (r#"{"Records": 1}"#, counts([("ColdStarts", 1)])),
    ] {
        let payload = serde_json::from_str(event).unwrap();
        assert_eq!(counted(engine.client(), payload, MINUTE).await, expected);
    }
}

#[tokio::test]
async fn a_batch_has_no_metrics_of_segments() {
    let engine = example().await;
    let table = Table::new(engine.client(), TABLE);
    let function = RecalculateAggregations::new(table, Settings::default());
    let payload = serde_json::from_str(INSERTS).unwrap();
    let measured = measured(function, payload, MINUTE).await;
    for metric in ["ProfilesVerified", "ProfilesDifferent", "ProfilesFailed"] {
        assert!(!measured.contains_key(metric), "{metric}");
    }
}

#[tokio::test]
async fn a_segment_has_metrics_of_one_invocation() {
    let engine = example().await;
    let before = json!({"profiles": 5, "different": 2, "failed": 1});
    for (verify, expected) in [
        (
            true,
            counts([
                ("ColdStarts", 1),
                ("ProfilesDifferent", 1),
                ("ProfilesVerified", 1),
            ]),
        ),
        (
            false,
            counts([("ColdStarts", 1), ("ProfilesRecalculated", 1)]),
        ),
    ] {
        let segment = json!({"segment": 0, "of": 1, "verify": verify, "counts": before});
        assert_eq!(counted(engine.client(), segment, MINUTE).await, expected);
    }
    let run = json!({"segments": [], "results": []});
    let expected = counts([("ColdStarts", 1)]);
    assert_eq!(counted(engine.client(), run, MINUTE).await, expected);
}

#[tokio::test]
async fn what_goes_to_the_queue_is_counted() {
    let engine = example().await;
    let denied = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException"}"#;
    let refuse = move |_, _: &_| async move { Some(answer(400, denied)) }.boxed();
    let table = Table::new(hooked_client(&engine, Arc::new(refuse)), TABLE);
    let queue = Arc::new(FakeQueue::default());
    let function = RecalculateAggregations::new(table, Settings::default())
        .with_queue(Arc::clone(&queue) as Arc<dyn Queue>);
    let payload = serde_json::from_str(INSERTS).unwrap();
    let measured = measured(function, payload, MINUTE).await;
    assert_eq!(
        (
            measured["ProfilesHandedOver"],
            measured["ProfilesUnfinished"]
        ),
        (1, 0)
    );
    assert_eq!(queue.messages().len(), 1);
}

#[tokio::test]
async fn what_is_set_aside_too_large_lost_or_unfinished_is_counted() {
    let engine = example().await;
    let inserts: Value = serde_json::from_str(INSERTS).unwrap();
    for number in 0..3 {
        let sk = format!("TXN#2020-12-07T13:04:30Z#without-total-{number}");
        put(&engine, PROFILE, &sk, &[]).await;
    }
    assert_eq!(
        counted(engine.client(), inserts.clone(), MINUTE).await,
        counts([
            ("ColdStarts", 1),
            ("ProfilesRecalculated", 1),
            ("Records", 2),
            ("TransactionsSetAside", 3),
        ])
    );

    // Two races, and all that are tried.
    for (lost, expected) in [(2, 2), (usize::MAX, 8)] {
        let puts = AtomicUsize::new(0);
        let client = hooked_client(
            &engine,
            Arc::new(move |_, request| {
                let is_lost =
                    operation(request) == "PutItem" && puts.fetch_add(1, Ordering::SeqCst) < lost;
                Box::pin(async move {
                    is_lost.then(|| {
                        answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#)
                    })
                })
            }),
        );
        let measured = counted(client, inserts.clone(), MINUTE).await;
        assert!(
            measured.contains(&("LostRaces".to_owned(), expected)),
            "{measured:?}"
        );
    }

    let silent = hooked_client(&engine, Arc::new(|_, _| Box::pin(std::future::pending())));
    assert_eq!(
        counted(silent, inserts.clone(), Duration::from_millis(1_050)).await,
        counts([("ColdStarts", 1), ("ProfilesUnfinished", 1), ("Records", 2),])
    );

    let brand = |number: usize| {
        let brand = Plain::Text(format!("{number:0>250}"));
        Plain::Map(Item::from([("brand".to_owned(), brand)]))
    };
    for (sk, brands) in [
        (PURCHASE, 0..900),
        ("TXN#2020-12-07T13:04:30Z#more", 900..1_800),
    ] {
        let items = ("items", Plain::List(brands.map(brand).collect()));
        put(&engine, PROFILE, sk, &[total("1"), items]).await;
    }
    let measured = counted(engine.client(), inserts, MINUTE).await;
    assert!(
        measured.contains(&("ProfilesTooLarge".to_owned(), 1)),
        "{measured:?}"
    );
}

#[tokio::test]
async fn alarms_and_dashboard_ask_for_metrics_that_there_are() {
    let engine = example().await;
    let function =
        RecalculateAggregations::new(Table::new(engine.client(), TABLE), Settings::default());
    let payload = serde_json::from_str(INSERTS).unwrap();
    let metrics = measured(function, payload, MINUTE).await;
    let asked = metrics_in_template("RecalculateAggregations");
    assert!(asked.contains("TransactionsSetAside") && asked.len() > 5);
    for name in asked {
        assert!(metrics.contains_key(&name), "{name}");
    }
}
