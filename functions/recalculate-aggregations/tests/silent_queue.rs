//! A queue that does not answer, and an invocation that ends in time all the same.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{Queue, RecalculateAggregations};
use serde_json::json;
use table::{Settings, Table};
use test_support::{Engine, TABLE};
use tokio::time::timeout;

#[derive(Debug)]
struct Silent;

impl Queue for Silent {
    fn send<'a>(&'a self, _: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        std::future::pending().boxed()
    }

    fn put_off<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, ()> {
        std::future::pending().boxed()
    }
}

#[tokio::test]
async fn an_invocation_of_the_queue_ends_before_its_deadline() {
    let table = Table::new(Engine::start().await.client(), TABLE);
    let function = RecalculateAggregations::new(table, Settings::default());
    let function = function.with_queue(Arc::new(Silent));
    let time = Duration::from_secs(8);
    let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH);
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline.unwrap().as_millis()).unwrap();
    // Messages that name no profile fail without a request.
    let message = |id| json!({"messageId": id, "body": "{}", "eventSource": "aws:sqs"});
    let event = json!({"Records": [message("a"), message("b")]});
    tokio::time::pause();
    let answer = timeout(time, function.handle(LambdaEvent::new(event, context))).await;
    assert_eq!(answer.unwrap().unwrap().failures(), ["a", "b"]);
}
