//! Rows that are written together, until the table has taken every one.

use std::error::Error;
use std::mem;
use std::slice;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use table::{MAX_BATCH_ITEMS, PutBatchError};

use super::change::Change;
use super::error::ImportError;
use super::kind::Kind;
use super::repeats::{self, Fate, Repeats};
use super::rows::{Found, Rows};
use super::update;
use crate::target::Target;

/// Bytes that end a batch: an eighth of the 16 MB that a BatchWriteItem may have, as JSON makes items longer. It also bounds the
/// memory of an import.
const BATCH_BYTES: usize = 2 * 1024 * 1024;

/// What DynamoDB says to rows: whether an item was there before, or why one of them is invalid.
pub(crate) type Answer = Result<bool, String>;

/// Rows that are written together, and those between them that are not.
#[derive(Default)]
pub(crate) struct Batch {
    /// The rows, each with a key of its own.
    pub rows: Vec<Found>,
    /// How many rows are the same as one that was written.
    pub again: usize,
    pub rejected: Vec<Found>,
    /// How many updates found an item.
    pub replaced: usize,
    /// How many items are left out, as they are derived.
    pub derived: usize,
}

impl Batch {
    /// The next rows, or `None` at the end. An update is a batch by itself.
    pub fn read(
        rows: &mut Rows<'_>,
        repeats: &mut Repeats,
        kind: Kind,
    ) -> Result<Option<Self>, ImportError> {
        let (mut batch, mut bytes) = (Self::default(), 0);
        for found in rows {
            let mut found = found?;
            bytes += found.raw.len();
            match &found.row {
                Err(_) => batch.rejected.push(found),
                Ok(row) if row.is_derived() => batch.derived += 1,
                Ok(row) => {
                    bytes += row.bytes();
                    let is_update = matches!(row.change, Change::Update(_));
                    match repeats.fate(row.key_hash()) {
                        Fate::Written => batch.rows.push(found),
                        Fate::WrittenBefore => batch.again += 1,
                        Fate::Rejected => {
                            found.row = Err(repeats::reason(kind));
                            batch.rejected.push(found);
                        }
                    }
                    if is_update {
                        break;
                    }
                }
            }
            if batch.rows.len() == MAX_BATCH_ITEMS || bytes >= BATCH_BYTES {
                break;
            }
        }
        Ok((bytes > 0).then_some(batch))
    }

    /// Writes the rows; those that DynamoDB calls invalid are rejected.
    pub async fn write(mut self, target: &Target) -> Result<Self, ImportError> {
        if let Ok(was_stored) = write(target, &self.rows).await? {
            self.replaced = usize::from(was_stored);
            return Ok(self);
        }
        // One item spoils the batch: each by itself shows which.
        for mut found in mem::take(&mut self.rows) {
            match write(target, slice::from_ref(&found)).await? {
                Ok(_) => self.rows.push(found),
                Err(why) => {
                    found.row = Err(format!("DynamoDB refused the item: {why}"));
                    self.rejected.push(found);
                }
            }
        }
        self.rejected.sort_by_key(|found| found.line);
        Ok(self)
    }
}

/// Writes rows until the last one is taken. Tells of an update whether it found an item.
async fn write(target: &Target, rows: &[Found]) -> Result<Answer, ImportError> {
    let (mut puts, mut deletes) = (Vec::new(), Vec::new());
    for row in rows.iter().flat_map(|found| &found.row) {
        match &row.change {
            Change::Update(values) => return update::update(target, &row.key(), values).await,
            Change::Put(item) => puts.push(item.clone().into_iter().chain(row.key()).collect()),
            Change::Delete => deletes.push(row.key()),
        }
    }
    let mut written = target.table.put_batch(puts).await;
    if written.is_ok() {
        written = target.table.delete_batch(deletes).await;
    }
    match written {
        Ok(()) => Ok(Ok(false)),
        Err(PutBatchError::Request(error)) => refused(target, "BatchWriteItem", &error),
        Err(throttled) => Err(ImportError::Throttled(throttled)),
    }
}

/// What it means that a request failed: that an item is invalid, or that the load cannot go on.
pub(crate) fn refused<E>(
    target: &Target,
    operation: &'static str,
    error: &SdkError<E>,
) -> Result<Answer, ImportError>
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error.code() {
        Some("ValidationException") => {
            Ok(Err(error.message().unwrap_or("invalid item").to_owned()))
        }
        _ => Err(target.failure(operation, error).into()),
    }
}
