//! Parts of the table: the handler works through each, invocation after invocation, and what fails goes to the queue.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use calculation::Value as Plain;
use futures::FutureExt;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{InvocationError, Queue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{ProfileId, Settings, Table};
use test_support::{Engine, HttpRequest, TABLE, answer, body, hooked_client_of, operation};

use queue::FakeQueue;

const PURCHASE: &str = "TXN#2026-01-01T10:00:00Z#a";
const MINUTE: Duration = Duration::from_secs(60);
/// What the handler keeps of its time, and enough for some profiles on a busy machine.
const BRIEF: Duration = Duration::from_secs(8);

/// Profiles with a purchase each, none of which is calculated.
async fn shop(profiles: usize) -> Engine {
    let engine = Engine::start().await;
    for profile in 0..profiles {
        let item = [
            ("pk", Plain::Text(format!("PROFILE#p{profile:03}"))),
            ("sk", Plain::Text(PURCHASE.into())),
            ("total", Plain::Number("1".into())),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), value));
        engine.put(&item.into()).await;
    }
    engine
}

/// Invokes the handler; its answer as JSON.
async fn invoke(
    client: Client,
    queue: &Arc<FakeQueue>,
    event: Value,
    time: Duration,
) -> Result<Value, InvocationError> {
    let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH);
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline.unwrap().as_millis()).unwrap();
    let function = RecalculateAggregations::new(Table::new(client, TABLE), Settings::default());
    let function = function.with_queue(Arc::clone(queue) as Arc<dyn Queue>);
    let answer = function.handle(LambdaEvent::new(event, context)).await?;
    Ok(serde_json::to_value(answer).unwrap())
}

/// A client whose requests fail, without a second try, where `fails` says so.
fn failing(
    engine: &Engine,
    fails: impl Fn(&HttpRequest) -> bool + Send + Sync + 'static,
) -> Client {
    let throttled =
        r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
    let config = engine.config().retry_config(RetryConfig::disabled());
    hooked_client_of(
        config,
        Arc::new(move |_, request| {
            let fails = fails(request);
            async move { fails.then(|| answer(400, throttled)) }.boxed()
        }),
    )
}

fn counts(profiles: u64, different: u64, failed: u64) -> Value {
    json!({"profiles": profiles, "different": different, "failed": failed})
}

async fn is_in_order(engine: &Engine, id: &str) -> bool {
    let table = Table::new(engine.client(), TABLE);
    let profile = ProfileId::parse(id).unwrap();
    let verified = table.verify(&Settings::default(), &profile).await.unwrap();
    verified.is_none()
}

#[tokio::test]
async fn segments_are_verified_and_rebuilt_and_added_up() {
    let engine = shop(40).await;
    let queue = Arc::default();
    for (verify, different) in [(true, 40), (false, 0), (true, 0)] {
        let segments: Vec<Value> = (0..3)
            .map(|segment| json!({"segment": segment, "of": 3, "from": null, "verify": verify}))
            .collect();
        let mut results = Vec::new();
        for segment in &segments {
            let result = invoke(engine.client(), &queue, segment.clone(), MINUTE)
                .await
                .unwrap();
            assert_eq!(result["from"], Value::Null);
            results.push(result);
        }
        let run = json!({"segments": segments, "results": results});
        let total = invoke(engine.client(), &queue, run, MINUTE).await.unwrap();
        let expected = json!({"segments": 3, "counts": counts(40, different, 0), "unfinished": []});
        assert_eq!(total, expected);
    }
    assert!(queue.messages().is_empty());
}

#[tokio::test]
async fn an_invocation_stops_before_its_deadline_and_the_next_goes_on() {
    let engine = shop(40).await;
    let queue = Arc::default();
    // The 26th rebuild, and those after it, never end.
    let puts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&puts);
    let hanging = hooked_client_of(
        engine.config(),
        Arc::new(move |_, request| {
            let is_rebuild = operation(request) == "Query";
            let hangs = is_rebuild && counted.fetch_add(1, Ordering::SeqCst) >= 25;
            async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                None
            }
            .boxed()
        }),
    );
    let event = json!({"segment": 0, "of": 1});
    let stopped = invoke(hanging.clone(), &queue, event, BRIEF).await.unwrap();
    let done = stopped["counts"]["profiles"].as_u64().unwrap();
    assert!((1..=25).contains(&done), "{stopped}");
    assert!(stopped["from"]["pk"].is_string(), "{stopped}");
    // Where nothing moves any more, it is an error rather than the same answer for ever.
    let stuck = invoke(hanging, &queue, stopped.clone(), BRIEF).await;
    assert!(
        matches!(stuck, Err(InvocationError::OutOfTime)),
        "{stuck:?}"
    );

    let finished = invoke(engine.client(), &queue, stopped, MINUTE)
        .await
        .unwrap();
    assert_eq!(
        (&finished["from"], &finished["counts"]),
        (&Value::Null, &counts(40, 0, 0))
    );
    for profile in 0..40 {
        assert!(
            is_in_order(&engine, &format!("p{profile:03}")).await,
            "{profile}"
        );
    }
}

