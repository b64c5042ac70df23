//! What the page asks of DynamoDB.

use local_stack::{Options, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, answer, ask, got, purchase, start, walk};

const KEY: &str = "2026-01-15T09:30:00Z#1";

async fn asked(stack: &Stack, operation: &str, body: &Value) -> (u16, Value) {
    let answer = answer(ask(stack, operation, body)).await;
    let content_type = &answer.headers["content-type"];
    assert_eq!(content_type, "application/x-amz-json-1.0");
    (answer.status, answer.json())
}

/// The same request, past the console.
async fn direct(stack: &Stack, operation: &str, body: &Value) -> Answer {
    let signature = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=x";
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .request(Method::POST, stack.dynamodb_url())
        .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
        .header("x-amz-date", "20260101T000000Z")
        .header("authorization", signature)
        .header("content-type", "application/x-amz-json-1.0")
        .body(body.to_string());
    answer(request).await
}

#[tokio::test]
async fn a_purchase_that_the_page_puts_shows_everywhere() {
    let stack = start(Options::default()).await;
    assert!(walk(&stack, "", 50).await.is_empty());
    let put = asked(&stack, "PutItem", &purchase("ada", KEY, "12.5")).await;
    assert_eq!(put, (200, json!({})));
    stack.caught_up().await;
    let document = got(&stack, "/profiles/ada/aggregations").await;
    assert_eq!(document["spend_all"], 12.5);
    // A stale snapshot is served for a moment, but not for long.
    let profile = loop {
        if let Some(profile) = walk(&stack, "", 50).await.pop() {
            break profile;
        }
    };
    assert_eq!(profile["spend_all"], 12.5);

    let key = json!({"pk": {"S": "PROFILE#ada"}, "sk": {"S": format!("TXN#{KEY}")}});
    let delete = json!({"TableName": stack.table_name(), "Key": key, "ReturnValues": "ALL_OLD"});
    let (status, deleted) = asked(&stack, "DeleteItem", &delete).await;
    assert_eq!(
        (status, &deleted["Attributes"]["total"]),
        (200, &json!({"N": "12.5"}))
    );
    stack.caught_up().await;
    while !walk(&stack, "", 50).await.is_empty() {}
    stack.stop().await;
}

#[tokio::test]
async fn it_is_answered_as_dynamodb_answers() {
    let stack = start(Options::default()).await;
    let mut put = purchase("ada", KEY, "12.50");
    put["Item"]["note"] = json!({"S": "größer \u{1f600} \"quoted\""});
    assert_eq!(asked(&stack, "PutItem", &put).await.0, 200);
    stack.caught_up().await;
    let table = stack.table_name();
    let key = json!({"pk": {"S": "PROFILE#ada"}, "sk": {"S": format!("TXN#{KEY}")}});
    let mut only_new = put.clone();
    only_new["ConditionExpression"] = json!("attribute_not_exists(pk)");
    for (operation, body, expected) in [
        ("GetItem", json!({"TableName": table, "Key": key}), "größer"),
        (
            "GetItem",
            json!({"TableName": table, "Key": {"pk": {"S": "PROFILE#ada"}, "sk": {"S": "AGG"}}}),
            "ledger",
        ),
        (
            "GetItem",
            json!({"TableName": table}),
            "ValidationException",
        ),
        (
            "Query",
            json!({
                "TableName": table,
                "KeyConditionExpression": "pk = :pk",
                "ExpressionAttributeValues": {":pk": {"S": "PROFILE#ada"}},
                "Limit": 1,
            }),
            "LastEvaluatedKey",
        ),
        (
            "Query",
            json!({"TableName": table, "KeyConditionExpression": "pk ="}),
            "Exception",
        ),
        ("PutItem", only_new, "ConditionalCheckFailedException"),
        (
            "PutItem",
            json!({"TableName": table, "Item": {}}),
            "Exception",
        ),
        (
            "DeleteItem",
            json!({"TableName": table, "Key": {"pk": {"N": "1"}}}),
            "Exception",
        ),
    ] {
        let direct = direct(&stack, operation, &body).await;
        let (status, answer) = asked(&stack, operation, &body).await;
        assert_eq!((status, &answer), (direct.status, &direct.json()), "{body}");
        assert!(answer.to_string().contains(expected), "{answer}");
    }
    stack.stop().await;
}

#[tokio::test]
async fn an_item_of_the_largest_size_fits() {
    let stack = start(Options::default()).await;
    let mut put = purchase("ada", KEY, "1");
    put["Item"]["note"] = json!({"S": "x".repeat(400 * 1024 - 200)});
    assert_eq!(asked(&stack, "PutItem", &put).await, (200, json!({})));
    stack.stop().await;
}
