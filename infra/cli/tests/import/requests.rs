//! What is sent to the table, and what it answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aggregations::import;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use test_support::{TABLE, create_table_of};
use tokio::net::TcpListener;

use super::support::{TestTable, arguments, forward, told};

/// Stands in front of an engine, and takes some of the first writes for itself.
struct Gate {
    engine: String,
    writes: AtomicUsize,
}

impl Gate {
    async fn start(table: &TestTable) -> (String, Arc<Self>) {
        let gate = Arc::new(Self {
            engine: table.engine.url(),
            writes: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&gate));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        (url, gate)
    }
}

async fn pass(State(gate): State<Arc<Gate>>, headers: HeaderMap, body: Bytes) -> Response {
    let is_write = headers["x-amz-target"]
        .to_str()
        .unwrap()
        .ends_with(".BatchWriteItem");
    if !is_write {
        return forward(&gate.engine, &headers, body.to_vec()).await;
    }
    let mut request: Value = serde_json::from_slice(&body).unwrap();
    let items = request["RequestItems"][TABLE].as_array().unwrap().clone();
    assert!(items.len() <= 25);
    match gate.writes.fetch_add(1, Ordering::SeqCst) {
        // The first write is taken in part, the second not at all, the third meets a throttle.
        0 => {
            let (taken, left) = items.split_at(items.len() / 2);
            request["RequestItems"][TABLE] = taken.into();
            forward(
                &gate.engine,
                &headers,
                serde_json::to_vec(&request).unwrap(),
            )
            .await;
            json!({"UnprocessedItems": {TABLE: left}})
                .to_string()
                .into_response()
        }
        1 => json!({"UnprocessedItems": request["RequestItems"]})
            .to_string()
            .into_response(),
        2 => {
            let code = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException";
            (
                StatusCode::BAD_REQUEST,
                json!({"__type": code, "message": "slow down"}).to_string(),
            )
                .into_response()
        }
        _ => forward(&gate.engine, &headers, body.to_vec()).await,
    }
}

#[tokio::test]
async fn what_the_table_did_not_take_is_sent_again() {
    let table = TestTable::start().await;
    let (url, gate) = Gate::start(&table).await;
    let mut rows = String::from("profile_id,address_id\n");
    for row in 0..60 {
        rows.push_str(&format!("{row},home\n"));
    }
    let path = table.file("a.csv", &rows);

    let summary = import::run(arguments(&url, &[path.to_str().unwrap()]))
        .await
        .unwrap();

    assert_eq!((summary.files[0].loaded, summary.exit_code()), (60, 0));
    assert_eq!(table.items().await.len(), 60);
    // Three batches, and three that came again.
    assert_eq!(gate.writes.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_row_that_only_the_table_refuses_stops_no_other() {
    let table = TestTable::start().await;
    let too_precise = "1".repeat(39);
    let locations = format!(
        "{{\"id\":1,\"special_hours\":[]}}\n{{\"id\":2,\"custom_fields\":[{too_precise}]}}\n{{\"id\":3}}\n{{\"id\":4,\"nme\":\"x\"}}\n"
    );
    assert_eq!(table.counts("a.ndjson", locations, &[]).await, (2, 2));
    let rejects = table.text("a.ndjson.rejects.ndjson");
    assert!(
        rejects.starts_with(r#"{"rejected_line":2,"reason":"DynamoDB refused the item: "#),
        "{rejects}"
    );
    assert!(
        rejects.contains(r#"{"rejected_line":4,"reason":"unknown column `nme`"#),
        "{rejects}"
    );

    let row = |id: u32, quantity: &str| {
        format!(
            r#"{{"profile_id":"a","transaction_id":{id},"transacted_at":"2026-01-31T10:00:00Z","total":1,"items":[{{"quantity":{quantity}}}]}}"#
        )
    };
    let transactions = [row(1, "1"), row(2, &too_precise), row(3, "3")].join("\n");
    assert_eq!(table.counts("b.ndjson", transactions, &[]).await, (2, 1));
    assert_eq!(table.items().await.len(), 4);
}

#[tokio::test]
async fn a_table_that_cannot_be_written_to_is_one_clear_line() {
    let table = TestTable::start().await;
    let (path, url) = (
        table.file("a.csv", "profile_id,joined_at\na,\n"),
        table.engine.url(),
    );
    let path = path.to_str().unwrap();
    table
        .client
        .delete_table()
        .table_name(TABLE)
        .send()
        .await
        .unwrap();
    let error = table.import(&[path]).await.unwrap_err();
    assert_eq!(told(&error), format!("table `{TABLE}` not found at {url}"));

    create_table_of(&table.client, "other", ["id", "range"]).await;
    let other = table.import(&[path, "--table", "other"]).await;
    assert_eq!(
        told(&other.unwrap_err()),
        "the table `other` has the wrong keys: expected `pk` and `sk`"
    );

    // A port that was free a moment ago, and that nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = told(&import::run(arguments(&url, &[path])).await.unwrap_err());
    assert!(
        error.starts_with(&format!("DynamoDB does not answer at {url}: ")),
        "{error}"
    );
    assert!(error.contains("refused"), "{error}");

    let error = import::run(arguments("localhost:8000", &[path]))
        .await
        .unwrap_err();
    assert_eq!(
        told(&error),
        "invalid endpoint `localhost:8000`: expected a URL such as http://127.0.0.1:8000"
    );
}
