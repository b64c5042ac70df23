//! `import` against a real engine on loopback.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "what only tests use may fail loudly, too"
)]

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aggregations::import::{self, Arguments, FileSummary, ImportError, Kind, Summary};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use test_support::{TABLE, create_table_of};
use tokio::net::TcpListener;

/// An engine with the table in it, until it is dropped.
struct TestTable {
    engine: test_support::Engine,
    client: Client,
}

impl TestTable {
    async fn start() -> Self {
        let engine = test_support::Engine::start().await;
        let client = engine.client();
        Self { engine, client }
    }

    async fn without_table() -> Self {
        let engine = Self::start().await;
        let delete = engine.client.delete_table().table_name(TABLE);
        delete.send().await.unwrap();
        engine
    }

    fn url(&self) -> String {
        self.engine.url()
    }

    async fn import(&self, files: &[&Path]) -> Result<Summary, ImportError> {
        import::run(arguments(&self.url(), files)).await
    }

    /// Imports one file that can be imported.
    async fn load(&self, file: &Path) -> FileSummary {
        self.import(&[file]).await.unwrap().files.remove(0)
    }

    /// All items by their keys.
    async fn items(&self) -> BTreeMap<(String, String), HashMap<String, AttributeValue>> {
        let mut pages = self
            .client
            .scan()
            .table_name(TABLE)
            .into_paginator()
            .items()
            .send();
        let mut items = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.unwrap();
            let key = |name: &str| item[name].as_s().unwrap().clone();
            items.insert((key("pk"), key("sk")), item);
        }
        items
    }

    /// One item without its keys.
    async fn item(&self, pk: &str, sk: &str) -> HashMap<String, AttributeValue> {
        let mut items = self.items().await;
        let mut item = items.remove(&(pk.to_owned(), sk.to_owned())).unwrap();
        item.remove("pk");
        item.remove("sk");
        item
    }
}

fn arguments(url: &str, files: &[&Path]) -> Arguments {
    Arguments {
        files: files.iter().map(|path| path.to_path_buf()).collect(),
        kind: None,
        endpoint_url: Some(url.to_owned()),
        table: None,
    }
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn counts(summary: &FileSummary) -> (u64, u64, u64) {
    (summary.loaded, summary.rejected, summary.repeated)
}

/// The error as the command prints it.
fn told(error: &ImportError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.into())
}

fn map<const N: usize>(entries: [(&str, AttributeValue); N]) -> HashMap<String, AttributeValue> {
    entries.map(|(name, value)| (name.to_owned(), value)).into()
}

const HALF_READABLE: &[u8] =
    b"\xEF\xBB\xBFtotal,profile_id,transaction_id,transacted_at,brands\r\n\
    10.50,ann,1,2026-01-31T10:00:00Z,\r\n\
    ten,ann,2,2026-01-31T10:00:00Z,\r\n\
    \r\n\
    10,ann,3,2026-01-31T10:00:00Z\r\n\
    10,\"ann,4,2026-01-31T10:00:00Z,\r\n\
    20,ann,5,2026-01-31 12:00:00+02:00,\"Acme, Inc|Bolt\"\r\n\
    10,ann,6,2026-02-30T10:00:00Z,\"a \"\"b\"\"\"\r\n\
    10,ann,7,2026-01-31T10:00:00Z,caf\xE9\r\n\
    10,a/b,8,2026-01-31T10:00:00Z,\r\n\
    10,ann,9,\"2026-01-31T10:00:00Z\"x,\r\n\
    10,ann,11,2026-01-31T10:00:00Z,\"a\r\n\
    10,ann,12,2026-01-31T10:00:00Z,b\"\r\n\
    30,ann,10,2026-01-31T10:00:00Z,";

