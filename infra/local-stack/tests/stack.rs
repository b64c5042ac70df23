//! The local stack, started in this process on any free ports.

#![expect(
    clippy::unwrap_used,
    reason = "tests may fail loudly, and so may what they share"
)]

use std::collections::HashMap;
use std::net::TcpListener;
use std::task::Poll;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType, StreamSpecification, StreamViewType,
};
use local_stack::{EXAMPLE_PROFILE, Envelope, Options, Stack, StackError, Storage};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

async fn start(options: Options) -> Stack {
    Stack::start(options).await.unwrap()
}

fn kept(folder: &TempDir) -> Options {
    Options {
        storage: Storage::Folder(folder.path().to_owned()),
        ..Options::default()
    }
}

async fn purchase(stack: &Stack, profile: &str, key: &str, total: &str) {
    stack
        .client()
        .put_item()
        .table_name(stack.table_name())
        .item("pk", AttributeValue::S(format!("PROFILE#{profile}")))
        .item("sk", AttributeValue::S(format!("TXN#{key}")))
        .item("total", AttributeValue::N(total.to_owned()))
        .send()
        .await
        .unwrap();
}

async fn get(stack: &Stack, path: &str) -> (u16, Value) {
    let url = format!("{}{path}", stack.http_url());
    let response = http().get(url).send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (status, serde_json::from_str(&body).unwrap())
}

async fn derived(stack: &Stack, profile: &str) -> HashMap<String, AttributeValue> {
    let answer = stack
        .client()
        .get_item()
        .table_name(stack.table_name())
        .key("pk", AttributeValue::S(format!("PROFILE#{profile}")))
        .key("sk", AttributeValue::S("AGG".into()))
        .send()
        .await
        .unwrap();
    answer.item.unwrap()
}

#[tokio::test]
async fn a_purchase_shows_in_the_response() {
    let stack = start(Options::default()).await;
    purchase(&stack, "a@b", "2026-01-01T10:00:00Z#1", "12.50").await;
    stack.caught_up().await;
    let (status, body) = get(&stack, "/profiles/a%40b/aggregations?as_of=2026-01-02").await;
    assert_eq!(status, 200);
    assert_eq!(
        (&body["spend_all"], &body["profile_id"]),
        (&json!(12.5), &json!("a@b"))
    );
    // The function's own write came through the stream as well, and woke nothing.
    let version = derived(&stack, "a@b").await["version"].clone();
    stack.caught_up().await;
    assert_eq!(derived(&stack, "a@b").await["version"], version);
    assert!(stack.dead_letters().is_empty());
    stack.stop().await;
}

#[tokio::test]
async fn containers_may_be_let_in() {
    let stack = start(Options {
        dynamodb: "0.0.0.0:0".parse().unwrap(),
        allow_non_loopback: true,
        ..Options::default()
    })
    .await;
    purchase(&stack, "a", "2026-01-01T10:00:00Z#1", "1").await;
    stack.caught_up().await;
    let path = "/profiles/a/aggregations?as_of=2026-01-02";
    assert_eq!(get(&stack, path).await.1["spend_all"], 1);
    stack.stop().await;
}

#[tokio::test]
async fn errors_have_the_form_of_whoever_answers() {
    let stack = start(Options::default()).await;
    let (status, body) = get(&stack, "/profiles/nobody/aggregations").await;
    assert_eq!((status, &body["title"]), (404, &json!("Not Found")));
    let (status, body) = get(&stack, "/profiles/a%2Fb/aggregations").await;
    assert_eq!((status, &body["status"]), (400, &json!(400)));
    assert_eq!(
        get(&stack, "/nothing").await,
        (404, json!({"message": "Not Found"}))
    );
    stack.stop().await;
}

#[tokio::test]
async fn a_query_that_no_uri_can_have_is_a_bad_request() {
    let stack = start(Options::default()).await;
    let address = stack.http_url().replace("http://", "");
    for character in ["\"", "<", ">", " "] {
        // As it is: a client for HTTP would encode it.
        let target = format!("/profiles/a/aggregations?x={{{character}a{character}}}");
        let request = format!("GET {target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let mut stream = TcpStream::connect(&address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(
            response.starts_with("HTTP/1.1 400 "),
            "{character}: {response}"
        );
    }
    stack.stop().await;
}

#[tokio::test]
async fn the_sample_shop_is_calculated_and_has_the_published_example() {
    let options = Options {
        sample: true,
        envelope: Envelope::Data,
        ..Options::default()
    };
    let stack = start(options).await;
    let profiles = stack.sample_profiles().unwrap();
    assert_eq!(profiles, 20);
    let mut documents = 0;
    let items = stack.client().scan().table_name(stack.table_name());
    let mut items = items.into_paginator().items().send();
    while let Some(item) = items.next().await {
        documents += usize::from(item.unwrap()["sk"] == AttributeValue::S("AGG".into()));
    }
    assert_eq!(documents, profiles);
    let path = format!("/profiles/{EXAMPLE_PROFILE}/aggregations?as_of=2020-12-08");
    let (status, body) = get(&stack, &path).await;
    assert_eq!(status, 200);
    let body = &body["data"];
    assert_eq!(body["spend_12m"], 2000);
    assert_eq!(body["store_join"]["name"], "Omneo Store");
    assert_eq!(body["dimension_join"], "JN");
    stack.stop().await;
}

