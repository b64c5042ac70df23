//! Writes rows until the table has taken every one.

use std::error::Error;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use futures::stream::{self, StreamExt, TryStreamExt};
use table::{MAX_BATCH_ITEMS, PutBatchError};

use super::change::Change;
use super::error::ImportError;
use super::rows::Found;
use super::target::Target;
use super::update;

/// Requests in flight.
const IN_FLIGHT: usize = 16;
/// Bytes of items in one BatchWriteItem: a quarter of the 16 MB that a request may have, as JSON makes them longer.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What became of rows that were written.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Those that DynamoDB refused, with its reasons.
    pub refused: Vec<Found>,
    /// How many updates found an item.
    pub replaced: usize,
}

/// Why rows were not written.
pub(crate) enum Refusal {
    /// DynamoDB called an item invalid, with this message.
    Invalid(String),
    /// The load cannot go on.
    Failed(ImportError),
}

/// Writes rows with different keys.
pub(crate) async fn write(target: &Target, rows: Vec<Found>) -> Result<Written, ImportError> {
    let batches = batches(rows)
        .into_iter()
        .map(|batch| write_batch(target, batch));
    let batches = stream::iter(batches).buffer_unordered(IN_FLIGHT);
    batches
        .try_fold(Written::default(), |mut all, written| async move {
            all.refused.extend(written.refused);
            all.replaced = all.replaced.saturating_add(written.replaced);
            Ok(all)
        })
        .await
}

/// Rows in batches that DynamoDB takes. An update is one by itself.
fn batches(rows: Vec<Found>) -> Vec<Vec<Found>> {
    let (mut batches, mut bytes) = (Vec::<Vec<Found>>::new(), 0_usize);
    for found in rows {
        let own = found.row.as_ref().map_or(0, |row| row.bytes());
        bytes = bytes.saturating_add(own);
        let is_update = found
            .row
            .as_ref()
            .is_ok_and(|row| matches!(row.change, Change::Update(_)));
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH_ITEMS && bytes <= BATCH_BYTES && !is_update => {
                batch.push(found);
            }
            _ => {
                bytes = own;
                batches.push(vec![found]);
            }
        }
    }
    batches
}

async fn write_batch(target: &Target, batch: Vec<Found>) -> Result<Written, ImportError> {
    let mut all = Written::default();
    match write_all(target, &batch).await {
        Ok(was_stored) => all.replaced = usize::from(was_stored),
        Err(Refusal::Failed(error)) => return Err(error),
        // One item spoils the batch: each by itself shows which.
        Err(Refusal::Invalid(_)) => {
            for mut found in batch {
                match write_all(target, std::slice::from_ref(&found)).await {
                    Ok(_) => {}
                    Err(Refusal::Failed(error)) => return Err(error),
                    Err(Refusal::Invalid(why)) => {
                        found.row = Err(format!("DynamoDB refused the item: {why}"));
                        all.refused.push(found);
                    }
                }
            }
        }
    }
    Ok(all)
}

/// Writes rows until the last one is taken. Tells of an update whether it found an item.
async fn write_all(target: &Target, batch: &[Found]) -> Result<bool, Refusal> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    for row in batch.iter().filter_map(|found| found.row.as_ref().ok()) {
        match &row.change {
            Change::Update(values) => return update::update(target, row.key(), values).await,
            Change::Put(item) => puts.push(item.clone().into_iter().chain(row.key()).collect()),
            Change::Delete => deletes.push(row.key()),
        }
    }
    let mut written = target.table.put_batch(puts).await;
    if written.is_ok() {
        written = target.table.delete_batch(deletes).await;
    }
    written.map(|()| false).map_err(|error| match error {
        PutBatchError::Request(error) => refusal(target, "BatchWriteItem", &error),
        throttled => Refusal::Failed(ImportError::Throttled(throttled)),
    })
}

/// What it means that a request failed.
pub(crate) fn refusal<E>(target: &Target, operation: &'static str, error: &SdkError<E>) -> Refusal
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.code() {
        Some("ValidationException") => {
            Refusal::Invalid(error.message().unwrap_or("invalid item").to_owned())
        }
        _ => Refusal::Failed(target.failure(operation, error)),
    }
}
