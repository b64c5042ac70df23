//! Profiles that cannot be finished: what goes to the queue, what comes of it there, and that nobody waits behind them. Faults
//! are injected between the function and a real engine.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod queue;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use calculation::Value as Plain;
use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{Queue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{Consistency, ProfileId, Settings, StoredLedger, Table};
use test_support::{
    Engine, HttpRequest, HttpResponse, TABLE, answer, body, hooked_client, hooked_client_of,
    operation,
};

use queue::FakeQueue;

const PURCHASE: &str = "TXN#2026-01-01T10:00:00Z#a";

/// A function in front of an engine whose requests may fail, and its queue.
struct Fixture {
    engine: Engine,
    queue: Arc<FakeQueue>,
}

impl Fixture {
    async fn open() -> Self {
        Self {
            engine: Engine::start().await,
            queue: Arc::default(),
        }
    }

    async fn buy(&self, profile: &str, key: &str) {
        let item = [
            ("pk", Plain::Text(format!("PROFILE#{profile}"))),
            ("sk", Plain::Text(key.into())),
            ("total", Plain::Number("1".into())),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), value));
        self.engine.put(&item.into()).await;
    }

    /// A client whose requests for a profile called `bad` are throttled.
    fn throttling(&self) -> Client {
        let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
        let throttle =
            move |_, request: &HttpRequest| -> BoxFuture<'static, Option<HttpResponse>> {
                let is_bad = body(request).contains("PROFILE#bad");
                async move { is_bad.then(|| answer(400, refused)) }.boxed()
            };
        hooked_client(&self.engine, Arc::new(throttle))
    }

    async fn handle(&self, client: Client, records: Vec<Value>) -> Vec<String> {
        self.handle_within(client, records, Duration::from_secs(60))
            .await
    }

    async fn handle_within(
        &self,
        client: Client,
        records: Vec<Value>,
        time: Duration,
    ) -> Vec<String> {
        let deadline = SystemTime::now() + time;
        let deadline = deadline.duration_since(UNIX_EPOCH).unwrap().as_millis();
        let mut context = Context::default();
        context.deadline = u64::try_from(deadline).unwrap();
        let function = RecalculateAggregations::new(Table::new(client, TABLE), Settings::default());
        let function = function.with_queue(Arc::clone(&self.queue) as Arc<dyn Queue>);
        let event = LambdaEvent::new(json!({"Records": records}), context);
        let response = function.handle(event).await.unwrap();
        response.failures().into_iter().map(str::to_owned).collect()
    }

    /// The profile's number of purchases; `None` without a derived item.
    async fn purchases(&self, profile: &str) -> Option<u64> {
        let table = Table::new(self.engine.client(), TABLE);
        let profile = ProfileId::parse(profile).unwrap();
        let derived = table
            .derived(&profile, Consistency::Strong)
            .await
            .unwrap()?;
        let StoredLedger::Usable(ledger) = derived.ledger else {
            return None;
        };
        let (today, locations) = (
            chrono::Utc::now().date_naive(),
            calculation::Locations::new(),
        );
        let document = calculation::evaluate(&ledger, profile.as_str(), today, &locations);
        Some(document.unwrap().unwrap().shop_count)
    }
}

/// A record that is so many seconds old.
fn record(profile: &str, key: &str, number: usize, age: u64) -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    json!({
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": now - age,
            "Keys": {"pk": {"S": format!("PROFILE#{profile}")}, "sk": {"S": key}},
            "SequenceNumber": number.to_string(),
        },
    })
}

/// A message as Lambda hands it on.
fn message(body: &str, receives: u32) -> Value {
    json!({
        "messageId": "m",
        "receiptHandle": format!("received {receives} times"),
        "body": body,
        "attributes": {"ApproximateReceiveCount": receives.to_string()},
        "eventSource": "aws:sqs",
    })
}

