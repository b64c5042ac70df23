//! The console of a stack whose DynamoDB is another one, and goes away.

use local_stack::{Options, Storage};
use serde_json::json;

use crate::support::{answer, ask, get, got, purchase, start, walk};

#[tokio::test]
async fn a_dynamodb_elsewhere_is_asked_and_missed() {
    let folder = tempfile::tempdir().unwrap();
    let kept = Options {
        storage: Storage::Folder(folder.path().to_owned()),
        ..Options::default()
    };
    let other = start(kept.clone()).await;
    let address = other.dynamodb_url().replace("http://", "");
    let options = Options {
        endpoint_url: Some(other.dynamodb_url().to_owned()),
        table_name: "another".into(),
        ..Options::default()
    };
    let stack = start(options).await;
    let mut put = purchase("ada", "2026-01-15T09:30:00Z#1", "12.5");
    put["TableName"] = json!("another");
    let taken = answer(ask(&stack, "PutItem", &put)).await;
    assert_eq!((taken.status, taken.json()), (200, json!({})));
    stack.caught_up().await;
    other.stop().await;

    let missed = answer(ask(&stack, "PutItem", &put)).await;
    assert_eq!(missed.status, 503, "{}", missed.text);
    let message = missed.json()["message"].to_string();
    assert!(message.contains("DynamoDB does not answer: "), "{message}");
    for path in ["/_local/segments", "/_local/profiles"] {
        let missed = get(&stack, path).await;
        assert_eq!(missed.status, 503, "{}", missed.text);
        assert_eq!(missed.headers["content-type"], "application/problem+json");
        assert_eq!(missed.headers["retry-after"], "1");
        let detail = missed.json()["detail"].to_string();
        assert!(detail.contains("Scan failed: "), "{detail}");
    }

    let other = start(Options {
        dynamodb: address.parse().unwrap(),
        ..kept
    })
    .await;
    let profiles = walk(&stack, "", 50).await;
    assert_eq!(profiles.len(), 1);
    assert_eq!(profiles[0]["spend_all"], 12.5);
    assert_eq!(got(&stack, "/_local/segments").await["profiles"], 1);
    stack.stop().await;
    other.stop().await;
}
