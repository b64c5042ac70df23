//! The handler on batches as Lambda sends them, against a real engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use calculation::{Item, Tag, Value};
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{InvocationError, RecalculateAggregations};
use serde_json::json;
use table::{Consistency, ProfileId, Settings, StoredLedger, Table, Written};
use test_support::{Engine, Lines, TABLE, answer, body, hooked_client, operation};

const PURCHASE: &str = "TXN#2026-01-01T10:00:00Z#a";

fn record(pk: &str, sk: &str, sequence_number: u32) -> serde_json::Value {
    json!({
        "eventID": sequence_number.to_string(),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/profile-aggregations/stream/1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_262_000,
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": sequence_number.to_string(),
            "SizeBytes": 60,
            "StreamViewType": "KEYS_ONLY",
        },
    })
}

async fn handle_within(
    client: Client,
    records: Vec<serde_json::Value>,
    time: Duration,
) -> Result<Vec<Option<String>>, InvocationError> {
    let deadline = SystemTime::now() + time;
    let mut context = Context::default();
    context.deadline =
        u64::try_from(deadline.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let function = RecalculateAggregations::new(Table::new(client, TABLE), Settings::default());
    let response = function
        .handle(LambdaEvent::new(json!({"Records": records}), context))
        .await?;
    let failures = response.failures().into_iter();
    Ok(failures.map(|number| Some(number.to_owned())).collect())
}

async fn handle(
    client: Client,
    records: Vec<serde_json::Value>,
) -> Result<Vec<Option<String>>, InvocationError> {
    handle_within(client, records, Duration::from_secs(60)).await
}

async fn buy(engine: &Engine, pk: &str, sk: &str) {
    let item = [
        ("pk", Value::Text(pk.into())),
        ("sk", Value::Text(sk.into())),
        ("total", Value::Number("1".into())),
    ];
    engine
        .put(&item.map(|(name, value)| (name.to_owned(), value)).into())
        .await;
}

/// The bytes of a profile's ledger, if it has a usable one.
async fn ledger(engine: &Engine, profile: &str) -> Option<Vec<u8>> {
    let table = Table::new(engine.client(), TABLE);
    let derived = table
        .derived(&ProfileId::parse(profile).unwrap(), Consistency::Strong)
        .await
        .unwrap()?;
    match derived.ledger {
        StoredLedger::Usable(ledger) => Some(ledger.encode(profile, Tag::default()).ledger),
        _ => None,
    }
}

#[tokio::test]
async fn a_batch_recalculates_every_profile_in_it_and_again_changes_nothing() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    buy(&engine, "PROFILE#b", PURCHASE).await;
    let batch = vec![
        record("PROFILE#a", PURCHASE, 1),
        record("PROFILE#b", PURCHASE, 2),
    ];
    assert_eq!(handle(engine.client(), batch.clone()).await.unwrap(), []);
    let (a, b) = (ledger(&engine, "a").await, ledger(&engine, "b").await);
    assert!(a.is_some() && b.is_some());
    assert_eq!(handle(engine.client(), batch).await.unwrap(), []);
    assert_eq!(
        (ledger(&engine, "a").await, ledger(&engine, "b").await),
        (a, b)
    );
}

#[tokio::test]
async fn what_is_skipped_or_set_aside_is_logged_and_nothing_else_is() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    buy(&engine, "PROFILE#b", "TXN#soon").await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = telemetry::subscriber("", move || writer.clone());
    // With only one dispatcher, tracing asks just the thread that reaches a log statement first, and caches its answer: another
    // test's thread logs nowhere, so the statement would stay off. With two it asks both.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::new());
    let _logging = tracing::subscriber::set_default(subscriber);
    let unreadable = json!({"dynamodb": {"SequenceNumber": "2"}});
    for (batch, expected) in [
        (vec![record("PROFILE#a", PURCHASE, 1)], json!([])),
        (
            vec![
                unreadable,
                record("SHOP#a", PURCHASE, 3),
                record("SHOP#b", PURCHASE, 4),
            ],
            json!([
                ["WARN", "skipped unreadable records", 1, "2"],
                ["WARN", "skipped records without a valid profile", 2, "3"],
            ]),
        ),
        (
            vec![record("PROFILE#b", "TXN#soon", 5)],
            json!([[
                "WARN",
                "profile has transactions that cannot be counted",
                null,
                "5"
            ]]),
        ),
        // Once is enough.
        (vec![record("PROFILE#b", "TXN#soon", 6)], json!([])),
    ] {
        assert_eq!(handle(engine.client(), batch).await.unwrap(), []);
        let fields = ["level", "message", "records", "sequence_number"];
        let logged = lines.take();
        let logged = logged.iter().map(|line| fields.map(|field| &line[field]));
        assert_eq!(json!(logged.collect::<Vec<_>>()), expected);
    }
}

