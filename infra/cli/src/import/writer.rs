//! Writes items in batches, until the table has taken every one.

use std::time::Duration;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::WriteRequest;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::error::ImportError;
use super::reason::Reason;
use super::rejects::Reject;
use super::target::Target;
use super::wave::{Entry, Wave};

/// Batches in flight.
const IN_FLIGHT: usize = 8;
/// Sendings of a batch that may end without one item taken. With the pauses below, half a minute.
const FRUITLESS_TRIES: u32 = 14;
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes to one table.
pub(crate) struct Writer<'a> {
    target: &'a Target,
}

/// Why a batch was not taken.
enum Refusal {
    /// An item is none that the table holds; the words are the table's.
    Invalid(String),
    Failed(ImportError),
}

impl<'a> Writer<'a> {
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
                    reason: Reason::Refused(message),
                }),
            }
        }
        Ok(rejects)
    }

    /// Writes items until the last one is taken.
    async fn write_all(&self, entries: &[Entry]) -> Result<(), Refusal> {
        let requests = entries
            .iter()
            .map(|entry| entry.put.request())
            .collect::<Result<Vec<_>, _>>();
        let mut left = requests.map_err(|error| Refusal::Failed(error.into()))?;
        let mut fruitless = 0;
        loop {
            let sent = left.len();
            left = self.send(left).await?;
            if left.is_empty() {
                return Ok(());
            }
            fruitless = if left.len() < sent { 0 } else { fruitless + 1 };
            if fruitless >= FRUITLESS_TRIES {
                return Err(Refusal::Failed(ImportError::Throttled {
                    items: left.len(),
                    tries: fruitless,
                }));
            }
            tokio::time::sleep(pause(fruitless)).await;
        }
    }

    /// Sends one BatchWriteItem, and returns what was not taken.
    async fn send(&self, requests: Vec<WriteRequest>) -> Result<Vec<WriteRequest>, Refusal> {
        let sent = self
            .target
            .client
            .batch_write_item()
            .request_items(&self.target.table, requests.clone())
            .send()
            .await;
        match sent {
            Ok(output) => {
                let left = output.unprocessed_items.unwrap_or_default();
                Ok(left.into_values().flatten().collect())
            }
            Err(error) => match error.code() {
                Some("ValidationException") => Err(Refusal::Invalid(
                    error.message().unwrap_or("it is not valid").to_owned(),
                )),
                Some(
                    "ProvisionedThroughputExceededException"
                    | "RequestLimitExceeded"
                    | "ThrottlingException",
                ) => Ok(requests),
                _ => Err(Refusal::Failed(
                    self.target.failure("BatchWriteItem", &error),
                )),
            },
        }
    }
}

/// A random part of a time that doubles with every try, so that batches that failed together do not come back together.
fn pause(tries: u32) -> Duration {
    let longest = FIRST_PAUSE
        .saturating_mul(1 << tries.min(10))
        .min(LONGEST_PAUSE);
    longest.mul_f64(fastrand::f64())
}
