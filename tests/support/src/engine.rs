//! An embedded DynamoDB on a free port of loopback, with the table in it.

use std::env;
use std::net::SocketAddr;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_dynamodb::{Client, Config};
use calculation::{Item, Value};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The table's name.
pub const TABLE: &str = "profile-aggregations";

/// A DynamoDB that lasts as long as this.
#[derive(Debug)]
pub struct Engine {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Engine {
    /// Starts one, in memory, with an empty table called [`TABLE`].
    ///
    /// # Panics
    ///
    /// No port can be had, or the table cannot be made.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let database = dynoxide::Database::memory().expect("a database in memory");
        let engine = Self {
            address,
            server: tokio::spawn(dynoxide::server::serve_on(listener, database)),
        };
        create_table(&engine.client(), TABLE).await;
        engine
    }

    /// Where it answers.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a client of this needs to know; more may be added.
    pub fn config(&self) -> Builder {
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(self.url())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
    }

    /// An ordinary client.
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// Puts an item, keys included.
    ///
    /// # Panics
    ///
    /// The item cannot be put.
    pub async fn put(&self, item: &Item) {
        let item = item
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        self.client()
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item))
            .send()
            .await
            .expect("a put item");
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The URL of another DynamoDB to test against than the embedded one, as `tests/dynamodb-local.sh` names it. All tests share it.
pub fn other_dynamodb() -> Option<String> {
    env::var("TEST_DYNAMODB_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

/// Makes an empty table with the right keys.
///
/// # Panics
///
/// The table cannot be made.
pub async fn create_table(client: &Client, name: &str) {
    create_table_of(client, name, ["pk", "sk"]).await;
}

/// Makes an empty table whose partition and sort key are `keys`.
///
/// # Panics
///
/// The table cannot be made.
pub async fn create_table_of(client: &Client, name: &str, keys: [&str; 2]) {
    let [partition, sort] = keys;
    let key = |name: &str, key_type| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(key_type)
            .build()
            .expect("a key")
    };
    let text = |name: &str| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .expect("an attribute")
    };
    client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(vec![
            key(partition, KeyType::Hash),
            key(sort, KeyType::Range),
        ]))
        .set_attribute_definitions(Some(vec![text(partition), text(sort)]))
        .send()
        .await
        .expect("a table");
}

/// A plain value as the SDK wants it.
pub fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(*value),
        Value::Number(text) => AttributeValue::N(text.clone()),
        Value::Text(text) => AttributeValue::S(text.clone()),
        Value::List(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Map(item) => AttributeValue::M(
            item.iter()
                .map(|(name, value)| (name.clone(), attribute(value)))
                .collect(),
        ),
    }
}
