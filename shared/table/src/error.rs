//! What can go wrong with the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why a read or a write of the table failed.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// DynamoDB did not do what it was asked to, after the SDK's retries.
    #[error("{operation} failed")]
    Request {
        /// The operation's name in the DynamoDB API.
        operation: &'static str,
        /// What the SDK says.
        #[source]
        source: Box<aws_sdk_dynamodb::Error>,
    },
    /// DynamoDB left keys of a batch unread, time and again.
    #[error("BatchGetItem left {0} keys unprocessed")]
    Unprocessed(usize),
    /// Other writers were faster, time and again.
    #[error("lost {0} races for the derived item")]
    LostRaces(u32),
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

    /// Whether DynamoDB had no capacity: worth trying again a little later.
    pub fn is_throttled(&self) -> bool {
        match self {
            Self::Request { source, .. } => matches!(
                source.code(),
                Some(
                    "ProvisionedThroughputExceededException"
                        | "RequestLimitExceeded"
                        | "ThrottlingException"
                )
            ),
            Self::Unprocessed(_) => true,
            Self::LostRaces(_) | Self::Location(_) => false,
        }
    }
}

/// Whether another writer was faster: the condition of a write failed, or a transaction holds the item.
pub(crate) fn is_lost_race<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    matches!(
        code(error),
        Some("ConditionalCheckFailedException" | "TransactionConflictException")
    )
}

/// Whether DynamoDB refused an item for its size. It tells so by its message alone.
pub(crate) fn is_too_large<E: ProvideErrorMetadata>(error: &SdkError<E>) -> bool {
    let message = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::message);
    code(error) == Some("ValidationException")
        && message.is_some_and(|message| message.contains("Item size"))
}

fn code<E: ProvideErrorMetadata>(error: &SdkError<E>) -> Option<&str> {
    error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code)
}
