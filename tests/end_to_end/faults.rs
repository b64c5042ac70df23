//! The whole system with faults between it and DynamoDB: one profile that fails for good, and requests that fail now and then.
//!
//! Records come as if they were ten minutes old, so that nothing has to wait for the minute after which the queue takes over.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use local_stack::{Options, Stack};
use serde_json::{Value, json};
use test_support::Engine;
use tokio::net::TcpListener;

const PURCHASE: &str = "TXN#2026-01-01T10:00:00Z#a";

/// Whether a request fails, by its operation and body.
type Fault = Box<dyn Fn(&str, &str) -> bool + Send>;

/// What stands between a stack and DynamoDB.
struct Between {
    url: String,
    fault: Mutex<Option<Fault>>,
}

impl Between {
    async fn start(engine: &Engine) -> (Arc<Self>, String) {
        let between = Arc::new(Self {
            url: engine.url(),
            fault: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&between));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (between, url)
    }

    fn set(&self, fault: Option<Fault>) {
        *self.fault.lock().unwrap() = fault;
    }
}

async fn pass(
    State(between): State<Arc<Between>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, Bytes) {
    let target = headers["x-amz-target"].to_str().unwrap();
    let operation = target.rsplit('.').next().unwrap().to_owned();
    let is_of_stream = target.starts_with("DynamoDBStreams");
    let fails = !is_of_stream
        && between
            .fault
            .lock()
            .unwrap()
            .as_ref()
            .is_some_and(|fault| fault(&operation, &body));
    if fails {
        let refused = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"#;
        return (StatusCode::BAD_REQUEST, Bytes::from(refused));
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(&between.url).body(body);
    for (name, value) in &headers {
        if name != "host" && name != "content-length" {
            request = request.header(name, value);
        }
    }
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let body = answer.bytes().await.unwrap();
    if operation != "GetRecords" || !status.is_success() {
        return (status, body);
    }
    let mut answer: Value = serde_json::from_slice(&body).unwrap();
    for record in answer["Records"].as_array_mut().unwrap() {
        let created_at = &mut record["dynamodb"]["ApproximateCreationDateTime"];
        *created_at = json!(created_at.as_f64().unwrap() - 600.0);
    }
    (status, Bytes::from(answer.to_string()))
}

/// A stack on an engine of its own, with something between.
async fn stack() -> (Engine, Arc<Between>, Stack) {
    let engine = Engine::start().await;
    let (between, url) = Between::start(&engine).await;
    let options = Options {
        endpoint_url: Some(url),
        // The engine has a table of that name, without a stream.
        table_name: "with-faults".into(),
        ..Options::default()
    };
    let stack = Stack::start(options).await.unwrap();
    (engine, between, stack)
}

async fn buy(engine: &Engine, stack: &Stack, profile: &str) {
    use aws_sdk_dynamodb::types::AttributeValue::{N, S};
    let put = engine.client().put_item().table_name(stack.table_name());
    put.item("pk", S(format!("PROFILE#{profile}")))
        .item("sk", S(PURCHASE.into()))
        .item("total", N("1".into()))
        .send()
        .await
        .unwrap();
}

async fn status(stack: &Stack, profile: &str) -> u16 {
    let url = format!("{}/profiles/{profile}/aggregations", stack.http_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    client.get(url).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn one_profile_that_fails_for_good_holds_up_no_other_and_is_not_lost() {
    let (engine, between, stack) = stack().await;
    between.set(Some(Box::new(|_, body| body.contains("PROFILE#bad"))));
    buy(&engine, &stack, "bad").await;
    for other in 0..6 {
        buy(&engine, &stack, &format!("other{other}")).await;
    }
    stack.caught_up().await;
    for other in 0..6 {
        assert_eq!(
            status(&stack, &format!("other{other}")).await,
            200,
            "{other}"
        );
    }
    assert_eq!(status(&stack, "bad").await, 503);
    assert_eq!(stack.unfinished_profiles().len().unwrap(), 1);
    assert!(stack.dead_letters().is_empty());

    between.set(None);
    // Its own time comes in half a minute; a message may come twice, and so sooner.
    stack
        .unfinished_profiles()
        .send(r#"{"profile_id": "bad"}"#)
        .unwrap();
    while status(&stack, "bad").await != 200 {
        tokio::task::yield_now().await;
    }
    stack.stop().await;
}

#[tokio::test]
async fn where_one_request_of_seven_fails_the_stream_drains() {
    let (engine, between, stack) = stack().await;
    let requests = AtomicUsize::new(0);
    between.set(Some(Box::new(move |_, _| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        let spread = number.wrapping_mul(2_654_435_761).wrapping_shr(7);
        spread.is_multiple_of(7)
    })));
    for profile in 0..200 {
        buy(&engine, &stack, &format!("p{profile}")).await;
    }
    stack.caught_up().await;
    between.set(None);
    // Whoever is not done yet is in the queue. Its length is read first: from here on it only gets shorter.
    let unfinished = stack.unfinished_profiles().len().unwrap();
    let mut open = 0;
    for profile in 0..200 {
        open += usize::from(status(&stack, &format!("p{profile}")).await != 200);
    }
    assert!(open <= unfinished, "{open} open, {unfinished} in the queue");
    assert!(stack.dead_letters().is_empty());
    stack.stop().await;
}
