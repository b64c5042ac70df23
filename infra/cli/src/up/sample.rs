//! The sample shop: stores, customers and a year of purchases up to today, among them the published example.
//!
//! What is fixed stands in `sample.json`; the purchases are drawn, always the same ones, and dated back from today.

mod shop;

use std::time::Duration;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use chrono::NaiveDate;
use table::{ProfileId, SortKey, key};

use super::UpError;
use super::connection::Connection;
use super::provision::failed;
use shop::Sample;

/// The profile of the published example.
pub(crate) const EXAMPLE_PROFILE: &str = "922fafaf-1115-2221-a33-fed3333397";
/// The date as of which it is published.
pub(crate) const EXAMPLE_DATE: &str = "2020-12-08";

/// What BatchWriteItem takes.
const BATCH: usize = 25;
/// How often a batch is sent on until all of it is taken.
const TRIES: u32 = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Writes the sample shop into the table, as of `today`; returns how many profiles it has.
pub(crate) async fn write(
    connection: &Connection,
    table: &str,
    today: NaiveDate,
) -> Result<usize, UpError> {
    let sample = Sample::embedded().map_err(UpError::Sample)?;
    let items = sample.items(today);
    for batch in items.chunks(BATCH) {
        let mut requests = Vec::new();
        for item in batch {
            let put = PutRequest::builder().set_item(Some(item.clone())).build();
            let put = put.map_err(|error| UpError::Definition(error.to_string()))?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        write_batch(connection, table, requests).await?;
    }
    Ok(sample.profiles())
}

/// Whether the profile of the published example is stored.
pub(crate) async fn has_example(connection: &Connection, table: &str) -> Result<bool, UpError> {
    let Ok(profile) = ProfileId::parse(EXAMPLE_PROFILE) else {
        return Ok(false);
    };
    let get = connection.dynamodb.get_item().table_name(table);
    let get = get.set_key(Some(key(&profile.partition(), SortKey::Profile)));
    let answer = get.send().await;
    let answer = answer.map_err(|error| failed(connection, "GetItem", &error))?;
    Ok(answer.item.is_some())
}

async fn write_batch(
    connection: &Connection,
    table: &str,
    mut requests: Vec<WriteRequest>,
) -> Result<(), UpError> {
    for tries in 0..TRIES {
        let request = connection.dynamodb.batch_write_item();
        let answer = request.request_items(table, requests).send().await;
        let answer = answer.map_err(|error| failed(connection, "BatchWriteItem", &error))?;
        requests = answer
            .unprocessed_items
            .and_then(|mut tables| tables.remove(table))
            .unwrap_or_default();
        if requests.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(FIRST_PAUSE * 2_u32.saturating_pow(tries)).await;
    }
    Err(UpError::Unprocessed(requests.len()))
}
