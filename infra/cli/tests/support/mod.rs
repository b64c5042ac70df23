//! The command as a user runs it, and the stack that it runs against.

pub mod command;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use local_stack::{Stack, TABLE_NAME};
use serde_json::{Map, Value};
use test_support::attribute;

pub use command::run;

/// Puts items, given as JSON objects with their keys, and waits until they are calculated.
pub async fn put(stack: &Stack, items: impl IntoIterator<Item = Value>) {
    let item = |item: Value| {
        let item: Map<String, Value> = serde_json::from_value(item).unwrap();
        item.iter()
            .map(|(name, value)| (name.clone(), attribute(&plain(value))))
            .collect()
    };
    let requests = items.into_iter().map(|json| {
        let put = PutRequest::builder().set_item(Some(item(json))).build();
        WriteRequest::builder().put_request(put.unwrap()).build()
    });
    let requests: Vec<WriteRequest> = requests.collect();
    for batch in requests.chunks(25) {
        let write = stack.client().batch_write_item();
        let write = write.request_items(TABLE_NAME, batch.to_vec());
        let written = write.send().await.unwrap();
        assert!(written.unprocessed_items.is_none_or(|left| left.is_empty()));
    }
    stack.caught_up().await;
}

fn plain(json: &Value) -> calculation::Value {
    match json {
        Value::Null => calculation::Value::Null,
        Value::Bool(value) => calculation::Value::Bool(*value),
        Value::Number(number) => calculation::Value::Number(number.to_string()),
        Value::String(text) => calculation::Value::Text(text.clone()),
        Value::Array(values) => calculation::Value::List(values.iter().map(plain).collect()),
        Value::Object(members) => {
            let members = members.iter();
            calculation::Value::Map(
                members
                    .map(|(name, value)| (name.clone(), plain(value)))
                    .collect(),
            )
        }
    }
}

/// What a GET of a profile answers.
pub async fn get(stack: &Stack, profile: &str, as_of: &str) -> (u16, String) {
    let url = format!(
        "{}/profiles/{profile}/aggregations?as_of={as_of}",
        stack.http_url()
    );
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = http.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}
