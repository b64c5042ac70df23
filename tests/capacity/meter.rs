//! What each request consumes, as DynamoDB itself reports it.

use std::error::Error;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

/// An operation, and the read or write units that it consumed.
pub type Used = (&'static str, f64);

/// Asks for the consumed capacity of every request of a client, and notes it.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Vec<Used>>>);

impl Meter {
    /// What was consumed since the last call, in the order of the answers.
    pub fn take(&self) -> Vec<Used> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note(&self, operation: &'static str, consumed: &[ConsumedCapacity]) {
        // A request that is not accounted for must not pass for one that is free.
        let units = match consumed {
            [consumed] => consumed.capacity_units().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        self.0.lock().unwrap().push((operation, units));
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let input = context.input_mut();
        let total = Some(ReturnConsumedCapacity::Total);
        if let Some(input) = input.downcast_mut::<GetItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<QueryInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<ScanInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<BatchGetItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<PutItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<DeleteItemInput>() {
            input.return_consumed_capacity = total;
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let Ok(output) = context.output_or_error() else {
            self.note("error", &[]);
            return Ok(());
        };
        if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            self.note("GetItem", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            self.note("Query", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<ScanOutput>() {
            self.note("Scan", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
            self.note("BatchGetItem", output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            self.note("PutItem", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
            self.note("TransactWriteItems", output.consumed_capacity());
        } else if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            self.note("UpdateItem", output.consumed_capacity.as_slice());
        } else if let Some(output) = output.downcast_ref::<DeleteItemOutput>() {
            self.note("DeleteItem", output.consumed_capacity.as_slice());
        } else {
            self.note("another operation", &[]);
        }
        Ok(())
    }
}