#[tokio::test]
async fn of_a_half_readable_csv_the_readable_rows_load() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let path = file(&folder, "shop.csv", HALF_READABLE);

    let summary = engine.import(&[&path]).await.unwrap();

    assert_eq!(summary.exit_code(), 2);
    let summary = &summary.files[0];
    assert_eq!(
        (summary.kind, counts(summary)),
        (Kind::Transactions, (3, 9, 0))
    );
    let rejects = folder.path().join("shop.csv.rejects.csv");
    assert_eq!(summary.rejects.as_ref(), Some(&rejects));
    let expected = b"line,reason,total,profile_id,transaction_id,transacted_at,brands\n\
        3,total is not a number,ten,ann,2,2026-01-31T10:00:00Z,\n\
        5,\"the row has 4 cells: expected 5, as in the header\",10,ann,3,2026-01-31T10:00:00Z\n\
        6,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"10,\"\"ann,4,2026-01-31T10:00:00Z,\"\n\
        8,\"invalid `transacted_at`: expected an instant such as 2026-01-31T10:00:00Z, 2026-01-31 10:00:00 or 2026-01-31T10:00:00+02:00\",10,ann,6,2026-02-30T10:00:00Z,\"a \"\"b\"\"\"\n\
        9,the text is not UTF-8,10,ann,7,2026-01-31T10:00:00Z,caf\xE9\n\
        10,\"invalid profile id: the character `/` is not allowed, only A-Z a-z 0-9 - _ . : @ +\",10,a/b,8,2026-01-31T10:00:00Z,\n\
        11,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"10,ann,9,\"\"2026-01-31T10:00:00Z\"\"x,\"\n\
        12,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"10,ann,11,2026-01-31T10:00:00Z,\"\"a\"\n\
        13,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"10,ann,12,2026-01-31T10:00:00Z,b\"\"\"\n";
    assert_eq!(
        String::from_utf8_lossy(&fs::read(&rejects).unwrap()),
        String::from_utf8_lossy(expected)
    );
    assert_eq!(fs::read(&rejects).unwrap(), expected);
    let items = engine.items().await;
    let keys: Vec<_> = items.keys().map(|(_, sk)| sk.as_str()).collect();
    assert_eq!(
        keys,
        [
            "TXN#2026-01-31T10:00:00Z#1",
            "TXN#2026-01-31T10:00:00Z#10",
            "TXN#2026-01-31T10:00:00Z#5"
        ]
    );
    let brand = |name| AttributeValue::M(map([("brand", s(name))]));
    assert_eq!(
        engine
            .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#5")
            .await,
        map([
            ("total", n("20")),
            (
                "items",
                AttributeValue::L(vec![brand("Acme, Inc"), brand("Bolt")])
            ),
        ])
    );
}

#[tokio::test]
async fn rejects_can_be_corrected_and_imported_and_go_when_there_are_none() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let path = file(
        &folder,
        "a.csv",
        "profile_id,joined_at\na,2026-13-01 10:00:00\nb c,\nd,\n",
    );
    assert_eq!(counts(&engine.load(&path).await), (1, 2, 0));

    let rejects = folder.path().join("a.csv.rejects.csv");
    let corrected = fs::read_to_string(&rejects)
        .unwrap()
        .replace("2026-13", "2026-12");
    fs::write(&rejects, corrected).unwrap();
    let summary = engine.load(&rejects).await;
    assert_eq!(
        (summary.kind, counts(&summary)),
        (Kind::Profiles, (1, 1, 0))
    );
    let reason =
        "invalid profile id: the character ` ` is not allowed, only A-Z a-z 0-9 - _ . : @ +";
    assert_eq!(
        fs::read_to_string(folder.path().join("a.csv.rejects.csv.rejects.csv")).unwrap(),
        format!("line,reason,profile_id,joined_at\n3,\"{reason}\",b c,\n")
    );
    assert_eq!(
        engine.item("PROFILE#a", "PROFILE").await,
        map([("joined_at", s("2026-12-01 10:00:00"))])
    );

    fs::write(&path, "profile_id,joined_at\na,2026-12-01 10:00:00\n").unwrap();
    let summary = engine.import(&[&path]).await.unwrap();
    assert_eq!((summary.exit_code(), &summary.files[0].rejects), (0, &None));
    assert!(!rejects.exists());
}

