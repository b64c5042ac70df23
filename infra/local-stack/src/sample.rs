//! The sample shop: stores, customers and a year of purchases up to today, among them the published example.
//!
//! What is fixed stands in `sample.json`; the purchases are drawn, always the same ones, and dated back from today.

mod shop;

use chrono::NaiveDate;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::StackError;
use crate::dynamodb::Dynamodb;
use crate::provision::failed;
use shop::Sample;

/// The profile of the published example.
pub const EXAMPLE_PROFILE: &str = "922fafaf-1115-2221-a33-fed3333397";
/// The date as of which it is published.
pub const EXAMPLE_DATE: &str = "2020-12-08";

/// Puts in flight.
const IN_FLIGHT: usize = 8;

/// Writes the sample shop into the table, as of `today`; returns how many profiles it has.
pub(crate) async fn write(
    dynamodb: &Dynamodb,
    table: &str,
    today: NaiveDate,
) -> Result<usize, StackError> {
    let sample = Sample::embedded().map_err(StackError::Sample)?;
    let items = stream::iter(sample.items(today));
    let puts = items.map(|item| {
        let put = dynamodb.client.put_item().table_name(table);
        put.set_item(Some(item)).send()
    });
    let written = puts
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(async |_| Ok(()));
    written
        .await
        .map_err(|error| failed(dynamodb, "PutItem", &error))?;
    Ok(sample.profiles())
}