#[tokio::test]
async fn one_profile_that_fails_goes_to_the_queue_and_holds_up_no_other() {
    let engine = shop(20).await;
    let queue = Arc::<FakeQueue>::default();
    let client = failing(&engine, |request| {
        operation(request) != "Scan" && body(request).contains("PROFILE#p007")
    });
    let verify = json!({"segment": 0, "of": 1, "verify": true});
    let result = invoke(client.clone(), &queue, verify, MINUTE)
        .await
        .unwrap();
    assert_eq!(result["counts"], counts(20, 19, 1));
    assert!(queue.messages().is_empty());

    let rebuild = json!({"segment": 0, "of": 1});
    let result = invoke(client, &queue, rebuild, MINUTE).await.unwrap();
    assert_eq!(
        (&result["from"], &result["counts"]),
        (&Value::Null, &counts(20, 0, 1))
    );
    assert_eq!(queue.messages(), [json!({"profile_id": "p007"})]);
    assert!(is_in_order(&engine, "p006").await);
}

#[tokio::test]
async fn a_table_that_fails_is_an_error_and_fills_no_queue() {
    let engine = shop(40).await;
    let queue = Arc::<FakeQueue>::default();
    let client = failing(&engine, |request| operation(request) != "Scan");
    let result = invoke(client, &queue, json!({"segment": 0, "of": 1}), MINUTE).await;
    assert!(
        matches!(result, Err(InvocationError::Table(_))),
        "{result:?}"
    );
    let client = failing(&engine, |request| operation(request) == "Scan");
    let result = invoke(client, &queue, json!({"segment": 0, "of": 1}), MINUTE).await;
    assert!(
        matches!(result, Err(InvocationError::Table(_))),
        "{result:?}"
    );
    assert!(queue.messages().is_empty());
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_not_passed_over() {
    let engine = shop(20).await;
    let queue = Arc::<FakeQueue>::default();
    queue.refuses.store(true, Ordering::SeqCst);
    let client = failing(&engine, |request| {
        operation(request) != "Scan" && body(request).contains("PROFILE#p007")
    });
    let mut event = json!({"segment": 0, "of": 1});
    let stuck = loop {
        match invoke(client.clone(), &queue, event, MINUTE).await {
            Ok(stopped) => {
                assert!(stopped["from"].is_object(), "{stopped}");
                event = stopped;
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(stuck, InvocationError::QueueOutOfReach), "{stuck}");
}

#[tokio::test]
async fn what_is_no_segment_is_refused() {
    let engine = shop(0).await;
    for (event, expected) in [
        (
            json!({"segment": 3, "of": 3}),
            "segment 3 of 3 does not exist",
        ),
        (
            json!({"segment": 0, "of": 1_000_001}),
            "segment 0 of 1000001 does not exist",
        ),
        (json!({"segment": 0}), "the event is not known"),
        (
            json!({"segment": 0, "of": 1, "verfy": true}),
            "the event is not known",
        ),
        (
            json!({"segment": 0, "of": 1, "from": "ada"}),
            "the event is not known",
        ),
    ] {
        let error = invoke(engine.client(), &Arc::default(), event, MINUTE)
            .await
            .unwrap_err();
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

#[tokio::test]
async fn segments_that_are_not_finished_are_named_with_where_to_go_on() {
    let engine = shop(0).await;
    let key = json!({"pk": "PROFILE#ada", "sk": "PROFILE"});
    let run = json!({
        "segments": [{"segment": 0, "of": 4}, {"segment": 1, "of": 4}, {"segment": 2, "of": 4, "verify": true}, {"segment": 3, "of": 4}],
        "results": [
            {"segment": 0, "of": 4, "from": null, "verify": false, "counts": counts(5, 0, 1)},
            {"segment": 1, "of": 4, "from": key, "verify": false, "counts": counts(7, 0, 0), "error": {"Error": "Table", "Cause": "{}"}},
            {"Error": "States.Timeout"},
            // It failed at its first profile.
            {"segment": 3, "of": 4, "from": null, "verify": false, "counts": counts(0, 0, 0), "error": {"Error": "Table"}},
        ],
    });
    let total = invoke(engine.client(), &Arc::default(), run, MINUTE)
        .await
        .unwrap();
    let none = counts(0, 0, 0);
    assert_eq!(
        total,
        json!({
            "segments": 4,
            "counts": counts(12, 0, 1),
            "unfinished": [
                {"segment": 1, "of": 4, "from": key, "verify": false, "counts": none, "error": "Table"},
                {"segment": 2, "of": 4, "from": null, "verify": true, "counts": none},
                {"segment": 3, "of": 4, "from": null, "verify": false, "counts": none, "error": "Table"},
            ],
        })
    );
    // Each goes on as it is.
    for unfinished in total["unfinished"].as_array().unwrap() {
        let result = invoke(engine.client(), &Arc::default(), unfinished.clone(), MINUTE)
            .await
            .unwrap();
        assert_eq!(
            (&result["from"], &result["error"]),
            (&Value::Null, &Value::Null)
        );
    }
}