#[tokio::test]
async fn an_observer_sees_what_becomes_of_each_profile() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    let (sender, seen) = mpsc::channel();
    let table = Table::new(engine.client(), TABLE);
    let function = RecalculateAggregations::new(table, Settings::default()).with_observer(
        move |profile, outcome| {
            sender.send((profile.to_string(), outcome.written)).unwrap();
        },
    );
    let batch = json!({"Records": [record("PROFILE#a", PURCHASE, 1)]});
    let batch = LambdaEvent::new(batch, Context::default());
    function.handle(batch).await.unwrap();
    assert_eq!(seen.try_recv(), Ok(("a".to_owned(), Written::Put)));
}

#[tokio::test]
async fn one_profile_that_fails_fails_alone_and_the_lowest_number_is_named() {
    let engine = Engine::start().await;
    for profile in ["PROFILE#good", "PROFILE#bad"] {
        buy(&engine, profile, PURCHASE).await;
    }
    let client = hooked_client(
        &engine,
        Arc::new(|_, request| {
            let bad = body(request).contains("PROFILE#bad");
            Box::pin(async move {
                bad.then(|| {
                    answer(
                        400,
                        r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException"}"#,
                    )
                })
            })
        }),
    );
    let batch = vec![
        record("PROFILE#good", PURCHASE, 9),
        record("PROFILE#bad", PURCHASE, 11),
        record("PROFILE#bad", "PROFILE", 10),
        record("PROFILE#good", "PROFILE", 12),
    ];
    assert_eq!(
        handle(client, batch).await.unwrap(),
        [Some("10".to_owned())]
    );
    assert!(ledger(&engine, "good").await.is_some());
    assert!(ledger(&engine, "bad").await.is_none());
}

#[tokio::test]
async fn lost_races_are_tried_again_and_reported_after_the_last() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    let lose = |races: usize| {
        let puts = AtomicUsize::new(0);
        hooked_client(
            &engine,
            Arc::new(move |_, request| {
                let lost =
                    operation(request) == "PutItem" && puts.fetch_add(1, Ordering::SeqCst) < races;
                Box::pin(async move {
                    lost.then(|| {
                        answer(400, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}"#)
                    })
                })
            }),
        )
    };
    assert_eq!(
        handle(lose(usize::MAX), vec![record("PROFILE#a", PURCHASE, 5)])
            .await
            .unwrap(),
        [Some("5".to_owned())]
    );
    assert!(ledger(&engine, "a").await.is_none());
    assert_eq!(
        handle(lose(3), vec![record("PROFILE#a", PURCHASE, 5)])
            .await
            .unwrap(),
        []
    );
    assert!(ledger(&engine, "a").await.is_some());
}

#[tokio::test]
async fn what_is_unfinished_shortly_before_the_deadline_is_reported() {
    let engine = Engine::start().await;
    // Nothing answers.
    let client = hooked_client(&engine, Arc::new(|_, _| Box::pin(std::future::pending())));
    let batch = vec![
        record("PROFILE#a", PURCHASE, 8),
        record("PROFILE#b", PURCHASE, 7),
    ];
    let failures = handle_within(client, batch, Duration::from_millis(1_050))
        .await
        .unwrap();
    assert_eq!(failures, [Some("7".to_owned())]);
}

#[tokio::test]
async fn a_deadline_of_long_ago_is_none() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    // What `cargo lambda watch` says of every invocation.
    let mut context = Context::default();
    context.deadline = 600_000;
    let function =
        RecalculateAggregations::new(Table::new(engine.client(), TABLE), Settings::default());
    let batch = json!({"Records": [record("PROFILE#a", PURCHASE, 1)]});
    let answer = function.handle(LambdaEvent::new(batch, context)).await;
    assert!(answer.unwrap().failures().is_empty());
    assert!(ledger(&engine, "a").await.is_some());
}

