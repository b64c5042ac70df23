//! STUB, being written: the real handler replaces this file and keeps these signatures.
use aws_lambda_events::event::streams::DynamoDbEventResponse;
use lambda_runtime::{Error, LambdaEvent};
use table::Table;

/// The stream function: recalculates the profiles that a batch of stream records names.
pub struct RecalculateAggregations {
    _table: Table,
}

impl RecalculateAggregations {
    /// A handler that keeps its location records between invocations.
    pub fn new(table: Table) -> Self {
        Self { _table: table }
    }

    /// Handles one batch: `event.payload` is the JSON that Lambda's DynamoDB event source sends.
    pub async fn handle(
        &self,
        _event: LambdaEvent<serde_json::Value>,
    ) -> Result<DynamoDbEventResponse, Error> {
        Ok(DynamoDbEventResponse::default())
    }
}
