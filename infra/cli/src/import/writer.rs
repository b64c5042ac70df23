//! Writes items in batches, until the table has taken every one.

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use futures::stream::{self, StreamExt, TryStreamExt};
use table::PutBatchError;

use super::error::ImportError;
use super::rejects::Reject;
use super::row_error::RowError;
use super::target::Target;
use super::wave::{Entry, Wave};

/// Batches in flight.
const IN_FLIGHT: usize = 8;

/// Writes to one table.
pub(crate) struct BatchWriter<'a> {
    target: &'a Target,
}

/// Why a batch was not written.
enum Refusal {
    /// DynamoDB called an item invalid, with this message.
    Invalid(String),
    Failed(ImportError),
}

impl<'a> BatchWriter<'a> {
    pub fn new(target: &'a Target) -> Self {
        Self { target }
    }

    /// Writes a wave to its end, and returns what the table will not hold.
    pub async fn write(&self, wave: Wave) -> Result<Vec<Reject>, ImportError> {
        stream::iter(
            wave.into_batches()
                .into_iter()
                .map(|batch| self.write_batch(batch)),
        )
        .buffer_unordered(IN_FLIGHT)
        .try_concat()
        .await
    }

    async fn write_batch(&self, batch: Vec<Entry>) -> Result<Vec<Reject>, ImportError> {
        match self.write_all(&batch).await {
            Ok(()) => return Ok(Vec::new()),
            Err(Refusal::Failed(error)) => return Err(error),
            // One item spoils the batch: each by itself shows which.
            Err(Refusal::Invalid(_)) => {}
        }
        let mut rejects = Vec::new();
        for entry in batch {
            match self.write_all(std::slice::from_ref(&entry)).await {
                Ok(()) => {}
                Err(Refusal::Failed(error)) => return Err(error),
                Err(Refusal::Invalid(message)) => rejects.push(Reject {
                    line: entry.line,
                    raw: entry.raw,
                    reason: RowError::Refused(message),
                }),
            }
        }
        Ok(rejects)
    }

    /// Writes items until the last one is taken.
    async fn write_all(&self, entries: &[Entry]) -> Result<(), Refusal> {
        let items = entries.iter().map(|entry| entry.put.item.clone());
        match self.target.table.put_batch(items.collect()).await {
            Ok(()) => Ok(()),
            Err(PutBatchError::Request(error)) if error.code() == Some("ValidationException") => {
                let message = error.message().unwrap_or("invalid item");
                Err(Refusal::Invalid(message.to_owned()))
            }
            Err(PutBatchError::Request(error)) => {
                let failure = self.target.failure("BatchWriteItem", &error);
                Err(Refusal::Failed(failure))
            }
            Err(throttled) => Err(Refusal::Failed(ImportError::Throttled(throttled))),
        }
    }
}