#[tokio::test]
async fn a_batch_that_takes_several_invocations_moves_on_with_each() {
    let engine = Engine::start().await;
    // 40 profiles whose ids run against the order of their records. Only the first 20 to be asked for get an answer.
    let batch: Vec<_> = (0..40)
        .map(|number| record(&format!("PROFILE#{:02}", 40 - number), PURCHASE, number))
        .collect();
    let asked = AtomicUsize::new(0);
    let client = hooked_client(
        &engine,
        Arc::new(move |_, request| {
            let answered =
                operation(request) != "GetItem" || asked.fetch_add(1, Ordering::SeqCst) < 20;
            Box::pin(async move {
                if !answered {
                    std::future::pending::<()>().await;
                }
                None
            })
        }),
    );
    let failures = handle_within(client, batch, Duration::from_millis(6_500))
        .await
        .unwrap();
    assert_eq!(failures, [Some("20".to_owned())]);
}

#[tokio::test]
async fn records_that_are_none_of_its_business_cost_no_request_and_never_block() {
    let engine = Engine::start().await;
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    let client = hooked_client(
        &engine,
        Arc::new(move |_, _| {
            seen.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { None })
        }),
    );
    let mut poison = record("PROFILE#a", PURCHASE, 6);
    poison["dynamodb"]["Keys"] = json!({"pk": {"N": "1"}});
    let batch = vec![
        record("PROFILE#a", "AGG", 1),
        record("LOCATION#1", "LOCATION", 2),
        record("PROFILE#not a profile", PURCHASE, 3),
        record("PROFILE#a", "NOTE", 4),
        json!("not even a record"),
        poison,
    ];
    assert_eq!(handle(client, batch).await.unwrap(), []);
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_unreadable_record_does_not_stop_its_neighbours() {
    let engine = Engine::start().await;
    buy(&engine, "PROFILE#a", PURCHASE).await;
    let batch = vec![
        json!(null),
        record("PROFILE#a", PURCHASE, 2),
        json!({"dynamodb": {}}),
    ];
    assert_eq!(handle(engine.client(), batch).await.unwrap(), []);
    assert!(ledger(&engine, "a").await.is_some());
}

#[tokio::test]
async fn a_profile_that_is_too_large_does_not_come_again_but_is_marked() {
    let engine = Engine::start().await;
    let line = |number: usize| {
        Value::Map(Item::from([(
            "brand".into(),
            Value::Text(format!("{number:0>250}")),
        )]))
    };
    for (sk, brands) in [
        (PURCHASE, 0..900),
        ("TXN#2026-01-01T10:00:00Z#b", 900..1_800),
    ] {
        let item = Item::from([
            ("pk".into(), Value::Text("PROFILE#a".into())),
            ("sk".into(), Value::Text(sk.into())),
            ("total".into(), Value::Number("1".into())),
            ("items".into(), Value::List(brands.map(line).collect())),
        ]);
        engine.put(&item).await;
    }
    assert_eq!(
        handle(engine.client(), vec![record("PROFILE#a", PURCHASE, 1)])
            .await
            .unwrap(),
        []
    );
    assert!(ledger(&engine, "a").await.is_none());
    let table = Table::new(engine.client(), TABLE);
    let profile = ProfileId::parse("a").unwrap();
    let derived = table.derived(&profile, Consistency::Strong).await.unwrap();
    assert_eq!(derived.unwrap().incomplete.as_deref(), Some("too large"));
}

#[tokio::test]
async fn what_is_no_event_and_what_cannot_be_named_fails_the_batch() {
    let engine = Engine::start().await;
    let function =
        RecalculateAggregations::new(Table::new(engine.client(), TABLE), Settings::default());
    for payload in [json!({}), json!({"Records": 1}), json!([]), json!("x")] {
        let error = function
            .handle(LambdaEvent::new(payload, Context::default()))
            .await
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the event is not known: expected `Records` of a DynamoDB stream or of SQS, or `segment` and `of`, or `segments` and `results`"),
            "{error}"
        );
    }
    let mut nameless = record("PROFILE#a", PURCHASE, 1);
    nameless["dynamodb"]["SequenceNumber"] = json!("");
    let client = hooked_client(&engine, Arc::new(|_, _| Box::pin(std::future::pending())));
    let error = handle_within(client, vec![nameless], Duration::from_millis(1_050))
        .await
        .unwrap_err();
    assert!(
        matches!(error, InvocationError::NoSequenceNumber),
        "{error}"
    );
}
