//! Writes rows until the table has taken every one.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};
use table::{MAX_BATCH_ITEMS, PutBatchError};

use super::change::Change;
use super::error::ImportError;
use super::rows::Found;
use super::target::Target;
use super::update::{self, Updated};

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
    pub replaced: u64,
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
    let written: Vec<Written> = stream::iter(
        batches(rows)
            .into_iter()
            .map(|batch| write_batch(target, batch)),
    )
    .buffer_unordered(IN_FLIGHT)
    .try_collect()
    .await?;
    let mut all = Written::default();
    for written in written {
        all.refused.extend(written.refused);
        all.replaced = all.replaced.saturating_add(written.replaced);
    }
    Ok(all)
}

/// Rows in batches that DynamoDB takes. An update is one by itself.
fn batches(rows: Vec<Found>) -> Vec<Vec<Found>> {
    let mut batches: Vec<Vec<Found>> = Vec::new();
    let mut bytes = 0_usize;
    for found in rows {
        let own = found.row.as_ref().map_or(0, |row| row.bytes());
        bytes = bytes.saturating_add(own);
        let is_update = matches!(
            found.row.as_ref().map(|row| &row.change),
            Ok(Change::Update(_))
        );
        match batches.last_mut() {
            Some(batch) if batch.len() < MAX_BATCH_ITEMS && bytes <= BATCH_BYTES && !is_update => {
                batch.push(found)
            }
            _ => {
                bytes = own;
                batches.push(vec![found]);
            }
        }
    }
    batches
}

fn write_batch(
    target: &Target,
    mut batch: Vec<Found>,
) -> BoxFuture<'_, Result<Written, ImportError>> {
    async move {
        let mut all = Written::default();
        match write_all(target, &batch).await {
            Ok(updated) => all.replaced = u64::from(updated == Updated::Replaced),
            Err(Refusal::Failed(error)) => return Err(error),
            Err(Refusal::Invalid(message)) => match batch.as_mut_slice() {
                [found] => {
                    found.row = Err(format!("DynamoDB refused the item: {message}"));
                    all.refused = batch;
                }
                // One item spoils the batch: each by itself shows which.
                _ => {
                    for found in batch {
                        let written = write_batch(target, vec![found]).await?;
                        all.refused.extend(written.refused);
                    }
                }
            },
        }
        Ok(all)
    }
    .boxed()
}

/// Writes rows until the last one is taken.
async fn write_all(target: &Target, batch: &[Found]) -> Result<Updated, Refusal> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    for row in batch.iter().filter_map(|found| found.row.as_ref().ok()) {
        match &row.change {
            Change::Update(values) => return update::update(target, row.key(), values).await,
            Change::Put(item) => puts.push(
                item.iter()
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .chain(row.key())
                    .collect(),
            ),
            Change::Delete => deletes.push(row.key()),
        }
    }
    let put = target.table.put_batch(puts).await;
    let written = match put {
        Ok(()) => target.table.delete_batch(deletes).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(()) => Ok(Updated::Added),
        Err(PutBatchError::Request(error)) if error.code() == Some("ValidationException") => Err(
            Refusal::Invalid(error.message().unwrap_or("invalid item").to_owned()),
        ),
        Err(PutBatchError::Request(error)) => {
            Err(Refusal::Failed(target.failure("BatchWriteItem", &error)))
        }
        Err(throttled) => Err(Refusal::Failed(ImportError::Throttled(throttled))),
    }
}
