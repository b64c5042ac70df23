//! The DynamoDB API for the page: a few operations on the stack's own table.

mod origin;
mod relay;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Deserialize;
use table::SortKey;

use crate::refusal::Refusal;

/// The largest body: an item has at most 400 KB, and JSON writes more for it.
const MAX_BODY: usize = 512 * 1024;
/// What the name of an operation stands behind.
const API: &str = "DynamoDB_20120810.";
/// What the page asks. It needs no more, and a page that went wrong could do less with these.
const OPERATIONS: [&str; 4] = ["GetItem", "Query", "PutItem", "DeleteItem"];

/// The DynamoDB that the table is in, for the page.
#[derive(Debug)]
pub(crate) struct Dynamodb {
    client: Client,
    table_name: String,
}

/// What counts of a request here. A name that is there twice is an error, so nothing else can be meant by it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Asked {
    #[serde(default)]
    table_name: String,
    item: Option<Keyed>,
    key: Option<Keyed>,
}

#[derive(Debug, Deserialize)]
struct Keyed {
    sk: Option<Text>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    s: Option<String>,
}

impl Dynamodb {
    pub(crate) fn new(client: Client, table_name: String) -> Self {
        Self { client, table_name }
    }

    /// The operation and the body of a request, if it may be sent on.
    async fn accept(&self, request: Request) -> Result<(&'static str, Bytes), Refusal> {
        let (parts, body) = request.into_parts();
        origin::check(&parts)?;
        if !is_json(&parts.headers) {
            return Err(Refusal::ContentType);
        }
        let operation = operation(&parts.headers)?;
        let body = read(body).await?;
        let asked: Asked = serde_json::from_slice(&body)?;
        if asked.table_name != self.table_name {
            return Err(Refusal::Table(asked.table_name));
        }
        let is_write = matches!(operation, "PutItem" | "DeleteItem");
        let written = [asked.item, asked.key].into_iter().flatten();
        let mut keys = written.filter_map(|keyed| keyed.sk?.s);
        match keys.find(|key| is_write && is_derived(key)) {
            Some(key) => Err(Refusal::Derived(key)),
            None => Ok((operation, body)),
        }
    }
}

pub(crate) async fn answer(
    State(dynamodb): State<Arc<Dynamodb>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (operation, body) = dynamodb.accept(request).await?;
    let target = format!("{API}{operation}");
    relay::send(&dynamodb.client, &dynamodb.table_name, target, body).await
}

/// A page of another origin cannot send these without asking first, which nobody allows it.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let kind = content_type.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| {
        let kind = kind.trim().to_ascii_lowercase();
        ["application/json", crate::refusal::CONTENT_TYPE].contains(&kind.as_str())
    })
}

fn operation(headers: &HeaderMap) -> Result<&'static str, Refusal> {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default();
    let asked = target.strip_prefix(API);
    let mut operations = OPERATIONS.into_iter();
    let operation = operations.find(|operation| asked == Some(operation));
    operation.ok_or_else(|| Refusal::Operation(asked.unwrap_or(target).to_owned()))
}

async fn read(body: Body) -> Result<Bytes, Refusal> {
    let body = to_bytes(body, MAX_BODY).await;
    body.map_err(|_| Refusal::TooLarge(MAX_BODY))
}

/// Whether the system derives the item of a sort key itself.
fn is_derived(key: &str) -> bool {
    let key = SortKey::parse(key);
    matches!(key, Some(SortKey::Derived | SortKey::Archive(_)))
}
