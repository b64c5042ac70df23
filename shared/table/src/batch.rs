//! Writes of many items at once, none of which depends on what is stored.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemError;
use aws_sdk_dynamodb::types::{AttributeValue, DeleteRequest, PutRequest, WriteRequest};

use crate::back_off::back_off;
use crate::error::is_throttling_code;
use crate::store::Table;

/// The most items that [`Table::put_batch`] takes, which is what DynamoDB allows a BatchWriteItem.
pub const MAX_BATCH_ITEMS: usize = 25;
/// How often a batch is sent in a row without DynamoDB taking an item of it: for about half a minute.
const MAX_FRUITLESS_TRIES: u32 = 40;

/// Why a batch of items was not put or deleted, or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum PutBatchError {
    /// DynamoDB refused the batch, or the request failed.
    #[error("BatchWriteItem failed")]
    Request(#[from] Box<SdkError<BatchWriteItemError>>),
    /// DynamoDB lacks the capacity.
    #[error("DynamoDB took none of {items} items in {tries} tries")]
    Throttled {
        /// How many items are left of the batch.
        items: usize,
        /// How often they were sent without one being taken.
        tries: u32,
    },
}

impl Table {
    /// Puts up to [`MAX_BATCH_ITEMS`] items, keys included, whatever is stored under their keys. Sends again what DynamoDB
    /// did not take.
    ///
    /// # Errors
    ///
    /// DynamoDB refused the batch, which it does as a whole, or it lacked the capacity for half a minute. Some of the items may
    /// be stored then.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::PutBatchError> {
    /// use table::{PartitionKey, SortKey, key};
    ///
    /// let location = PartitionKey::Location("1".to_owned());
    /// table.put_batch(vec![key(&location, SortKey::Location)]).await
    /// # }
    /// ```
    pub async fn put_batch(
        &self,
        items: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<(), PutBatchError> {
        self.write_batch(items.into_iter().map(put_request).collect())
            .await
    }

    /// Deletes up to [`MAX_BATCH_ITEMS`] items by their keys, whether they are stored or not. Sends again what DynamoDB did not
    /// take.
    ///
    /// # Errors
    ///
    /// As of [`put_batch`](Self::put_batch).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(table: table::Table) -> Result<(), table::PutBatchError> {
    /// use table::{PartitionKey, SortKey, key};
    ///
    /// let location = PartitionKey::Location("1".to_owned());
    /// table.delete_batch(vec![key(&location, SortKey::Location)]).await
    /// # }
    /// ```
    pub async fn delete_batch(
        &self,
        keys: Vec<HashMap<String, AttributeValue>>,
    ) -> Result<(), PutBatchError> {
        self.write_batch(keys.into_iter().map(delete_request).collect())
            .await
    }

    async fn write_batch(&self, mut left: Vec<WriteRequest>) -> Result<(), PutBatchError> {
        let mut tries = 0;
        while !left.is_empty() {
            let sent = left.len();
            left = self.send(left).await?;
            tries = if left.len() < sent { 0 } else { tries + 1 };
            if tries == MAX_FRUITLESS_TRIES {
                let items = left.len();
                return Err(PutBatchError::Throttled { items, tries });
            }
            if !left.is_empty() {
                back_off(tries).await;
            }
        }
        Ok(())
    }

    /// Sends one BatchWriteItem; returns what DynamoDB did not take.
    async fn send(&self, requests: Vec<WriteRequest>) -> Result<Vec<WriteRequest>, PutBatchError> {
        let request = self.client.batch_write_item();
        let request = request.request_items(&*self.name, requests.clone());
        match request.send().await {
            Ok(answer) => {
                let left = answer.unprocessed_items.unwrap_or_default();
                Ok(left.into_values().flatten().collect())
            }
            Err(error) if error.code().is_some_and(is_throttling_code) => Ok(requests),
            Err(error) => Err(Box::new(error).into()),
        }
    }
}

fn put_request(item: HashMap<String, AttributeValue>) -> WriteRequest {
    let put = PutRequest::builder().set_item(Some(item)).build();
    // It cannot be missing its item.
    WriteRequest::builder().set_put_request(put.ok()).build()
}

fn delete_request(key: HashMap<String, AttributeValue>) -> WriteRequest {
    let delete = DeleteRequest::builder().set_key(Some(key)).build();
    // It cannot be missing its key.
    WriteRequest::builder()
        .set_delete_request(delete.ok())
        .build()
}
