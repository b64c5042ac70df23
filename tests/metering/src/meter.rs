//! What each request consumes, as DynamoDB itself reports it.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextRef,
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
use aws_smithy_types::config_bag::{Storable, StoreReplace};

use crate::metered::Attributes;
use crate::size::size;

/// An operation, and the read or write units that it consumed.
pub type Used = (&'static str, f64);

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// What it consumed.
    pub used: Used,
    /// How many items it brought.
    pub items: usize,
    /// The bytes of the items that it brought or took along.
    pub bytes: usize,
    /// How long its answer took, from the last byte sent.
    pub waited: Duration,
}

/// Asks for the consumed capacity of every request of a client, and notes it.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Vec<Request>>>);

impl Meter {
    /// What was consumed since the last call, in the order of the answers.
    pub fn take(&self) -> Vec<Used> {
        let requests = self.take_requests().into_iter();
        requests.map(|request| request.used).collect()
    }

    /// The requests since the last call, in the order of the answers.
    pub fn take_requests(&self) -> Vec<Request> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn note<'a>(
        &self,
        operation: &'static str,
        consumed: &[ConsumedCapacity],
        brought: impl IntoIterator<Item = &'a Attributes>,
        sent: Sent,
    ) {
        // A request that is not accounted for must not pass for one that is free.
        let units = match consumed {
            [consumed] => consumed.capacity_units().unwrap_or(f64::NAN),
            _ => f64::NAN,
        };
        let brought: Vec<usize> = brought.into_iter().map(size).collect();
        self.0.lock().unwrap().push(Request {
            used: (operation, units),
            items: brought.len(),
            bytes: brought.iter().sum::<usize>() + sent.bytes,
            waited: sent.waited,
        });
    }
}

/// What is known of a request before its answer is read.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// The bytes of the items that it puts.
    bytes: usize,
    at: Option<Instant>,
    waited: Duration,
}

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut taken = 0;
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
            taken = input.item().map_or(0, size);
        } else if let Some(input) = input.downcast_mut::<TransactWriteItemsInput>() {
            input.return_consumed_capacity = total;
            let puts = input.transact_items().iter();
            let puts = puts.filter_map(|action| action.put.as_ref());
            taken = puts.map(|put| size(put.item())).sum();
        } else if let Some(input) = input.downcast_mut::<UpdateItemInput>() {
            input.return_consumed_capacity = total;
        } else if let Some(input) = input.downcast_mut::<DeleteItemInput>() {
            input.return_consumed_capacity = total;
        }
        bag.interceptor_state().store_put(Sent {
            bytes: taken,
            ..Sent::default()
        });
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut sent = bag.load::<Sent>().copied().unwrap_or_default();
        sent.at = Some(Instant::now());
        bag.interceptor_state().store_put(sent);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let mut sent = bag.load::<Sent>().copied().unwrap_or_default();
        sent.waited = sent.at.map(|at| at.elapsed()).unwrap_or_default();
        bag.interceptor_state().store_put(sent);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let sent = bag.load::<Sent>().copied().unwrap_or_default();
        let Ok(output) = context.output_or_error() else {
            self.note("error", &[], [], sent);
            return Ok(());
        };
        if let Some(output) = output.downcast_ref::<GetItemOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("GetItem", consumed, output.item(), sent);
        } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("Query", consumed, output.items(), sent);
        } else if let Some(output) = output.downcast_ref::<ScanOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("Scan", consumed, output.items(), sent);
        } else if let Some(output) = output.downcast_ref::<BatchGetItemOutput>() {
            let items = output.responses.iter().flat_map(HashMap::values).flatten();
            self.note("BatchGetItem", output.consumed_capacity(), items, sent);
        } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("PutItem", consumed, [], sent);
        } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
            let consumed = output.consumed_capacity();
            self.note("TransactWriteItems", consumed, [], sent);
        } else if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("UpdateItem", consumed, [], sent);
        } else if let Some(output) = output.downcast_ref::<DeleteItemOutput>() {
            let consumed = output.consumed_capacity.as_slice();
            self.note("DeleteItem", consumed, [], sent);
        } else {
            self.note("another operation", &[], [], sent);
        }
        Ok(())
    }
}
