//! A DynamoDB client whose requests are built, signed and answered as ever, but for the network between.

use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::history::store;

/// Answers each operation with the same body.
#[derive(Clone)]
struct Stub(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl fmt::Debug for Stub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Stub")
    }
}

impl HttpConnector for Stub {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let body = SdkBody::from((self.0)(operation));
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), body)))
    }
}

/// A client that gets for each operation, `GetItem` for example, the body that `answer` has for it.
pub(crate) fn client(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Client {
    let connector = SharedHttpConnector::new(Stub(Arc::new(answer)));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .http_client(http_client_fn(move |_, _| connector.clone()));
    Client::from_conf(config.build())
}

/// DynamoDB's answer to a GetItem of a derived item with this ledger.
pub(crate) fn derived(ledger: &[u8]) -> String {
    json!({"Item": {
        "version": {"S": "0123456789abcdef0123456789abcdef"},
        "calculated_at": {"S": "2026-01-31 12:00:00"},
        "ledger": {"B": BASE64_STANDARD.encode(ledger)},
    }})
    .to_string()
}

/// The location with this number, as DynamoDB writes it.
pub(crate) fn location(number: u32) -> Value {
    let mut location = item(&store(number));
    location["pk"] = json!({"S": format!("LOCATION#{number}")});
    location["sk"] = json!({"S": "LOCATION"});
    location
}

/// What runs futures on the thread that waits for them.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

/// A plain item as DynamoDB writes it.
pub(crate) fn item(item: &calculation::Item) -> Value {
    item.iter()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect()
}

fn attribute(value: &calculation::Value) -> Value {
    use calculation::Value as Plain;
    match value {
        Plain::Null => json!({"NULL": true}),
        Plain::Bool(value) => json!({"BOOL": value}),
        Plain::Number(text) => json!({"N": text}),
        Plain::Text(text) => json!({"S": text}),
        Plain::List(values) => json!({"L": values.iter().map(attribute).collect::<Value>()}),
        Plain::Map(map) => json!({"M": item(map)}),
    }
}