#[tokio::test]
async fn a_table_that_was_there_gets_no_sample() {
    let folder = tempfile::tempdir().unwrap();
    start(kept(&folder)).await.stop().await;
    let stack = start(Options {
        sample: true,
        ..kept(&folder)
    })
    .await;
    assert_eq!(stack.sample_profiles(), None);
    stack.stop().await;
}

#[tokio::test]
async fn a_sample_that_was_cut_off_is_written_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    start(kept(&folder)).await.stop().await;
    // What a start leaves that is killed while it writes the sample.
    let note = folder.path().join("sample-unfinished");
    std::fs::File::create(&note).unwrap();
    let with_sample = Options {
        sample: true,
        ..kept(&folder)
    };
    for expected in [Some(20), None] {
        let stack = start(with_sample.clone()).await;
        assert_eq!(stack.sample_profiles(), expected);
        assert!(!note.exists());
        stack.stop().await;
    }
}

#[tokio::test]
async fn a_first_start_that_is_cut_off_before_the_table_is_made_does_not_lose_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    let with_sample = Options {
        sample: true,
        ..kept(&folder)
    };
    // Cut off at every point where it waits for something, until it is through.
    for polls in 1.. {
        let mut starting = Box::pin(Stack::start(with_sample.clone()));
        let mut polled = 0;
        let started = std::future::poll_fn(|context| {
            polled += 1;
            match starting.as_mut().poll(context) {
                Poll::Pending if polled == polls => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
                Poll::Ready(stack) => Poll::Ready(Some(stack.unwrap())),
            }
        })
        .await;
        drop(starting);
        if let Some(stack) = started {
            assert!(polls > 10, "never cut off");
            // The last one may have been cut off when all was written, but not calculated.
            stack.caught_up().await;
            assert_eq!(stack.glance().await.len(), 3);
            stack.stop().await;
            return;
        }
    }
}

#[tokio::test]
async fn the_table_is_protected_as_the_template_has_it() {
    let stack = start(Options::default()).await;
    let request = stack.client().delete_table();
    let refused = request.table_name(stack.table_name()).send().await;
    let refused = refused.unwrap_err().into_service_error();
    assert_eq!(
        refused.meta().code(),
        Some("ValidationException"),
        "{refused}"
    );
    // A table of an earlier version is not.
    let request = stack.client().update_table().table_name(stack.table_name());
    request
        .deletion_protection_enabled(false)
        .send()
        .await
        .unwrap();
    let options = Options {
        endpoint_url: Some(stack.dynamodb_url().to_owned()),
        ..Options::default()
    };
    start(options).await.stop().await;
    let request = stack
        .client()
        .describe_table()
        .table_name(stack.table_name());
    let table = request.send().await.unwrap().table.unwrap();
    assert_eq!(table.deletion_protection_enabled(), Some(true));
    stack.stop().await;
}

#[tokio::test]
async fn pages_of_front_ends_may_be_let_in() {
    let stack = start(Options {
        cors_origins: vec!["http://localhost:5173".into()],
        ..Options::default()
    })
    .await;
    let url = format!("{}/profiles/a/aggregations", stack.http_url());
    let request = http().get(url).header("origin", "http://localhost:5173");
    let response = request.send().await.unwrap();
    let headers = response.headers();
    assert_eq!(
        headers["access-control-allow-origin"],
        "http://localhost:5173"
    );
    let exposed = headers["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("aggregations-set-aside"), "{exposed}");
    stack.stop().await;
}

#[tokio::test]
async fn head_is_not_found_as_api_gateway_has_it() {
    let stack = start(Options::default()).await;
    let url = format!("{}/profiles/a/aggregations", stack.http_url());
    let response = http().head(url).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 404);
    assert_eq!(response.headers()["content-type"], "application/json");
    stack.stop().await;
}

#[tokio::test]
async fn a_dynamodb_elsewhere_has_to_be_permitted() {
    let elsewhere = |allow_non_loopback| Options {
        endpoint_url: Some("http://dynamodb.invalid:1".into()),
        allow_non_loopback,
        ..Options::default()
    };
    let refused = Stack::start(elsewhere(false)).await.unwrap_err();
    assert!(
        matches!(refused, StackError::RemoteEndpoint(_)),
        "{refused}"
    );
    let tried = Stack::start(elsewhere(true)).await.unwrap_err();
    assert!(matches!(tried, StackError::Unreachable { .. }), "{tried}");
}

