//! The requests that go to SQS, and what comes of its answers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use futures::FutureExt;
use recalculate_aggregations::{Queue, SqsQueue};
use serde_json::{Value, json};
use test_support::{HttpRequest, HttpResponse, answer, body, hooked_http_client, operation};

const URL: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/unfinished";

/// A queue whose requests are kept and answered in turn by `answers`, the last of them again and again.
fn queue(answers: &[(u16, Value)]) -> (SqsQueue, Arc<Mutex<Vec<HttpRequest>>>) {
    let (config, requests) = answering(answers);
    (SqsQueue::new(&config.build(), URL.to_owned()), requests)
}

fn answering(
    answers: &[(u16, Value)],
) -> (aws_types::sdk_config::Builder, Arc<Mutex<Vec<HttpRequest>>>) {
    let answers = answers.to_vec();
    let requests = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&requests);
    let client = hooked_http_client(Arc::new(move |number, request: &HttpRequest| {
        kept.lock().unwrap().push(request.try_clone().unwrap());
        let (status, body) = answers.get(number).or(answers.last()).unwrap();
        let made_up: HttpResponse = answer(*status, body.to_string());
        async move { Some(made_up) }.boxed()
    }));
    let credentials = Credentials::new("AKID", "secret", Some("token".into()), None, "test");
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .retry_config(retries)
        .http_client(client);
    (config, requests)
}

fn json_of(request: &HttpRequest) -> Value {
    serde_json::from_str(&body(request)).unwrap()
}

#[tokio::test]
async fn messages_are_sent_in_signed_batches() {
    let successful = json!({"Successful": [{"Id": "0"}, {"Id": "1"}], "Failed": []});
    let (queue, requests) = queue(&[(200, successful)]);
    let messages = ["{\"profile_id\":\"ada\"}".to_owned(), "b".to_owned()];
    assert_eq!(queue.send(&messages).await, [0_usize; 0]);

    let requests = requests.lock().unwrap();
    let [request] = requests.as_slice() else {
        unreachable!("one request, not {}", requests.len())
    };
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://sqs.eu-central-1.amazonaws.com/");
    assert_eq!(operation(request), "SendMessageBatch");
    let header = |name| request.headers().get(name).unwrap_or_default();
    assert_eq!(header("x-amz-target"), "AmazonSQS.SendMessageBatch");
    assert_eq!(header("content-type"), "application/x-amz-json-1.0");
    assert_eq!(header("x-amz-security-token"), "token");
    let signature = header("authorization");
    assert!(
        signature.contains("/eu-central-1/sqs/aws4_request"),
        "{signature}"
    );
    for signed in [
        "content-type",
        "host",
        "x-amz-security-token",
        "x-amz-target",
    ] {
        assert!(signature.contains(signed), "{signed} in {signature}");
    }
    assert_eq!(
        json_of(request),
        json!({
            "QueueUrl": URL,
            "Entries": [
                {"Id": "0", "MessageBody": "{\"profile_id\":\"ada\"}"},
                {"Id": "1", "MessageBody": "b"},
            ],
        })
    );
}

#[tokio::test]
async fn what_sqs_does_not_take_is_named() {
    let failed = json!({
        "Successful": [{"Id": "1"}],
        "Failed": [{"Id": "0", "SenderFault": false, "Code": "InternalError"}],
    });
    let (queue, _) = queue(&[(200, failed)]);
    let messages = [
        "a".to_owned(),
        "b".to_owned(),
        "neither taken nor refused".to_owned(),
    ];
    assert_eq!(queue.send(&messages).await, [0, 2]);
}

#[tokio::test]
async fn failures_that_pass_are_tried_again_and_others_are_not() {
    let throttled = json!({"__type": "com.amazonaws.sqs#RequestThrottled", "message": "slower"});
    let taken = json!({"Successful": [{"Id": "0"}]});
    let missing = json!({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no queue"});
    let message = ["a".to_owned()];
    for (answers, failed, sent) in [
        (vec![(503, json!({})), (200, taken.clone())], vec![], 2),
        (vec![(400, throttled), (200, taken)], vec![], 2),
        (vec![(500, json!("no object"))], vec![0], 3),
        (vec![(400, missing)], vec![0], 1),
        (vec![(200, json!("no object"))], vec![0], 1),
    ] {
        let (queue, requests) = queue(&answers);
        assert_eq!(queue.send(&message).await, failed, "{answers:?}");
        assert_eq!(requests.lock().unwrap().len(), sent, "{answers:?}");
    }
}

#[tokio::test]
async fn a_message_is_put_off() {
    let (queue, requests) = queue(&[(200, json!({}))]);
    queue.put_off("handle", Duration::from_secs(7200)).await;
    let requests = requests.lock().unwrap();
    let request = requests.first().unwrap();
    assert_eq!(operation(request), "ChangeMessageVisibility");
    assert_eq!(
        json_of(request),
        json!({"QueueUrl": URL, "ReceiptHandle": "handle", "VisibilityTimeout": 7200})
    );
}

#[tokio::test]
async fn requests_go_where_the_configuration_says() {
    const GOVERNMENT: &str = "https://sqs.us-gov-west-1.amazonaws.com/1/q";
    const CHINA: &str = "https://sqs.cn-north-1.amazonaws.com.cn/1/q";
    const LOCAL: &str = "http://localhost:4566/000000000000/q";
    for (url, fips, dual_stack, expected) in [
        (
            URL,
            true,
            false,
            "https://sqs-fips.eu-central-1.amazonaws.com/",
        ),
        (URL, false, true, "https://sqs.eu-central-1.api.aws/"),
        (URL, true, true, "https://sqs-fips.eu-central-1.api.aws/"),
        (
            GOVERNMENT,
            true,
            false,
            "https://sqs.us-gov-west-1.amazonaws.com/",
        ),
        (
            GOVERNMENT,
            true,
            true,
            "https://sqs-fips.us-gov-west-1.api.aws/",
        ),
        (
            CHINA,
            false,
            false,
            "https://sqs.cn-north-1.amazonaws.com.cn/",
        ),
        (
            CHINA,
            false,
            true,
            "https://sqs.cn-north-1.api.amazonwebservices.com.cn/",
        ),
        (LOCAL, true, true, "http://localhost:4566/"),
    ] {
        let (config, requests) = answering(&[(200, json!({}))]);
        let config = config.use_fips(fips).use_dual_stack(dual_stack).build();
        SqsQueue::new(&config, url.into()).send(&["a".into()]).await;
        assert_eq!(requests.lock().unwrap().first().unwrap().uri(), expected);
    }
    let (config, requests) = answering(&[(200, json!({}))]);
    let config = config.endpoint_url("http://127.0.0.1:9324").build();
    SqsQueue::new(&config, URL.into()).send(&["a".into()]).await;
    assert_eq!(
        requests.lock().unwrap().first().unwrap().uri(),
        "http://127.0.0.1:9324/"
    );
}
