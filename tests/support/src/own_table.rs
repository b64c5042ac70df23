//! A table of its own, in the embedded DynamoDB or in another one.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;

use crate::Engine;
use crate::engine::{create_table, other_dynamodb};

/// An empty table that no other test uses, in the DynamoDB that `TEST_DYNAMODB_URL` names, or else in an embedded one.
#[derive(Debug)]
pub struct OwnTable {
    config: Builder,
    name: String,
    // The embedded DynamoDB lasts as long as this.
    _engine: Engine,
}

impl OwnTable {
    /// Makes one whose name begins with `prefix`.
    ///
    /// # Panics
    ///
    /// The table cannot be made.
    pub async fn create(prefix: &str) -> Self {
        let engine = Engine::start().await;
        let config = match other_dynamodb() {
            Some(url) => engine.config().endpoint_url(url),
            None => engine.config(),
        };
        let table = Self {
            config,
            name: format!("{prefix}-{}", uuid::Uuid::new_v4()),
            _engine: engine,
        };
        create_table(&table.client(), &table.name).await;
        table
    }

    /// What a client of the DynamoDB needs to know; more may be added.
    pub fn config(&self) -> Builder {
        self.config.clone()
    }

    /// An ordinary client.
    pub fn client(&self) -> Client {
        Client::from_conf(self.config().build())
    }

    /// The table's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Deletes the table, for the sake of a DynamoDB that goes on.
    ///
    /// # Panics
    ///
    /// The table cannot be deleted.
    pub async fn delete(self) {
        let delete = self.client().delete_table().table_name(&self.name);
        delete.send().await.expect("a table to delete");
    }
}