#[tokio::test]
async fn ndjson_of_every_kind_loads_and_a_second_time_changes_nothing() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let profiles = file(
        &folder,
        "profiles.ndjson",
        "{\"profile_id\":\"ann\",\"joined_at\":\"2020-10-01T09:00:00Z\",\"joined_location_id\":1}\n",
    );
    let addresses = file(
        &folder,
        "addresses.jsonl",
        "{\"profile_id\":\"ann\",\"address_id\":\"home\",\"iso\":\"AU\",\"is_default\":true}\r\n\r\n",
    );
    // Told by its first byte, as the name says nothing.
    let locations = file(
        &folder,
        "locations.txt",
        "\n {\"id\":1,\"type\":null,\"name\":\"Store\",\"is_published\":true,\"address\":{\"iso\":\"AU\",\"lat\":-37.81360},\"tags\":[\"x\",2]}",
    );
    let transactions = file(
        &folder,
        "transactions.ndjson",
        concat!(
            r#"{"profile_id":"ann","transaction_id":"1","transacted_at":"2026-01-31T10:00:00Z","total":12345678901.1234,"#,
            r#""location_id":1,"channel":"website","is_void":false,"items":[{"brand":"Acme","quantity":2}]}"#,
            "\n{broken\n[]\n"
        ),
    );
    let files: [&Path; 4] = [&profiles, &addresses, &locations, &transactions];

    let summary = engine.import(&files).await.unwrap();

    let found: Vec<_> = summary
        .files
        .iter()
        .map(|file| (file.kind, counts(file)))
        .collect();
    assert_eq!(
        found,
        [
            (Kind::Profiles, (1, 0, 0)),
            (Kind::Addresses, (1, 0, 0)),
            (Kind::Locations, (1, 0, 0)),
            (Kind::Transactions, (1, 2, 0)),
        ]
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("transactions.ndjson.rejects.ndjson")).unwrap(),
        concat!(
            r#"{"line":2,"reason":"invalid JSON: key must be a string at line 1 column 2","row":"{broken"}"#,
            "\n",
            r#"{"line":3,"reason":"expected a JSON object","row":"[]"}"#,
            "\n"
        )
    );
    assert_eq!(
        engine.item("PROFILE#ann", "PROFILE").await,
        map([
            ("joined_at", s("2020-10-01 09:00:00")),
            ("joined_location_id", n("1"))
        ])
    );
    assert_eq!(
        engine.item("PROFILE#ann", "ADDRESS#home").await,
        map([("iso", s("AU")), ("is_default", AttributeValue::Bool(true))])
    );
    let address = map([("iso", s("AU")), ("lat", n("-37.8136"))]);
    assert_eq!(
        engine.item("LOCATION#1", "LOCATION").await,
        map([
            ("id", n("1")),
            ("name", s("Store")),
            ("is_published", AttributeValue::Bool(true)),
            ("address", AttributeValue::M(address)),
            ("tags", AttributeValue::L(vec![s("x"), n("2")])),
        ])
    );
    let line = AttributeValue::M(map([("brand", s("Acme")), ("quantity", n("2"))]));
    assert_eq!(
        engine
            .item("PROFILE#ann", "TXN#2026-01-31T10:00:00Z#1")
            .await,
        map([
            ("total", n("12345678901.1234")),
            ("location_id", n("1")),
            ("channel", s("website")),
            ("is_void", AttributeValue::Bool(false)),
            ("items", AttributeValue::L(vec![line])),
        ])
    );

    let before = engine.items().await;
    engine.import(&files).await.unwrap();
    assert_eq!(engine.items().await, before);
}

#[tokio::test]
async fn of_rows_with_one_key_the_last_stays() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    // More than a wave, so that the key comes again in the same one and in a later one.
    let mut rows = String::from("profile_id,preferred_location_id\n");
    for row in 0..4000 {
        let profile = if row % 500 == 0 {
            "again".to_owned()
        } else {
            row.to_string()
        };
        rows.push_str(&format!("{profile},{row}\n"));
    }
    let first = file(&folder, "a.csv", &rows);
    let second = file(
        &folder,
        "b.csv",
        "profile_id,preferred_location_id\n1,other\n",
    );

    let summary = engine.import(&[&first, &second]).await.unwrap();

    assert_eq!(counts(&summary.files[0]), (4000, 0, 7));
    assert_eq!(counts(&summary.files[1]), (1, 0, 1));
    assert_eq!(engine.items().await.len(), 3993);
    assert_eq!(
        engine.item("PROFILE#again", "PROFILE").await,
        map([("preferred_location_id", s("3500"))])
    );
    assert_eq!(
        engine.item("PROFILE#1", "PROFILE").await,
        map([("preferred_location_id", s("other"))])
    );
    assert_eq!(
        engine.item("PROFILE#2", "PROFILE").await,
        map([("preferred_location_id", s("2"))])
    );
}

