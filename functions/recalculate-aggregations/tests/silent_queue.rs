//! A queue that does not answer, and an invocation that ends in time all the same; and one that takes what time there is.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::FutureExt;
use futures::future::BoxFuture;
use lambda_runtime::{Context, LambdaEvent};
use recalculate_aggregations::{Queue, RecalculateAggregations};
use serde_json::json;
use table::{Settings, Table};
use test_support::{Engine, TABLE, answer, hooked_client};
use tokio::time::{sleep, timeout};

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

/// It answers after most of the time that is kept for it. The clock of the tests does not wait for it.
#[derive(Debug, Default)]
struct Slow {
    answers: AtomicUsize,
}

impl Slow {
    async fn answer(&self) {
        sleep(Duration::from_secs(3)).await;
        self.answers.fetch_add(1, Ordering::SeqCst);
    }
}

impl Queue for Slow {
    fn send<'a>(&'a self, _: &'a [String]) -> BoxFuture<'a, Vec<usize>> {
        async {
            self.answer().await;
            Vec::new()
        }
        .boxed()
    }

    fn put_off<'a>(&'a self, _: &'a str, _: Duration) -> BoxFuture<'a, ()> {
        self.answer().boxed()
    }
}

/// What Lambda says of an invocation that it ends after `time`.
fn context(time: Duration) -> Context {
    let deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH);
    let mut context = Context::default();
    context.deadline = u64::try_from(deadline.unwrap().as_millis()).unwrap();
    context
}

#[tokio::test]
async fn the_queue_may_take_most_of_what_is_left_after_the_work() {
    let engine = Engine::start().await;
    let denied = r#"{"__type":"com.amazonaws.dynamodb.v20120810#AccessDeniedException"}"#;
    let refuse = move |_, _: &_| async move { Some(answer(400, denied)) }.boxed();
    let table = Table::new(hooked_client(&engine, Arc::new(refuse)), TABLE);
    let queue = Arc::new(Slow::default());
    let function = RecalculateAggregations::new(table, Settings::default())
        .with_queue(Arc::clone(&queue) as Arc<dyn Queue>);
    // A record of long ago, and a message that names no profile.
    let record = json!({
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_607_346_271,
            "Keys": {"pk": {"S": "PROFILE#a"}, "sk": {"S": "PROFILE"}},
            "SequenceNumber": "1",
        },
    });
    let message = json!({"messageId": "m", "body": "{}", "eventSource": "aws:sqs"});
    tokio::time::pause();
    for (event, failures, answers) in [(record, [].as_slice(), 1), (message, &["m"], 2)] {
        let event = json!({"Records": [event]});
        let event = LambdaEvent::new(event, context(Duration::from_secs(6)));
        let answer = function.handle(event).await.unwrap();
        assert_eq!(answer.failures(), failures);
        assert_eq!(queue.answers.load(Ordering::SeqCst), answers);
    }
}

#[tokio::test]
async fn an_invocation_of_the_queue_ends_before_its_deadline() {
    let table = Table::new(Engine::start().await.client(), TABLE);
    let function = RecalculateAggregations::new(table, Settings::default());
    let function = function.with_queue(Arc::new(Silent));
    let time = Duration::from_secs(8);
    // Messages that name no profile fail without a request.
    let message = |id| json!({"messageId": id, "body": "{}", "eventSource": "aws:sqs"});
    let event = json!({"Records": [message("a"), message("b")]});
    tokio::time::pause();
    let event = LambdaEvent::new(event, context(time));
    let answer = timeout(time, function.handle(event)).await;
    assert_eq!(answer.unwrap().unwrap().failures(), ["a", "b"]);
}
