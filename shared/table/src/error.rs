//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use calculation::ArchiveError;

/// Why a read or a write of the table failed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// DynamoDB did not do what it was asked to, after the SDK's retries.
    #[error("{operation} failed")]
    Request {
        /// The operation's name in the DynamoDB API.
        operation: &'static str,
        /// The SDK's error.
        #[source]
        source: Box<aws_sdk_dynamodb::Error>,
    },
    /// DynamoDB repeatedly left keys of a batch unread.
    #[error("BatchGetItem left {0} keys unprocessed")]
    Unprocessed(usize),
    /// Other writers were repeatedly faster.
    #[error("other writers changed the derived item during all {0} attempts")]
    LostRaces(u32),
    /// A recalculation needs more source items than the settings allow.
    #[error("a recalculation would read more than {0} items")]
    TooManyItems(u64),
    /// A calculation needs more pages of source items, of 1 MB each, than it may read.
    #[error("a calculation would read more than {0} MB")]
    TooManyPages(u64),
    /// The archive items repeatedly did not belong to the derived item.
    #[error("the archive cannot be read")]
    Archive(#[source] ArchiveError),
    /// A location record cannot be rendered.
    #[error("a location record cannot be rendered")]
    Location(#[source] serde_json::Error),
}

impl TableError {
    /// Wraps what the SDK answered.
    pub(crate) fn request<E>(operation: &'static str) -> impl FnOnce(E) -> Self
    where
        aws_sdk_dynamodb::Error: From<E>,
    {
        move |error| Self::Request {
            operation,
            source: Box::new(error.into()),
        }
    }

    /// Whether DynamoDB had no capacity, did not answer, or failed by itself: worth trying again a little later.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::TableError;
    ///
    /// assert!(TableError::Unprocessed(3).is_unavailable());
    /// assert!(!TableError::LostRaces(8).is_unavailable());
    /// ```
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Request { source, .. } => match &**source {
                aws_sdk_dynamodb::Error::TransactionCanceledException(cancelled) => {
                    reasons(cancelled).any(is_throttling_code)
                }
                source => source
                    .code()
                    .is_none_or(|code| is_throttling_code(code) || is_failure_code(code)),
            },
            Self::Unprocessed(_) => true,
            Self::LostRaces(_)
            | Self::TooManyItems(_)
            | Self::TooManyPages(_)
            | Self::Archive(_)
            | Self::Location(_) => false,
        }
    }
}

/// Whether an error code of DynamoDB says that it lacks the capacity: the code of a request, or of an action of a cancelled
/// transaction.
///
/// # Examples
///
/// ```
/// assert!(table::is_throttling_code("ThrottlingException"));
/// assert!(!table::is_throttling_code("ValidationException"));
/// ```
pub fn is_throttling_code(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "ThrottlingException"
            | "ProvisionedThroughputExceeded"
            | "ThrottlingError"
    )
}

/// Whether an error code says that DynamoDB failed by itself. What has no code at all was no answer of DynamoDB: the request
/// timed out, or the connection failed.
fn is_failure_code(code: &str) -> bool {
    matches!(
        code,
        "InternalServerError"
            | "InternalFailure"
            | "ServiceUnavailable"
            | "ServiceUnavailableException"
    )
}

/// Whether another writer was faster: the condition of a write failed, or a transaction holds the item.
pub(crate) fn is_lost_race<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    matches!(
        code(error),
        Some(
            "ConditionalCheckFailedException"
                | "TransactionConflictException"
                | "TransactionInProgressException"
        )
    )
}

/// Whether another writer was faster than a transaction: it was cancelled for a condition or a conflict.
pub(crate) fn is_lost_transaction(cancelled: &TransactionCanceledException) -> bool {
    reasons(cancelled).any(|code| matches!(code, "ConditionalCheckFailed" | "TransactionConflict"))
}

/// Whether DynamoDB refused an item for its size. Only its message says so.
pub(crate) fn is_too_large<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    let message = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message);
    code(error) == Some("ValidationException") && message.is_some_and(tells_of_size)
}

/// The same of an item in a transaction.
pub(crate) fn is_too_large_transaction(cancelled: &TransactionCanceledException) -> bool {
    let reasons = cancelled.cancellation_reasons();
    reasons.iter().any(|reason| {
        reason.code() == Some("ValidationError") && reason.message().is_some_and(tells_of_size)
    })
}

/// Of an item that is too large, and of a transaction whose items are too large together.
fn tells_of_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["item size", "collection size", "aggregate size"]
        .iter()
        .any(|size| message.contains(size))
}

/// Why the actions of a transaction were cancelled.
fn reasons(cancelled: &TransactionCanceledException) -> impl Iterator<Item = &str> {
    cancelled
        .cancellation_reasons()
        .iter()
        .filter_map(|reason| reason.code())
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}

#[cfg(test)]
mod tests;