#[tokio::test]
async fn locations_of_csv_may_have_line_breaks() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let path = file(
        &folder,
        "stores.csv",
        "id,description,address.iso\n1,\"two\r\n\r\nlines\",AU\n2,\"never closed,AU\n3,plain,NZ\n",
    );

    assert_eq!(counts(&engine.load(&path).await), (2, 1, 0));

    let address = AttributeValue::M(map([("iso", s("AU"))]));
    assert_eq!(
        engine.item("LOCATION#1", "LOCATION").await,
        map([
            ("id", n("1")),
            ("description", s("two\n\nlines")),
            ("address", address)
        ])
    );
    assert!(
        engine
            .items()
            .await
            .contains_key(&("LOCATION#3".into(), "LOCATION".into()))
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("stores.csv.rejects.csv")).unwrap(),
        "line,reason,id,description,address.iso\n\
         5,\"unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one\",\"2,\"\"never closed,AU\"\n"
    );
}

/// Stands in front of an engine, and takes some of the first writes for itself.
struct Gate {
    engine: String,
    http: reqwest::Client,
    writes: AtomicUsize,
}

impl Gate {
    async fn start(engine: &TestTable) -> (String, Arc<Self>) {
        let gate = Arc::new(Self {
            engine: engine.url(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
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

    async fn forward(&self, headers: &HeaderMap, body: Vec<u8>) -> Response {
        let target = headers["x-amz-target"].to_str().unwrap();
        let answer = self
            .http
            .post(&self.engine)
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.0")
            .header("authorization", headers["authorization"].to_str().unwrap())
            .header("x-amz-date", headers["x-amz-date"].to_str().unwrap())
            .body(body)
            .send()
            .await
            .unwrap();
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
        (status, answer.bytes().await.unwrap()).into_response()
    }
}

async fn pass(State(gate): State<Arc<Gate>>, headers: HeaderMap, body: Bytes) -> Response {
    let is_write = headers["x-amz-target"]
        .to_str()
        .unwrap()
        .ends_with(".BatchWriteItem");
    if !is_write {
        return gate.forward(&headers, body.to_vec()).await;
    }
    let mut request: Value = serde_json::from_slice(&body).unwrap();
    let items = request["RequestItems"][TABLE].as_array().unwrap().clone();
    assert!(items.len() <= 25);
    match gate.writes.fetch_add(1, Ordering::SeqCst) {
        // The first write is taken in part, the second not at all, the third meets a throttle.
        0 => {
            let (taken, left) = items.split_at(items.len() / 2);
            request["RequestItems"][TABLE] = taken.into();
            gate.forward(&headers, serde_json::to_vec(&request).unwrap())
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
        _ => gate.forward(&headers, body.to_vec()).await,
    }
}

#[tokio::test]
async fn what_the_table_did_not_take_is_sent_again() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let (url, gate) = Gate::start(&engine).await;
    let mut rows = String::from("profile_id\n");
    for row in 0..60 {
        rows.push_str(&format!("{row}\n"));
    }
    let path = file(&folder, "a.csv", &rows);

    let summary = import::run(arguments(&url, &[&path])).await.unwrap();

    assert_eq!(counts(&summary.files[0]), (60, 0, 0));
    assert_eq!(engine.items().await.len(), 60);
    // Three batches, and three that came again.
    assert_eq!(gate.writes.load(Ordering::SeqCst), 6);
}

#[tokio::test]
async fn a_row_that_only_the_table_refuses_stops_no_other() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let too_precise = "1".repeat(39);
    let rows = format!(
        "{{\"id\":1}}\n{{\"id\":2,\"custom_fields\":[{too_precise}]}}\n{{\"id\":3}}\n{{\"id\":4,\"nme\":\"x\"}}\n"
    );
    let path = file(&folder, "a.ndjson", rows);

    assert_eq!(counts(&engine.load(&path).await), (2, 2, 0));

    let keys: Vec<_> = engine.items().await.into_keys().map(|(pk, _)| pk).collect();
    assert_eq!(keys, ["LOCATION#1", "LOCATION#3"]);
    let rejects = fs::read_to_string(folder.path().join("a.ndjson.rejects.ndjson")).unwrap();
    let lines: Vec<_> = rejects.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].starts_with(r#"{"line":2,"reason":"DynamoDB refused the item: "#),
        "{rejects}"
    );
    assert!(
        lines[1].starts_with(r#"{"line":4,"reason":"unknown column `nme` for locations""#),
        "{rejects}"
    );
}

#[tokio::test]
async fn files_that_cannot_be_imported_stop_the_load_before_it_begins() {
    let (engine, folder) = (TestTable::start().await, TempDir::new().unwrap());
    let good = file(&folder, "good.csv", "profile_id\na\n");
    for (name, content, reason) in [
        (
            "typo.csv",
            "profile_id,transaction_id,transacted_at,total,brnds\n",
            "unknown column `brnds` for transactions",
        ),
        (
            "typo.ndjson",
            "{\"id\":1,\"nme\":\"x\"}\n",
            "unknown column `nme` for locations",
        ),
        (
            "lacking.csv",
            "profile_id,transaction_id,total\n",
            "the column `transacted_at` is missing: transactions need it",
        ),
        (
            "twice.csv",
            "profile_id,joined_at,joined_at\n",
            "the column `joined_at` appears twice",
        ),
        (
            "unknown.csv",
            "a;b\n",
            "cannot identify the kind of rows: none has the columns `a;b`; set --kind",
        ),
        (
            "unknown.ndjson",
            "{broken\n",
            "cannot identify the kind of rows: none of the first ones can be read; set --kind",
        ),
        (
            "both.csv",
            "profile_id,address_id,total\n",
            "cannot identify the kind of rows: the columns `profile_id`, `address_id`, `total` belong to addresses and transactions; set --kind",
        ),
        ("empty.csv", "\n\n", "the file is empty"),
        (
            "array.json",
            "[{\"id\":1}]\n",
            "the file is a JSON array: expected one object on each line, with nothing around or between them",
        ),
        (
            "array.ndjson",
            "[{\"id\":1}]\n",
            "the file is a JSON array: expected one object on each line, with nothing around or between them",
        ),
        (
            "quote.csv",
            "\"profile_id\n",
            "the first line is not a header: unbalanced quotes: enclose a cell that contains quotes in quotes, and double each inner one",
        ),
        (
            "utf16.csv",
            "\u{0}p\u{0}r\n",
            "cannot identify the kind of rows: none has the columns `\u{0}p\u{0}r`; set --kind",
        ),
    ] {
        let bad = file(&folder, name, content);
        let error = engine.import(&[&good, &bad]).await.unwrap_err();
        assert_eq!(
            told(&error),
            format!("cannot import `{}`: {reason}", bad.display())
        );
    }
    let absent = folder.path().join("absent.csv");
    let error = told(&engine.import(&[&good, &absent]).await.unwrap_err());
    assert!(
        error.starts_with(&format!(
            "cannot import `{}`: cannot open the file: ",
            absent.display()
        )),
        "{error}"
    );
    let error = told(&engine.import(&[&good, folder.path()]).await.unwrap_err());
    assert!(
        error.starts_with(&format!(
            "cannot import `{}`: cannot ",
            folder.path().display()
        )),
        "{error}"
    );
    assert!(engine.items().await.is_empty());

    // With the kind given, a broken first row is a reject like any other.
    let broken = file(
        &folder,
        "broken.ndjson",
        "{broken\n{\"profile_id\":\"a\"}\n",
    );
    let mut with_kind = arguments(&engine.url(), &[&broken]);
    with_kind.kind = Some(Kind::Profiles);
    assert_eq!(
        counts(&import::run(with_kind).await.unwrap().files[0]),
        (1, 1, 0)
    );
}

#[tokio::test]
async fn a_table_that_cannot_be_written_to_is_one_clear_line() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "a.csv", "profile_id\na\n");

    let engine = TestTable::without_table().await;
    let error = engine.import(&[&path]).await.unwrap_err();
    assert_eq!(
        told(&error),
        format!("table `{TABLE}` not found at {}", engine.url())
    );

    create_table_of(&engine.client, "other", ["id", "range"]).await;
    let mut other = arguments(&engine.url(), &[&path]);
    other.table = Some("other".into());
    assert_eq!(
        told(&import::run(other).await.unwrap_err()),
        "the table `other` has the wrong keys: expected `pk` and `sk`"
    );

    // A port that was free a moment ago, and that nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = told(&import::run(arguments(&url, &[&path])).await.unwrap_err());
    assert!(
        error.starts_with(&format!("DynamoDB does not answer at {url}: ")),
        "{error}"
    );
    assert!(error.contains("refused"), "{error}");

    let error = import::run(arguments("localhost:8000", &[&path]))
        .await
        .unwrap_err();
    assert_eq!(
        told(&error),
        "invalid endpoint `localhost:8000`: expected a URL such as http://127.0.0.1:8000"
    );
}
