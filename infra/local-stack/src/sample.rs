//! The sample data of a retailer: stores, customers and a year of transactions up to today, among them the published example.
//!
//! What is fixed stands in `sample.json`; the transactions are drawn, always the same ones, and dated back from today.

mod retailer;

use chrono::NaiveDate;
use table::{MAX_BATCH_ITEMS, PutBatchError, Table, attributes};

use crate::StackError;
use crate::dynamodb::Dynamodb;
use crate::provision::failed;
use retailer::Sample;

/// The profile of the published example.
pub const EXAMPLE_PROFILE: &str = "922fafaf-1115-2221-a33-fed3333397";
/// The date as of which it is published.
pub const EXAMPLE_DATE: &str = "2020-12-08";

/// Writes the sample data into the table, as of `today`; returns how many profiles it has.
pub(crate) async fn write(
    dynamodb: &Dynamodb,
    table: &Table,
    today: NaiveDate,
) -> Result<usize, StackError> {
    let sample = Sample::embedded().map_err(StackError::Sample)?;
    for batch in sample.items(today).chunks(MAX_BATCH_ITEMS) {
        let items = batch.iter().cloned().map(attributes).collect();
        table.put_batch(items).await.map_err(|error| match error {
            PutBatchError::Request(error) => failed(dynamodb, "BatchWriteItem", &error),
            PutBatchError::Throttled { .. } => StackError::Request {
                operation: "BatchWriteItem",
                reason: error.to_string(),
            },
        })?;
    }
    Ok(sample.profiles())
}
