//! Events that nobody should send, among those that they do: what can be done is done, what cannot is named or counted, and
//! nothing waits for it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "poison/clocks.rs"]
mod clocks;
#[path = "poison/messages.rs"]
mod messages;
mod queue;
#[path = "poison/records.rs"]
mod records;
#[path = "poison/shapes.rs"]
mod shapes;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use calculation::Value as Plain;
use lambda_runtime::{Context, LambdaEvent};
use queue::FakeQueue;
use recalculate_aggregations::{InvocationError, Queue, RecalculateAggregations};
use serde_json::{Value, json};
use table::{Settings, Table};
use test_support::{Engine, HttpRequest, Lines, TABLE, answer, body, hooked_client};

const PURCHASE: &str = "TXN#2026-01-01T10:00:00Z#a";

/// A function, its queue and its metrics.
struct Fixture {
    engine: Engine,
    queue: Arc<FakeQueue>,
    lines: Lines,
}

impl Fixture {
    async fn open() -> Self {
        Self {
            engine: Engine::start().await,
            queue: Arc::default(),
            lines: Lines::default(),
        }
    }

    /// Buys something for 1.
    async fn buy(&self, profile: &str, sk: &str) {
        let item = [
            ("pk", Plain::Text(format!("PROFILE#{profile}"))),
            ("sk", Plain::Text(sk.into())),
            ("total", Plain::Number("1".into())),
        ];
        let item = item.map(|(name, value)| (name.to_owned(), value));
        self.engine.put(&item.into()).await;
    }

    /// A client whose requests for a profile called `bad` are refused.
    fn failing(&self) -> Client {
        let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
        let refuse = move |_, request: &HttpRequest| -> _ {
            let is_bad = body(request).contains("PROFILE#bad");
            Box::pin(async move { is_bad.then(|| answer(400, refused)) }) as _
        };
        hooked_client(&self.engine, Arc::new(refuse))
    }

    /// What is named as not done, when Lambda ends the invocation at `deadline`, in milliseconds since 1970.
    async fn handle_until(
        &self,
        client: Client,
        payload: Value,
        deadline: u64,
    ) -> Result<Vec<String>, InvocationError> {
        let mut context = Context::default();
        context.deadline = deadline;
        let writer = self.lines.clone();
        let function = RecalculateAggregations::new(Table::new(client, TABLE), Settings::default())
            .with_queue(Arc::clone(&self.queue) as Arc<dyn Queue>)
            .with_metrics(telemetry::emf("poison".to_owned(), move || writer.clone()));
        let done = function.handle(LambdaEvent::new(payload, context)).await?;
        Ok(done.failures().into_iter().map(str::to_owned).collect())
    }

    async fn handle(&self, records: Vec<Value>) -> Vec<String> {
        let payload = json!({"Records": records});
        let done = self.handle_until(self.engine.client(), payload, in_a_minute());
        done.await.unwrap()
    }

    /// A metric of the one line since the last call.
    fn metrics(&self) -> Value {
        let mut lines = self.lines.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        lines.remove(0)
    }

    /// What is stored as the profile's number of purchases.
    async fn purchases(&self, profile: &str) -> Option<String> {
        let get = self.engine.client().get_item().table_name(TABLE);
        let get = get
            .key("pk", AttributeValue::S(format!("PROFILE#{profile}")))
            .key("sk", AttributeValue::S("AGG".into()));
        let item = get.send().await.unwrap().item?;
        Some(item.get("shop_count")?.as_n().unwrap().clone())
    }
}

/// The present, in seconds since 1970.
fn seconds() -> f64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs_f64()
}

fn in_a_minute() -> u64 {
    let minute = SystemTime::now() + Duration::from_secs(60);
    let minute = minute.duration_since(UNIX_EPOCH).unwrap();
    minute.as_millis().try_into().unwrap()
}

/// A record of now.
fn record(pk: &str, sk: &str, number: usize) -> Value {
    json!({
        "eventID": number.to_string(),
        "eventName": "MODIFY",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": seconds(),
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": number.to_string(),
            "StreamViewType": "KEYS_ONLY",
        },
    })
}