#[tokio::test]
async fn a_profile_that_fails_is_left_to_the_stream_for_a_minute_and_then_to_the_queue() {
    let fixture = Fixture::open().await;
    for profile in ["good", "bad"] {
        fixture.buy(profile, PURCHASE).await;
    }
    let batch = |age| {
        vec![
            record("bad", PURCHASE, 1, age),
            record("bad", "ADDRESS#home", 2, 0),
            record("good", PURCHASE, 3, 0),
        ]
    };
    let failed = fixture.handle(fixture.throttling(), batch(5)).await;
    assert_eq!(failed, ["1"]);
    assert!(fixture.queue.messages().is_empty());

    let failed = fixture.handle(fixture.throttling(), batch(120)).await;
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(
        fixture.queue.messages(),
        [json!({"profile_id": "bad", "keys": ["ADDRESS#home", PURCHASE]})]
    );
    assert_eq!(fixture.purchases("good").await, Some(1));
}

#[tokio::test]
async fn what_cannot_be_handed_over_is_reported_to_the_stream() {
    let fixture = Fixture::open().await;
    fixture.buy("bad", PURCHASE).await;
    fixture.queue.refuses.store(true, Ordering::SeqCst);
    let batch = vec![record("bad", PURCHASE, 7, 120)];
    assert_eq!(fixture.handle(fixture.throttling(), batch).await, ["7"]);
}

