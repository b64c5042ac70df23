//! The DynamoDB behind the faults: embedded, or the one that `TEST_DYNAMODB_URL` names.
//!
//! A request is answered while its caller stands still, so that the clock of a schedule does not move meanwhile.

use std::fmt;

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use test_support::other_dynamodb;

use crate::other::OtherEngine;

/// What DynamoDB answers: a status and a JSON body.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the request took effect.
    pub fn is_success(&self) -> bool {
        self.status == 200
    }

    /// The same for the SDK.
    pub fn into_response(self) -> HttpResponse {
        let status = self.status.try_into().expect("a status");
        HttpResponse::new(status, SdkBody::from(self.body))
    }
}

/// A DynamoDB with the table in it.
#[derive(Clone)]
pub enum Engine {
    /// In this process, in memory.
    Embedded(Database),
    /// Another one.
    Other(OtherEngine),
}

impl fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Embedded(_) => "Embedded",
            Self::Other(_) => "Other",
        })
    }
}

impl Engine {
    /// The one that the environment asks for, with an empty table called `table`.
    ///
    /// # Panics
    ///
    /// The table cannot be made.
    pub fn start(table: &str) -> Self {
        let request = serde_json::json!({
            "TableName": table,
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            "AttributeDefinitions": [
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        });
        if let Some(url) = other_dynamodb() {
            let engine = OtherEngine::new(&url);
            let answer = engine.ask(
                "DynamoDB_20120810.CreateTable",
                request.to_string().as_bytes(),
            );
            assert!(answer.is_success(), "no table: {answer:?}");
            return Self::Other(engine);
        }
        let database = Database::memory().expect("a database in memory");
        let request = serde_json::from_value(request).expect("a request");
        database.create_table(request).expect("a table");
        Self::Embedded(database)
    }

    /// Does what a request asks for.
    ///
    /// # Panics
    ///
    /// The other DynamoDB is gone.
    pub fn answer(&self, request: &HttpRequest) -> Answer {
        match self {
            Self::Embedded(database) => embedded(database, request),
            Self::Other(engine) => {
                let target = request.headers().get("x-amz-target").unwrap_or_default();
                engine.ask(target, request.body().bytes().unwrap_or_default())
            }
        }
    }
}

fn embedded(database: &Database, request: &HttpRequest) -> Answer {
    let body = request.body().bytes().unwrap_or_default();
    let answer = match test_support::operation(request).as_str() {
        "GetItem" => run(body, |request| database.get_item(request)),
        "Query" => run(body, |request| database.query(request)),
        "PutItem" => run(body, |request| database.put_item(request)),
        "UpdateItem" => run(body, |request| database.update_item(request)),
        "DeleteItem" => run(body, |request| database.delete_item(request)),
        "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
        "BatchWriteItem" => run(body, |request| database.batch_write_item(request)),
        "TransactWriteItems" => run(body, |request| database.transact_write_items(request)),
        other => unreachable!("no schedule asks for {other}"),
    };
    match answer {
        Ok(body) => Answer { status: 200, body },
        Err(error) => Answer {
            status: error.status_code(),
            body: error.to_json().into_bytes(),
        },
    }
}

fn run<I: DeserializeOwned, O: Serialize>(
    body: &[u8],
    operation: impl FnOnce(I) -> dynoxide::Result<O>,
) -> Result<Vec<u8>, DynoxideError> {
    let request = serde_json::from_slice(body).expect("a request that the engine reads");
    let answer = operation(request)?;
    Ok(serde_json::to_vec(&answer).expect("an answer"))
}
