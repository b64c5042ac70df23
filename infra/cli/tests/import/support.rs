//! A table, and files to import into it.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use aggregations::import::{self, Arguments, FileSummary, ImportError, Summary};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use calculation::{Item, Value};
use clap::Parser;
use table::plain_item;
use tempfile::TempDir;
use test_support::{Engine, TABLE};
use tokio::net::TcpListener;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    import: Arguments,
}

/// The arguments as the command line gives them.
pub fn arguments(url: &str, words: &[&str]) -> Arguments {
    let command = ["import", "--endpoint-url", url, "--quiet"];
    Cli::parse_from(command.iter().chain(words)).import
}

/// An engine with the table in it, and a folder, until it is dropped.
pub struct TestTable {
    pub engine: Engine,
    pub client: Client,
    pub folder: TempDir,
}

impl TestTable {
    pub async fn start() -> Self {
        let engine = Engine::start().await;
        let (client, folder) = (engine.client(), TempDir::new().unwrap());
        Self {
            engine,
            client,
            folder,
        }
    }

    /// Writes a file into the folder.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub async fn import(&self, words: &[&str]) -> Result<Summary, ImportError> {
        import::run(arguments(&self.engine.url(), words)).await
    }

    /// Imports one file that can be imported.
    pub async fn load(&self, file: &Path, flags: &[&str]) -> FileSummary {
        let words = [&[file.to_str().unwrap()], flags].concat();
        self.import(&words).await.unwrap().files.remove(0)
    }

    /// Imports one file with this content, and counts its rows.
    pub async fn counts(
        &self,
        name: &str,
        content: impl AsRef<[u8]>,
        flags: &[&str],
    ) -> (usize, usize) {
        let summary = self.load(&self.file(name, content), flags).await;
        (summary.loaded, summary.rejected)
    }

    /// Why a file with this content cannot be imported.
    pub async fn refusal(&self, name: &str, content: impl AsRef<[u8]>, flags: &[&str]) -> String {
        let path = self.file(name, content);
        let words = [&[path.to_str().unwrap()], flags].concat();
        let told = told(&self.import(&words).await.unwrap_err());
        let prefix = format!("cannot import `{}`: ", path.display());
        told.strip_prefix(&prefix).unwrap().to_owned()
    }

    /// All items by their keys.
    pub async fn items(&self) -> BTreeMap<(String, String), HashMap<String, AttributeValue>> {
        let scan = self
            .client
            .scan()
            .table_name(TABLE)
            .into_paginator()
            .items()
            .send();
        let items = scan.collect::<Result<Vec<_>, _>>().await.unwrap();
        let key = |item: &HashMap<_, AttributeValue>, name| item[name].as_s().unwrap().clone();
        items
            .into_iter()
            .map(|item| ((key(&item, "pk"), key(&item, "sk")), item))
            .collect()
    }

    /// The sort keys of all items.
    pub async fn sort_keys(&self) -> Vec<String> {
        self.items().await.into_keys().map(|(_, sk)| sk).collect()
    }

    /// One item as JSON, without its keys.
    pub async fn item(&self, pk: &str, sk: &str) -> String {
        let mut items = self.items().await;
        let mut item: Item = plain_item(items.remove(&(pk.to_owned(), sk.to_owned())).unwrap());
        item.remove("pk");
        item.remove("sk");
        serde_json::to_string(&Value::Map(item)).unwrap()
    }
}

/// The error as the command prints it.
pub fn told(error: &ImportError) -> String {
    telemetry::chain(error)
}

/// The answer of an engine to a request.
pub async fn forward(engine: &str, headers: &HeaderMap, body: Vec<u8>) -> Response {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.post(engine).body(body);
    for name in ["x-amz-target", "authorization", "x-amz-date"] {
        request = request.header(name, headers[name].to_str().unwrap());
    }
    let request = request.header("content-type", "application/x-amz-json-1.0");
    let answer = request.send().await.unwrap();
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    (status, answer.bytes().await.unwrap()).into_response()
}

/// The URL of something that passes on what an engine is asked, but for some operations: these it denies.
pub async fn denying(table: &TestTable, operations: &'static [&'static str]) -> String {
    let engine = table.engine.url();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let pass = move |headers: HeaderMap, body: Bytes| async move {
        let target = headers["x-amz-target"].to_str().unwrap();
        if operations.iter().any(|name| target.ends_with(name)) {
            let denied = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not you"}"#;
            return (StatusCode::BAD_REQUEST, denied).into_response();
        }
        forward(&engine, &headers, body.to_vec()).await
    };
    let app = axum::Router::new().fallback(pass);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}
