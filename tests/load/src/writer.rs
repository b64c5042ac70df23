//! Writers: as an import and a shop would write.

use std::collections::HashMap;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::NaiveDate;
use telemetry::chain;
use tokio::sync::mpsc::Receiver;
use tokio::time::sleep;

use crate::error::LoadError;
use crate::lag::Lag;
use crate::plan::{Kind, Write};
use crate::progress::Progress;
use crate::transaction::Transaction;

/// What a BatchWriteItem takes.
const BATCH: usize = 25;
/// How often a write is sent before the run ends.
const TRIES: u32 = 12;
/// How often a writer looks whether the lag has become less.
const PAUSE: Duration = Duration::from_millis(50);

type Item = HashMap<String, AttributeValue>;

/// Sends writes until DynamoDB takes them.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    pub client: Client,
    pub table: String,
    pub progress: Arc<Progress>,
}

impl Sender {
    pub async fn put(&self, item: Item) -> Result<(), LoadError> {
        let put = self.client.put_item().table_name(&self.table);
        let put = put.set_item(Some(item));
        self.send(|| put.clone().send()).await.map(drop)
    }

    async fn delete(&self, key: Item) -> Result<(), LoadError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.set_key(Some(key));
        self.send(|| delete.clone().send()).await.map(drop)
    }

    /// Sends a batch, and again what DynamoDB gives back of it.
    async fn batch(&self, mut requests: Vec<WriteRequest>) -> Result<(), LoadError> {
        for tries in 0..TRIES {
            let batch = self.client.batch_write_item();
            let batch = batch.request_items(&self.table, requests);
            let answer = self.send(|| batch.clone().send()).await?;
            let rest = answer.unprocessed_items.unwrap_or_default();
            requests = rest.into_values().flatten().collect();
            if requests.is_empty() {
                return Ok(());
            }
            self.progress.unprocessed.add(requests.len() as u64);
            back_off(tries).await;
        }
        let reason = format!("{} items of a batch remain", requests.len());
        Err(LoadError::Write {
            tries: TRIES,
            reason,
        })
    }

    async fn send<T, E, F>(&self, attempt: impl Fn() -> F) -> Result<T, LoadError>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<T, SdkError<E>>>,
    {
        let mut tries = 0;
        loop {
            let error = match attempt().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            tries += 1;
            match error.code() {
                Some(
                    "ProvisionedThroughputExceededException"
                    | "RequestLimitExceeded"
                    | "ThrottlingException",
                ) => self.progress.throttled.add(1),
                _ => self.progress.retried.add(1),
            }
            if tries == TRIES || error.code() == Some("ValidationException") {
                let reason = chain(&error);
                return Err(LoadError::Write { tries, reason });
            }
            back_off(tries).await;
        }
    }
}

/// A writer of some of the profiles: each profile's writes stay in their order.
#[derive(Debug)]
pub(crate) struct Writer {
    pub sender: Sender,
    pub until: NaiveDate,
    pub lag: Arc<Lag>,
    pub lag_limit: Option<Duration>,
    pub batch: Vec<Write>,
}

impl Writer {
    /// Writes what it is given.
    pub async fn run(mut self, mut writes: Receiver<Write>) -> Result<(), LoadError> {
        while let Some(write) = writes.recv().await {
            if write.kind == Kind::New {
                self.batch.push(write);
                if self.batch.len() == BATCH {
                    self.flush().await?;
                }
                continue;
            }
            // Not before the transaction itself.
            if self.batch.iter().any(|other| other.number == write.number) {
                self.flush().await?;
            }
            self.change(write).await?;
        }
        self.flush().await
    }

    async fn flush(&mut self) -> Result<(), LoadError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.wait().await;
        let puts = self.batch.iter().map(|write| {
            let item = write.transaction.item(write.number, self.until);
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        });
        let puts = puts.collect::<Result<Vec<_>, LoadError>>()?;
        self.sender.batch(puts).await?;
        let count = self.batch.len() as u64;
        self.batch.clear();
        self.sender.progress.new.add(count);
        self.sender.progress.written.add(count);
        Ok(())
    }

    async fn change(&self, write: Write) -> Result<(), LoadError> {
        self.wait().await;
        let Write {
            number,
            transaction,
            kind,
        } = write;
        let (sender, progress) = (&self.sender, &self.sender.progress);
        match kind {
            Kind::New | Kind::Edit => {
                sender.put(transaction.item(number, self.until)).await?;
                progress.edits.add(1);
            }
            Kind::Move(second) => {
                // In this order no reader sees the profile without it.
                let before = Transaction {
                    second,
                    ..transaction
                };
                sender.put(transaction.item(number, self.until)).await?;
                progress.written.add(1);
                sender.delete(before.key(number, self.until)).await?;
                progress.moves.add(1);
            }
            Kind::Deletion => {
                sender.delete(transaction.key(number, self.until)).await?;
                progress.deletions.add(1);
            }
        }
        progress.written.add(1);
        Ok(())
    }

    /// Waits while the stream is too far behind.
    async fn wait(&self) {
        while self.lag_limit.is_some_and(|limit| self.lag.now() > limit) {
            sleep(PAUSE).await;
        }
    }
}

/// Waits longer with every try, from 20 ms to 2.5 s.
async fn back_off(tries: u32) {
    sleep(Duration::from_millis(20 << tries.min(7))).await;
}