#[tokio::test]
async fn a_new_start_goes_on_where_the_last_one_ended() {
    let folder = tempfile::tempdir().unwrap();
    let stack = start(kept(&folder)).await;
    purchase(&stack, "a", "2026-01-01T10:00:00Z#1", "1").await;
    stack.caught_up().await;
    let version = derived(&stack, "a").await["version"].clone();
    stack.stop().await;

    let stack = start(kept(&folder)).await;
    stack.caught_up().await;
    assert_eq!(
        derived(&stack, "a").await["version"],
        version,
        "was replayed"
    );
    purchase(&stack, "a", "2026-01-02T10:00:00Z#2", "2").await;
    stack.caught_up().await;
    let path = "/profiles/a/aggregations?as_of=2026-01-03";
    assert_eq!(get(&stack, path).await.1["spend_all"], 3);
    stack.stop().await;
}

#[tokio::test]
async fn records_that_are_processed_leave_the_stream() {
    let folder = tempfile::tempdir().unwrap();
    let stack = start(kept(&folder)).await;
    for number in 1..=30 {
        let key = format!("2026-01-01T10:00:00Z#{number}");
        purchase(&stack, &format!("p{number}"), &key, "1").await;
    }
    stack.caught_up().await;
    stack.stop().await;
    // Neither the purchases nor the derived items are there any more, but for the last record.
    let database = dynoxide::Database::new(folder.path().join("dynamodb.sqlite").to_str().unwrap());
    let database = database.unwrap();
    let table = Options::default().table_name;
    let metadata = database.get_table_metadata(&table).unwrap().unwrap();
    let label = metadata.stream_label.unwrap();
    let shard = dynoxide::streams::shard_id(&table);
    let request = json!({
        "StreamArn": dynoxide::streams::stream_arn(&table, &label),
        "ShardId": shard,
        "ShardIteratorType": "TRIM_HORIZON",
    });
    let iterator = database.get_shard_iterator(serde_json::from_value(request).unwrap());
    let request = json!({"ShardIterator": iterator.unwrap().shard_iterator});
    let answer = database.get_records(serde_json::from_value(request).unwrap());
    assert_eq!(answer.unwrap().records.len(), 1);
}

#[tokio::test]
async fn a_stop_frees_the_ports_and_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let stack = start(kept(&folder)).await;
    let addresses = [stack.http_url(), stack.dynamodb_url().to_owned()]
        .map(|url| url.trim_start_matches("http://").to_owned());
    // An idle connection does not keep it.
    get(&stack, "/nothing").await;
    let held = Stack::start(kept(&folder)).await.unwrap_err();
    assert!(matches!(held, StackError::FolderHeld(_)), "{held}");
    stack.stop().await;
    for address in addresses {
        TcpListener::bind(address).unwrap();
    }
    start(kept(&folder)).await.stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_told_with_the_flag_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    for (options, flag) in [
        (
            Options {
                http: address,
                ..Options::default()
            },
            "--http",
        ),
        (
            Options {
                dynamodb: address,
                ..Options::default()
            },
            "--dynamodb",
        ),
    ] {
        let error = Stack::start(options).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot listen on {address}: the port is in use; choose another address with {flag}"
            )
        );
    }
}

#[tokio::test]
async fn another_dynamodb_is_used_as_it_is() {
    let other = start(Options::default()).await;
    let options = Options {
        endpoint_url: Some(other.dynamodb_url().to_owned()),
        table_name: "another".into(),
        ..Options::default()
    };
    let stack = start(options.clone()).await;
    assert_eq!(stack.dynamodb_url(), other.dynamodb_url());
    purchase(&stack, "a", "2026-01-01T10:00:00Z#1", "1").await;
    stack.caught_up().await;
    let (_, body) = get(&stack, "/profiles/a/aggregations?as_of=2026-01-03").await;
    assert_eq!(body["spend_all"], 1);
    stack.stop().await;
    // The table stays, and is found again.
    start(options).await.stop().await;
    other.stop().await;
}

async fn create(client: &Client, name: &str, sort: &str, view: Option<StreamViewType>) {
    let attribute = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name: &str, key_type| {
        let key = KeySchemaElement::builder().attribute_name(name);
        key.key_type(key_type).build().unwrap()
    };
    let stream = view.map(|view| {
        let stream = StreamSpecification::builder().stream_enabled(true);
        stream.stream_view_type(view).build().unwrap()
    });
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute(sort))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key(sort, KeyType::Range))
        .set_stream_specification(stream)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_table_of_that_name_that_is_another_is_left_alone() {
    let other = start(Options::default()).await;
    for (name, sort, view, problem) in [
        (
            "keys",
            "id",
            Some(StreamViewType::KeysOnly),
            "expected the string keys pk and sk",
        ),
        (
            "silent",
            "sk",
            None,
            "expected a KEYS_ONLY stream, found none",
        ),
        (
            "images",
            "sk",
            Some(StreamViewType::NewImage),
            "expected a KEYS_ONLY stream, found NEW_IMAGE",
        ),
    ] {
        create(other.client(), name, sort, view).await;
        let options = Options {
            endpoint_url: Some(other.dynamodb_url().to_owned()),
            table_name: name.into(),
            ..Options::default()
        };
        let error = Stack::start(options).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("the table `{name}` differs from the template: {problem}")
        );
    }
    other.stop().await;
}

/// A client that goes straight to loopback, whatever proxy the environment names.
fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}
