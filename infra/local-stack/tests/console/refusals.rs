//! Requests that are not DynamoDB's to answer.

use local_stack::{Options, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, answer, ask, purchase, request, start};

fn put() -> Value {
    purchase("ada", "2026-01-15T09:30:00Z#1", "1")
}

/// A refusal has DynamoDB's form, and names what is wrong.
fn assert_refused(answer: &Answer, status: u16, code: &str, named: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    let refusal = answer.json();
    let expected = format!("com.amazonaws.dynamodb.v20120810#{code}");
    assert_eq!(refusal["__type"], expected.as_str());
    let message = refusal["message"].as_str().unwrap();
    assert!(message.contains(named), "{message}");
}

/// Nothing that was refused has come to the table.
async fn assert_empty(stack: &Stack) {
    let scan = stack.client().scan().table_name(stack.table_name());
    assert_eq!(scan.send().await.unwrap().count(), 0);
}

#[tokio::test]
async fn only_the_own_page_may_ask() {
    let stack = start(Options {
        cors_origins: vec!["*".into()],
        ..Options::default()
    })
    .await;
    let own = stack.http_url();
    let port = own.rsplit(':').next().unwrap();
    let origins = [
        None,
        Some("null".to_owned()),
        Some(String::new()),
        Some("http://evil.example".to_owned()),
        Some(format!("http://localhost:{port}")),
        Some(format!("https://127.0.0.1:{port}")),
        Some(format!("{own}/")),
        Some(format!("{own}0")),
        Some("http://127.0.0.1".to_owned()),
        Some(stack.dynamodb_url().to_owned()),
    ];
    for origin in origins {
        let mut request = request(&stack, Method::POST, "/_local/dynamodb")
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .header("content-type", "application/x-amz-json-1.0")
            .body(put().to_string());
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        assert_refused(&answer(request).await, 403, "AccessDeniedException", &own);
    }
    assert_empty(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn only_json_of_a_size_that_items_have_is_read() {
    let stack = start(Options::default()).await;
    let post = || {
        request(&stack, Method::POST, "/_local/dynamodb")
            .header("origin", stack.http_url())
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
    };
    for content_type in [
        None,
        Some("text/plain"),
        Some("text/plain; application/json"),
        Some(""),
    ] {
        let mut request = post().body(put().to_string());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let answer = answer(request).await;
        assert_refused(
            &answer,
            415,
            "UnsupportedMediaTypeException",
            "application/json",
        );
    }
    let mut large = put();
    large["Item"]["note"] = json!({"S": "x".repeat(512 * 1024)});
    let answered = answer(ask(&stack, "PutItem", &large)).await;
    assert_refused(&answered, 413, "RequestEntityTooLargeException", "524288");
    for body in ["", "{", "[]", r#"{"TableName": 7}"#] {
        let request = post().header("content-type", "application/json").body(body);
        assert_refused(
            &answer(request).await,
            400,
            "SerializationException",
            "body",
        );
    }
    assert_empty(&stack).await;
    // What is refused there is taken here.
    let request = post().header("content-type", "Application/JSON; charset=utf-8");
    let taken = answer(request.body(put().to_string())).await;
    assert_eq!((taken.status, taken.json()), (200, json!({})));
    stack.stop().await;
}

#[tokio::test]
async fn only_some_operations_on_the_own_table_are_sent_on() {
    let stack = start(Options::default()).await;
    for operation in [
        "Scan",
        "DeleteTable",
        "BatchWriteItem",
        "TransactWriteItems",
        "getitem",
        "",
    ] {
        let answer = answer(ask(&stack, operation, &put())).await;
        assert_refused(&answer, 400, "UnknownOperationException", operation);
    }
    for target in ["PutItem", "DynamoDBStreams_20120810.PutItem", "x"] {
        let request = request(&stack, Method::POST, "/_local/dynamodb")
            .header("origin", stack.http_url())
            .header("content-type", "application/json")
            .header("x-amz-target", target)
            .body(put().to_string());
        let answer = answer(request).await;
        assert_refused(&answer, 400, "UnknownOperationException", target);
    }
    for table in ["other", "profile-aggregations2", ""] {
        let mut put = put();
        put["TableName"] = json!(table);
        for operation in ["PutItem", "GetItem"] {
            let answer = answer(ask(&stack, operation, &put)).await;
            assert_refused(&answer, 400, "ValidationException", &format!("`{table}`"));
        }
    }
    // A name that is there twice is read by one as the first, by the other as the last.
    let table = stack.table_name();
    let twice = format!(r#"{{"TableName": "{table}", "TableName": "other", "Item": {{}}}}"#);
    let request = ask(&stack, "PutItem", &put()).body(twice);
    assert_refused(
        &answer(request).await,
        400,
        "SerializationException",
        "TableName",
    );
    assert_empty(&stack).await;
    stack.stop().await;
}

#[tokio::test]
async fn what_is_derived_is_not_written() {
    let stack = start(Options::default()).await;
    let keyed = |sk: &str| json!({"pk": {"S": "PROFILE#ada"}, "sk": {"S": sk}});
    for sk in ["AGG", "AGG#2020"] {
        for (operation, member) in [("PutItem", "Item"), ("DeleteItem", "Key")] {
            let body = json!({"TableName": stack.table_name(), member: keyed(sk)});
            let answer = answer(ask(&stack, operation, &body)).await;
            assert_refused(&answer, 400, "ValidationException", &format!("`{sk}`"));
        }
        let body = json!({"TableName": stack.table_name(), "Key": keyed(sk)});
        let read = answer(ask(&stack, "GetItem", &body)).await;
        assert_eq!((read.status, read.json()), (200, json!({})), "may be read");
    }
    assert_empty(&stack).await;
    stack.stop().await;
}