#[tokio::test]
async fn above_100_keys_a_message_means_everything() {
    let fixture = Fixture::open().await;
    let keys: Vec<_> = (0..101)
        .map(|n| format!("TXN#2026-01-01T10:00:00Z#{n}"))
        .collect();
    for key in &keys {
        fixture.buy("bad", key).await;
    }
    let batch = keys.iter().enumerate();
    let batch = batch
        .map(|(number, key)| record("bad", key, number, 120))
        .collect();
    fixture.handle(fixture.throttling(), batch).await;
    assert_eq!(fixture.queue.messages(), [json!({"profile_id": "bad"})]);
    let repaired = fixture.handle(
        fixture.engine.client(),
        vec![message(r#"{"profile_id": "bad"}"#, 1)],
    );
    assert!(repaired.await.is_empty());
    assert_eq!(fixture.purchases("bad").await, Some(101));
}

#[tokio::test]
async fn a_profile_that_takes_too_much_of_a_batch_goes_to_the_queue_at_once() {
    let fixture = Fixture::open().await;
    let items: Vec<_> = (0..20_001)
        .map(|n| json!({"sk": {"S": format!("TXN#2026-01-01T10:00:00Z#{n}")}, "total": {"N": "1"}}))
        .collect();
    let page =
        json!({"Items": items, "Count": items.len(), "ScannedCount": items.len()}).to_string();
    let huge = move |_, request: &HttpRequest| -> BoxFuture<'static, Option<HttpResponse>> {
        let is_query = operation(request) == "Query" && body(request).contains("PROFILE#huge");
        let page = is_query.then(|| answer(200, page.clone()));
        async move { page }.boxed()
    };
    let client = hooked_client(&fixture.engine, Arc::new(huge));
    let failed = fixture
        .handle(client, vec![record("huge", PURCHASE, 1, 0)])
        .await;
    assert!(failed.is_empty(), "{failed:?}");
    assert_eq!(
        fixture.queue.messages(),
        [json!({"profile_id": "huge", "keys": [PURCHASE]})]
    );
}

#[tokio::test]
async fn a_profile_that_there_was_no_time_for_is_left_to_the_stream_however_old() {
    let fixture = Fixture::open().await;
    fixture.buy("late", PURCHASE).await;
    let records = vec![record("late", PURCHASE, 7, 3_600)];
    // Less than what is kept for the end.
    let (client, time) = (fixture.engine.client(), Duration::from_secs(1));
    let failed = fixture.handle_within(client, records, time).await;
    assert_eq!(failed, ["7"]);
    assert!(fixture.queue.messages().is_empty());
}

#[tokio::test]
async fn a_message_that_fails_is_put_off_for_longer_each_time_and_named_in_the_answer() {
    let fixture = Fixture::open().await;
    fixture.buy("bad", PURCHASE).await;
    let unfinished = json!({"profile_id": "bad", "keys": [PURCHASE]}).to_string();
    for receives in [1, 2, 9] {
        let records = vec![message(&unfinished, receives)];
        assert_eq!(fixture.handle(fixture.throttling(), records).await, ["m"]);
    }
    for body in ["", "{}", r#"{"profile_id": "a/b"}"#] {
        let failed = fixture
            .handle(fixture.engine.client(), vec![message(body, 1)])
            .await;
        assert_eq!(failed, ["m"], "{body}");
    }
    let expected = [(1, 30), (2, 60), (9, 7200), (1, 30), (1, 30), (1, 30)];
    let expected = expected.map(|(receives, delay)| (format!("received {receives} times"), delay));
    assert_eq!(*fixture.queue.put_off.lock().unwrap(), expected);
    // Once the fault is over, nothing is lost. Twice is as good as once.
    for _ in 0..2 {
        let records = vec![message(&unfinished, 10)];
        assert!(
            fixture
                .handle(fixture.engine.client(), records)
                .await
                .is_empty()
        );
    }
    assert_eq!(fixture.purchases("bad").await, Some(1));
}

#[tokio::test]
async fn late_and_out_of_order_a_message_comes_to_the_same() {
    let fixture = Fixture::open().await;
    let later = "TXN#2026-01-02T10:00:00Z#b";
    fixture.buy("a", PURCHASE).await;
    let first = json!({"profile_id": "a", "keys": [PURCHASE]}).to_string();
    fixture.buy("a", later).await;
    let second = json!({"profile_id": "a", "keys": [later, "NOTE", "AGG"]}).to_string();
    let client = || fixture.engine.client();
    assert!(
        fixture
            .handle(client(), vec![record("a", later, 2, 0)])
            .await
            .is_empty()
    );
    for body in [&second, &first, &second, &first] {
        assert!(
            fixture
                .handle(client(), vec![message(body, 1)])
                .await
                .is_empty()
        );
        assert_eq!(fixture.purchases("a").await, Some(2));
    }
}

#[tokio::test]
async fn where_one_request_of_seven_fails_the_stream_drains_and_the_queue_finishes_it() {
    let fixture = Fixture::open().await;
    let profiles: Vec<_> = (0..150).map(|n| format!("p{n}")).collect();
    for profile in &profiles {
        fixture.buy(profile, PURCHASE).await;
    }
    let asked = AtomicUsize::new(0);
    let fail = move |_, _: &HttpRequest| -> BoxFuture<'static, Option<HttpResponse>> {
        // Spread as if by chance, and the same at every run.
        let request = asked
            .fetch_add(1, Ordering::SeqCst)
            .wrapping_mul(2_654_435_761)
            >> 7;
        let fails = request.is_multiple_of(7);
        let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#InternalServerError"}"#;
        async move { fails.then(|| answer(500, refused)) }.boxed()
    };
    // What fails, fails.
    let config = fixture
        .engine
        .config()
        .retry_config(RetryConfig::disabled());
    let client = hooked_client_of(config, Arc::new(fail));
    let batch = profiles.iter().enumerate();
    let batch: Vec<_> = batch
        .map(|(n, profile)| record(profile, PURCHASE, n, 120))
        .collect();
    let failed = fixture.handle(client.clone(), batch).await;
    assert!(failed.is_empty(), "{failed:?}");
    let mut open: Vec<String> = std::mem::take(&mut *fixture.queue.messages.lock().unwrap());
    assert!(open.len() > 20, "{}", open.len());
    let mut rounds = 0;
    while !open.is_empty() && rounds < 50 {
        rounds += 1;
        let mut left = Vec::new();
        for body in open {
            if !fixture
                .handle(client.clone(), vec![message(&body, rounds)])
                .await
                .is_empty()
            {
                left.push(body);
            }
        }
        open = left;
    }
    let mut seen = BTreeMap::new();
    for profile in &profiles {
        seen.insert(profile.clone(), fixture.purchases(profile).await);
    }
    assert!(
        seen.values().all(|purchases| *purchases == Some(1)),
        "{seen:?}"
    );
}
